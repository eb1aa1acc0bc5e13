// What goes wrong on the pages of checkouts, said in the language in which their payer reads.
import type { FastifyRequest } from 'fastify'
import type { AppError, ErrorCode } from '../errors.ts'
import { formOf } from './form.ts'
import type { Page } from './page.ts'
import { statePage } from './payer-view.ts'
import type { Language, PageState } from './words.ts'

/** What a form may be refused with that its payer can be told; `seen` is told by how the checkout stands. */
export const REFUSALS: Readonly<Partial<Record<ErrorCode, PageState | 'seen'>>> = {
  claim_held: 'seen',
  claim_paid: 'seen',
  claim_closed: 'seen',
  checkout_state_invalid: 'changed',
  velocity_exceeded: 'tooMany',
  merchant_paused: 'paused',
  checkout_not_found: 'unknown',
  outcome_unknown: 'uncertain',
}

/** The status of a page that says why a form was refused. */
export const STATUSES: Readonly<Partial<Record<PageState, number>>> = {
  changed: 409,
  tooMany: 429,
  unknown: 404,
  paused: 503,
  uncertain: 503,
}

const OF_THE_REQUEST: Readonly<Partial<Record<ErrorCode, { readonly status: number; readonly state: PageState }>>> = {
  invalid_request: { status: 400, state: 'incomplete' },
  body_too_large: { status: 413, state: 'incomplete' },
  unsupported_media_type: { status: 415, state: 'incomplete' },
  overloaded: { status: 503, state: 'overloaded' },
  outcome_unknown: { status: 503, state: 'uncertain' },
}

/** The answer to a request that failed; undefined is an error of ours. */
export function payerErrorPage(
  error: AppError | undefined,
  request: FastifyRequest,
): { readonly status: number; readonly page: Page } {
  const { status, state } = (error && OF_THE_REQUEST[error.code]) ?? { status: 500, state: 'broken' }
  return { status, page: statePage(state, languageOf(request)) }
}

/** The language that a request names, or else the first one of its browser that there is. */
export function languageOf(request: Pick<FastifyRequest, 'query' | 'body' | 'headers'>): Language {
  const query = request.query as Readonly<Record<string, unknown>>
  return named(formOf(request).get('lang')) ?? named(query.lang) ?? preferred(request.headers['accept-language'])
}

/** The language of this name. */
export const named = (text: unknown): Language | undefined => (text === 'en' || text === 'ar' ? text : undefined)

const preferred = (accepted = ''): Language => {
  const tags = accepted.toLowerCase().split(',')
  const first = tags.map((tag) => named(tag.trim().slice(0, 2))).find((language) => language !== undefined)
  return first ?? 'en'
}
