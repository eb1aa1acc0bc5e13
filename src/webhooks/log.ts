// What an owner can look up of his deliveries: the log with bodies and every try, and his callbacks or notices in the order of
// their numbers, so that he finds what he missed without being called.
import type { Page, PageRequest } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import { isUuid } from '../ids.ts'
import type { EndpointKind, NamedKind } from './endpoints.ts'
import { listTries, selectDeliveries, selectDeliveriesAfter, selectLastSequence } from './log-queries.ts'

/**
 * `waiting` for its first or next try, `held` while its endpoint is suspended, `dropped` because its endpoint was removed
 * before it arrived.
 */
export type DeliveryState = 'waiting' | 'held' | 'delivered' | 'failed' | 'dropped'

export interface LoggedDelivery {
  readonly id: string
  readonly kind: EndpointKind
  readonly endpointId: string
  readonly url: string
  /** The `webhook-id`. */
  readonly messageId: string
  readonly eventName: string
  readonly subjectId: string
  /** What it is about in the face's words; null when the face did not say. */
  readonly objectId: string | null
  readonly objectVersion: bigint | null
  /** As it was sent or will be. */
  readonly body: string
  /** The `webhook-sequence`: of a callback or notice among all of the owner, of a webhook among those of its endpoint. */
  readonly sequence: bigint
  readonly state: DeliveryState
  /** Since it was made or replayed. */
  readonly attempts: number
  readonly replays: number
  readonly lastStatus: number | null
  readonly lastError: string | null
  readonly createdAt: Date
  readonly deliveredAt: Date | null
  /** Null when none is planned. */
  readonly nextTryAt: Date | null
}

/** One call. */
export interface Try {
  readonly at: Date
  /** Null when there was no answer. */
  readonly status: number | null
  /** Its first 4,096 characters. */
  readonly responseBody: string | null
  readonly error: string | null
  readonly durationMs: number
}

export interface DeliveryFilter {
  readonly ownerId: string
  readonly kind?: EndpointKind | undefined
  readonly endpointId?: string | undefined
  readonly subjectId?: string | undefined
  readonly objectId?: string | undefined
  readonly eventName?: string | undefined
  readonly state?: DeliveryState | undefined
  /** When it was made: from here on … */
  readonly from?: Date | undefined
  /** … until here, exclusive. */
  readonly to?: Date | undefined
}

export type DeliveryWithTries = LoggedDelivery & { readonly tries: readonly Try[] }

/** The owner's deliveries with all tries, both newest first. */
export async function listDeliveries(
  db: Queryable,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<DeliveryWithTries>> {
  const found = await selectDeliveries(db, filter, page)
  return { ...found, rows: await withTries(db, found.rows) }
}

/** One delivery of the owner with all tries. Throws `resource_not_found`, also for another owner's. */
export async function getDelivery(
  db: Queryable,
  { ownerId, id }: { readonly ownerId: string; readonly id: string },
): Promise<DeliveryWithTries> {
  const { rows } = isUuid(id) ? await selectDeliveries(db, { ownerId, id }, { size: 1 }) : { rows: [] }
  const [found] = await withTries(db, rows)
  if (!found) throw new AppError('resource_not_found')
  return found
}

async function withTries(db: Queryable, rows: readonly LoggedDelivery[]): Promise<DeliveryWithTries[]> {
  const ids = rows.map(({ id }) => id)
  const tries = ids.length > 0 ? await listTries(db, ids) : []
  return rows.map((row) => ({
    ...row,
    tries: tries.filter(({ deliveryId }) => deliveryId === row.id).map(({ deliveryId: _, ...one }) => one),
  }))
}

export interface PullRequest {
  readonly ownerId: string
  readonly kind: NamedKind
  /** The last number that the owner has; 0n for all. */
  readonly sequence: bigint
  /** Deliveries at most. Default: 100. */
  readonly size?: number
}

export interface Pulled {
  /** In the order of their numbers, which follow one another without a gap. */
  readonly deliveries: readonly LoggedDelivery[]
  /** The number of the owner's newest one, 0n when there is none: below it there is more to pull. */
  readonly newest: bigint
}

const PULL_SIZE = 100

/**
 * The owner's callbacks or notices behind a number, whatever became of them. No smaller number turns up later. Those that the
 * operator has deleted for their age are missing at the beginning.
 */
export async function listAfter(db: Queryable, request: PullRequest): Promise<Pulled> {
  // In this order: one that is made meanwhile may be among those listed, never beyond what is said to be there.
  const deliveries = await selectDeliveriesAfter(db, { size: PULL_SIZE, ...request })
  return { deliveries, newest: await selectLastSequence(db, request) }
}
