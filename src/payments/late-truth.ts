// A gateway says that it did what we had given up on. The truth is booked and reported, never dropped: as a step of the payment
// where its constraints can hold it, otherwise in suspense with a case for a person.
import type { Books } from '../books/books.ts'
import type { EventType } from '../events/events.ts'
import type { Approved } from '../gateways/connector.ts'
import { siblingId } from '../ids.ts'
import { gatewayReceivable, suspense } from '../ledger/accounts.ts'
import {
  chargeAuthorized,
  type Move,
  payoutBegun,
  payoutPaid,
  putInSuspense,
  takenFromSuspense,
} from '../ledger/facts.ts'
import { caseIdOf, caseShelf, openCase } from './case.ts'
import { claimShelf, payClaim } from './claim.ts'
import { recordStep } from './events.ts'
import type { Finish, Step } from './finish.ts'
import { captureHeld, refundCaptured, releaseHeld } from './moves.ts'
import { NO_DOUBT, type Operation, operationShelf } from './operation.ts'
import {
  advancePayment,
  chargeOf,
  heldChargeOf,
  heldOf,
  isRefundable,
  type Payment,
  paymentShelf,
  settledStateOf,
} from './payment.ts'

/** Books an approval of an operation that was settled as failed. */
export function bookLateTruth(books: Books, step: Step, finish: Finish & { readonly finding: Approved }): Step {
  // Said once: a gateway that repeats itself, or a person who believes it, changes nothing.
  if (books.find(caseShelf, caseIdOf(step.operation.id, 'contradiction'))) return step
  const payment = apply(books, step, finish)
  if (!payment) return contradict(books, step, finish)
  const operation = books.put(operationShelf, {
    ...step.operation,
    state: 'approved',
    gatewayReference: finish.finding.gatewayReference,
    approvalCode: finish.finding.approvalCode ?? null,
    eci: finish.finding.eci ?? null,
    code: null,
    message: null,
    ...NO_DOUBT,
    nextLookAt: null,
    settledBy: finish.by,
    settledAt: books.now,
  })
  openCase(
    books,
    operation,
    'late_truth',
    `the gateway did the ${operation.kind} that we had given up as ${step.operation.state}`,
  )
  recordStep(books, EVENTS[operation.kind], { payment, operation, reason: 'late' })
  const isCharge = operation.kind === 'authorize' || operation.kind === 'purchase'
  const as = operation.kind === 'authorize' ? 'authorized' : 'paid'
  if (isCharge && !payClaim(books, payment.claimId, { paymentId: payment.id, as }))
    openCase(books, operation, 'surplus', 'what it pays had been paid before: it goes back to the payer')
  return { payment, operation }
}

const EVENTS = {
  authorize: 'payment.authorized',
  purchase: 'payment.captured',
  capture: 'payment.captured',
  void: 'payment.voided',
  refund: 'payment.refunded',
  payout: 'payout.paid',
} as const satisfies Record<Operation['kind'], EventType>

// The payment with the step done, or nothing when it cannot be: also when another gateway carries the payment by now.
function apply(books: Books, { payment, operation }: Step, { refId }: Finish): Payment | undefined {
  const { id, kind, amount } = operation
  if (payment.gatewayAccountId !== operation.gatewayAccountId || isOfDeleted(books, { payment, operation }))
    return undefined
  const isOver = payment.state === 'declined' || payment.state === 'canceled'
  switch (kind) {
    case 'authorize':
      return isOver ? holdAgain(books, payment, operation) : undefined
    case 'purchase': {
      if (!isOver) return undefined
      const held = holdAgain(books, payment, operation)
      return captureHeld(books, held, { moveId: siblingId(id, 16), amount: held.authorized })
    }
    case 'capture':
      return payment.state === 'authorized' && amount <= heldOf(payment).payeeAmount
        ? captureHeld(books, payment, { moveId: siblingId(id, 32), amount })
        : undefined
    case 'void': {
      if (payment.state === 'voided') return payment // It had expired, so that nobody asked the gateway whether it may.
      if (payment.state !== 'authorized' || amount !== heldOf(payment).payerAmount) return undefined
      releaseHeld(books, payment, siblingId(id, 32))
      return advancePayment(books, payment, { state: settledStateOf(payment) })
    }
    case 'refund': {
      const given = payment.refunded + payment.refundReserved + payment.paidOut
      if (!isRefundable(payment) || given + amount > payment.captured) return undefined
      const details = { id, refId, amount, description: operation.reason, reason: operation.reason, reserved: 0n }
      return refundCaptured(books, payment, details).payment
    }
    case 'payout': {
      if (payment.state !== 'declined' || !countPaidOut(books, payment, amount)) return undefined
      const amounts = { payerAmount: amount, payeeAmount: amount }
      const holds = payoutBegun(books, siblingId(id, 32), chargeOf(payment), amounts)
      const held = { ...payment, holdId: holds.hold.id, authorized: amount, payerAuthorized: amount }
      payoutPaid(books, siblingId(id, 16), heldChargeOf(held), amounts)
      return advancePayment(books, held, { state: 'paid', captured: amount, payerCaptured: amount })
    }
  }
}

// A payout to the payer of an earlier payment counts against it; false when that has been refunded since.
function countPaidOut(books: Books, { sourcePaymentId }: Payment, amount: bigint): boolean {
  if (sourcePaymentId === null) return true
  const source = books.get(paymentShelf, sourcePaymentId)
  const paidOut = source.paidOut + amount
  if (source.state !== 'captured' || source.refunded + source.refundReserved + paidOut > source.captured) return false
  advancePayment(books, source, { state: 'captured', paidOut })
  return true
}

function holdAgain(books: Books, payment: Payment, { id, amount }: Operation): Payment {
  const amounts = { payerAmount: amount, payeeAmount: payment.amount + payment.fee }
  const holds = chargeAuthorized(books, siblingId(id, 32), chargeOf(payment), amounts)
  return advancePayment(books, payment, {
    state: 'authorized',
    authorized: amounts.payeeAmount,
    payerAuthorized: amounts.payerAmount,
    holdId: holds.hold.id,
    exchangeHoldId: holds.exchangeHold?.id ?? null,
  })
}

/** Whether it would pay a checkout that its merchant has removed for good. */
export const isOfDeleted = (books: Books, { payment: { claimId }, operation: { kind } }: Step): boolean =>
  claimId !== null &&
  (kind === 'authorize' || kind === 'purchase') &&
  books.find(claimShelf, claimId)?.state === 'deleted'

/** Books what the gateway says that it did beside the payment, which cannot hold it, and opens a case. */
export function contradict(
  books: Books,
  { payment, operation }: Step,
  { finding }: { readonly finding: Approved },
): Step {
  const { kind } = operation
  const noted = books.put(operationShelf, {
    ...operation,
    gatewayReference: finding.gatewayReference,
    nextLookAt: null,
  })
  const summary = `the gateway says that it did the ${kind}, which the payment, now ${payment.state}, cannot hold`
  openCase(books, noted, 'contradiction', summary)
  const move = moveBeside(noted, 64)
  if (move) putInSuspense(books, move)
  return { payment, operation: noted }
}

/** The gateway gave back what a contradiction had put in suspense, or never had it: a person closes the case. */
export function takeContradictionBack(books: Books, operation: Operation): void {
  const move = moveBeside(operation, 80)
  if (move) takenFromSuspense(books, { ...move, from: move.to, to: move.from })
}

// What the gateway has taken, or given back, beside what the payment says. A void or a hold moves nothing.
function moveBeside({ id, kind, amount, currency, gatewayAccountId }: Operation, n: number): Move | undefined {
  if (gatewayAccountId === null || kind === 'void' || kind === 'authorize') return undefined
  const [receivable, kept] = [gatewayReceivable(gatewayAccountId, currency), suspense(gatewayAccountId, currency)]
  const isIn = kind === 'purchase' || kind === 'capture'
  const ends = isIn ? { from: receivable, to: kept } : { from: kept, to: receivable }
  return { operationId: siblingId(id, n), amount, ...ends }
}
