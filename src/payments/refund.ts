// Sends captured money back to the payer, in one or more parts, at the rate at which it was taken.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { cardTransactionShelf, recordCardTransaction, recordStatementEvent } from '../issuing/card-transaction.ts'
import { chargeRefunded } from '../ledger/facts.ts'
import { lesserOf, type Money } from '../money.ts'
import {
  advancePayment,
  chargeOf,
  type Payment,
  type PaymentRef,
  payerOf,
  paymentNeeds,
  paymentShelf,
  toPayerAmount,
} from './payment.ts'
import { findPaymentRef } from './queries.ts'

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

export interface RefundRequest {
  readonly merchantId: string
  readonly paymentId: string
  readonly amount: Money
  readonly description: string
  readonly reason: string
  readonly keys: readonly KeyClaim[]
}

/** Throws `payment_not_found`, `payment_state_invalid`, `currency_mismatch`, `amount_too_large`. */
export async function refundPayment(
  deps: Pick<Deps, 'lane' | 'pool'>,
  request: RefundRequest,
): Promise<{ readonly payment: Payment; readonly refund: Refund }> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  if (request.amount.currency !== ref.currency) {
    throw new AppError('currency_mismatch', {
      field: 'currency',
      message: `currency must be the transaction's: ${ref.currency}`,
    })
  }
  const id = newId()
  const refId = newReference('CT')
  return deps.lane.run(
    keyed(request.keys, {
      name: 'refund',
      needs: paymentNeeds(ref),
      decide: (books) => refund(books, ref, request, { id, refId }),
    }),
  )
}

function refund(
  books: Books,
  ref: PaymentRef,
  { amount: { amount }, description, reason }: RefundRequest,
  { id, refId }: { id: string; refId: string },
): { payment: Payment; refund: Refund } | Refusal {
  const payment = books.get(paymentShelf, ref.id)
  if (payment.state !== 'captured') return refuse('payment_state_invalid', { field: 'transactionId' })
  const refunded = payment.refunded + amount
  if (refunded > payment.captured) {
    return refuse('amount_too_large', {
      field: 'amount',
      message: 'amount is larger than what is left of the captured amount',
    })
  }
  const payerAmount = payerTotal(payment, refunded) - payment.payerRefunded
  chargeRefunded(books, id, chargeOf(payment), { payerAmount, payeeAmount: amount })
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
  recordEvent(books, {
    id: siblingId(id, 9),
    type: 'payment.refunded',
    ownerId: payment.merchantId,
    subjectId: payment.id,
    data: { refundId: id, amount: amount.toString() },
  })
  const state = refunded === payment.captured ? 'refunded' : 'captured'
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
    payment: advancePayment(books, payment, { state, refunded, payerRefunded: payment.payerRefunded + payerAmount }),
  }
}

// The last part brings back exactly what the payer paid, whatever the parts before were rounded to.
function payerTotal(payment: Payment, refunded: bigint): bigint {
  if (refunded === payment.captured) return payment.payerCaptured
  return lesserOf(toPayerAmount(payment, refunded), payment.payerCaptured)
}
