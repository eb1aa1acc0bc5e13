// Takes held money for the merchant, all of it or part. What is left of the hold goes back to the payer at once, or stays held for
// the next capture, as the payment's rules say.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
import { parseAmount } from '../money.ts'
import { recordStep } from './events.ts'
import type { Step } from './finish.ts'
import {
  askFollowUp,
  beginWith,
  type FollowUpRef,
  followUp,
  type OperationAttachment,
  refuseExchanged,
  refuseUnlessAuthorized,
} from './follow-up.ts'
import { captureHeld, isLastCapture } from './moves.ts'
import { beginOperation, decidedOperation, type NewOperation, needOperation, type Operation } from './operation.ts'
import { advancePayment, heldOf, type Payment, type PaymentRef, paymentNeeds, paymentOf } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { findPaymentRef } from './queries.ts'
import { findLapse } from './void.ts'

export interface CaptureRequest {
  readonly merchantId: string
  readonly paymentId: string
  /** Decimal text in the payment's currency, which the caller need not know. */
  readonly amount: string
  /** Fewer decimals than the currency has, where a contract says so. */
  readonly decimalsMax?: number
  /** The merchant's own name for the payment, which its gateway may be told. */
  readonly merchantReference?: string
  readonly keys: readonly KeyClaim[]
  readonly attachment?: OperationAttachment
}

/**
 * The capture is done, or a gateway is still working on it, or refused it: `operation.state` says which. Throws
 * `payment_not_found`, `payment_state_invalid`, `operation_in_progress`, `authorization_expired`, `amount_too_large`,
 * `payment_exchanged`, and what the attachment throws.
 */
export async function capturePayment(deps: GatewayDeps, request: CaptureRequest): Promise<Step> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  return runCapture(deps, ref, request)
}

/** Captures a payment that the caller has found. Throws like `capturePayment`. */
export async function runCapture(
  deps: GatewayDeps,
  ref: FollowUpRef,
  request: Pick<CaptureRequest, 'amount' | 'decimalsMax' | 'keys' | 'merchantReference' | 'attachment'>,
): Promise<Step> {
  const operationId = newId()
  const { amount } = parseAmount(request.amount, ref.currency, 'amount', request.decimalsMax)
  const { attachment } = request
  const step = await deps.lane.run(
    keyed(request.keys, {
      name: 'capture',
      needs: [...paymentNeeds(ref), needOperation(operationId), ...(attachment?.needs ?? [])],
      decide: (books) => beginWith(books, attachment, () => begin(books, ref, { operationId, amount })),
    }),
  )
  return followUp(deps, { ref, step, operationId }, (connector, gateway, operation) =>
    connector.capture?.(gateway, {
      ...askFollowUp(deps, { ref, merchantReference: request.merchantReference }, operation),
      isFinal: isLastCapture(step.payment, operation.amount),
    }),
  )
}

function begin(
  books: Books,
  ref: PaymentRef,
  { operationId, amount }: { operationId: string; amount: bigint },
): Step | Refusal {
  const payment = paymentOf(books, ref)
  const refused =
    refuseExchanged(payment) ?? refuseUnlessAuthorized(payment, books.now) ?? findLapse(books, payment, operationId)
  if (refused) return refused
  if (amount > heldOf(payment).payeeAmount) {
    return refuse('amount_too_large', { field: 'amount', message: 'amount is larger than the authorised amount' })
  }
  const operation = newOperation(payment, { id: operationId, amount, reason: 'asked for' })
  if (payment.gatewayAccountId !== null) {
    const begun = beginOperation(books, { ...operation, gatewayAccountId: payment.gatewayAccountId })
    const capturing = advancePayment(books, payment, { state: 'capturing', openOperationId: operationId })
    recordStep(books, 'payment.capture_begun', { payment: capturing, operation: begun })
    return { payment: capturing, operation: begun }
  }
  const done = decidedOperation(books, operation)
  const captured = captureHeld(books, payment, { moveId: operationId, amount })
  recordStep(books, 'payment.captured', { payment: captured, operation: done })
  return { payment: captured, operation: done }
}

const newOperation = (
  { id: paymentId, merchantId, currency }: Payment,
  { id, amount, reason }: Pick<Operation, 'id' | 'amount' | 'reason'>,
): Omit<NewOperation, 'gatewayAccountId'> => ({ id, paymentId, merchantId, kind: 'capture', amount, currency, reason })
