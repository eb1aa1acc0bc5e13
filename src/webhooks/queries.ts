// The SQL of endpoints and of what is queued for them. Sending has a file of its own: delivery-queries.ts.

import { type Page, type PageRequest, selectPage } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { type EventCursor, findEndUnless } from '../events/queries.ts'
import { SHARD } from '../ids.ts'
import type { EndpointKind, NamedKind, Webhook, WebhookStats } from './endpoints.ts'
import type { NamedEndpointView } from './named.ts'

type Status = Webhook['status']

interface EndpointRow {
  readonly id: string
  readonly kind: EndpointKind
  readonly owner_id: string
  readonly name: string
  readonly url: string
  readonly events: readonly string[]
  readonly created_at: Date
  readonly status: Status
}

/** The owner's webhooks that are not removed, newest first. */
export async function listEndpoints(db: Queryable, ownerId: string): Promise<Webhook[]> {
  const { rows } = await db.query<EndpointRow>(
    `select e.id, e.kind, e.owner_id, e.name, e.url, e.events, e.created_at, coalesce(h.status, 'created') as status
       from webhook_endpoints e
       left join webhook_health h on h.shard = e.shard and h.endpoint_id = e.id
      where e.shard = $1 and e.owner_id = $2 and e.kind = 'webhook' and e.removed_at is null
      order by e.id desc`,
    [SHARD, ownerId],
  )
  return rows.map(({ owner_id, created_at, ...row }) => ({
    ...row,
    ownerId: owner_id,
    createdAt: created_at,
    removedAt: null,
  }))
}

interface StatsRow {
  readonly id: string
  readonly status: Status
  readonly queued: number
  readonly last_success_at: Date | null
  readonly last_failure_at: Date | null
}

/** How the owner's webhooks are doing, or one of them. Nothing is queued for a removed one: it is never sent. */
export async function listStats(
  db: Queryable,
  ownerId: string,
  id: string | undefined,
): Promise<(Omit<WebhookStats, 'status'> & { readonly status: Status })[]> {
  const { rows } = await db.query<StatsRow>(
    `select e.id,
            case when e.removed_at is null then coalesce(h.status, 'created') else 'removed' end as status,
            (select count(*)::int
               from webhook_deliveries d
              where d.shard = e.shard and d.endpoint_id = e.id and d.state = 'pending' and e.removed_at is null) as queued,
            h.last_success_at, h.last_failure_at
       from webhook_endpoints e
       left join webhook_health h on h.shard = e.shard and h.endpoint_id = e.id
      where e.shard = $1 and e.owner_id = $2 and e.kind = 'webhook' and ($3::uuid is null or e.id = $3)
      order by e.id desc`,
    [SHARD, ownerId, id ?? null],
  )
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    queuedMessages: row.queued,
    lastSuccessfulDeliveryTime: row.last_success_at,
    lastFailedDeliveryTime: row.last_failure_at,
  }))
}

/** The owner's endpoints of the kind, newest first. */
export const selectNamedEndpoints = (
  db: Queryable,
  { ownerId, kind }: { readonly ownerId: string; readonly kind: NamedKind },
  page: PageRequest,
): Promise<Page<NamedEndpointView>> =>
  selectPage(db, {
    select: `select t.id, t.url, coalesce(h.status, 'created') as status, h.suspended_because as "suspendedBecause",
                    coalesce(h.failures, 0) as failures, h.failing_since as "failingSince",
                    h.last_success_at as "lastSuccessAt", h.last_failure_at as "lastFailureAt",
                    t.created_at as "createdAt"
               from webhook_endpoints t
               left join webhook_health h on h.shard = t.shard and h.endpoint_id = t.id`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.owner_id = ?', ownerId],
      ['t.kind = ?', kind],
    ],
    page,
  })

/** An endpoint that takes deliveries. */
export interface Listener {
  readonly id: string
  readonly kind: EndpointKind
  readonly ownerId: string
  readonly events: readonly string[]
  readonly createdAt: Date
}

const LISTENER = `e.id, e.kind, e.owner_id as "ownerId", e.events, e.created_at as "createdAt"`

/** The webhooks of these owners that are neither removed nor suspended. */
export async function listListeners(db: Queryable, ownerIds: readonly string[]): Promise<Listener[]> {
  const { rows } = await db.query<Listener>(
    `select ${LISTENER}
       from webhook_endpoints e
       left join webhook_health h on h.shard = e.shard and h.endpoint_id = e.id
      where e.shard = $1 and e.owner_id = any($2::uuid[]) and e.kind = 'webhook' and e.removed_at is null
        and h.status is distinct from 'error'
      order by e.id`,
    [SHARD, ownerIds],
  )
  return rows
}

/** Which of these owners have endpoints that only hear what is addressed to them. */
export async function listNamedOwners(db: Queryable, ownerIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ owner_id: string }>(
    `select o.owner_id
       from unnest($2::uuid[]) as o(owner_id)
      where exists (
              select
                from webhook_endpoints e
               where e.shard = $1 and e.owner_id = o.owner_id and e.kind in ('callback', 'notice'))`,
    [SHARD, ownerIds],
  )
  return new Set(rows.map((row) => row.owner_id))
}

/** These endpoints, without those that are removed. A suspended one that was named is queued for, so that nothing is lost. */
export async function listAddressed(db: Queryable, ids: readonly string[]): Promise<Listener[]> {
  const { rows } = await db.query<Listener>(
    `select ${LISTENER}
       from webhook_endpoints e
       left join webhook_health h on h.shard = e.shard and h.endpoint_id = e.id
      where e.shard = $1 and e.id = any($2::uuid[]) and e.removed_at is null
        and (e.kind <> 'webhook' or h.status is distinct from 'error')`,
    [SHARD, ids],
  )
  return rows
}

/** The newest event, when nobody listens to anything. */
export const findUnheardEnd = (db: Queryable): Promise<EventCursor | undefined> =>
  findEndUnless(db, 'exists (select from webhook_endpoints e where e.shard = $1 and e.removed_at is null)')

/**
 * Reserves that many sequence numbers for each endpoint and wakes it, except one that is resting after failures.
 * Answers the last number of each.
 */
export async function takeSequences(
  tx: Queryable,
  counts: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await tx.query<{ endpoint_id: string; sequence: bigint }>(
    `insert into webhook_health as h (shard, endpoint_id, sequence, wake_at)
     select $1, t.endpoint_id, t.taken, now()
       from unnest($2::uuid[], $3::bigint[]) as t(endpoint_id, taken)
      order by t.endpoint_id -- as everybody locks them who locks several
         on conflict (shard, endpoint_id) do update
        set sequence = h.sequence + excluded.sequence,
            wake_at = case h.status when 'error' then null
                                    when 'unhealthy' then coalesce(h.wake_at, excluded.wake_at)
                                    else excluded.wake_at end
     returning endpoint_id, sequence`,
    [SHARD, [...counts.keys()], [...counts.values()]],
  )
  return new Map(rows.map((row) => [row.endpoint_id, row.sequence]))
}

/** Reserves that many numbers among what is counted for each owner. Answers the last number of each. */
export async function takeOwnerSequences(
  tx: Queryable,
  kind: NamedKind,
  counts: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await tx.query<{ owner_id: string; sequence: bigint }>(
    `insert into delivery_streams as s (shard, owner_id, kind, sequence)
     select $1, t.owner_id, $4, t.taken
       from unnest($2::uuid[], $3::bigint[]) as t(owner_id, taken)
         on conflict (shard, owner_id, kind) do update
        set sequence = s.sequence + excluded.sequence
     returning owner_id, sequence`,
    [SHARD, [...counts.keys()], [...counts.values()], kind],
  )
  return new Map(rows.map((row) => [row.owner_id, row.sequence]))
}

export interface NewDelivery {
  readonly id: string
  readonly endpointId: string
  readonly kind: EndpointKind
  readonly ownerId: string
  readonly eventId: string
  readonly part: number
  readonly messageId: string
  readonly subjectId: string
  readonly eventName: string
  readonly body: string
  readonly objectId: string | null
  readonly objectVersion: bigint | null
  readonly sequence: bigint
  /** Among all of its kind to the owner; null for webhooks. */
  readonly ownerSequence: bigint | null
}

/** Queues deliveries, due at once. */
export async function insertDeliveries(tx: Queryable, deliveries: readonly NewDelivery[]): Promise<void> {
  const column = <Key extends keyof NewDelivery>(key: Key): NewDelivery[Key][] => deliveries.map((one) => one[key])
  await tx.query(
    `insert into webhook_deliveries
            (shard, id, endpoint_id, owner_id, event_id, part, message_id, subject_id, event_name, body, object_id,
             object_version, sequence, owner_sequence, kind)
     select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[], $7::uuid[], $8::uuid[],
                              $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[])`,
    [
      SHARD,
      ...[column('id'), column('endpointId'), column('ownerId'), column('eventId'), column('part')],
      ...[column('messageId'), column('subjectId'), column('eventName'), column('body'), column('objectId')],
      ...[column('objectVersion'), column('sequence'), column('ownerSequence'), column('kind')],
    ],
  )
}
