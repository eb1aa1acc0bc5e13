// A payment: what a payer lets a merchant take, or a merchant pays out, and how far that went. Its amount never changes; its
// totals do. The payer's side is a card that we issued, or a merchant's gateway account.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'
import { needCard } from '../issuing/card.ts'
import { type CardAccountRef, needCardTransaction } from '../issuing/card-transaction.ts'
import { cardAccountLedger, gatewayReceivable, merchantPayable, networkSettlement } from '../ledger/accounts.ts'
import { type Charge, type ChargeAmounts, type ChargeHolds, chargeNeeds } from '../ledger/facts.ts'
import { lesserOf, multiplyRatio } from '../money.ts'
import { needClaim } from './claim.ts'
import { isStep, type PaymentState } from './states.ts'

export type PaymentOrigin = 'partner-connect' | 'network' | 'transaction-services' | 'operations'

interface PaymentColumns {
  readonly id: string
  /** The platform's own id for charges that came over the network and not from a merchant of ours. */
  readonly merchantId: string
  readonly origin: PaymentOrigin
  readonly direction: 'charge' | 'payout'
  readonly state: PaymentState
  readonly currency: string
  /** Minor units of `currency`, like authorized, captured and refunded. */
  readonly amount: bigint
  /** What the payer pays on top of the amount. It is the merchant's, and is not refunded. */
  readonly fee: bigint
  /** What is or was held, the fee included; while it is being authorized, what the ledger reserves. */
  readonly authorized: bigint
  readonly captured: bigint
  readonly refunded: bigint
  /** Of refunds that a gateway has not decided yet. */
  readonly refundReserved: bigint
  readonly payerCurrency: string
  /** Payer minor units per payment minor unit, fixed when the payment was authorized. */
  readonly rateNumerator: bigint
  readonly rateDenominator: bigint
  /** Minor units of `payerCurrency`. */
  readonly payerAuthorized: bigint
  readonly payerCaptured: bigint
  readonly payerRefunded: bigint
  /** What had been captured when the present hold was taken: it holds the rest of what was authorized. */
  readonly takenBefore: bigint
  readonly payerTakenBefore: bigint
  readonly bindingToken: string | null
  /** Null while nothing was ever held. */
  readonly holdId: string | null
  readonly exchangeHoldId: string | null
  readonly refId: string
  readonly description: string
  /** The authorize, purchase, capture, void or payout that is open and excludes others. */
  readonly openOperationId: string | null
  /** The obligation that this payment pays, such as an invoice. */
  readonly claimId: string | null
  /** Of a payout to the payer of an earlier payment: that one. */
  readonly sourcePaymentId: string | null
  /** Of payouts to this payment's payer, those that are open included. */
  readonly paidOut: bigint
  /** Rises with every change: who is told of the payment drops older versions. */
  readonly version: bigint
  readonly expiresAt: Date
  readonly createdAt: Date
}

/** A payment by, or to, a card that we issued. */
export interface OfCard {
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
  readonly cardTransactionId: string
  readonly authorizedOn: string
  readonly gatewayAccountId: null
}

/** A payment that a gateway carries. */
export interface OfGateway {
  readonly clientId: null
  readonly cardAccountId: null
  readonly cardId: null
  readonly cardTransactionId: null
  readonly authorizedOn: null
  readonly gatewayAccountId: string
}

/** A payment that nobody could carry: a number under our own BIN that we never issued. Only ever declined. */
export interface OfNobody {
  readonly clientId: null
  readonly cardAccountId: null
  readonly cardId: null
  readonly cardTransactionId: null
  readonly authorizedOn: null
  readonly gatewayAccountId: null
}

export type Payment = PaymentColumns & (OfCard | OfGateway | OfNobody)
export type CardPayment = PaymentColumns & OfCard

export const paymentShelf = tableShelf<Payment>({
  name: 'payments',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    origin: 'text',
    direction: 'text',
    state: 'text',
    currency: 'text',
    amount: 'bigint',
    fee: 'bigint',
    authorized: 'bigint',
    captured: 'bigint',
    refunded: 'bigint',
    refundReserved: 'bigint',
    payerCurrency: 'text',
    rateNumerator: 'bigint',
    rateDenominator: 'bigint',
    payerAuthorized: 'bigint',
    payerCaptured: 'bigint',
    payerRefunded: 'bigint',
    takenBefore: 'bigint',
    payerTakenBefore: 'bigint',
    clientId: 'uuid',
    cardAccountId: 'uuid',
    cardId: 'uuid',
    gatewayAccountId: 'uuid',
    bindingToken: 'uuid',
    cardTransactionId: 'uuid',
    holdId: 'uuid',
    exchangeHoldId: 'uuid',
    refId: 'text',
    description: 'text',
    authorizedOn: 'date',
    openOperationId: 'uuid',
    claimId: 'uuid',
    sourcePaymentId: 'uuid',
    paidOut: 'bigint',
    version: 'bigint',
    expiresAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: [
    'state',
    'authorized',
    'captured',
    'refunded',
    'refundReserved',
    'payerAuthorized',
    'payerCaptured',
    'payerRefunded',
    'takenBefore',
    'payerTakenBefore',
    'gatewayAccountId',
    'holdId',
    'exchangeHoldId',
    'authorizedOn',
    'openOperationId',
    'paidOut',
    'version',
    'expiresAt',
  ],
})

/** How often a payment may be captured and refunded. Its origin decides, so that it is fixed when the payment is made. */
export interface PaymentRules {
  /** One gives back what it leaves; of many, each leaves the rest held. */
  readonly captures: 'one' | 'many'
  readonly refunds: 'one' | 'many'
}

/** The rule sets, whichever face operates the payment. */
export const RULES: Readonly<Record<PaymentOrigin, PaymentRules>> = {
  'partner-connect': { captures: 'one', refunds: 'many' },
  network: { captures: 'one', refunds: 'many' },
  'transaction-services': { captures: 'one', refunds: 'one' },
  operations: { captures: 'many', refunds: 'many' },
}

interface RefColumns {
  readonly id: string
  readonly merchantId: string
  readonly origin: PaymentOrigin
  readonly direction: 'charge' | 'payout'
  readonly currency: string
  readonly payerCurrency: string
  readonly claimId: string | null
  readonly sourcePaymentId: string | null
}

export type CardPaymentRef = RefColumns &
  Pick<OfCard, 'clientId' | 'cardAccountId' | 'cardId' | 'cardTransactionId' | 'gatewayAccountId'>
export type GatewayPaymentRef = RefColumns &
  Pick<OfGateway, 'clientId' | 'cardAccountId' | 'cardId' | 'cardTransactionId' | 'gatewayAccountId'>
type NobodysPaymentRef = RefColumns &
  Pick<OfNobody, 'clientId' | 'cardAccountId' | 'cardId' | 'cardTransactionId' | 'gatewayAccountId'>

/**
 * The columns of a payment that never change: enough to name everything that a step of it locks. The gateway account may
 * change until the payment is authorized; `sameGateway` says whether it did.
 */
export type PaymentRef = CardPaymentRef | GatewayPaymentRef | NobodysPaymentRef

/** Who pays whom. */
export function chargeOf(
  ref: Pick<
    PaymentRef,
    'merchantId' | 'origin' | 'direction' | 'currency' | 'payerCurrency' | 'cardAccountId' | 'gatewayAccountId'
  >,
): Charge {
  const outside = outsideOf(ref)
  const ours =
    ref.origin === 'network' ? networkSettlement(ref.currency) : merchantPayable(ref.merchantId, ref.currency)
  return ref.direction === 'payout' ? { payer: ours, payee: outside } : { payer: outside, payee: ours }
}

// Where the money comes from in a charge, and goes to in a payout.
function outsideOf({ cardAccountId, gatewayAccountId, payerCurrency }: Parameters<typeof chargeOf>[0]) {
  if (cardAccountId !== null) return cardAccountLedger(cardAccountId, payerCurrency)
  if (gatewayAccountId !== null) return gatewayReceivable(gatewayAccountId, payerCurrency)
  throw new Error('a payment that nobody carries moves nothing')
}

/** The charge with its holds, of which the payment remembers ids and amounts. */
export function heldChargeOf(payment: Payment): Charge & ChargeHolds {
  if (payment.holdId === null) throw new Error(`payment ${payment.id} holds nothing`)
  const { payerAmount, payeeAmount } = heldOf(payment)
  return {
    ...chargeOf(payment),
    hold: { id: payment.holdId, amount: payerAmount },
    exchangeHold: payment.exchangeHoldId === null ? null : { id: payment.exchangeHoldId, amount: payeeAmount },
  }
}

/** What the present hold is of, in minor units of each side's currency. */
export const heldOf = (payment: Payment): ChargeAmounts => ({
  payerAmount: payment.payerAuthorized - payment.payerTakenBefore,
  payeeAmount: payment.authorized - payment.takenBefore,
})

/** What can go back to the payer at most, in minor units: what was captured, without the fee. */
export const refundableOf = ({ captured, amount }: Pick<Payment, 'captured' | 'amount'>): bigint =>
  lesserOf(captured, amount)

/** Whether something was captured that may go back: also while the rest is still held. */
export const isRefundable = ({ state, captured }: Pick<Payment, 'state' | 'captured'>): boolean =>
  state === 'captured' || (captured > 0n && (state === 'authorized' || state === 'capturing' || state === 'voiding'))

/** The state of a payment of which nothing is held any more. */
export function settledStateOf(payment: Pick<Payment, 'captured' | 'amount' | 'refunded'>): PaymentState {
  if (payment.captured === 0n) return 'voided'
  return payment.refunded >= refundableOf(payment) ? 'refunded' : 'captured'
}

/** The card account that pays, as its statement needs it. */
export const payerOf = (ref: Pick<CardPaymentRef, 'cardAccountId' | 'clientId' | 'payerCurrency'>): CardAccountRef => ({
  id: ref.cardAccountId,
  clientId: ref.clientId,
  currency: ref.payerCurrency,
})

/** Everything that a step of the payment may write. */
export const paymentNeeds = (ref: PaymentRef): Need[] => [
  need(paymentShelf, ref.id),
  ...(ref.claimId === null ? [] : [needClaim(ref.claimId)]),
  ...(ref.sourcePaymentId === null ? [] : [need(paymentShelf, ref.sourcePaymentId)]),
  ...(ref.cardId === null ? [] : [needCardTransaction(ref.cardTransactionId), needCard(ref.cardId)]),
  ...(ref.cardId === null && ref.gatewayAccountId === null ? [] : chargeNeeds(chargeOf(ref))),
]

/** The payment as it stands. Throws `payment_state_invalid` when another gateway carries it by now. */
export function paymentOf(books: Books, ref: PaymentRef): Payment {
  const payment = books.get(paymentShelf, ref.id)
  if (payment.gatewayAccountId !== ref.gatewayAccountId) throw new AppError('payment_state_invalid')
  return payment
}

/** Writes the payment's next state. Throws when the step is not in the table: a bug of the caller. */
export function advancePayment(
  books: Books,
  payment: Payment,
  changes: Partial<PaymentColumns> & Pick<Payment, 'state'>,
): Payment {
  if (!isStep(payment.state, changes.state))
    throw new Error(`a payment cannot go from ${payment.state} to ${changes.state}`)
  return books.put(paymentShelf, { ...payment, ...changes, version: payment.version + 1n })
}

/**
 * What the payer's side of `amount` minor units is, at the payment's rate: rounded half up and at least one minor unit.
 * Totals are converted, never parts, so that parts always add up to their total.
 */
export function toPayerAmount(rate: Pick<Payment, 'rateNumerator' | 'rateDenominator'>, amount: bigint): bigint {
  const converted = multiplyRatio(amount, rate.rateNumerator, rate.rateDenominator)
  return converted > 0n ? converted : 1n
}
