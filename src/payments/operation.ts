// An operation: one thing done to a payment. Its row is committed before a gateway hears of it and says what was being tried;
// its id is the reference by which the gateway knows it.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { after, MINUTE_MS, SECOND_MS } from '../clock.ts'
import type { GatewayOperation, Redirect } from '../gateways/connector.ts'

/**
 * `calling`: a gateway may be working on it. `redirected`: the payer is at the gateway's page. `pending`: the gateway has it and
 * decides later. `unknown`: it may have been done. The others are over: `not_sent` never left, `not_done` is known to no gateway.
 */
export type OperationState =
  | 'calling'
  | 'redirected'
  | 'pending'
  | 'unknown'
  | 'approved'
  | 'declined'
  | 'not_sent'
  | 'not_done'

export interface Operation {
  readonly id: string
  readonly paymentId: string
  readonly merchantId: string
  readonly kind: GatewayOperation
  /** Which try at getting the payment authorized. */
  readonly attempt: number
  /** Null: our own issuer, which decides in the same commit. */
  readonly gatewayAccountId: string | null
  /** Minor units of `currency`. */
  readonly amount: bigint
  readonly currency: string
  readonly state: OperationState
  readonly gatewayReference: string | null
  readonly approvalCode: string | null
  readonly eci: string | null
  /** Why it was declined: a `DeclineCode`, or one of our own error codes when our issuer decided. */
  readonly code: string | null
  readonly message: string | null
  readonly redirect: Redirect | null
  /** Why this gateway, or why at all. */
  readonly reason: string
  /** Inquiries so far. */
  readonly looks: number
  /** What the last look said that is only believed when the next one says so, too. */
  readonly doubt: 'not_found' | 'declined' | null
  /** Since when looks have said so. */
  readonly doubtedAt: Date | null
  readonly nextLookAt: Date | null
  readonly settledBy: SettledBy | null
  readonly settledAt: Date | null
  readonly createdAt: Date
}

/** Where the outcome came from. */
export type SettledBy = 'answer' | 'inquiry' | 'person' | 'issuer' | 'payer' | 'clock'

export const operationShelf = tableShelf<Operation>({
  name: 'operations',
  columns: {
    id: 'uuid',
    paymentId: 'uuid',
    merchantId: 'uuid',
    kind: 'text',
    attempt: 'integer',
    gatewayAccountId: 'uuid',
    amount: 'bigint',
    currency: 'text',
    state: 'text',
    gatewayReference: 'text',
    approvalCode: 'text',
    eci: 'text',
    code: 'text',
    message: 'text',
    redirect: 'jsonb',
    reason: 'text',
    looks: 'integer',
    doubt: 'text',
    doubtedAt: 'timestamptz',
    nextLookAt: 'timestamptz',
    settledBy: 'text',
    settledAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: [
    'state',
    'gatewayReference',
    'approvalCode',
    'eci',
    'code',
    'message',
    'redirect',
    'looks',
    'doubt',
    'doubtedAt',
    'nextLookAt',
    'settledBy',
    'settledAt',
  ],
})

export const needOperation = (id: string): Need => need(operationShelf, id)

/** What is known of an operation when it begins. */
export type NewOperation = Pick<
  Operation,
  'id' | 'paymentId' | 'merchantId' | 'kind' | 'gatewayAccountId' | 'amount' | 'currency' | 'reason'
> & { readonly attempt?: number }

/** What an operation whose outcome nobody doubts says. */
export const NO_DOUBT = { doubt: null, doubtedAt: null } as const

const NOTHING = {
  gatewayReference: null,
  approvalCode: null,
  eci: null,
  code: null,
  message: null,
  redirect: null,
  looks: 0,
  ...NO_DOUBT,
  settledBy: null,
  settledAt: null,
} as const

/** Writes an operation that a gateway is about to be asked for. When nobody comes back with an outcome, the gateway is asked. */
export const beginOperation = (books: Books, operation: NewOperation): Operation =>
  books.insert(operationShelf, {
    attempt: 1,
    ...NOTHING,
    ...operation,
    state: 'calling',
    nextLookAt: after(books.now, ABANDONED_MS),
    createdAt: books.now,
  })

/** Writes an operation that our own issuer has decided in this commit. */
export const decidedOperation = (
  books: Books,
  operation: Omit<NewOperation, 'gatewayAccountId'>,
  declined?: { readonly code: string; readonly message: string },
): Operation =>
  books.insert(operationShelf, {
    attempt: 1,
    ...NOTHING,
    ...operation,
    ...declined,
    gatewayAccountId: null,
    state: declined ? 'declined' : 'approved',
    nextLookAt: null,
    settledBy: 'issuer',
    settledAt: books.now,
    createdAt: books.now,
  })

const ABANDONED_MS = 15 * SECOND_MS // Callers have gone by then; the call may still be answered, and its answer counts.

/** Whether the outcome is known. */
export const isSettled = ({ state }: Pick<Operation, 'state'>): boolean =>
  state === 'approved' || state === 'declined' || state === 'not_sent' || state === 'not_done'

const HOUR_MS = 60 * MINUTE_MS

// When a gateway is asked what became of an operation, counted from its beginning: rule GW5 of the design. Then it is a
// person's turn.
const LOOKS_MS: readonly number[] = [
  5 * SECOND_MS,
  15 * SECOND_MS,
  30 * SECOND_MS,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  ...Array.from({ length: 24 }, (_, i) => (i + 1) * HOUR_MS),
  ...Array.from({ length: 6 }, (_, i) => (i + 2) * 24 * HOUR_MS),
]

/** When the gateway is asked next; undefined when the schedule is over. */
export function nextLookOf({ createdAt }: Pick<Operation, 'createdAt'>, now: Date): Date | undefined {
  const ageMs = now.getTime() - createdAt.getTime()
  const offset = LOOKS_MS.find((ms) => ms > ageMs)
  return offset === undefined ? undefined : after(createdAt, offset)
}
