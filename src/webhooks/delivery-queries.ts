// The SQL of sending: which endpoint is next, what it is sent, and what came of it.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { HealthStatus } from './endpoints.ts'

/**
 * Takes endpoints whose time has come, so that nobody else sends to them until the lease (ms) is over. Endpoints that
 * failed last time are taken separately: they are slow, and must not keep the others waiting.
 */
export async function leaseEndpoints(
  db: Queryable,
  { isFailing, limit, leaseMs }: { readonly isFailing: boolean; readonly limit: number; readonly leaseMs: number },
): Promise<string[]> {
  const { rows } = await db.query<{ endpoint_id: string }>(
    `with due as (
       select shard, endpoint_id
         from webhook_health
        where shard = $1 and wake_at <= now() and (leased_until is null or leased_until <= now()) and (failures > 0) = $2
        order by wake_at
        limit $3
          for no key update skip locked)
     update webhook_health h
        set leased_until = now() + $4 * interval '1 millisecond'
       from due
      where h.shard = due.shard and h.endpoint_id = due.endpoint_id
     returning h.endpoint_id`,
    [SHARD, isFailing, limit, leaseMs],
  )
  return rows.map((row) => row.endpoint_id)
}

/** A delivery as it goes out. */
export interface Delivery {
  readonly id: string
  readonly endpointId: string
  readonly url: string
  readonly messageId: string
  readonly body: string
  readonly sequence: bigint
  /** Tries before this one. */
  readonly attempts: number
}

interface DeliveryRow {
  readonly id: string
  readonly endpoint_id: string
  readonly url: string
  readonly message_id: string
  readonly body: string
  readonly sequence: bigint
  readonly attempts: number
}

/** The first delivery of the endpoint that is due and is not behind another one about the same subject. */
export async function findNextDelivery(db: Queryable, endpointId: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<DeliveryRow>(
    `select d.id, d.endpoint_id, e.url, d.message_id, d.body, d.sequence, d.attempts
       from webhook_deliveries d
       join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
      where d.shard = $1 and d.endpoint_id = $2 and d.state = 'pending' and d.due_at <= now() and e.removed_at is null
        and not exists (
            select
              from webhook_deliveries earlier
             where earlier.shard = d.shard and earlier.endpoint_id = d.endpoint_id and earlier.state = 'pending'
               and earlier.subject_id = d.subject_id and earlier.sequence < d.sequence)
      order by d.sequence
      limit 1`,
    [SHARD, endpointId],
  )
  const [row] = rows
  if (!row) return undefined
  const { endpoint_id, message_id, ...rest } = row
  return { ...rest, endpointId: endpoint_id, messageId: message_id }
}

/** Locks the state of an endpoint. What is read afterwards, in a statement of its own, is what no fan-out adds to any more. */
export async function lockHealth(
  tx: Queryable,
  endpointId: string,
): Promise<{ status: HealthStatus; failures: number }> {
  const { rows } = await tx.query<{ status: HealthStatus; failures: number }>(
    `select status, failures
       from webhook_health
      where shard = $1 and endpoint_id = $2
        for no key update`,
    [SHARD, endpointId],
  )
  const [row] = rows
  if (!row) throw new Error(`endpoint ${endpointId} has no health`)
  return row
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
  /** From the delivery's creation: it fails for good when the next try would be later. */
  readonly lifeMs: number
}

/** The delivery did not arrive. Answers whether it has failed for good. */
export async function markFailed(
  tx: Queryable,
  { deliveryId, status, error }: Attempt,
  retry: Retry,
): Promise<boolean> {
  const { rows } = await tx.query<{ state: string }>(
    `update webhook_deliveries
        set state = case when now() + $5 * interval '1 millisecond' > created_at + $6 * interval '1 millisecond'
                         then 'failed' else 'pending' end,
            due_at = now() + $5 * interval '1 millisecond', attempts = attempts + 1, last_status = $3, last_error = $4
      where shard = $1 and id = $2 and state = 'pending'
     returning state`,
    [SHARD, deliveryId, status ?? null, error ?? null, retry.delayMs, retry.lifeMs],
  )
  return rows[0]?.state === 'failed'
}

/** A success: whatever waits may go at once. */
export async function markHealthy(tx: Queryable, endpointId: string): Promise<void> {
  await tx.query(
    `update webhook_health
        set status = 'healthy', failures = 0, last_success_at = now(), leased_until = null, wake_at = now()
      where shard = $1 and endpoint_id = $2`,
    [SHARD, endpointId],
  )
}

export interface Failure {
  readonly status: HealthStatus
  readonly failures: number
  /** Until the endpoint is tried again, with whatever delivery; undefined: not any more. */
  readonly wakeMs: number | undefined
}

/** A failure, counted. */
export async function markFailing(tx: Queryable, endpointId: string, failure: Failure): Promise<void> {
  await tx.query(
    `update webhook_health
        set status = $3, failures = $4, last_failure_at = now(), leased_until = null,
            wake_at = now() + $5 * interval '1 millisecond'
      where shard = $1 and endpoint_id = $2`,
    [SHARD, endpointId, failure.status, failure.failures, failure.wakeMs ?? null],
  )
}
