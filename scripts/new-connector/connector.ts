// Speaks to Acme. It was made by `npm run new:connector acme` and works as it is, for an imaginary gateway: change the facts,
// then the bodies, then how answers are read, and keep the contract in test/gateways/acme.test.ts green on the way.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { maskCardNumbers } from '../log.ts'
import { Secret } from '../secret.ts'
import { type Json, outcomeOf, readObject } from './answers.ts'
import {
  type CardData,
  type ChargeRequest,
  type Connector,
  DECLINE_CODES,
  type FollowUpRequest,
  type ForgetOutcome,
  type Gateway,
  type GatewayFacts,
  type GatewayOperation,
  type IncomingNotification,
  type Inquiry,
  type InquiryAnswer,
  type Notification,
  type OperationRequest,
  type Outcome,
  type TokenizeOutcome,
  type TokenizeRequest,
} from './connector.ts'
import type { GatewayHttpAnswer } from './http.ts'

// What is true whoever uses it. The core believes these: an operation that is missing here is never asked for.
const FACTS: GatewayFacts = {
  name: 'acme',
  title: 'Acme',
  operations: ['authorize', 'purchase', 'capture', 'void', 'refund'],
  currencies: 'all',
  brands: 'all',
  moneyFormat: 'minor',
  mayAnswerLater: false,
  hasInquiry: true,
  tokenizes: true,
  redirects: false,
  refundMayBeQueued: false,
  captures: 'one',
  settlingTimeMs: 5000, // As its documentation says: before it, "not found" means nothing.
}

/** Its one credential is `apiKey`. */
export const acmeConnector: Connector = {
  facts: FACTS,
  authorize: (gateway, request) => call(gateway, 'authorize', request, chargeBody(request)),
  purchase: (gateway, request) => call(gateway, 'purchase', request, chargeBody(request)),
  capture: (gateway, request) => call(gateway, 'capture', request, followUpBody(request)),
  void: (gateway, request) => call(gateway, 'void', request, followUpBody(request)),
  refund: (gateway, request) => call(gateway, 'refund', request, followUpBody(request)),
  tokenize,
  forget,
  inquire,
  parseNotification,
  scrub,
}

// A gateway that keeps no cards gets none by a token, and has neither `tokenize` nor `forget`: throw a NotSentError for one here.
const chargeBody = ({ card, description }: ChargeRequest): Json => ({
  description,
  card:
    'token' in card
      ? { token: card.token.reveal(), ...(card.cvv && { cvv: card.cvv.reveal() }) }
      : { ...cardBody(card), ...(card.cvv && { cvv: card.cvv.reveal() }) },
})

const cardBody = ({ pan, expiryMonth, expiryYear }: CardData): Json => ({
  ...{ number: pan.reveal(), expiryMonth, expiryYear },
})

// By our own reference where the gateway allows it: its own id is missing after an answer that never came.
const followUpBody = ({ charge }: FollowUpRequest): Json => ({ chargeReference: charge.reference })

// Minor units are whole numbers and may be beyond what a double holds, so they travel as text. A gateway that wants decimals
// gets them from formatAmount; nothing here may be a number.
const moneyBody = ({ amount }: OperationRequest): Json => ({
  amount: amount.amount.toString(),
  currency: amount.currency,
})

const headersOf = ({ credentials }: Gateway): Record<string, string> => ({
  authorization: `Bearer ${credentials.apiKey?.reveal() ?? ''}`,
  'content-type': 'application/json',
})

// One request and no retry: whoever repeats a request of which nothing is known may charge twice.
async function call(
  gateway: Gateway,
  operation: GatewayOperation,
  request: OperationRequest,
  particulars: Json,
): Promise<Outcome> {
  const { reference } = request
  try {
    const answer = await gateway.http.send({
      method: 'POST',
      url: `${gateway.baseUrl}/${operation}`,
      // The gateway executes one reference once. Where it has a header or field of its own for that, the reference goes there.
      headers: headersOf(gateway),
      body: JSON.stringify({ reference, ...moneyBody(request), ...particulars }),
    })
    return readOutcome(answer, { ...request, operation })
  } catch (error) {
    return outcomeOf(error)
  }
}

// Three questions to the gateway's documentation: which statuses say that nothing was done (not_sent), which answers are its
// explicit word (approved, declined, pending), and is everything else unknown? A 5xx always is.
function readOutcome({ status, body }: GatewayHttpAnswer, asked: Inquiry): Outcome {
  if (status === 429) return { kind: 'not_sent', cause: 'too many requests' }
  if (status === 401) return { kind: 'not_sent', cause: 'the credentials are refused' }
  if (status !== 200) return { kind: 'unknown', cause: `status ${status}` }
  return readOperation(readObject(body), asked)
}

// Believed only when it is about exactly what was asked.
function readOperation(answer: Json | undefined, asked: Inquiry): Exclude<InquiryAnswer, { kind: 'not_found' }> {
  if (!answer) return { kind: 'unknown', cause: 'the answer is not JSON' }
  const expected: Json = { reference: asked.reference, operation: asked.operation, ...moneyBody(asked) }
  const other = Object.keys(expected).find((name) => answer[name] !== expected[name])
  if (other !== undefined) return { kind: 'unknown', cause: `the answer has another ${other}` }
  const { id, status, reason } = answer
  if (typeof id !== 'string') return { kind: 'unknown', cause: 'the answer has no id' }
  if (status === 'approved') return { kind: 'approved', gatewayReference: id }
  // The gateway's reasons become ours; what has no counterpart is `refused`.
  const code = DECLINE_CODES.find((known) => known === reason) ?? 'refused'
  if (status === 'declined') return { kind: 'declined', code, message: String(reason), gatewayReference: id }
  return { kind: 'unknown', cause: 'the answer has no status' }
}

// No money moves, so what is unknown is asked for again under the same reference; the gateway keeps one card under it.
async function tokenize(gateway: Gateway, { reference, card }: TokenizeRequest): Promise<TokenizeOutcome> {
  try {
    const { status, body } = await gateway.http.send({
      ...{ method: 'POST', url: `${gateway.baseUrl}/cards`, headers: headersOf(gateway) },
      body: JSON.stringify({ reference, card: cardBody(card) }),
    })
    if (status === 429) return { kind: 'not_sent', cause: 'too many requests' }
    const answer = readObject(body)
    if (status !== 200 || !answer) return { kind: 'unknown', cause: `status ${status}` }
    const { brand, expiryMonth, expiryYear } = card
    const last4 = card.pan.reveal().slice(-4)
    const isOurs = answer.reference === reference && answer.last4 === last4
    if (!isOurs || typeof answer.token !== 'string')
      return { kind: 'unknown', cause: 'the answer is about another card' }
    return { kind: 'tokenized', token: new Secret(answer.token), ...{ brand, last4, expiryMonth, expiryYear } }
  } catch (error) {
    return outcomeOf(error)
  }
}

// The token travels in the body where the gateway allows it: addresses end up in logs.
async function forget(gateway: Gateway, token: Secret<string>): Promise<ForgetOutcome> {
  try {
    const { status } = await gateway.http.send({
      ...{ method: 'POST', url: `${gateway.baseUrl}/forget`, headers: headersOf(gateway) },
      body: JSON.stringify({ token: token.reveal() }),
    })
    return status === 200 ? { kind: 'forgotten' } : { kind: 'unknown', cause: `status ${status}` }
  } catch (error) {
    return outcomeOf(error)
  }
}

async function inquire(gateway: Gateway, inquiry: Inquiry): Promise<InquiryAnswer> {
  try {
    const { status, body } = await gateway.http.send({
      method: 'GET',
      url: `${gateway.baseUrl}/operations/${inquiry.reference}`,
      headers: headersOf(gateway),
    })
    const answer = readObject(body)
    // In the gateway's own words and about our reference: any other 404 comes from something in between.
    if (status === 404 && answer?.notFound === inquiry.reference) return { kind: 'not_found' }
    if (status !== 200) return { kind: 'unknown', cause: `status ${status}` }
    return readOperation(answer, inquiry)
  } catch (error) {
    return { kind: 'unknown', cause: outcomeOf(error).cause }
  }
}

// A hint and no more: the gateway is asked before anything is believed. Without a signature leave this verb out.
function parseNotification({ credentials }: Gateway, incoming: IncomingNotification): Notification | undefined {
  const given = incoming.headers['x-acme-signature']
  const apiKey = credentials.apiKey?.reveal()
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/.test(given) || !apiKey) return undefined
  const expected = createHmac('sha256', apiKey).update(incoming.body).digest()
  if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) return undefined
  const { eventId, reference } = readObject(incoming.body) ?? {}
  return typeof eventId === 'string' && typeof reference === 'string' ? { eventId, reference } : undefined
}

const SECRET_FIELDS = /(\\*"(?:number|cvv|token|authorization|x-acme-signature)\\*"\s*:\s*\\*")[^"\\]*/gi

// Fields by name first; card numbers wherever else they may be after that.
function scrub(transcript: string): string {
  return maskCardNumbers(transcript.replace(SECRET_FIELDS, '$1[secret]'))
}
