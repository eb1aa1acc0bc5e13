// What an outcome does to an operation and its payment. Safe to run twice and in any order: the answer, an inquiry, a person
// and the payer's return may each bring the same outcome, and the first one counts. It never throws because of what a gateway
// says.
import type { Books, Need } from '../books/books.ts'
import { after, hasPassed, MINUTE_MS } from '../clock.ts'
import type { DeclineCode, Outcome } from '../gateways/connector.ts'
import { newReference, siblingId } from '../ids.ts'
import { gatewayReceivable, needAccount, suspense } from '../ledger/accounts.ts'
import { payoutFailed, payoutPaid } from '../ledger/facts.ts'
import { needCase, openCase } from './case.ts'
import { type Failure, freeClaim, payClaim } from './claim.ts'
import { recordStep } from './events.ts'
import { believable, needGatewayReference } from './gateway-reference.ts'
import { bookLateTruth, contradict, isOfDeleted } from './late-truth.ts'
import { captureHeld, refundCaptured, releaseHeld } from './moves.ts'
import {
  isSettled,
  NO_DOUBT,
  needOperation,
  nextLookOf,
  type Operation,
  operationShelf,
  type SettledBy,
} from './operation.ts'
import {
  advancePayment,
  heldChargeOf,
  type Payment,
  type PaymentRef,
  paymentNeeds,
  paymentShelf,
  settledStateOf,
} from './payment.ts'

/** A payment and the operation that was done to it, as they stand. */
export interface Step {
  readonly payment: Payment
  readonly operation: Operation
}

/** An outcome, or the certainty that the gateway knows nothing of the operation. */
export type Finding = Outcome | { readonly kind: 'not_done'; readonly cause: string }

export interface Finish {
  readonly operationId: string
  readonly ref: PaymentRef
  readonly finding: Finding
  readonly by: SettledBy
  /** Another operation that has the gateway's id which the finding names, if there was one when we looked. */
  readonly rival?: string | undefined
  /** What people read on a statement, made outside because it is random. */
  readonly refId: string
}

/**
 * A finish as a command: what it locks. `gatewayAccountId` is the operation's: the payment may be with another gateway by now.
 */
export const finishNeeds = (
  { operationId, ref, finding, rival }: Pick<Finish, 'operationId' | 'ref' | 'finding' | 'rival'>,
  gatewayAccountId: string | null,
): Need[] => [
  needOperation(operationId),
  ...(rival === undefined ? [] : [needOperation(rival)]),
  ...paymentNeeds(ref),
  ...(gatewayAccountId === null
    ? []
    : [
        needCase(operationId, 'contradiction'),
        needAccount(gatewayReceivable(gatewayAccountId, ref.payerCurrency)),
        needAccount(suspense(gatewayAccountId, ref.payerCurrency)),
        ...('gatewayReference' in finding && finding.gatewayReference !== undefined
          ? [needGatewayReference(gatewayAccountId, finding.gatewayReference)]
          : []),
      ]),
]

/** A reference for what a finish may write on a statement. */
export const newRefId = (): string => newReference('CT')

/** Applies a finding. What was already settled stays, unless the gateway says late that it was done after all. */
export function finishOperation(books: Books, finish: Finish): Step {
  const operation = books.get(operationShelf, finish.operationId)
  const payment = books.get(paymentShelf, finish.ref.id)
  const finding = believable(books, operation, finish)
  if (isSettled(operation)) {
    if (operation.state === 'approved' && finding.kind === 'approved' && operation.gatewayReference === null)
      return { payment, operation: approved(books, operation, { finding, by: finish.by }) }
    const isLate = operation.state !== 'approved' && finding.kind === 'approved'
    return isLate ? bookLateTruth(books, { payment, operation }, { ...finish, finding }) : { payment, operation }
  }
  switch (finding.kind) {
    case 'approved':
      return approve(books, { payment, operation }, { ...finish, finding })
    case 'declined':
    case 'not_sent':
    case 'not_done':
      return fail(books, { payment, operation }, { ...finish, finding })
    case 'redirect':
      return awaitPayer(books, { payment, operation }, finding)
    case 'pending':
      return wait(books, { payment, operation }, 'pending', finding.gatewayReference)
    case 'unknown':
      return wait(books, { payment, operation }, 'unknown')
  }
}

type Approved = Extract<Finding, { kind: 'approved' }>
type Failed = Extract<Finding, { kind: 'declined' | 'not_sent' | 'not_done' }>

/** The operation as approved. */
export const approved = (
  books: Books,
  operation: Operation,
  { finding, by }: { finding: Approved; by: SettledBy },
): Operation =>
  books.put(operationShelf, {
    ...operation,
    state: 'approved',
    gatewayReference: finding.gatewayReference,
    approvalCode: finding.approvalCode ?? null,
    eci: finding.eci ?? null,
    code: null,
    message: null,
    ...NO_DOUBT,
    nextLookAt: null,
    settledBy: by,
    settledAt: operation.settledAt ?? books.now,
  })

function approve(books: Books, step: Step, finish: Finish & { readonly finding: Approved }): Step {
  if (isOfDeleted(books, step)) return refuseForGood(books, step, finish)
  const operation = approved(books, step.operation, finish)
  const { payment } = step
  switch (operation.kind) {
    case 'authorize': {
      const held = advancePayment(books, payment, { state: 'authorized', openOperationId: null })
      return paid(books, 'payment.authorized', { payment: held, operation })
    }
    case 'purchase': {
      const taken = captureHeld(books, payment, { moveId: siblingId(operation.id, 16), amount: payment.authorized })
      return paid(books, 'payment.captured', { payment: taken, operation })
    }
    case 'capture': {
      const taken = captureHeld(books, payment, { moveId: operation.id, amount: operation.amount })
      return told(books, 'payment.captured', { payment: taken, operation })
    }
    case 'void': {
      releaseHeld(books, payment, operation.id)
      const voided = advancePayment(books, payment, { state: settledStateOf(payment), openOperationId: null })
      return told(books, 'payment.voided', { payment: voided, operation, reason: operation.reason })
    }
    case 'refund': {
      const { id, amount, reason } = operation
      const details = { id, refId: finish.refId, amount, description: reason, reason, reserved: amount }
      return told(books, 'payment.refunded', { ...refundCaptured(books, payment, details), operation })
    }
    case 'payout': {
      const { amount } = operation
      payoutPaid(books, siblingId(operation.id, 16), heldChargeOf(payment), {
        payerAmount: amount,
        payeeAmount: amount,
      })
      const arrived = advancePayment(books, payment, {
        state: 'paid',
        captured: amount,
        payerCaptured: amount,
        openOperationId: null,
      })
      return told(books, 'payout.paid', { payment: arrived, operation })
    }
  }
}

// A checkout that was removed for good takes no payment: what the gateway took all the same is a person's.
function refuseForGood(books: Books, step: Step, finish: Finish & { readonly finding: Approved }): Step {
  const finding = { kind: 'not_done', cause: 'what it was to pay was deleted' } as const
  return contradict(books, fail(books, step, { ...finish, finding }), finish)
}

/**
 * Records a success. The obligation is paid now; when it had been paid before, this success goes back: jobs/refund-surplus.ts does
 * it.
 */
export function paid(books: Books, type: 'payment.authorized' | 'payment.captured', step: Step): Step {
  const as = type === 'payment.authorized' ? 'authorized' : 'paid'
  if (!payClaim(books, step.payment.claimId, { paymentId: step.payment.id, as }))
    openCase(books, step.operation, 'surplus', 'what it pays had been paid before: it goes back to the payer')
  return told(books, type, step)
}

/** Records the step and returns it. */
function told(books: Books, type: Parameters<typeof recordStep>[1], step: Step & { readonly reason?: string }): Step {
  recordStep(books, type, step)
  return { payment: step.payment, operation: step.operation }
}

const AFTER_LOOK_MS = 10 * MINUTE_MS

/** The operation as failed. What an inquiry said, and nobody answered, is looked at once more later. */
export const failed = (
  books: Books,
  operation: Operation,
  { finding, by }: { finding: Failed; by: SettledBy },
): Operation =>
  books.put(operationShelf, {
    ...operation,
    state: finding.kind,
    ...(finding.kind === 'declined'
      ? {
          code: finding.code,
          message: finding.message,
          gatewayReference: finding.gatewayReference ?? operation.gatewayReference,
        }
      : { code: 'gateway_unreachable' satisfies DeclineCode, message: finding.cause }),
    ...NO_DOUBT,
    nextLookAt:
      by === 'inquiry' && !(operation.state === 'redirected' && finding.kind === 'declined')
        ? after(books.now, AFTER_LOOK_MS)
        : null,
    settledBy: by,
    settledAt: books.now,
  })

function fail(books: Books, step: Step, finish: Finish & { readonly finding: Failed }): Step {
  const operation = failed(books, step.operation, finish)
  const { payment } = step
  switch (operation.kind) {
    case 'authorize':
    case 'purchase': {
      if (payment.holdId !== null && payment.authorized > 0n) releaseHeld(books, payment, siblingId(operation.id, 48))
      const isPayers = operation.code === 'canceled_by_payer'
      freeClaim(books, payment.claimId, payment.id, isPayers ? 'canceled' : failureOf(operation))
      const over = advancePayment(books, payment, {
        state: isPayers ? 'canceled' : 'declined',
        authorized: 0n,
        payerAuthorized: 0n,
        openOperationId: null,
      })
      return told(books, isPayers ? 'payment.canceled' : 'payment.declined', { payment: over, operation })
    }
    case 'capture': {
      const back = advancePayment(books, payment, { state: 'authorized', openOperationId: null })
      return told(books, 'payment.capture_failed', { payment: back, operation })
    }
    case 'void':
      return failVoid(books, { payment, operation })
    case 'refund': {
      const refundReserved = payment.refundReserved - operation.amount
      const back = advancePayment(books, payment, { state: payment.state, refundReserved })
      return told(books, 'payment.refund_failed', { payment: back, operation })
    }
    case 'payout': {
      payoutFailed(books, siblingId(operation.id, 48), heldChargeOf(payment))
      uncountPaidOut(books, payment)
      const over = advancePayment(books, payment, {
        state: 'declined',
        authorized: 0n,
        payerAuthorized: 0n,
        openOperationId: null,
      })
      return told(books, 'payout.failed', { payment: over, operation })
    }
  }
}

const failureOf = ({ state }: Operation): Failure => (state === 'declined' ? 'failed' : 'error')

function uncountPaidOut(books: Books, { sourcePaymentId, amount }: Payment): void {
  if (sourcePaymentId === null) return
  const source = books.get(paymentShelf, sourcePaymentId)
  advancePayment(books, source, { state: 'captured', paidOut: source.paidOut - amount })
}

// What expired is over, whether or not the gateway wants to hear of it.
function failVoid(books: Books, { payment, operation }: Step): Step {
  if (hasPassed(payment.expiresAt, books.now)) {
    releaseHeld(books, payment, siblingId(operation.id, 48))
    const voided = advancePayment(books, payment, { state: settledStateOf(payment), openOperationId: null })
    return told(books, 'payment.voided', { payment: voided, operation, reason: 'expired' })
  }
  const back = advancePayment(books, payment, { state: 'authorized', openOperationId: null })
  return told(books, 'payment.void_failed', { payment: back, operation })
}

function awaitPayer(books: Books, { payment, operation }: Step, finding: Extract<Finding, { kind: 'redirect' }>): Step {
  const redirected = books.put(operationShelf, {
    ...operation,
    state: 'redirected',
    redirect: finding.redirect,
    gatewayReference: finding.gatewayReference ?? operation.gatewayReference,
    nextLookAt: nextLookOf(operation, books.now) ?? null,
  })
  const waiting = advancePayment(books, payment, { state: payment.state })
  return told(books, 'payment.redirected', { payment: waiting, operation: redirected })
}

// While the payer is at a page of the gateway, that nothing is known yet is no news.
function wait(
  books: Books,
  { payment, operation }: Step,
  state: 'pending' | 'unknown',
  gatewayReference?: string,
): Step {
  const nextLookAt = nextLookOf(operation, books.now)
  const waiting = books.put(operationShelf, {
    ...operation,
    state:
      operation.state === 'redirected' || (state === 'unknown' && operation.state === 'pending')
        ? operation.state
        : state,
    gatewayReference: gatewayReference ?? operation.gatewayReference,
    nextLookAt: nextLookAt ?? null,
  })
  return { payment, operation: waiting }
}
