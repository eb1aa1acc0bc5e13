// Requests for tokens, which prove themselves by a secret in the body, and their answers.
import { AppError } from '../../errors.ts'
import type { ExchangeRequest, MemberName, PartnerName } from '../../members/sign-in.ts'
import { resultOf } from './codes.ts'
import type { Fields } from './fields.ts'
import * as rules from './rules.ts'
import { missing, optional, type ReadFields, readFields, schemaOf } from './shape.ts'
import { formatTimestamp } from './times.ts'

const USERNAME = rules.textOf(64, 'The login name.')

// Two spellings are known of most: the API's pages have the first.
const MEMBER_SHAPE = {
  'authentication.partnerId': optional(rules.MEMBER_ID),
  partnerId: optional(rules.MEMBER_ID),
  'merchant.username': optional(USERNAME),
  username: optional(USERNAME),
  'authentication.memberId': optional(rules.MEMBER_ID),
  memberId: optional(rules.MEMBER_ID),
  'authentication.sKey': optional(rules.SECRET),
  'authentication.secureKey': optional(rules.SECRET),
  secureKey: optional(rules.SECRET),
}

export const MemberTokenBody = schemaOf(MEMBER_SHAPE, 'partnerId, username and sKey, or memberId and sKey.')

/** Reads `POST /authToken`: partnerId, username and key, or memberId and key. */
export function readMemberSignIn(body: Fields): { readonly name: MemberName; readonly secureKey: string } {
  const read = readFields(MEMBER_SHAPE, body)
  const secureKey = readSecureKey(read)
  const username = one(read, ['merchant.username', 'username'])
  const number = one(read, ['authentication.memberId', 'memberId'])
  if (username === undefined && number !== undefined) return { name: { number }, secureKey }
  const partnerNumber = one(read, ['authentication.partnerId', 'partnerId'])
  if (partnerNumber === undefined) throw missing('authentication.partnerId')
  if (username === undefined) throw missing('merchant.username')
  return { name: { partnerNumber, username }, secureKey }
}

const PARTNER_SHAPE = {
  'authentication.partnerId': optional(rules.MEMBER_ID),
  partnerId: optional(rules.MEMBER_ID),
  'partner.userName': optional(USERNAME),
  'partner.username': optional(USERNAME),
  userName: optional(USERNAME),
  username: optional(USERNAME),
  'authentication.sKey': optional(rules.SECRET),
  'authentication.secureKey': optional(rules.SECRET),
  secureKey: optional(rules.SECRET),
}

export const PartnerTokenBody = schemaOf(PARTNER_SHAPE, 'partnerId, userName and sKey.')

/** Reads `POST /partnerAuthToken`. */
export function readPartnerSignIn(body: Fields): { readonly name: PartnerName; readonly secureKey: string } {
  const read = readFields(PARTNER_SHAPE, body)
  const secureKey = readSecureKey(read)
  const number = one(read, ['authentication.partnerId', 'partnerId'])
  if (number === undefined) throw missing('authentication.partnerId')
  const username = one(read, ['partner.userName', 'partner.username', 'userName', 'username'])
  if (username === undefined) throw missing('partner.userName')
  return { name: { number, username }, secureKey }
}

const EXCHANGE_SHAPE = {
  'authentication.partnerId': optional(rules.MEMBER_ID),
  partnerId: optional(rules.MEMBER_ID),
  authToken: optional(rules.TOKEN),
  AuthToken: optional(rules.TOKEN),
}

export const ExchangeBody = schemaOf(EXCHANGE_SHAPE, 'partnerId and the earlier token.')

/** Reads `POST /regenerateToken`. */
export function readExchange(body: Fields): ExchangeRequest {
  const read = readFields(EXCHANGE_SHAPE, body)
  const partnerNumber = one(read, ['authentication.partnerId', 'partnerId'])
  if (partnerNumber === undefined) throw missing('authentication.partnerId')
  const token = one(read, ['authToken', 'AuthToken'])
  if (token === undefined) throw missing('authToken')
  return { partnerNumber, token }
}

function readSecureKey(
  read: Pick<ReadFields<typeof MEMBER_SHAPE>, keyof typeof PARTNER_SHAPE & keyof typeof MEMBER_SHAPE>,
) {
  const key = one(read, ['authentication.sKey', 'authentication.secureKey', 'secureKey'])
  if (key === undefined) throw missing('authentication.sKey')
  return key
}

// The value under whichever of its names. Two names with two values are refused, not chosen between.
function one<N extends string>(
  read: { readonly [K in N]: string | undefined },
  names: readonly N[],
): string | undefined {
  const values = new Set(names.map((name) => read[name]).filter((value) => value !== undefined))
  if (values.size > 1) throw new AppError('invalid_request', { message: `${names[0]} is given twice` })
  return [...values][0]
}

export interface TokenView {
  readonly partnerNumber: string
  /** Absent for a partner's token. */
  readonly memberNumber?: string
  readonly username: string
  readonly token: string
}

/** The answer with a token. The names of its members are the API's, capitals included. */
export const renderToken = (view: TokenView, now: Date, timeZone = 'UTC') => ({
  partnerId: view.partnerNumber,
  ...(view.memberNumber !== undefined && { memberId: view.memberNumber }),
  result: resultOf('tokenMade'),
  timestamp: formatTimestamp(now, timeZone),
  LoginName: view.username,
  AuthToken: view.token,
})
