// The SQL of sending again: which deliveries, and waking their endpoints.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { EndpointKind } from './endpoints.ts'

/** Whose endpoint it is; undefined when there is none or it is removed. */
export async function findEndpointOwner(db: Queryable, id: string): Promise<string | undefined> {
  const { rows } = await db.query<{ owner_id: string }>(
    `select owner_id
       from webhook_endpoints
      where shard = $1 and id = $2 and removed_at is null`,
    [SHARD, id],
  )
  return rows[0]?.owner_id
}

/** A delivery that may be sent again. */
export interface Replayable {
  readonly id: string
  readonly endpointId: string
  readonly createdAt: Date
}

/** The owner's delivery, unless its endpoint is removed. */
export async function findReplayable(db: Queryable, ownerId: string, id: string): Promise<Replayable | undefined> {
  const { rows } = await db.query<Replayable>(
    `select d.id, d.endpoint_id as "endpointId", d.created_at as "createdAt"
       from webhook_deliveries d
       join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
      where d.shard = $1 and d.id = $3 and d.owner_id = $2 and e.removed_at is null`,
    [SHARD, ownerId, id],
  )
  return rows[0]
}

export interface ReplayRange {
  readonly ownerId: string
  /** When the deliveries were made: from here on … */
  readonly from: Date
  /** … until here, exclusive. */
  readonly to: Date
  /** Only those that failed for good. Default: all. */
  readonly onlyFailed?: boolean | undefined
  /** Only those of one endpoint. */
  readonly endpointId?: string | undefined
  /** Only those of one kind. */
  readonly kind?: EndpointKind | undefined
}

const IN_RANGE = `from webhook_deliveries d
       join webhook_endpoints e on e.shard = d.shard and e.id = d.endpoint_id
      where d.shard = $1 and d.owner_id = $2 and d.created_at >= $3 and d.created_at < $4 and e.removed_at is null
        and ($5::uuid is null or d.endpoint_id = $5) and (not $6 or d.state = 'failed') and ($7::text is null or d.kind = $7)`

const rangeValues = ({ ownerId, from, to, endpointId, onlyFailed, kind }: ReplayRange): unknown[] => [
  SHARD,
  ownerId,
  from.toISOString(),
  to.toISOString(),
  endpointId ?? null,
  onlyFailed ?? false,
  kind ?? null,
]

/** How many deliveries are in the range; no more are counted than the limit. */
export async function countReplayable(db: Queryable, range: ReplayRange, limit: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count
       from (select ${IN_RANGE} limit $8) as found`,
    [...rangeValues(range), limit],
  )
  return rows[0]?.count ?? 0
}

/** The next deliveries of the range behind one of it, in the order in which they were made. */
export async function listReplayable(
  db: Queryable,
  range: ReplayRange,
  { after, limit }: { readonly after: Replayable | undefined; readonly limit: number },
): Promise<Replayable[]> {
  const { rows } = await db.query<Replayable>(
    `select d.id, d.endpoint_id as "endpointId", d.created_at as "createdAt"
       ${IN_RANGE} and ($8::timestamptz is null or (d.created_at, d.id) > ($8, $9::uuid))
      order by d.created_at, d.id
      limit $10`,
    [...rangeValues(range), after?.createdAt.toISOString() ?? null, after?.id ?? null, limit],
  )
  return rows
}

/** Locks the states of endpoints in the order of their ids, so that whoever locks several does not meet a deadlock. */
export async function lockEndpoints(tx: Queryable, endpointIds: readonly string[]): Promise<void> {
  await tx.query(
    `select
       from webhook_health
      where shard = $1 and endpoint_id = any($2::uuid[])
      order by endpoint_id
        for no key update`,
    [SHARD, endpointIds],
  )
}

/** Queues deliveries again that wait no more: the same messages, with all their tries. Answers how many. */
export async function requeueDeliveries(tx: Queryable, ids: readonly string[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update webhook_deliveries
        set state = 'pending', attempts = 0, due_at = now(), delivered_at = null, replays = replays + 1, replayed_at = now()
      where shard = $1 and id = any($2::uuid[]) and state <> 'pending'`,
    [SHARD, ids],
  )
  return rowCount ?? 0
}

/** Makes these deliveries due if they wait for their next try. */
export async function hurryDeliveries(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update webhook_deliveries
        set due_at = now()
      where shard = $1 and id = any($2::uuid[]) and state = 'pending' and due_at > now()`,
    [SHARD, ids],
  )
}

/** Makes everything due that waits for an endpoint. */
export async function hurryEndpoint(tx: Queryable, endpointId: string): Promise<void> {
  await tx.query(
    `update webhook_deliveries
        set due_at = now()
      where shard = $1 and endpoint_id = $2 and state = 'pending' and due_at > now()`,
    [SHARD, endpointId],
  )
}

/** Wakes endpoints. A suspended one starts anew; one that fails goes on failing until it answers. */
export async function wakeEndpoints(tx: Queryable, endpointIds: readonly string[]): Promise<void> {
  await tx.query(
    `update webhook_health
        set wake_at = now(), suspended_because = null,
            status = case status when 'error' then 'created' else status end,
            failures = case status when 'error' then 0 else failures end,
            failing_since = case status when 'error' then null else failing_since end
      where shard = $1 and endpoint_id = any($2::uuid[])`,
    [SHARD, endpointIds],
  )
}
