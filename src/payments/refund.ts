// Sends captured money back to the payer, in one or more parts, at the rate at which it was taken. The ledger's total decides
// what can still be refunded, and what a gateway has not decided yet counts as refunded.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference } from '../ids.ts'
import type { Money } from '../money.ts'
import { recordStep } from './events.ts'
import type { Step } from './finish.ts'
import {
  askFollowUp,
  beginWith,
  type FollowUpRef,
  followUp,
  type OperationAttachment,
  refuseExchanged,
} from './follow-up.ts'
import { refundCaptured } from './moves.ts'
import { beginOperation, decidedOperation, needOperation } from './operation.ts'
import {
  advancePayment,
  isRefundable,
  type Payment,
  type PaymentRef,
  paymentNeeds,
  paymentOf,
  RULES,
  refundableOf,
} from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { findPaymentRef } from './queries.ts'

export interface RefundRequest {
  readonly merchantId: string
  readonly paymentId: string
  readonly amount: Money
  readonly description: string
  readonly reason: string
  /** The merchant's own name for the payment, which its gateway may be told. */
  readonly merchantReference?: string
  readonly keys: readonly KeyClaim[]
  /** Whether the fee goes back, too: of what should never have been taken. */
  readonly withFee?: boolean
  readonly attachment?: OperationAttachment
}

/**
 * The refund is done, or a gateway is still working on it, or refused it: `operation.state` says which; the operation's id is the
 * refund's. Throws `payment_not_found`, `payment_state_invalid`, `already_refunded`, `currency_mismatch`, `amount_too_large`,
 * `payment_exchanged`, and what the attachment throws.
 */
export async function refundPayment(deps: GatewayDeps, request: RefundRequest): Promise<Step> {
  const ref = await findPaymentRef(deps.pool, request.merchantId, request.paymentId)
  if (!ref) throw new AppError('payment_not_found', { field: 'transactionId' })
  return runRefund(deps, ref, request)
}

/** Refunds a payment that the caller has found. Throws like `refundPayment`. */
export async function runRefund(
  deps: GatewayDeps,
  ref: FollowUpRef,
  request: Omit<RefundRequest, 'merchantId' | 'paymentId'>,
): Promise<Step> {
  if (request.amount.currency !== ref.currency) {
    throw new AppError('currency_mismatch', {
      field: 'currency',
      message: `currency must be the transaction's: ${ref.currency}`,
    })
  }
  const operationId = newId()
  const refId = newReference('CT')
  const { attachment } = request
  const step = await deps.lane.run(
    keyed(request.keys, {
      name: 'refund',
      needs: [...paymentNeeds(ref), needOperation(operationId), ...(attachment?.needs ?? [])],
      decide: (books) => beginWith(books, attachment, () => begin(books, ref, request, { id: operationId, refId })),
    }),
  )
  return followUp(deps, { ref, step, operationId }, (connector, gateway, operation) =>
    connector.refund?.(gateway, askFollowUp(deps, { ref, merchantReference: request.merchantReference }, operation)),
  )
}

function begin(
  books: Books,
  ref: PaymentRef,
  {
    amount: { amount },
    description,
    reason,
    withFee,
  }: Pick<RefundRequest, 'amount' | 'description' | 'reason' | 'withFee'>,
  { id, refId }: { readonly id: string; readonly refId: string },
): Step | Refusal {
  const payment = paymentOf(books, ref)
  const refused =
    refuseExchanged(payment) ??
    refuseRefund(payment, amount, withFee === true ? payment.captured : refundableOf(payment))
  if (refused) return refused
  const { id: paymentId, merchantId, currency, gatewayAccountId } = payment
  const operation = { id, paymentId, merchantId, kind: 'refund', amount, currency, reason } as const
  if (gatewayAccountId !== null) {
    const begun = beginOperation(books, { ...operation, gatewayAccountId })
    const refundReserved = payment.refundReserved + amount
    const reserved = advancePayment(books, payment, { state: payment.state, refundReserved })
    recordStep(books, 'payment.refund_begun', { payment: reserved, operation: begun })
    return { payment: reserved, operation: begun }
  }
  const done = decidedOperation(books, operation)
  const given = refundCaptured(books, payment, { id, refId, amount, description, reason, reserved: 0n })
  recordStep(books, 'payment.refunded', { payment: given.payment, operation: done })
  return { payment: given.payment, operation: done }
}

function refuseRefund(payment: Payment, amount: bigint, max: bigint): Refusal | undefined {
  const taken = payment.refunded + payment.refundReserved
  if (RULES[payment.origin].refunds === 'one' && taken > 0n)
    return refuse('already_refunded', { field: 'transactionId' })
  if (!isRefundable(payment)) return refuse('payment_state_invalid', { field: 'transactionId' })
  if (taken + payment.paidOut + amount > max) {
    return refuse('amount_too_large', {
      field: 'amount',
      message: 'amount is larger than what is left of the captured amount',
    })
  }
  return undefined
}
