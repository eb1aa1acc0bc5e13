// Speaks to the sandbox gateway (docs/sandbox-gateway.md). It believes an answer only when reference, operation, amount and
// currency are exactly what was asked; whatever else comes back is unknown.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { maskCardNumbers } from '../log.ts'
import { formatAmount } from '../money.ts'
import { asObject, type Json, outcomeOf, readObject } from './answers.ts'
import {
  type CardData,
  type ChargeRequest,
  type Connector,
  DECLINE_CODES,
  type FollowUpRequest,
  type Gateway,
  type GatewayFacts,
  type GatewayOperation,
  type IncomingNotification,
  type Inquiry,
  type InquiryAnswer,
  type Notification,
  type OperationRequest,
  type Outcome,
  type PayoutRequest,
  type Redirect,
} from './connector.ts'
import type { GatewayHttpAnswer } from './http.ts'

const FACTS: GatewayFacts = {
  name: 'sandbox',
  title: 'Sandbox gateway',
  operations: ['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'],
  currencies: 'all',
  brands: 'all',
  moneyFormat: 'decimal',
  mayAnswerLater: true,
  hasInquiry: true,
  tokenizes: false,
  redirects: true,
  refundMayBeQueued: true,
  captures: 'many',
  settlingTimeMs: 5000,
}

/** Its one credential is `apiKey`. */
export const sandboxConnector: Connector = {
  facts: FACTS,
  authorize: (gateway, request) => call(gateway, 'authorize', request, chargeBody(request)),
  purchase: (gateway, request) => call(gateway, 'purchase', request, chargeBody(request)),
  capture: (gateway, request) =>
    call(gateway, 'capture', request, { ...followUpBody(request), isFinal: request.isFinal }),
  void: (gateway, request) => call(gateway, 'void', request, followUpBody(request)),
  refund: (gateway, request) => call(gateway, 'refund', request, followUpBody(request)),
  payout: (gateway, request) => call(gateway, 'payout', request, payoutBody(request)),
  inquire,
  parseNotification: (gateway, incoming) => parseNotification(gateway, incoming, Date.now()),
  scrub,
}

const DIRECTORY_MS = 5000

const chargeBody = (request: ChargeRequest): object => ({
  card: cardBody(request.card),
  description: request.description,
  authentication: request.authentication,
  isRepeated: request.isRepeated,
  returnUrl: request.returnUrl,
  notificationUrl: request.notificationUrl,
})

const followUpBody = ({ charge, notificationUrl }: FollowUpRequest): object => ({
  chargeReference: charge.reference, // By our own name for it: the gateway's id may never have arrived.
  notificationUrl,
})

const payoutBody = ({ to, notificationUrl }: PayoutRequest): object => ({
  ...('card' in to ? { card: cardBody(to.card) } : { chargeReference: to.charge.reference }),
  notificationUrl,
})

const cardBody = ({ pan, cvv, expiryMonth, expiryYear, holder }: CardData): object => ({
  ...{ number: pan.reveal(), expiryMonth, expiryYear },
  ...(cvv && { cvv: cvv.reveal() }),
  ...(holder !== undefined && { holder }),
})

// Two steps. Until the second nothing can have been done, so whatever the first one fails with is `not_sent`.
async function call(
  gateway: Gateway,
  operation: GatewayOperation,
  request: OperationRequest,
  particulars: object,
): Promise<Outcome> {
  const address = await locate(gateway, operation, request)
  if (!('url' in address)) return { kind: 'not_sent', cause: address.problem }
  const { reference, merchantReference } = request
  const body = JSON.stringify({
    ...{ reference, ...moneyBody(request), terminalId: gateway.terminalId },
    ...(merchantReference !== undefined && { merchantReference }),
    ...particulars,
  })
  try {
    const answer = await gateway.http.send({
      method: 'POST',
      url: `${address.url}/v1/operations/${operation}`,
      headers: { ...headersOf(gateway), 'content-type': 'application/json' },
      body,
    })
    return readOutcome(answer, { ...request, operation })
  } catch (error) {
    return outcomeOf(error)
  }
}

const moneyBody = ({ amount }: OperationRequest) => ({ amount: formatAmount(amount), currency: amount.currency })

const headersOf = ({ credentials, account }: Gateway): Record<string, string> => ({
  authorization: `Bearer ${credentials.apiKey?.reveal() ?? ''}`,
  accept: 'application/json',
  ...(account && {
    'x-account-id': Buffer.from(account.id).toString('base64url'),
    'x-account-code': Buffer.from(account.code).toString('base64url'),
  }),
})

const baseOf = ({ baseUrl }: Gateway): string => baseUrl.replace(/\/+$/, '')

// Asks the gateway's directory which address takes the operation.
async function locate(
  gateway: Gateway,
  operation: GatewayOperation,
  request: OperationRequest,
): Promise<{ readonly url: string } | { readonly problem: string }> {
  const { reference, merchantReference } = request
  const query = new URLSearchParams({ operation, reference, ...moneyBody(request) })
  if (merchantReference !== undefined) query.set('merchantReference', merchantReference)
  try {
    const { status, body } = await gateway.http.send({
      ...{ method: 'GET', url: `${baseOf(gateway)}/v1/directory?${query}` },
      ...{ headers: headersOf(gateway), totalMs: DIRECTORY_MS },
    })
    if (status !== 200) return { problem: `the directory answered ${status}` }
    const { url } = readObject(body) ?? {}
    return typeof url === 'string' ? resolve(baseOf(gateway), url) : { problem: 'the directory named no address' }
  } catch (error) {
    return { problem: `the directory: ${outcomeOf(error).cause}` }
  }
}

// The card goes where the directory says, so it may only name another port of the same host, or a host that there is not.
function resolve(baseUrl: string, reference: string): { readonly url: string } | { readonly problem: string } {
  const base = `${baseUrl}/`
  if (!URL.canParse(reference, base)) return { problem: 'the directory named no address' }
  const url = new URL(reference, base)
  const isOurs = url.hostname === new URL(base).hostname || url.hostname.endsWith('.invalid')
  if (!isOurs || !/^https?:$/.test(url.protocol)) return { problem: 'the directory named a foreign address' }
  return { url: url.href.replace(/\/+$/, '') }
}

function readOutcome({ status, body }: GatewayHttpAnswer, asked: Inquiry): Outcome {
  // Turned away by whoever stands in front of the gateway: nothing was done.
  if (status === 429) return { kind: 'not_sent', cause: 'too many requests' }
  if (status === 401) return { kind: 'not_sent', cause: 'the credentials are refused' }
  const answer = readObject(body)
  if (status === 200) return readOperation(answer, asked)
  return readRefusal(status, answer, asked) ?? { kind: 'unknown', cause: `status ${status}` }
}

// A request that the gateway read and would not execute. Only in its own words, and about our reference.
function readRefusal(status: number, answer: Json | undefined, asked: Inquiry): Outcome | undefined {
  const { code, message } = asObject(answer?.error) ?? {}
  if (answer?.reference !== asked.reference || typeof message !== 'string') return undefined
  if (status === 422 && code === 'charge_not_found') return { kind: 'declined', code: 'state_invalid', message }
  if (status === 400 && code === 'invalid_request') return { kind: 'declined', code: 'not_permitted', message }
  return undefined
}

function readOperation(answer: Json | undefined, asked: Inquiry): Exclude<Outcome, { kind: 'not_sent' }> {
  const unknown = (cause: string): Outcome & { kind: 'unknown' } => ({ kind: 'unknown', cause })
  if (!answer) return unknown('the answer is not JSON')
  const expected = { reference: asked.reference, operation: asked.operation, ...moneyBody(asked) }
  const other = Object.entries(expected).find(([name, value]) => answer[name] !== value)
  if (other) return unknown(`the answer has another ${other[0]}`)
  const { id, status, approvalCode, eci } = answer
  if (typeof id !== 'string' || id === '') return unknown('the answer has no id')
  switch (status) {
    case 'approved':
      return {
        ...{ kind: 'approved', gatewayReference: id },
        ...(typeof approvalCode === 'string' && { approvalCode }),
        ...(typeof eci === 'string' && { eci }),
      }
    case 'pending':
      return { kind: 'pending', gatewayReference: id }
    case 'declined': {
      const { code: given, message } = asObject(answer.decline) ?? {}
      const code = DECLINE_CODES.find((known) => known === given)
      if (!code || typeof message !== 'string') return unknown('a refusal without a reason')
      return { kind: 'declined', code, message, gatewayReference: id }
    }
    case 'redirect': {
      const redirect = readRedirect(answer.redirect)
      return redirect ? { kind: 'redirect', redirect, gatewayReference: id } : unknown('a redirect to nowhere')
    }
    default:
      return unknown('the answer has no status')
  }
}

function readRedirect(value: unknown): Redirect | undefined {
  const { url, method, parameters } = asObject(value) ?? {}
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:/.test(url)) return undefined
  if ((method !== 'GET' && method !== 'POST') || !Array.isArray(parameters)) return undefined
  const read = parameters.map((parameter) => {
    const { name, value: text } = asObject(parameter) ?? {}
    return typeof name === 'string' && typeof text === 'string' ? { name, value: text } : undefined
  })
  const complete = read.filter((parameter) => parameter !== undefined)
  return complete.length === read.length ? { url, method, parameters: complete } : undefined
}

async function inquire(gateway: Gateway, inquiry: Inquiry): Promise<InquiryAnswer> {
  try {
    const { status, body } = await gateway.http.send({
      method: 'GET',
      url: `${baseOf(gateway)}/v1/operations/${inquiry.reference}`,
      headers: headersOf(gateway),
    })
    const answer = readObject(body)
    if (status === 404) {
      const isOurs = answer?.reference === inquiry.reference && asObject(answer.error)?.code === 'not_found'
      return isOurs ? { kind: 'not_found' } : { kind: 'unknown', cause: 'status 404' }
    }
    if (status !== 200) return { kind: 'unknown', cause: `status ${status}` }
    const outcome = readOperation(answer, inquiry)
    // The payer is still being asked.
    return outcome.kind === 'redirect' ? { kind: 'pending', ...gatewayReferenceOf(outcome) } : outcome
  } catch (error) {
    return { kind: 'unknown', cause: outcomeOf(error).cause }
  }
}

const gatewayReferenceOf = ({ gatewayReference }: { readonly gatewayReference?: string }) =>
  gatewayReference === undefined ? {} : { gatewayReference }

const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/
const AGE_SECONDS_MAX = 300

/** Verifies `t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>">`; the key follows from the API key. */
export function parseNotification(
  { credentials }: Pick<Gateway, 'credentials'>,
  { headers, body }: IncomingNotification,
  nowMs: number,
): Notification | undefined {
  const header = headers['x-sandbox-signature']
  const [, seconds = '', digest = ''] = SIGNATURE.exec(typeof header === 'string' ? header : '') ?? []
  const apiKey = credentials.apiKey?.reveal()
  if (digest === '' || !apiKey) return undefined
  const key = createHmac('sha256', apiKey).update('florin sandbox notification').digest()
  const expected = createHmac('sha256', key).update(`${seconds}.${body}`).digest()
  if (!timingSafeEqual(expected, Buffer.from(digest, 'hex'))) return undefined
  if (Math.abs(Number(seconds) - nowMs / 1000) > AGE_SECONDS_MAX) return undefined
  const { eventId, reference } = readObject(body) ?? {}
  return typeof eventId === 'string' && typeof reference === 'string' ? { eventId, reference } : undefined
}

// In JSON, and in JSON that was put into JSON as a text.
const SECRET_FIELDS = /(\\*"(?:number|cvv|apiKey|authorization|x-sandbox-signature)\\*"\s*:\s*\\*")[^"\\]*/gi
const SECRET_HEADERS = /\b(bearer\s+)[\x21\x23-\x5b\x5d-\x7e]+/gi

/** Takes out what fields and headers say is secret, and then whatever still looks like a card number. */
function scrub(transcript: string): string {
  return maskCardNumbers(transcript.replace(SECRET_FIELDS, '$1[secret]').replace(SECRET_HEADERS, '$1[secret]'))
}
