// The pages of checkouts over HTTP, as a browser without scripts sees them.
import { unescapeHtml } from '../../src/markup.ts'
import { type OperationsWorld, openOperations } from '../api/operations/setup.ts'

export interface Seen {
  readonly status: number
  readonly html: string
  readonly headers: Headers
  readonly location: string
}

type Fields = Readonly<Record<string, string>>
type Made = { readonly session_id: string; readonly checkout_url: string }

export interface PayerWorld extends OperationsWorld {
  /** Opens an address; with fields, as a form posts them. Redirects are not followed. */
  look(url: string, form?: Fields, headers?: Fields): Promise<Seen>
  /** Opens a checkout's page; `more` is added to its address. */
  open(session: Made, more?: string): Promise<Seen>
  /** Opens it, fills in a card, and submits. */
  payWith(session: Made, card?: Fields, more?: string): Promise<Seen>
  stateOf(session: Made): Promise<string>
}

export const CARD = { cardNumber: '4111 1111 1111 1111', expiry: '12/32', cvv: '123', holder: 'Ada Lovelace' }
export const DECLINED = { ...CARD, cardNumber: '4000000001000050' }
/** Its holder has to prove who he is. */
export const CHALLENGED = { ...CARD, cardNumber: '4000000000000002', cvv: '237' }

/** A server with a shop; both end with the file. */
export async function openPayerPages(): Promise<PayerWorld> {
  const world = await openOperations()
  const { shop, florin } = world
  const look: PayerWorld['look'] = async (url, form, headers = {}) => {
    const response = await fetch(new URL(url, florin.url), {
      ...{ redirect: 'manual', headers },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    const location = response.headers.get('location') ?? ''
    return { status: response.status, html: await response.text(), headers: response.headers, location }
  }
  const open: PayerWorld['open'] = (session, more = '') => look(session.checkout_url + more)
  return {
    ...{ ...world, look, open },
    payWith: async (session, card = CARD, more = '') => {
      const { html } = await open(session, more)
      return look('/b/checkout/pay/', { ...fieldsOf(html, 'card'), ...card })
    },
    stateOf: async (session) => (await shop.retrieve(session)).state,
  }
}

/** The hidden fields of the form that has this action. */
export const fieldsOf = (html: string, action: string): Record<string, string> =>
  hiddenIn(html.split('<form').find((part) => part.includes(`name="action" value="${action}"`)) ?? '')

/** The first form: where it goes, and its hidden fields. */
export function firstForm(html: string): { readonly action: string; readonly fields: Record<string, string> } {
  const form = html.split('<form')[1] ?? ''
  return { action: unescapeHtml(/action="([^"]+)"/.exec(form)?.[1] ?? ''), fields: hiddenIn(form) }
}

const hiddenIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      unescapeHtml(value),
    ]),
  )

/** Where a page leads by itself. */
export const leadsTo = (html: string): string =>
  unescapeHtml(/http-equiv="refresh" content="0; url=([^"]+)"/.exec(html)?.[1] ?? '')
