// Requests about callbacks: all of them are proved like a list of payments, by the rule C4.
import Type, { type Static } from 'typebox'
import type { PageCursor, PageRequest } from '../../db/keyset.ts'
import { AppError, invalidField } from '../../errors.ts'
import { isUuid } from '../../ids.ts'
import { memberOf } from '../../members/member.ts'
import type { Principal } from '../../principals/principal.ts'
import type { DeliveryFilter, PullRequest } from '../../webhooks/log.ts'
import type { ReplayRange } from '../../webhooks/replay.ts'
import type { Fields } from './fields.ts'
import { PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { optional, readFields, required, schemaOf } from './shape.ts'
import { openRequest } from './wire-charge.ts'

export const ProofBody = schemaOf(PROOF_SHAPE)

/** Reads a request that says only who is asking. */
export function readProof(principal: Principal, body: Fields): { readonly merchantId: string } {
  const caller = openRequest(principal, body)
  requireProof(caller, readFields(PROOF_SHAPE, body), [{ rule: 'C4', values: {} }])
  return { merchantId: caller.id }
}

const SIZE_MAX = 1000

/** The query of a pull. The token alone proves it: it changes nothing. */
export const PullQuery = Type.Object({
  after: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,18}$', description: 'The last number that you have; 0 for all.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SIZE_MAX, description: 'At most; 100 unless told.' })),
})

/** Reads a pull. */
export const readPull = (principal: Principal, { after = '0', limit }: Static<typeof PullQuery>): PullRequest => ({
  ownerId: memberOf(principal).id,
  kind: 'callback',
  sequence: BigInt(after),
  ...(limit !== undefined && { size: limit }),
})

const LOG_SHAPE = {
  ...PROOF_SHAPE,
  paymentId: optional(rules.PAYMENT_ID),
  state: optional(rules.oneOf(['waiting', 'held', 'delivered', 'failed'], 'What became of it.')),
  records: optional(rules.COUNT),
  pageToken: optional(rules.textOf(512, 'As the page before answered.')),
}

export const LogBody = schemaOf(LOG_SHAPE)

const PAGE_SIZE = 100

/** Reads `POST /callbacks`. */
export function readLog(
  principal: Principal,
  body: Fields,
): { readonly filter: DeliveryFilter; readonly page: PageRequest } {
  const { merchantId } = readProof(principal, body)
  const { paymentId, state, records, pageToken } = readFields(LOG_SHAPE, body)
  const size = Number(records ?? PAGE_SIZE)
  if (size > SIZE_MAX) throw invalidField('records', `must be at most ${SIZE_MAX}`)
  return {
    filter: {
      ownerId: merchantId,
      kind: 'callback',
      objectId: paymentId,
      state: STATES.find((known) => known === state),
    },
    page: { size, ...(pageToken !== undefined && { cursor: readPageToken(pageToken) }) },
  }
}

/** Where the next page starts, opaque to callers. */
export const renderPageToken = ({ createdAt, id }: Pick<PageCursor, 'createdAt' | 'id'>): string =>
  Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url')

// Thirteen digits of milliseconds reach to 2286. More could name years that PostgreSQL does not read.
const PAGE_TOKEN = /^(\d{1,13}) (\S{36})$/

function readPageToken(token: string): PageCursor {
  const [, time, id = ''] = PAGE_TOKEN.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (!isUuid(id)) throw new AppError('page_token_invalid', { field: 'pageToken' })
  return { direction: 'next', createdAt: new Date(Number(time)), id }
}

const STATES = ['waiting', 'held', 'delivered', 'failed'] as const

const REPLAY_SHAPE = {
  ...PROOF_SHAPE,
  from: required(rules.textOf(40, 'Such as 2026-01-05T10:00:00Z.')),
  to: required(rules.textOf(40, 'Exclusive.')),
  onlyFailed: optional(rules.FLAG),
}

export const ReplayBody = schemaOf(REPLAY_SHAPE)

/** Reads `POST /callbacks/replay`. */
export function readReplay(principal: Principal, body: Fields): ReplayRange {
  const { merchantId } = readProof(principal, body)
  const { from, to, onlyFailed } = readFields(REPLAY_SHAPE, body)
  return {
    ownerId: merchantId,
    kind: 'callback',
    from: readTime('from', from),
    to: readTime('to', to),
    onlyFailed: onlyFailed?.toLowerCase() === 'true',
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/

function readTime(field: string, text: string): Date {
  const at = new Date(text)
  if (!TIME.test(text) || Number.isNaN(at.getTime()))
    throw invalidField(field, 'must be a timestamp such as 2026-01-05T10:00:00Z')
  return at
}
