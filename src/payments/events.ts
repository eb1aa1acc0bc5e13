// How a payment's steps are told: each event carries the payment as it stood, so that telling it late tells it right.
import type { Books } from '../books/books.ts'
import { type EventType, recordEvent } from '../events/events.ts'
import { siblingId } from '../ids.ts'
import { claimShelf } from './claim.ts'
import type { ClaimState } from './claim-states.ts'
import type { Operation } from './operation.ts'
import type { Payment } from './payment.ts'

/** The data of every event about a payment; amounts in minor units as texts. */
export interface PaymentSnapshot {
  readonly version: string
  readonly direction: Payment['direction']
  readonly state: Payment['state']
  readonly currency: string
  readonly amount: string
  readonly captured: string
  readonly refunded: string
  readonly refundReserved: string
  readonly claimId: string | null
  /** How what it pays stood then. */
  readonly claimState: ClaimState | null
  /** What was done, or tried. */
  readonly operation: {
    readonly id: string
    readonly kind: Operation['kind']
    readonly state: Operation['state']
    readonly amount: string
    readonly currency: string
    readonly code: string | null
    readonly message: string | null
    readonly approvalCode: string | null
    readonly eci: string | null
    readonly gatewayReference: string | null
    readonly settledBy: Operation['settledBy']
  }
  /** Why, where there is something to say: `released`, `expired`, `late`. */
  readonly reason: string | null
}

// Which of an operation's events it is: their ids follow from the operation's.
const NUMBERS: Readonly<Partial<Record<EventType, number>>> = {
  'payment.begun': 10,
  'payment.capture_begun': 10,
  'payment.void_begun': 10,
  'payment.refund_begun': 10,
  'payout.begun': 10,
  'payment.redirected': 11,
}
const SETTLED = 9
const LATE = 12

/** Records a step of the payment under its operation. */
export function recordStep(
  books: Books,
  type: EventType,
  {
    payment,
    operation,
    reason = null,
  }: { readonly payment: Payment; readonly operation: Operation; readonly reason?: string | null },
): void {
  const { id, kind, state, amount, currency, code, message, approvalCode, eci, gatewayReference, settledBy } = operation
  const snapshot: PaymentSnapshot = {
    version: payment.version.toString(),
    direction: payment.direction,
    state: payment.state,
    currency: payment.currency,
    amount: payment.amount.toString(),
    captured: payment.captured.toString(),
    refunded: payment.refunded.toString(),
    refundReserved: payment.refundReserved.toString(),
    claimId: payment.claimId,
    claimState: payment.claimId === null ? null : (books.find(claimShelf, payment.claimId)?.state ?? null),
    operation: {
      id,
      kind,
      state,
      amount: amount.toString(),
      currency,
      code,
      message,
      approvalCode,
      eci,
      gatewayReference,
      settledBy,
    },
    reason,
  }
  recordEvent(books, {
    id: siblingId(id, reason === 'late' ? LATE : (NUMBERS[type] ?? SETTLED)),
    type,
    ownerId: payment.merchantId,
    subjectId: payment.id,
    data: { ...snapshot },
  })
}
