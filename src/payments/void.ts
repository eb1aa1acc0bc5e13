// Gives a hold back to the payer: the merchant released it, or its time ran out.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { hasPassed } from '../clock.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
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
import { releaseHeld } from './moves.ts'
import { beginOperation, decidedOperation, needOperation } from './operation.ts'
import {
  advancePayment,
  heldOf,
  type Payment,
  type PaymentRef,
  paymentNeeds,
  paymentOf,
  settledStateOf,
} from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { findPaymentRef } from './queries.ts'

export interface VoidRequest {
  readonly merchantId: string
  readonly paymentId: string
  /** The merchant's own name for the payment, which its gateway may be told. */
  readonly merchantReference?: string
  readonly keys: readonly KeyClaim[]
  readonly attachment?: OperationAttachment
}

/**
 * The hold is released, or a gateway is still working on it, or refused it: `operation.state` says which. Throws
 * `payment_not_found`, `payment_state_invalid`, `operation_in_progress`, `authorization_expired`, `already_captured`,
 * `payment_exchanged`, and what the attachment throws.
 */
export async function voidPayment(deps: GatewayDeps, request: VoidRequest): Promise<Step> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  return runVoid(deps, ref, request)
}

/** Voids a payment that the caller has found. Throws like `voidPayment`. */
export async function runVoid(
  deps: GatewayDeps,
  ref: FollowUpRef,
  { keys, merchantReference, attachment }: Pick<VoidRequest, 'keys' | 'merchantReference' | 'attachment'>,
): Promise<Step> {
  const operationId = newId()
  const step = await deps.lane.run(
    keyed(keys, {
      name: 'void',
      needs: [...voidNeeds(ref, operationId), ...(attachment?.needs ?? [])],
      decide: (books) => beginWith(books, attachment, () => begin(books, ref, operationId)),
    }),
  )
  return askToVoid(deps, { ref, step, operationId }, merchantReference)
}

function begin(books: Books, ref: PaymentRef, operationId: string): Step | Refusal {
  const payment = paymentOf(books, ref)
  return (
    refuseExchanged(payment) ??
    refuseUnlessAuthorized(payment, books.now) ??
    findLapse(books, payment, operationId) ??
    (payment.captured > 0n ? refuse('already_captured') : undefined) ??
    release(books, payment, { operationId, reason: 'released' })
  )
}

/** Voids the payment when its time is over; nothing otherwise. Safe to run at any time and twice. */
export async function expirePayment(deps: GatewayDeps, ref: FollowUpRef): Promise<void> {
  const operationId = newId()
  const step = await deps.lane.run({
    name: 'expire',
    needs: voidNeeds(ref, operationId),
    decide: (books) => {
      const payment = paymentOf(books, ref)
      const isOver = payment.state === 'authorized' && hasPassed(payment.expiresAt, books.now)
      return isOver ? release(books, payment, { operationId, reason: 'expired' }) : null
    },
  })
  if (step) await askToVoid(deps, { ref, step, operationId })
}

const voidNeeds = (ref: PaymentRef, operationId: string) => [...paymentNeeds(ref), needOperation(operationId)]

const askToVoid = (
  deps: GatewayDeps,
  begun: { readonly ref: FollowUpRef; readonly step: Step; readonly operationId: string },
  merchantReference?: string,
): Promise<Step> =>
  followUp(deps, begun, (connector, gateway, operation) =>
    connector.void?.(gateway, askFollowUp(deps, { ref: begun.ref, merchantReference }, operation)),
  )

/**
 * An authorization is over by the clock, whether or not a job has noticed. One of our own cards is voided by whoever touches it
 * first; one at a gateway by the job, which tells the gateway.
 */
export function findLapse(books: Books, payment: Payment, operationId: string): Refusal | undefined {
  if (!hasPassed(payment.expiresAt, books.now)) return undefined
  if (payment.gatewayAccountId === null) release(books, payment, { operationId, reason: 'expired' })
  return refuse('authorization_expired', { field: 'transactionId' })
}

// A gateway is asked to give up what it holds, also when the time is over. Our own issuer does it in this commit.
function release(
  books: Books,
  payment: Payment,
  { operationId, reason }: { readonly operationId: string; readonly reason: 'released' | 'expired' },
): Step {
  const { id: paymentId, merchantId, currency, payerCurrency, gatewayAccountId } = payment
  const operation = { id: operationId, paymentId, merchantId, kind: 'void', reason } as const
  const { payerAmount, payeeAmount } = heldOf(payment)
  if (gatewayAccountId !== null) {
    const begun = beginOperation(books, {
      ...operation,
      amount: payerAmount,
      currency: payerCurrency,
      gatewayAccountId,
    })
    const voiding = advancePayment(books, payment, { state: 'voiding', openOperationId: operationId })
    recordStep(books, 'payment.void_begun', { payment: voiding, operation: begun, reason })
    return { payment: voiding, operation: begun }
  }
  const done = decidedOperation(books, { ...operation, amount: payeeAmount, currency })
  releaseHeld(books, payment, operationId)
  const voided = advancePayment(books, payment, { state: settledStateOf(payment), openOperationId: null })
  recordStep(books, 'payment.voided', { payment: voided, operation: done, reason })
  return { payment: voided, operation: done }
}
