// Gives a hold back to the payer: the merchant released it, or its time ran out.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { uncountSpending } from '../issuing/card.ts'
import { type CardTransaction, cardTransactionShelf, recordStatementEvent } from '../issuing/card-transaction.ts'
import { chargeVoided } from '../ledger/facts.ts'
import {
  advancePayment,
  heldChargeOf,
  type Payment,
  type PaymentRef,
  payerOf,
  paymentNeeds,
  paymentShelf,
} from './payment.ts'
import { findPaymentRef } from './queries.ts'

export interface VoidRequest {
  readonly merchantId: string
  readonly paymentId: string
  readonly keys: readonly KeyClaim[]
}

/** Throws `payment_not_found`, `payment_state_invalid`, `authorization_expired`. */
export async function voidPayment(deps: Pick<Deps, 'lane' | 'pool'>, request: VoidRequest): Promise<Payment> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  return runVoid(deps, ref, request)
}

/** Voids a payment that the caller has found. Throws like `voidPayment`. */
export function runVoid(
  deps: Pick<Deps, 'lane'>,
  ref: PaymentRef,
  request: Pick<VoidRequest, 'keys'>,
): Promise<Payment> {
  const operationId = newId()
  return deps.lane.run(
    keyed(request.keys, {
      name: 'void',
      needs: paymentNeeds(ref),
      decide: (books) => {
        const payment = books.get(paymentShelf, ref.id)
        if (payment.state !== 'authorized') return refuse('payment_state_invalid', { field: 'transactionId' })
        return findLapse(books, payment, operationId) ?? releaseHold(books, payment, operationId, 'released')
      },
    }),
  )
}

/** Voids the payment when its time is over; nothing otherwise. Safe to run at any time and twice. */
export function expirePayment(deps: Pick<Deps, 'lane'>, ref: PaymentRef): Promise<null> {
  const operationId = newId()
  return deps.lane.run({
    name: 'expire',
    needs: paymentNeeds(ref),
    decide: (books) => {
      const payment = books.get(paymentShelf, ref.id)
      if (payment.state === 'authorized') findLapse(books, payment, operationId)
      return null
    },
  })
}

/** An authorization is over by the clock, whether or not a job has noticed: whoever touches it first voids it. */
export function findLapse(books: Books, payment: Payment, operationId: string): Refusal | undefined {
  if (!hasPassed(payment.expiresAt, books.now)) return undefined
  releaseHold(books, payment, operationId, 'expired')
  return refuse('authorization_expired', { field: 'transactionId' })
}

function releaseHold(books: Books, payment: Payment, operationId: string, reason: 'released' | 'expired'): Payment {
  chargeVoided(books, operationId, heldChargeOf(payment))
  uncountSpending(books, payment.cardId, payment.authorizedOn, payment.payerAuthorized)
  const charge = books.get(cardTransactionShelf, payment.cardTransactionId)
  const row = books.put<CardTransaction>(cardTransactionShelf, { ...charge, status: 'void' })
  recordStatementEvent(books, siblingId(operationId, 8), payerOf(payment), [row])
  recordEvent(books, {
    id: siblingId(operationId, 9),
    type: 'payment.voided',
    ownerId: payment.merchantId,
    subjectId: payment.id,
    data: { reason },
  })
  return advancePayment(books, payment, { state: 'voided' })
}
