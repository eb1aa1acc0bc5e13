// Partner Connect's words: the shape of each request and answer, and how they are turned into ours and back.
import { randomUUID } from 'node:crypto'
import Type, { type Static, type TSchema } from 'typebox'
import type { ConfirmBindingRequest, ConfirmedBinding } from '../../bindings/confirm.ts'
import type { InitiateBindingRequest, Verification } from '../../bindings/initiate.ts'
import type { Deps } from '../../deps.ts'
import { invalidField } from '../../errors.ts'
import type { Call } from '../../http/face.ts'
import { amountSchema, type JsonNumber, toJsonNumber } from '../../http/json.ts'
import { fingerprintOf, type KeyClaim } from '../../idempotency/keyed.ts'
import { isCurrency, type Money, parseAmount } from '../../money.ts'
import type { CaptureRequest } from '../../payments/capture.ts'
import type { Step } from '../../payments/finish.ts'
import type { Payment } from '../../payments/payment.ts'
import type { PurchaseRequest } from '../../payments/purchase.ts'
import type { RefundRequest } from '../../payments/refund.ts'
import type { PaymentState } from '../../payments/states.ts'
import type { VerifyRequest } from '../../payments/verify.ts'
import type { VoidRequest } from '../../payments/void.ts'
import type { Settings } from '../../settings.ts'

type Status = 'locked' | 'captured' | 'void' | 'refunded'

const STATUSES: Readonly<Record<PaymentState, Status>> = {
  authorizing: 'locked',
  authorized: 'locked',
  capturing: 'locked',
  voiding: 'locked',
  captured: 'captured',
  voided: 'void',
  refunded: 'refunded',
  declined: 'void',
  canceled: 'void',
  paying: 'locked',
  paid: 'captured',
}

const DECIMALS_MAX = 2 // The contract's, also for currencies that have three.

const uuid = (description: string) => Type.String({ format: 'uuid', description })
const time = (description: string) => Type.String({ format: 'date-time', description })
const words = (description: string) => Type.String({ minLength: 1, maxLength: 1024, description })
const oneTimeCode = (description: string) => Type.String({ minLength: 1, maxLength: 64, description })
const amount = (description: string) =>
  amountSchema({ description: `${description} In major units, at least 0.01, at most two decimals.` })
const amountOut = (description: string) => Type.Number({ description })
const currency = Type.String({ minLength: 3, maxLength: 3, description: 'ISO 4217, in capital letters.' })
const cardId = uuid('The bound card, as `card-binding/confirm` named it. It is of no use to another merchant.')
const transactionId = uuid('The transaction, as `transactions/purchase` named it.')
const refId = Type.Optional(Type.String({ description: 'A reference for people, also on the statement of the card.' }))
const status = Type.Unsafe<Status>({
  type: 'string',
  enum: ['locked', 'captured', 'void', 'refunded'],
  description: 'Only `locked` can be captured or released, only `captured` refunded; the others are final.',
})

export const InitiateBody = Type.Object({
  fullPan: Type.String({ minLength: 1, description: 'The card number: 12 to 19 digits.' }),
})
export const VerificationAnswer = Type.Object({
  verificationId: uuid('Names this attempt in `card-binding/confirm`.'),
  code: Type.Optional(Type.String({ description: 'The code that was sent to the cardholder. Only in sandbox mode.' })),
  codeExpiry: time('When the verification and its code expire.'),
  maskedPan: Type.String({ description: 'The first six and last four digits.' }),
  contactNumber: Type.String({ description: 'Where the code went; masked unless the platform is told otherwise.' }),
  cardFace: Type.String({ description: "The URL of the card brand's image." }),
})

export const ConfirmBody = Type.Object({
  verificationId: uuid('As `card-binding/initiate` answered.'),
  code: oneTimeCode('What the cardholder received: six digits, as a string.'),
})
export const BindingAnswer = Type.Object({
  cardId,
  bindingStatus: Type.Literal('success'),
  cardFace: Type.String({ description: "The URL of the card brand's image." }),
  expirationDate: Type.String({ description: '`MM/YYYY`' }),
  cardType: Type.String({ description: 'The tier of the product, e.g. Platinum.' }),
})

export const VerifyBody = Type.Object({
  cardId,
  amount: amount('What will be charged.'),
  currency,
  description: words('What is bought.'),
})
export const VerifyAnswer = Type.Object({ success: Type.Boolean({ description: 'Always true.' }) })

export const PurchaseBody = Type.Object({
  ...VerifyBody.properties,
  otpToken: oneTimeCode('The code that the cardholder received for exactly this purchase.'),
})
export const PurchaseAnswer = Type.Object({
  transactionId,
  status,
  amountAuthorized: amountOut('What is held.'),
  currency,
  authorizationExpiry: time('When the hold ends by itself, unless captured or released before.'),
  cardId: Type.Optional(cardId),
  refId,
})

export const CaptureBody = Type.Object({
  transactionId,
  amount: amount('At most the authorised amount; what is left of the hold is released at once.'),
})
export const CaptureAnswer = Type.Object({
  transactionId,
  status,
  amountCaptured: amountOut('What went to the merchant.'),
  currency,
  captureDate: time('When.'),
  cardId: Type.Optional(cardId),
  refId,
})

export const ReleaseBody = Type.Object({ transactionId })
export const ReleaseAnswer = Type.Object({ transactionId, status, cardId: Type.Optional(cardId), refId })

export const RefundBody = Type.Object({
  transactionId,
  amount: amount('At most what is left of the captured amount.'),
  currency,
  description: words('What is refunded.'),
  reason: words('Why.'),
})
export const RefundAnswer = Type.Object({
  transactionId,
  refundTransactionId: uuid('Names this refund.'),
  status,
  amountRefunded: amountOut('The amount of this refund.'),
  currency,
  refundDate: time('When.'),
  cardId: Type.Optional(cardId),
  refId,
})

export const TransactionQuery = Type.Object({ transactionId })
export const TransactionAnswer = Type.Object({
  ...PurchaseAnswer.properties,
  amountCaptured: amountOut('What went to the merchant.'),
  amountRefunded: amountOut('What went back, all refunds together.'),
  description: Type.String(),
  createdAt: time('When it was authorised.'),
})

type Posted<Body extends TSchema> = Call<Static<Body>, unknown>

export const readInitiate = (deps: Pick<Deps, 'vault'>, call: Posted<typeof InitiateBody>): InitiateBindingRequest => ({
  merchantId: call.principal.id,
  pan: call.body.fullPan,
  token: randomUUID(),
  keys: keysOf(call, { card: deps.vault.blindIndex(call.body.fullPan).toString('hex') }),
})

export const toVerificationAnswer = (
  { sandbox, maskContact }: Settings,
  { verificationId, code, expiresAt, maskedPan, contact, imageUrl }: Verification,
): Static<typeof VerificationAnswer> => ({
  verificationId,
  ...(sandbox && { code }),
  codeExpiry: expiresAt.toISOString(),
  maskedPan,
  contactNumber: maskContact ? maskAddress(contact) : contact,
  cardFace: imageUrl,
})

// A phone number keeps its last four digits, an e-mail address its first letter and its host.
const maskAddress = (contact: string): string =>
  contact.includes('@')
    ? contact.replace(/^(.)[^@]*/, '$1***')
    : '*'.repeat(Math.max(contact.length - 4, 0)) + contact.slice(-4)

export const readConfirm = (deps: Pick<Deps, 'codes'>, call: Posted<typeof ConfirmBody>): ConfirmBindingRequest => {
  const { verificationId, code } = call.body
  const keys = keysOf(call, { verificationId, code: digestOf(deps, verificationId, code) })
  return { merchantId: call.principal.id, verificationId, code, keys }
}

export const toBindingAnswer = (binding: ConfirmedBinding): Static<typeof BindingAnswer> => ({
  cardId: binding.token,
  bindingStatus: 'success',
  cardFace: binding.imageUrl,
  expirationDate: `${String(binding.expiryMonth).padStart(2, '0')}/${binding.expiryYear}`,
  cardType: binding.cardType,
})

export const readVerify = (call: Posted<typeof VerifyBody>): VerifyRequest => {
  const request = { token: call.body.cardId, amount: readMoney(call.body), description: call.body.description }
  return { ...request, merchantId: call.principal.id, keys: keysOf(call, request) }
}

export const readPurchase = (deps: Pick<Deps, 'codes'>, call: Posted<typeof PurchaseBody>): PurchaseRequest => {
  const { otpToken, cardId, description } = call.body
  const request = { token: cardId, amount: readMoney(call.body), description }
  const keys = keysOf(call, { ...request, code: digestOf(deps, cardId, otpToken) })
  return { ...request, merchantId: call.principal.id, code: otpToken, keys }
}

export const toPurchaseAnswer = (payment: Payment): Static<typeof PurchaseAnswer> => ({
  ...toTransaction(payment),
  amountAuthorized: toJsonNumber({ amount: payment.authorized, currency: payment.currency }),
  currency: payment.currency,
  authorizationExpiry: payment.expiresAt.toISOString(),
})

export const readCapture = (call: Posted<typeof CaptureBody>): CaptureRequest => {
  const request = { paymentId: call.body.transactionId, amount: call.body.amount.text }
  return { ...request, decimalsMax: DECIMALS_MAX, merchantId: call.principal.id, keys: keysOf(call, request) }
}

export const toCaptureAnswer = ({ payment, operation }: Step): Static<typeof CaptureAnswer> => ({
  ...toTransaction(payment),
  amountCaptured: toJsonNumber({ amount: payment.captured, currency: payment.currency }),
  currency: payment.currency,
  captureDate: timeOf(operation),
})

export const readRelease = (call: Posted<typeof ReleaseBody>): VoidRequest => {
  const request = { paymentId: call.body.transactionId }
  return { ...request, merchantId: call.principal.id, keys: keysOf(call, request) }
}

/** What every answer about a transaction says, and all that a release says. */
export const toTransaction = (payment: Payment): Static<typeof ReleaseAnswer> => ({
  transactionId: payment.id,
  status: STATUSES[payment.state],
  ...(payment.bindingToken !== null && { cardId: payment.bindingToken }),
  refId: payment.refId,
})

export const readRefund = (call: Posted<typeof RefundBody>): RefundRequest => {
  const { transactionId, description, reason } = call.body
  const request = { paymentId: transactionId, amount: readMoney(call.body), description, reason }
  return { ...request, merchantId: call.principal.id, keys: keysOf(call, request) }
}

export const toRefundAnswer = ({ payment, operation }: Step): Static<typeof RefundAnswer> => ({
  ...toTransaction(payment),
  refundTransactionId: operation.id,
  amountRefunded: toJsonNumber({ amount: operation.amount, currency: payment.currency }),
  currency: payment.currency,
  refundDate: timeOf(operation),
})

const timeOf = ({ settledAt, createdAt }: Step['operation']): string => (settledAt ?? createdAt).toISOString()

export const toTransactionAnswer = (payment: Payment): Static<typeof TransactionAnswer> => ({
  ...toPurchaseAnswer(payment),
  amountCaptured: toJsonNumber({ amount: payment.captured, currency: payment.currency }),
  amountRefunded: toJsonNumber({ amount: payment.refunded, currency: payment.currency }),
  description: payment.description,
  createdAt: payment.createdAt.toISOString(),
})

function readMoney({ amount, currency }: { readonly amount: JsonNumber; readonly currency: string }): Money {
  if (!isCurrency(currency)) throw invalidField('currency', 'must be an ISO 4217 code in capital letters')
  return parseAmount(amount.text, currency, 'amount', DECIMALS_MAX)
}

// Card numbers and codes do not go into fingerprints in the clear: a SHA-256 of so few digits is soon guessed.
function keysOf({ principal, route, idempotencyKey }: Call<unknown, unknown>, request: object): KeyClaim[] {
  if (idempotencyKey === undefined) return []
  return [{ scope: `${principal.id} ${route}`, key: idempotencyKey, fingerprint: fingerprintOf(request) }]
}

const digestOf = ({ codes }: Pick<Deps, 'codes'>, subjectId: string, code: string): string =>
  codes.digest(subjectId, code).toString('hex')
