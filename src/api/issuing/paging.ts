// Page tokens: opaque to callers, and good only for the query that they came from.
import Type from 'typebox'
import type { Page, PageCursor, PageRequest } from '../../db/keyset.ts'
import { AppError } from '../../errors.ts'
import type { Call } from '../../http/face.ts'
import { fingerprintOf } from '../../idempotency/keyed.ts'
import { isUuid } from '../../ids.ts'

const PAGE_SIZE = 20
const PAGE_SIZE_MAX = 100 // A larger pageSize is no error: the bound is used. Source: the contract.
const FILTER_HASH_LENGTH = 16

/** The members of a query that asks for pages. */
export const pageQuery = {
  pageSize: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: `Entries in one page, ${PAGE_SIZE} unless told; more than ${PAGE_SIZE_MAX} means ${PAGE_SIZE_MAX}.`,
    }),
  ),
  pageToken: Type.Optional(
    Type.String({ maxLength: 512, description: 'nextPageToken or prevPageToken of a page of the same query.' }),
  ),
}

/** The members of an answer that is a page. */
export const pageTokens = {
  prevPageToken: Type.Optional(Type.String({ description: 'Leads to newer entries; absent when there are none.' })),
  nextPageToken: Type.Optional(Type.String({ description: 'Leads to older entries; absent when there are none.' })),
}

interface PageTokens {
  readonly prevPageToken?: string
  readonly nextPageToken?: string
}

interface PagedQuery {
  readonly pageSize?: number
  readonly pageToken?: string
}

/** Which page is asked for. Throws `page_token_invalid` for a token that did not come from the same query. */
export function parsePage(call: Call<unknown, PagedQuery>): PageRequest {
  const { pageSize = PAGE_SIZE, pageToken } = call.query
  const size = Math.min(pageSize, PAGE_SIZE_MAX)
  return pageToken === undefined ? { size } : { size, cursor: parseToken(pageToken, hashOf(call)) }
}

/** The tokens that lead from a page to those beside it. */
export function renderPageTokens(call: Call<unknown, PagedQuery>, { previous, next }: Page<unknown>): PageTokens {
  const hash = hashOf(call)
  return {
    ...(previous && { prevPageToken: renderToken(previous, hash) }),
    ...(next && { nextPageToken: renderToken(next, hash) }),
  }
}

// Who asks what: the same filters at the same endpoint by the same client.
function hashOf({ principal, route, query }: Call<unknown, PagedQuery>): string {
  const { pageSize, pageToken, ...filters } = query
  return fingerprintOf([principal.id, route, filters]).toString('hex').slice(0, FILTER_HASH_LENGTH)
}

function renderToken({ direction, createdAt, id }: PageCursor, hash: string): string {
  return Buffer.from(`${direction} ${createdAt.getTime()} ${id} ${hash}`).toString('base64url')
}

// Thirteen digits of milliseconds reach to 2286. More could name years that PostgreSQL does not read.
const TOKEN = /^(next|previous) (\d{1,13}) (\S{36}) (\S+)$/

function parseToken(token: string, hash: string): PageCursor {
  const bytes = Buffer.from(token, 'base64url')
  const [, direction, time, id = '', tokenHash] = TOKEN.exec(bytes.toString()) ?? []
  // The decoder skips what is not base64url, so only a token that is written as we write it is one of ours.
  if (tokenHash !== hash || !isUuid(id) || bytes.toString('base64url') !== token) {
    throw new AppError('page_token_invalid', { field: 'pageToken' })
  }
  return { direction: direction === 'next' ? 'next' : 'previous', createdAt: new Date(Number(time)), id }
}
