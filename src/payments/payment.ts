// A payment: what a payer lets a merchant take, and how far that went. Its amount never changes; its totals do.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { needCard } from '../issuing/card.ts'
import { type CardAccountRef, needCardTransaction } from '../issuing/card-transaction.ts'
import { cardAccountLedger, merchantPayable, networkSettlement } from '../ledger/accounts.ts'
import { type Charge, type ChargeHolds, chargeNeeds } from '../ledger/facts.ts'
import { multiplyRatio } from '../money.ts'
import { isStep, type PaymentState } from './states.ts'

export interface Payment {
  readonly id: string
  /** The platform's own id for charges that came over the network and not from a merchant of ours. */
  readonly merchantId: string
  readonly origin: 'partner-connect' | 'network'
  readonly state: PaymentState
  readonly currency: string
  /** Minor units of `currency`, like authorized, captured and refunded. */
  readonly amount: bigint
  readonly authorized: bigint
  readonly captured: bigint
  readonly refunded: bigint
  readonly payerCurrency: string
  /** Payer minor units per payment minor unit, fixed when the payment was authorized. */
  readonly rateNumerator: bigint
  readonly rateDenominator: bigint
  /** Minor units of `payerCurrency`. */
  readonly payerAuthorized: bigint
  readonly payerCaptured: bigint
  readonly payerRefunded: bigint
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
  readonly bindingToken: string | null
  readonly cardTransactionId: string
  readonly holdId: string
  readonly exchangeHoldId: string | null
  readonly refId: string
  readonly description: string
  readonly authorizedOn: string
  readonly expiresAt: Date
  readonly createdAt: Date
}

export const paymentShelf = tableShelf<Payment>({
  name: 'payments',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    origin: 'text',
    state: 'text',
    currency: 'text',
    amount: 'bigint',
    authorized: 'bigint',
    captured: 'bigint',
    refunded: 'bigint',
    payerCurrency: 'text',
    rateNumerator: 'bigint',
    rateDenominator: 'bigint',
    payerAuthorized: 'bigint',
    payerCaptured: 'bigint',
    payerRefunded: 'bigint',
    clientId: 'uuid',
    cardAccountId: 'uuid',
    cardId: 'uuid',
    bindingToken: 'uuid',
    cardTransactionId: 'uuid',
    holdId: 'uuid',
    exchangeHoldId: 'uuid',
    refId: 'text',
    description: 'text',
    authorizedOn: 'date',
    expiresAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: [
    'state',
    'authorized',
    'captured',
    'refunded',
    'payerAuthorized',
    'payerCaptured',
    'payerRefunded',
    'holdId',
    'exchangeHoldId',
  ],
})

/** The columns of a payment that never change: enough to name everything that a step of it locks. */
export type PaymentRef = Pick<
  Payment,
  | 'id'
  | 'merchantId'
  | 'origin'
  | 'currency'
  | 'payerCurrency'
  | 'clientId'
  | 'cardAccountId'
  | 'cardId'
  | 'cardTransactionId'
>

/** Who pays whom. */
export const chargeOf = (
  ref: Pick<PaymentRef, 'merchantId' | 'origin' | 'currency' | 'payerCurrency' | 'cardAccountId'>,
): Charge => ({
  payer: cardAccountLedger(ref.cardAccountId, ref.payerCurrency),
  payee: ref.origin === 'network' ? networkSettlement(ref.currency) : merchantPayable(ref.merchantId, ref.currency),
})

/** The charge with its holds, of which the payment remembers ids and amounts. */
export const heldChargeOf = (payment: Payment): Charge & ChargeHolds => ({
  ...chargeOf(payment),
  hold: { id: payment.holdId, amount: payment.payerAuthorized },
  exchangeHold: payment.exchangeHoldId === null ? null : { id: payment.exchangeHoldId, amount: payment.authorized },
})

/** The card account that pays, as its statement needs it. */
export const payerOf = (ref: PaymentRef): CardAccountRef => ({
  id: ref.cardAccountId,
  clientId: ref.clientId,
  currency: ref.payerCurrency,
})

/** Everything that a step of the payment may write. */
export const paymentNeeds = (ref: PaymentRef): Need[] => [
  need(paymentShelf, ref.id),
  needCardTransaction(ref.cardTransactionId),
  needCard(ref.cardId),
  ...chargeNeeds(chargeOf(ref)),
]

/** Writes the payment's next state. Throws when the step is not in the table: a bug of the caller. */
export function advancePayment(
  books: Books,
  payment: Payment,
  changes: Partial<Payment> & Pick<Payment, 'state'>,
): Payment {
  if (!isStep(payment.state, changes.state))
    throw new Error(`a payment cannot go from ${payment.state} to ${changes.state}`)
  return books.put(paymentShelf, { ...payment, ...changes })
}

/**
 * What the payer's side of `amount` minor units is, at the payment's rate: rounded half up and at least one minor unit.
 * Totals are converted, never parts, so that parts always add up to their total.
 */
export function toPayerAmount(rate: Pick<Payment, 'rateNumerator' | 'rateDenominator'>, amount: bigint): bigint {
  const converted = multiplyRatio(amount, rate.rateNumerator, rate.rateDenominator)
  return converted > 0n ? converted : 1n
}
