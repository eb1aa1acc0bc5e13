// Speaks to the sandbox gateway (docs/sandbox-gateway.md). It believes an answer only when reference, operation, amount and
// currency are exactly what was asked; whatever else comes back is unknown.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { maskCardNumbers } from '../log.ts'
import { formatAmount, isCurrency, parseAmount } from '../money.ts'
import { asObject, type Json, outcomeOf, readObject } from './answers.ts'
import type {
  CardData,
  CardToken,
  ChargeRequest,
  Connector,
  FollowUpRequest,
  Gateway,
  GatewayFacts,
  GatewayOperation,
  IncomingNotification,
  Inquiry,
  InquiryAnswer,
  Notification,
  OperationRequest,
  Outcome,
  PayoutRequest,
  Redirect,
} from './connector.ts'
import { get, postWhereTold, readDecline, readRefusal } from './sandbox-call.ts'
import { cardBody, forget, tokenize } from './sandbox-cards.ts'

const FACTS: GatewayFacts = {
  name: 'sandbox',
  title: 'Sandbox gateway',
  operations: ['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'],
  currencies: 'all',
  brands: 'all',
  moneyFormat: 'decimal',
  mayAnswerLater: true,
  hasInquiry: true,
  tokenizes: true,
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
  tokenize,
  forget,
  inquire,
  parseNotification: (gateway, incoming) => parseNotification(gateway, incoming, Date.now()),
  scrub,
}

const chargeBody = (request: ChargeRequest): object => ({
  ...instrumentBody(request.card),
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

const instrumentBody = (card: CardData | CardToken): object =>
  'token' in card
    ? { cardToken: card.token.reveal(), ...(card.cvv && { cvv: card.cvv.reveal() }) }
    : { card: cardBody(card) }

async function call(
  gateway: Gateway,
  operation: GatewayOperation,
  request: OperationRequest,
  particulars: object,
): Promise<Outcome> {
  const { reference, merchantReference } = request
  const asked = { reference, ...moneyBody(request), ...(merchantReference !== undefined && { merchantReference }) }
  try {
    const answer = await postWhereTold(gateway, {
      asked: { operation, ...asked },
      path: `/v1/operations/${operation}`,
      body: { ...asked, terminalId: gateway.terminalId, ...particulars },
    })
    return answer.status === 200
      ? readOperation(readObject(answer.body), { ...request, operation })
      : readRefusal(answer, reference)
  } catch (error) {
    return outcomeOf(error)
  }
}

const moneyBody = ({ amount }: OperationRequest) => ({ amount: formatAmount(amount), currency: amount.currency })

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
      const decline = readDecline(answer)
      return decline ? { ...decline, gatewayReference: id } : unknown('a refusal without a reason')
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
    const { status, body } = await get(gateway, `/v1/operations/${inquiry.reference}`)
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
  const told = readObject(body) ?? {}
  const { eventId, reference } = told
  if (typeof eventId !== 'string' || typeof reference !== 'string') return undefined
  const refund = readRefund(told)
  return { eventId, reference, ...(refund && { refund }) }
}

function readRefund({ operation, chargeReference, amount, currency }: Json): Notification['refund'] {
  const isWhole = typeof chargeReference === 'string' && typeof amount === 'string' && typeof currency === 'string'
  if (operation !== 'refund' || !isWhole || !isCurrency(currency)) return undefined
  return { chargeReference, amount: parseAmount(amount, currency) }
}

// In JSON, and in JSON that was put into JSON as a text.
const SECRET_FIELDS =
  /(\\*"(?:number|cvv|token|cardToken|apiKey|authorization|x-sandbox-signature)\\*"\s*:\s*\\*")[^"\\]*/gi
const SECRET_HEADERS = /\b(bearer\s+)[\x21\x23-\x5b\x5d-\x7e]+/gi

/** Takes out what fields and headers say is secret, and then whatever still looks like a card number. */
function scrub(transcript: string): string {
  return maskCardNumbers(transcript.replace(SECRET_FIELDS, '$1[secret]').replace(SECRET_HEADERS, '$1[secret]'))
}
