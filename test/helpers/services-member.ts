// A merchant that calls Transaction Services as its documentation says: it signs in, adds the checksum of each rule, and knows
// nothing of the code that it calls.
import { createHash, createHmac } from 'node:crypto'
import type { Answer } from './florin.ts'

/** The fields of a request, by their dotted names. */
export type Fields = Readonly<Record<string, string>>

export interface ServicesMemberFacts {
  /** The merchant's. */
  readonly id: string
  readonly username: string
  readonly memberId: string
  readonly partnerId: string
  readonly secureKey: string
  readonly terminalId: string
  /** Of callbacks, for Standard Webhooks. */
  readonly signingSecret: string
}

export interface SendOptions {
  /** How the fields are written: a form unless told. */
  readonly as?: 'form' | 'dotted' | 'nested'
  readonly headers?: Readonly<Record<string, string>>
  /** In the place of the member's own. */
  readonly token?: string
}

export interface ServicesMember extends ServicesMemberFacts {
  /** A token that works now. */
  token(): Promise<string>
  /** Sends the fields as they are. A path that does not begin with a slash is one of transactions. */
  send(path: string, fields: Fields, options?: SendOptions): Promise<Answer>
  /** GETs with the fields as the query. */
  ask(path: string, fields?: Fields): Promise<Answer>
  /** The member's number and the checksum over these texts, of which `key` is the secure key. */
  proof(...texts: readonly string[]): Fields
  /** Charges a card: `POST /payments`, a DB of 50.00 USD unless told. Answers the body. */
  pay(fields?: Fields): Promise<Answer['body']>
  capture(paymentId: string, amount: string, more?: Fields): Promise<Answer['body']>
  refund(paymentId: string, amount: string, more?: Fields): Promise<Answer['body']>
  reverse(paymentId: string, more?: Fields): Promise<Answer['body']>
  inquire(paymentId: string): Promise<Answer['body']>
  list(fields?: Fields): Promise<Answer['body']>
  /** Charges the card of an INITIAL payment again. */
  repeat(paymentId: string, fields?: Fields): Promise<Answer['body']>
  payWithToken(registrationId: string, fields?: Fields): Promise<Answer['body']>
  register(fields?: Fields): Promise<Answer['body']>
  forget(registrationId: string): Promise<Answer['body']>
  /** Pays out 5.00 USD unless told. */
  payOut(fields: Fields): Promise<Answer['body']>
  /** Makes an invoice of 50.00 USD unless told. */
  invoice(fields?: Fields): Promise<Answer['body']>
  /** Cancels or reminds of an invoice. */
  aboutInvoice(verb: 'cancel' | 'remind', fields: Fields): Promise<Answer['body']>
  inquireInvoice(merchantInvoiceId: string): Promise<Answer['body']>
  regenerateInvoice(invoiceId: string, redirectUrl?: string): Promise<Answer['body']>
}

/** Where `proof` puts the secure key. */
export const KEY = '\0key'

export const TRANSACTIONS = '/transactionServices/REST/v1'
export const INVOICES = '/invoiceServices/REST/v1'

/** The fields of a card. */
export function card(number: string, more: { cvv?: string; expiryMonth?: string; expiryYear?: string } = {}): Fields {
  const { cvv = '123', expiryMonth = '12', expiryYear = '2032' } = more
  return {
    paymentMode: 'CC',
    paymentBrand: brandOf(number),
    'card.number': number,
    'card.expiryMonth': expiryMonth,
    'card.expiryYear': expiryYear,
    ...(cvv !== '' && { 'card.cvv': cvv }),
  }
}

const brandOf = (number: string): string => (number.startsWith('4') ? 'VISA' : number.startsWith('3') ? 'AMEX' : 'MC')

/** A card that the sandbox gateway approves. */
export const CARD: Fields = card('4111111111111111')

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** An X-Signature of the body, now. */
export function signatureOf(key: string, body: string, at = Math.floor(Date.now() / 1000)): string {
  return `t=${at},v1=${createHmac('sha256', key).update(`${at}.${body}`).digest('hex')}`
}

let count = 0

/** A name that no other order of the test has. */
export const newName = (prefix = 'ORD'): string => `${prefix}-${process.pid}-${++count}`

/** The body as a form, or as JSON with dotted names or nested. */
export function write(fields: Fields, as: NonNullable<SendOptions['as']>): { type: string; body: string } {
  if (as === 'form')
    return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams({ ...fields }).toString() }
  return { type: 'application/json', body: JSON.stringify(as === 'dotted' ? fields : nest(fields)) }
}

function nest(fields: Fields): object {
  const root: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const path = name.split('.')
    const last = path.pop() ?? ''
    let at = root
    for (const part of path) {
      at[part] ??= {}
      at = at[part] as Record<string, unknown>
    }
    at[last] = value
  }
  return root
}

const TOKEN_SECONDS = 1800 // Half of its life.

/** The member at this server. `advanced` says how far the business clock was moved by now. */
export function createServicesMember(facts: ServicesMemberFacts, url: string, advanced: () => number): ServicesMember {
  const { memberId, secureKey } = facts
  let held: { readonly token: Promise<string>; readonly at: number } | undefined
  const signIn = async (): Promise<string> => {
    const fields = { 'authentication.memberId': memberId, 'authentication.sKey': secureKey }
    const { body } = await fetchAnswer(`${url}${TRANSACTIONS}/authToken`, { ...posted(fields, 'form') })
    return body.AuthToken
  }
  const token = (): Promise<string> => {
    if (!held || advanced() - held.at > TOKEN_SECONDS) held = { token: signIn(), at: advanced() }
    return held.token
  }
  const proof: ServicesMember['proof'] = (...texts) => ({
    'authentication.memberId': memberId,
    'authentication.checksum': md5(texts.map((text) => (text === KEY ? secureKey : text)).join('|')),
  })
  const C = (...texts: readonly string[]) => proof(memberId, KEY, ...texts)
  const send: ServicesMember['send'] = async (path, fields, { as = 'form', headers = {}, token: other } = {}) => {
    const init = posted(fields, as)
    const authtoken = other ?? (await token())
    return fetchAnswer(url + (path.startsWith('/') ? path : `${TRANSACTIONS}/${path}`), {
      ...init,
      headers: { ...init.headers, authtoken, ...headers },
    })
  }
  const bodyOf = async (path: string, fields: Fields) => (await send(path, fields)).body
  const ordered = (prefix: string, fields: Fields, amount = '50.00') => {
    const order = { merchantTransactionId: newName(prefix), amount, currency: 'USD', ...fields }
    return { paymentType: 'DB', ...order, ...C(order.merchantTransactionId, order.amount) }
  }
  const of = (paymentType: string, paymentId: string, { amount, ...more }: Fields) => {
    const summed = paymentType === 'RV' || amount === undefined ? [paymentId] : [paymentId, amount]
    return bodyOf(`payments/${paymentId}`, {
      paymentType,
      ...(amount !== undefined && { amount }),
      ...C(...summed),
      ...more,
    })
  }
  return {
    ...facts,
    token,
    send,
    proof,
    ask: async (path, fields = {}) => {
      const query = new URLSearchParams({ ...fields }).toString()
      const headers = { authtoken: await token() }
      return fetchAnswer(`${url}${path.startsWith('/') ? path : `${TRANSACTIONS}/${path}`}?${query}`, { headers })
    },
    pay: (fields = {}) => bodyOf('payments', ordered('ORD', { ...CARD, ...fields })),
    capture: (paymentId, amount, more = {}) => of('CP', paymentId, { amount, ...more }),
    refund: (paymentId, amount, more = {}) => of('RF', paymentId, { amount, ...more }),
    reverse: (paymentId, more = {}) => of('RV', paymentId, more),
    inquire: (paymentId) => bodyOf('inquiry', { idType: 'PID', paymentId, ...C(paymentId) }),
    list: (fields = {}) => bodyOf('getTransactionList', { ...fields, ...C() }),
    repeat: (paymentId, fields = {}) =>
      bodyOf(`payments/${paymentId}`, ordered('REP', { recurringType: 'REPEATED', ...fields })),
    payWithToken: (registrationId, fields = {}) => bodyOf(`paywithtoken/${registrationId}`, ordered('TOK', fields)),
    register: (fields = {}) => bodyOf('registrations', { ...CARD, ...fields, ...C() }),
    forget: (registrationId) => bodyOf(`registrations/${registrationId}/delete`, C(registrationId)),
    payOut: (fields) => {
      const order = { merchantTransactionId: newName('PO'), amount: '5.00', currency: 'USD', ...fields }
      const summed = proof(memberId, order.merchantTransactionId, order.amount, KEY)
      return bodyOf('payout', { paymentType: 'PO', ...order, ...summed })
    },
    invoice: (fields = {}) => {
      const terms = {
        merchantInvoiceId: newName('INV'),
        amount: '50.00',
        currency: 'USD',
        merchantRedirectUrl: 'https://shop.example/return',
        'customer.email': `${newName('payer')}@florin.example`,
        ...fields,
      }
      const { merchantInvoiceId, amount, merchantRedirectUrl } = terms
      return bodyOf(`${INVOICES}/generate`, { ...terms, ...C(merchantInvoiceId, amount, merchantRedirectUrl) })
    },
    aboutInvoice: (verb, fields) => bodyOf(`${INVOICES}/${verb}`, { 'authentication.memberId': memberId, ...fields }),
    inquireInvoice: (merchantInvoiceId) =>
      bodyOf(`${INVOICES}/inquiry`, { merchantInvoiceId, ...C(merchantInvoiceId) }),
    regenerateInvoice: (invoiceId, merchantRedirectUrl = 'https://shop.example/return') => {
      const summed = proof(invoiceId, memberId, KEY, merchantRedirectUrl)
      return bodyOf(`${INVOICES}/regenerate`, { invoiceId, merchantRedirectUrl, ...summed })
    },
  }
}

function posted(fields: Fields, as: NonNullable<SendOptions['as']>) {
  const { type, body } = write(fields, as)
  return { method: 'POST', headers: { 'content-type': type }, body }
}

let recorded: string[] | undefined

/** Keeps the text of every answer from now on, for who looks through all of them. */
export const recordAnswers = (): readonly string[] => (recorded ??= [])

/** Fetches and reads the answer: JSON parsed, anything else as its text. */
export async function fetchAnswer(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  recorded?.push(text)
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
