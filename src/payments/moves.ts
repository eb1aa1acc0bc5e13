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
import { chargeCaptured, chargeRefunded, chargeVoided } from '../ledger/facts.ts'
import { lesserOf } from '../money.ts'
import { advancePayment, chargeOf, heldChargeOf, type Payment, payerOf, toPayerAmount } from './payment.ts'

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

/** Takes `amount` minor units of what is held; the rest goes back to the payer. `moveId` names the transfers. */
export function captureHeld(
  books: Books,
  payment: Payment,
  { moveId, amount }: { moveId: string; amount: bigint },
): Payment {
  const payerAmount = lesserOf(toPayerAmount(payment, amount), payment.payerAuthorized)
  chargeCaptured(books, moveId, heldChargeOf(payment), { payerAmount, payeeAmount: amount })
  if (payment.cardId !== null) {
    uncountSpending(books, payment.cardId, payment.authorizedOn, payment.payerAuthorized - payerAmount)
    const row = books.put(cardTransactionShelf, {
      ...books.get(cardTransactionShelf, payment.cardTransactionId),
      status: 'posted',
      amount: payerAmount,
      grossAmount: payerAmount,
      postedAt: books.now,
    })
    recordStatementEvent(books, siblingId(moveId, 8), payerOf(payment), [row])
  }
  return advancePayment(books, payment, {
    state: 'captured',
    captured: amount,
    payerCaptured: payerAmount,
    openOperationId: null,
  })
}

/** Gives what is held back to the payer. The payment's next state is the caller's. */
export function releaseHeld(books: Books, payment: Payment, moveId: string): void {
  chargeVoided(books, moveId, heldChargeOf(payment))
  if (payment.cardId === null) return
  uncountSpending(books, payment.cardId, payment.authorizedOn, payment.payerAuthorized)
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
      state: refunded === payment.captured ? 'refunded' : 'captured',
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
