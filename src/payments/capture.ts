// Takes held money for the merchant, all of it or part. What is left of the hold goes back to the payer at once.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { uncountSpending } from '../issuing/card.ts'
import { cardTransactionShelf, recordStatementEvent } from '../issuing/card-transaction.ts'
import { chargeCaptured } from '../ledger/facts.ts'
import { lesserOf, parseAmount } from '../money.ts'
import {
  advancePayment,
  heldChargeOf,
  type Payment,
  type PaymentRef,
  payerOf,
  paymentNeeds,
  paymentShelf,
  toPayerAmount,
} from './payment.ts'
import { findPaymentRef } from './queries.ts'
import { findLapse } from './void.ts'

export interface CaptureRequest {
  readonly merchantId: string
  readonly paymentId: string
  /** Decimal text in the payment's currency, which the caller need not know. */
  readonly amount: string
  /** Fewer decimals than the currency has, where a contract says so. */
  readonly decimalsMax?: number
  readonly keys: readonly KeyClaim[]
}

export interface Capture {
  readonly payment: Payment
  readonly capturedAt: Date
}

/** Throws `payment_not_found`, `payment_state_invalid`, `authorization_expired`, `amount_too_large`. */
export async function capturePayment(deps: Pick<Deps, 'lane' | 'pool'>, request: CaptureRequest): Promise<Capture> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  return runCapture(deps, ref, request)
}

/** Captures a payment that the caller has found. Throws like `capturePayment`. */
export function runCapture(
  deps: Pick<Deps, 'lane'>,
  ref: PaymentRef,
  request: Pick<CaptureRequest, 'amount' | 'decimalsMax' | 'keys'>,
): Promise<Capture> {
  const operationId = newId()
  const { amount } = parseAmount(request.amount, ref.currency, 'amount', request.decimalsMax)
  return deps.lane.run(
    keyed(request.keys, {
      name: 'capture',
      needs: paymentNeeds(ref),
      decide: (books) => capture(books, ref, amount, operationId),
    }),
  )
}

function capture(books: Books, ref: PaymentRef, amount: bigint, operationId: string): Capture | Refusal {
  const payment = books.get(paymentShelf, ref.id)
  if (payment.state !== 'authorized') return refuse('payment_state_invalid', { field: 'transactionId' })
  const lapse = findLapse(books, payment, operationId)
  if (lapse) return lapse
  if (amount > payment.authorized) {
    return refuse('amount_too_large', { field: 'amount', message: 'amount is larger than the authorised amount' })
  }
  const payerAmount = lesserOf(toPayerAmount(payment, amount), payment.payerAuthorized)
  chargeCaptured(books, operationId, heldChargeOf(payment), { payerAmount, payeeAmount: amount })
  uncountSpending(books, payment.cardId, payment.authorizedOn, payment.payerAuthorized - payerAmount)
  const row = books.put(cardTransactionShelf, {
    ...books.get(cardTransactionShelf, payment.cardTransactionId),
    status: 'posted',
    amount: payerAmount,
    grossAmount: payerAmount,
    postedAt: books.now,
  })
  recordStatementEvent(books, siblingId(operationId, 8), payerOf(payment), [row])
  recordEvent(books, {
    id: siblingId(operationId, 9),
    type: 'payment.captured',
    ownerId: payment.merchantId,
    subjectId: payment.id,
    data: { amount: amount.toString() },
  })
  return {
    payment: advancePayment(books, payment, { state: 'captured', captured: amount, payerCaptured: payerAmount }),
    capturedAt: books.now,
  }
}
