// Captures, refunds and voids what a session stands for, through whichever gateway carried it. A Tracking-Key executes once: as long as
// its operation has not failed for certain, every repetition is told how that stands.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { supports } from '../gateways/choose.ts'
import { formatAmount, parseAmount } from '../money.ts'
import { runCapture } from '../payments/capture.ts'
import type { Step } from '../payments/finish.ts'
import type { FollowUpRef, OperationAttachment } from '../payments/follow-up.ts'
import { heldOf, type Payment, refundableOf } from '../payments/payment.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { findPaymentRef } from '../payments/queries.ts'
import { referenceNumber } from '../payments/reference-number.ts'
import { runRefund } from '../payments/refund.ts'
import { runVoid } from '../payments/void.ts'
import { bindKey, type ChildRow, childShelf, isBinding, type KeyUse, keyNeeds, requireFreeKey } from './child.ts'
import { findTracked } from './queries.ts'
import type { Attempt, Session } from './session.ts'

export type ExternalOperation = 'capture' | 'refund' | 'void'

export interface OperateRequest {
  readonly operation: ExternalOperation
  readonly session: Session
  /** Decimal text; what is left unless told. A void is always of the whole. */
  readonly amount?: string | undefined
  readonly trackingKey?: string | undefined
  readonly extra?: object | undefined
  readonly initiator: ChildRow['initiator']
  readonly source: 'input' | 'dashboard'
  /** What reference numbers of the merchant begin with. */
  readonly referencePrefix: string
  /** What else is written in the commit that begins it, such as who did it. */
  readonly note?: OperationAttachment
}

/** The operation that a key stands for, so that it is not executed again; undefined when the key is free. */
export async function findReplay(
  { pool }: Pick<Deps, 'pool'>,
  { merchantId, trackingKey }: { readonly merchantId: string; readonly trackingKey: string },
): Promise<string | undefined> {
  const operation = await findTracked(pool, merchantId, trackingKey)
  return operation && isBinding(operation) ? operation.id : undefined
}

/**
 * The step says how it went: `operation.state` is approved, declined, not_sent, or one of those in which nobody knows yet. Throws, and
 * then nothing was done: `request_in_progress` when a copy under the same key was first, `payment_state_invalid`, `payment_exchanged`,
 * `operation_not_supported`, `amount_too_large`, `invalid_request` for the amount, `already_captured`, `already_refunded`,
 * `operation_in_progress`, `authorization_expired`.
 */
export async function operateSession(deps: GatewayDeps, request: OperateRequest): Promise<Step> {
  const { session, operation } = request
  const attempt = requireState(session, operation)
  await requireSupport(deps, attempt, request)
  const ref = await findPaymentRef(deps.pool, session.merchantId, attempt.payment.id)
  if (!ref) throw new Error(`there is no payment ${attempt.payment.id}`)
  return run(deps, request, { ref, attempt })
}

// A payment is refunded when it was paid, or captured in part; the core looks again when it has locked it.
function requireState({ state, settled }: Session, operation: ExternalOperation): Attempt {
  const isAllowed = state === 'authorized' || (state === 'paid' && operation === 'refund')
  if (!isAllowed || !settled) throw new AppError('payment_state_invalid')
  const { payment } = settled
  if (payment.gatewayAccountId !== null && payment.payerCurrency !== payment.currency)
    throw new AppError('payment_exchanged')
  if (operation === 'void' && payment.captured > 0n) throw new AppError('already_captured')
  return settled
}

async function requireSupport(
  { gateways }: Pick<Deps, 'gateways'>,
  { payment }: Attempt,
  { operation, amount }: OperateRequest,
): Promise<void> {
  if (payment.gatewayAccountId === null) return // Our own issuer can do all of them.
  const account = await gateways.getAccount(payment.gatewayAccountId)
  const facts = gateways.factsOf(account.connector)
  if (!facts || !supports(account, facts, operation)) {
    throw new AppError('operation_not_supported', {
      message: `The payment gateway ${account.code} does not support ${operation}.`,
    })
  }
  const isPart = amount !== undefined && parseAmount(amount, payment.currency).amount < heldOf(payment).payeeAmount
  if (operation === 'capture' && facts.captures === 'one' && isPart) {
    throw new AppError('operation_not_supported', {
      message: `The payment gateway ${account.code} captures an authorization once and as a whole.`,
    })
  }
}

interface Operating {
  readonly ref: FollowUpRef
  readonly attempt: Attempt
}

async function run(deps: GatewayDeps, request: OperateRequest, { ref, attempt }: Operating): Promise<Step> {
  const { operation, session, referencePrefix } = request
  const common = {
    keys: [],
    attachment: attachmentOf(request, await findKeyUse(deps, request)),
    merchantReference: referenceNumber(referencePrefix, attempt.referenceId),
  }
  switch (operation) {
    case 'capture':
      return runCapture(deps, ref, { ...common, amount: amountOf(request, capturable(attempt.payment)) })
    case 'refund': {
      const text = amountOf(request, refundable(attempt.payment))
      const amount = parseAmount(text, session.amount.currency)
      return runRefund(deps, ref, { ...common, amount, description: session.orderNo ?? 'Refund', reason: 'asked for' })
    }
    case 'void':
      return runVoid(deps, ref, common)
  }
}

const capturable = (payment: Payment): bigint => heldOf(payment).payeeAmount

const refundable = (payment: Payment): bigint =>
  refundableOf(payment) - payment.refunded - payment.refundReserved - payment.paidOut

function amountOf({ amount, session: { amount: asked } }: OperateRequest, left: bigint): string {
  if (amount !== undefined) return amount
  if (left <= 0n) throw new AppError('amount_too_large', { message: 'Nothing is left of the amount.' })
  return formatAmount({ amount: left, currency: asked.currency })
}

async function findKeyUse(
  { pool }: Pick<Deps, 'pool'>,
  { session: { merchantId }, trackingKey }: OperateRequest,
): Promise<KeyUse | undefined> {
  if (trackingKey === undefined) return undefined
  const known = await findTracked(pool, merchantId, trackingKey)
  return { merchantId, key: trackingKey, knownOperationId: known?.id }
}

// What failed at once leaves neither a child nor a key behind: the row of the child is only read for operations that count.
function attachmentOf(
  { session, extra, initiator, source, trackingKey, note }: OperateRequest,
  use: KeyUse | undefined,
): OperationAttachment {
  return {
    needs: [...(use ? keyNeeds(use) : []), ...(note?.needs ?? [])],
    admit: (books) => {
      if (use) requireFreeKey(books, use)
      note?.admit(books)
    },
    write: (books, step) => {
      const operationId = step.operation.id
      if (use) bindKey(books, use, operationId)
      books.append(childShelf, {
        ...{ operationId, merchantId: session.merchantId, parentId: session.id, trackingKey: trackingKey ?? null },
        ...{ initiator, extra: extra ?? null, source, createdAt: books.now },
      })
      note?.write(books, step)
    },
  }
}
