// The SQL of sending: which endpoint is next, what it is sent, and what came of it.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { EndpointKind } from './endpoints.ts'
import type { Health, NoticeTerms, SuspensionReason, Verdict } from './policy.ts'

/** An endpoint that nobody else sends to. */
export interface Lease {
  readonly endpointId: string
  readonly ownerId: string
}

export interface LeaseRequest {
  /** Endpoints that failed last time are taken separately: they are slow, and must not keep the others waiting. */
  readonly isFailing: boolean
  readonly limit: number
  readonly leaseMs: number
  /** Whose endpoints not to take. */
  readonly exceptOwners: readonly string[]
}

/** Takes endpoints whose time has come, so that nobody else sends to them until the lease is over. */
export async function leaseEndpoints(
  db: Queryable,
  { isFailing, limit, leaseMs, exceptOwners }: LeaseRequest,
): Promise<Lease[]> {
  const { rows } = await db.query<Lease>(
    `with due as (
       select h.shard, h.endpoint_id, e.owner_id
         from webhook_health h
         join webhook_endpoints e on e.shard = h.shard and e.id = h.endpoint_id
        where h.shard = $1 and h.wake_at <= now() and (h.leased_until is null or h.leased_until <= now())
          and (h.failures > 0) = $2 and e.owner_id <> all($5::uuid[])
        order by h.wake_at
        limit $3
          for no key update of h skip locked)
     update webhook_health h
        set leased_until = now() + $4 * interval '1 millisecond'
       from due
      where h.shard = due.shard and h.endpoint_id = due.endpoint_id
     returning h.endpoint_id as "endpointId", due.owner_id as "ownerId"`,
    [SHARD, isFailing, limit, leaseMs, exceptOwners],
  )
  return rows
}

/** Gives endpoints back that will not be sent to now. */
export async function releaseEndpoints(db: Queryable, endpointIds: readonly string[]): Promise<void> {
  await db.query(`update webhook_health set leased_until = null where shard = $1 and endpoint_id = any($2::uuid[])`, [
    SHARD,
    endpointIds,
  ])
}

/** A delivery as it goes out. */
export interface Delivery {
  readonly id: string
  readonly endpointId: string
  readonly kind: EndpointKind
  readonly ownerId: string
  readonly url: string
  readonly messageId: string
  readonly eventName: string
  readonly body: string
  /** Among the endpoint's. */
  readonly sequence: bigint
  /** Among all of its kind to the owner; null for webhooks. */
  readonly ownerSequence: bigint | null
  readonly objectId: string | null
  readonly objectVersion: bigint | null
  /** Tries before this one, since the last replay. */
  readonly attempts: number
  /** Of a notice, once its owner has any. */
  readonly terms: NoticeTerms | null
}

/**
 * The first delivery of the endpoint that is due and is not behind another one about the same subject; what is replayed
 * comes after what is new.
 */
export async function findNextDelivery(db: Queryable, endpointId: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<Delivery>(
    `select d.id, d.endpoint_id as "endpointId", e.kind, d.owner_id as "ownerId", e.url, d.message_id as "messageId",
            d.event_name as "eventName", d.body, d.sequence, d.owner_sequence as "ownerSequence", d.object_id as "objectId",
            d.object_version as "objectVersion", d.attempts,
            case
              when s.merchant_id is not null
              then json_build_object('timeoutMs', s.timeout_ms, 'triesMax', s.tries, 'backoffMs', s.backoff_ms)
            end as terms
       from webhook_deliveries d
       join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
       left join merchant_settings s on s.shard = d.shard and s.merchant_id = d.owner_id and d.kind = 'notice'
      where d.shard = $1 and d.endpoint_id = $2 and d.state = 'pending' and d.due_at <= now() and e.removed_at is null
        and not exists (
            select
              from webhook_deliveries earlier
             where earlier.shard = d.shard and earlier.endpoint_id = d.endpoint_id and earlier.state = 'pending'
               and earlier.subject_id = d.subject_id and earlier.sequence < d.sequence)
      order by (d.replays > 0), d.sequence
      limit 1`,
    [SHARD, endpointId],
  )
  return rows[0]
}

/** Locks the state of an endpoint. What is read afterwards, in a statement of its own, is what no fan-out adds to any more. */
export async function lockHealth(tx: Queryable, endpointId: string): Promise<Health> {
  const { rows } = await tx.query<Omit<Health, 'suspendedBecause'> & { suspendedBecause: SuspensionReason | null }>(
    `select status, failures, suspended_because as "suspendedBecause",
            coalesce(extract(epoch from now() - failing_since) * 1000, 0)::float8 as "failingMs"
       from webhook_health
      where shard = $1 and endpoint_id = $2
        for no key update`,
    [SHARD, endpointId],
  )
  const [row] = rows
  if (!row) throw new Error(`endpoint ${endpointId} has no health`)
  return { ...row, suspendedBecause: row.suspendedBecause ?? undefined }
}

/** Gives the endpoint back until the first of its waiting deliveries is due; for good when there is none. */
export async function restEndpoint(tx: Queryable, endpointId: string): Promise<void> {
  await tx.query(
    `update webhook_health h
        set leased_until = null,
            wake_at = (
              select min(d.due_at)
                from webhook_deliveries d
                join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
               where d.shard = h.shard and d.endpoint_id = h.endpoint_id and d.state = 'pending'
                 and e.removed_at is null and h.status <> 'error'
                 and not exists (
                     select
                       from webhook_deliveries earlier
                      where earlier.shard = d.shard and earlier.endpoint_id = d.endpoint_id
                        and earlier.state = 'pending' and earlier.subject_id = d.subject_id
                        and earlier.sequence < d.sequence))
      where h.shard = $1 and h.endpoint_id = $2`,
    [SHARD, endpointId],
  )
}

export interface Attempt {
  readonly id: string
  readonly deliveryId: string
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  readonly responseBody: string | undefined
  readonly error: string | undefined
  readonly durationMs: number
}

/** Keeps what a try came to. */
export async function insertAttempt(tx: Queryable, attempt: Attempt): Promise<void> {
  const { id, deliveryId, status, responseBody, error, durationMs } = attempt
  await tx.query(
    `insert into webhook_attempts (shard, id, delivery_id, status, response_body, error, duration_ms)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [SHARD, id, deliveryId, status ?? null, responseBody ?? null, error ?? null, durationMs],
  )
}

/** The delivery has arrived. */
export async function markDelivered(tx: Queryable, { deliveryId, status }: Attempt): Promise<void> {
  await tx.query(
    `update webhook_deliveries
        set state = 'delivered', attempts = attempts + 1, delivered_at = now(), last_status = $3, last_error = null
      where shard = $1 and id = $2 and state = 'pending'`,
    [SHARD, deliveryId, status ?? null],
  )
}

export interface Retry {
  /** Until the next try. */
  readonly delayMs: number
  /** From the delivery's creation or replay: it fails for good when the next try would be later. */
  readonly lifeMs: number
  /** Whether it has had all its tries. */
  readonly isLast: boolean
}

/** The delivery did not arrive. Answers whether it has failed for good. */
export async function markFailed(
  tx: Queryable,
  { deliveryId, status, error }: Attempt,
  retry: Retry,
): Promise<boolean> {
  const { rows } = await tx.query<{ state: string }>(
    `update webhook_deliveries
        set state = case when $7 or now() + $5 * interval '1 millisecond'
                                    > coalesce(replayed_at, created_at) + $6 * interval '1 millisecond'
                         then 'failed' else 'pending' end,
            due_at = now() + $5 * interval '1 millisecond', attempts = attempts + 1, last_status = $3, last_error = $4
      where shard = $1 and id = $2 and state = 'pending'
     returning state`,
    [SHARD, deliveryId, status ?? null, error ?? null, retry.delayMs, retry.lifeMs, retry.isLast],
  )
  return rows[0]?.state === 'failed'
}

/** A success: whatever is due may go at once. Zero ends the lease. */
export async function markHealthy(tx: Queryable, endpointId: string, leaseMs: number): Promise<void> {
  await tx.query(
    `update webhook_health
        set status = 'healthy', failures = 0, failing_since = null, suspended_because = null, last_success_at = now(),
            wake_at = now(),
            leased_until = case when $3::integer > 0 then now() + $3 * interval '1 millisecond' end
      where shard = $1 and endpoint_id = $2`,
    [SHARD, endpointId, leaseMs],
  )
}

/** A failure, counted. */
export async function markFailing(tx: Queryable, endpointId: string, verdict: Verdict): Promise<void> {
  await tx.query(
    `update webhook_health
        set status = $3, failures = $4, failing_since = coalesce(failing_since, now()), suspended_because = $6,
            last_failure_at = now(), leased_until = null, wake_at = now() + $5 * interval '1 millisecond'
      where shard = $1 and endpoint_id = $2`,
    [SHARD, endpointId, verdict.status, verdict.failures, verdict.wakeMs ?? null, verdict.suspendedBecause ?? null],
  )
}
