// What the steps of a payment move: in the ledger and, for cards that we issued, on the statement and in what the card has spent.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { recordEvent } from '../events/events.ts'
import { siblingId } from '../ids.ts'
import { uncountSpending } from '../issuing/card.ts'
import {
  type CardTransaction,
  cardTransactionShelf,
  recordCardTransaction,
  recordStatementEvent,
} from '../issuing/card-transaction.ts'
import { accountOf, balanceOf, merchantPayable } from '../ledger/accounts.ts'
import {
  type ChargeAmounts,
  chargeCaptured,
  chargePartlyCaptured,
  chargeRefunded,
  chargeVoided,
} from '../ledger/facts.ts'
import { lesserOf } from '../money.ts'
import {
  advancePayment,
  chargeOf,
  heldChargeOf,
  heldOf,
  type Payment,
  payerOf,
  RULES,
  settledStateOf,
  toPayerAmount,
} from './payment.ts'

/** A refund; amounts in minor units of the payment's and the payer's currency. Its id is also that of its statement row. */
export interface Refund {
  readonly id: string
  readonly paymentId: string
  readonly amount: bigint
  readonly payerAmount: bigint
  readonly description: string
  readonly reason: string
  readonly createdAt: Date
}

export const refundShelf = tableShelf<Refund>({
  name: 'refunds',
  columns: {
    id: 'uuid',
    paymentId: 'uuid',
    amount: 'bigint',
    payerAmount: 'bigint',
    description: 'text',
    reason: 'text',
    createdAt: 'timestamptz',
  },
})

/**
 * Takes `amount` minor units of what is held. The rest goes back to the payer, or stays held where the payment's rules allow another
 * capture. `moveId` names the transfers.
 */
export function captureHeld(
  books: Books,
  payment: Payment,
  { moveId, amount }: { moveId: string; amount: bigint },
): Payment {
  const taking = { moveId, amount, held: heldOf(payment) }
  return isLastCapture(payment, amount) ? takeLast(books, payment, taking) : takePart(books, payment, taking)
}

/** Whether nothing stays held after a capture of `amount` minor units. */
export const isLastCapture = (payment: Payment, amount: bigint): boolean =>
  RULES[payment.origin].captures === 'one' || amount === heldOf(payment).payeeAmount

interface Taking {
  readonly moveId: string
  readonly amount: bigint
  readonly held: ChargeAmounts
}

function takeLast(books: Books, payment: Payment, { moveId, amount, held }: Taking): Payment {
  const payerAmount =
    amount === held.payeeAmount ? held.payerAmount : payerShare(payment, { amount, max: held.payerAmount })
  chargeCaptured(books, moveId, heldChargeOf(payment), { payerAmount, payeeAmount: amount })
  if (payment.cardId !== null) {
    uncountSpending(books, payment.cardId, payment.authorizedOn, held.payerAmount - payerAmount)
    postCharge(books, payment, { moveId, payerAmount })
  }
  const captured = payment.captured + amount
  return advancePayment(books, payment, {
    state: settledStateOf({ ...payment, captured }),
    captured,
    payerCaptured: payment.payerCaptured + payerAmount,
    openOperationId: null,
  })
}

function takePart(books: Books, payment: Payment, { moveId, amount, held }: Taking): Payment {
  const payerAmount = payerShare(payment, { amount, max: held.payerAmount - 1n })
  const holds = chargePartlyCaptured(books, moveId, heldChargeOf(payment), { payerAmount, payeeAmount: amount })
  if (payment.cardId !== null && payerAmount > 0n) postPart(books, payment, { moveId, payerAmount })
  const taken = { captured: payment.captured + amount, payerCaptured: payment.payerCaptured + payerAmount }
  return advancePayment(books, payment, {
    state: 'authorized',
    ...taken,
    takenBefore: taken.captured,
    payerTakenBefore: taken.payerCaptured,
    holdId: holds.hold.id,
    exchangeHoldId: holds.exchangeHold?.id ?? null,
    openOperationId: null,
  })
}

// Totals are converted, so that the parts add up to what the whole would have been.
function payerShare(payment: Payment, { amount, max }: { readonly amount: bigint; readonly max: bigint }): bigint {
  const share = toPayerAmount(payment, payment.captured + amount) - payment.payerCaptured
  return share < 0n ? 0n : lesserOf(share, max)
}

type PaymentOfCard = Extract<Payment, { cardId: string }>

interface Posting {
  readonly moveId: string
  readonly payerAmount: bigint
}

// What was pending on the statement is what it cost in the end.
function postCharge(books: Books, payment: PaymentOfCard, { moveId, payerAmount }: Posting): void {
  const row = books.put(cardTransactionShelf, {
    ...books.get(cardTransactionShelf, payment.cardTransactionId),
    status: 'posted',
    amount: payerAmount,
    grossAmount: payerAmount,
    postedAt: books.now,
  })
  recordStatementEvent(books, siblingId(moveId, 8), payerOf(payment), [row])
}

// The part gets a row of its own, and what is pending is so much less.
function postPart(books: Books, payment: PaymentOfCard, { moveId, payerAmount }: Posting): void {
  const pending = books.get(cardTransactionShelf, payment.cardTransactionId)
  const rest = pending.amount - payerAmount
  const row = recordCardTransaction(books, payerOf(payment), {
    id: siblingId(moveId, 7),
    refId: referenceOfPart(moveId),
    status: 'posted',
    intent: 'charge',
    entryType: 'CREDIT',
    amount: payerAmount,
    paymentId: payment.id,
    cardId: payment.cardId,
    cardLast4: pending.cardLast4,
    cardEmbossedName: pending.cardEmbossedName,
    description: pending.description,
    merchant: pending.merchant,
  })
  const less = books.put(cardTransactionShelf, { ...pending, amount: rest, grossAmount: rest })
  recordStatementEvent(books, siblingId(moveId, 8), payerOf(payment), [row, less])
}

// As long as other references, and made from the capture's random digits: deciding again writes the same.
const referenceOfPart = (moveId: string): string =>
  `CT${(BigInt(`0x${moveId.slice(-12)}`) % 36n ** 8n).toString(36).toUpperCase().padStart(8, '0')}`

/** Gives what is held back to the payer. The payment's next state is the caller's: `settledStateOf`. */
export function releaseHeld(books: Books, payment: Payment, moveId: string): void {
  chargeVoided(books, moveId, heldChargeOf(payment))
  if (payment.cardId === null) return
  uncountSpending(books, payment.cardId, payment.authorizedOn, heldOf(payment).payerAmount)
  const charge = books.get(cardTransactionShelf, payment.cardTransactionId)
  const row = books.put<CardTransaction>(cardTransactionShelf, { ...charge, status: 'void' })
  recordStatementEvent(books, siblingId(moveId, 8), payerOf(payment), [row])
}

/** What a refund is known by. */
export interface RefundDetails {
  /** The operation's id, which becomes the refund's. */
  readonly id: string
  /** What people read on the statement of a card of ours. */
  readonly refId: string
  readonly amount: bigint
  readonly description: string
  readonly reason: string
}

/** Sends `amount` minor units of what was captured back; what was reserved for it is reserved no more. */
export function refundCaptured(
  books: Books,
  payment: Payment,
  details: RefundDetails & { readonly reserved: bigint },
): { readonly payment: Payment; readonly refund: Refund } {
  const { id, amount, description, reason, reserved } = details
  const refunded = payment.refunded + amount
  const payerAmount = payerTotal(payment, refunded) - payment.payerRefunded
  const wasNegative = payableOf(books, payment) < 0n
  chargeRefunded(books, id, chargeOf(payment), { payerAmount, payeeAmount: amount })
  if (payment.cardId !== null) recordCredit(books, payment, { ...details, payerAmount })
  if (!wasNegative && payableOf(books, payment) < 0n) recordNegativeBalance(books, payment, id)
  return {
    refund: books.append(refundShelf, {
      id,
      paymentId: payment.id,
      amount,
      payerAmount,
      description,
      reason,
      createdAt: books.now,
    }),
    payment: advancePayment(books, payment, {
      // While something is held, more can be captured.
      state: payment.state === 'captured' ? settledStateOf({ ...payment, refunded }) : payment.state,
      refunded,
      refundReserved: payment.refundReserved - reserved,
      payerRefunded: payment.payerRefunded + payerAmount,
    }),
  }
}

function recordCredit(
  books: Books,
  payment: Extract<Payment, { cardId: string }>,
  { id, refId, payerAmount, description }: RefundDetails & { readonly payerAmount: bigint },
): void {
  const charge = books.get(cardTransactionShelf, payment.cardTransactionId)
  const row = recordCardTransaction(books, payerOf(payment), {
    id,
    refId,
    status: 'posted',
    intent: 'refund',
    entryType: 'DEBIT',
    amount: payerAmount,
    paymentId: payment.id,
    cardId: payment.cardId,
    cardLast4: charge.cardLast4,
    cardEmbossedName: charge.cardEmbossedName,
    description,
  })
  recordStatementEvent(books, siblingId(id, 8), payerOf(payment), [row])
}

// The last part brings back exactly what the payer paid, whatever the parts before were rounded to.
function payerTotal(payment: Payment, refunded: bigint): bigint {
  if (refunded === payment.captured) return payment.payerCaptured
  return lesserOf(toPayerAmount(payment, refunded), payment.payerCaptured)
}

const payableOf = (books: Books, payment: Payment): bigint =>
  payment.origin === 'network' ? 0n : balanceOf(accountOf(books, merchantPayable(payment.merchantId, payment.currency)))

// A refund may leave a merchant owing us: allowed, and said.
function recordNegativeBalance(books: Books, payment: Payment, operationId: string): void {
  recordEvent(books, {
    id: siblingId(operationId, 13),
    type: 'merchant.negative_balance',
    ownerId: payment.merchantId,
    subjectId: payment.id,
    data: { currency: payment.currency, balance: payableOf(books, payment).toString() },
  })
}
