// The SQL of the delivery log and of pulling what is counted for an owner.
import { type Page, type PageRequest, selectPage } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { DeliveryFilter, LoggedDelivery, PullRequest, Try } from './log.ts'

const STATE = `case when t.state <> 'pending' then t.state
                    when e.removed_at is not null then 'dropped'
                    when h.status = 'error' then 'held'
                    else 'waiting' end`

const SELECT = `select t.id, t.kind, t.endpoint_id as "endpointId", e.url, t.message_id as "messageId",
            t.event_name as "eventName", t.subject_id as "subjectId", t.object_id as "objectId",
            t.object_version as "objectVersion", t.body, coalesce(t.owner_sequence, t.sequence) as sequence,
            ${STATE} as state, t.attempts, t.replays, t.last_status as "lastStatus", t.last_error as "lastError",
            t.created_at as "createdAt", t.delivered_at as "deliveredAt",
            case when ${STATE} = 'waiting' then t.due_at end as "nextTryAt"
       from webhook_deliveries t
       join webhook_endpoints e on e.shard = t.shard and e.id = t.endpoint_id
       left join webhook_health h on h.shard = t.shard and h.endpoint_id = t.endpoint_id`

/** The owner's deliveries, newest first. */
export const selectDeliveries = (
  db: Queryable,
  filter: DeliveryFilter & { readonly id?: string },
  page: PageRequest,
): Promise<Page<LoggedDelivery>> =>
  selectPage(db, {
    select: SELECT,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.owner_id = ?', filter.ownerId],
      ['t.id = ?', filter.id],
      ['t.kind = ?', filter.kind],
      ['t.endpoint_id = ?', filter.endpointId],
      ['t.subject_id = ?', filter.subjectId],
      ['t.object_id = ?', filter.objectId],
      ['t.event_name = ?', filter.eventName],
      [`${STATE} = ?`, filter.state],
      ['t.created_at >= ?', filter.from],
      ['t.created_at < ?', filter.to],
    ],
    page,
  })

/** All tries of these deliveries, newest first. */
export async function listTries(
  db: Queryable,
  deliveryIds: readonly string[],
): Promise<(Try & { readonly deliveryId: string })[]> {
  const { rows } = await db.query<Try & { readonly deliveryId: string }>(
    `select delivery_id as "deliveryId", at, status, response_body as "responseBody", error, duration_ms as "durationMs"
       from webhook_attempts
      where shard = $1 and delivery_id = any($2::uuid[])
      order by at desc, id desc`,
    [SHARD, deliveryIds],
  )
  return rows
}

/** The owner's deliveries of the kind behind a number, in the order of their numbers. */
export async function selectDeliveriesAfter(
  db: Queryable,
  { ownerId, kind, sequence, size }: Required<PullRequest>,
): Promise<LoggedDelivery[]> {
  const { rows } = await db.query<LoggedDelivery>(
    `${SELECT}
      where t.shard = $1 and t.owner_id = $2 and t.kind = $5 and t.owner_sequence > $3
      order by t.owner_sequence
      limit $4`,
    [SHARD, ownerId, sequence, size, kind],
  )
  return rows
}

/** The number of the owner's newest delivery of the kind; 0n when there is none. */
export async function selectLastSequence(
  db: Queryable,
  { ownerId, kind }: Pick<PullRequest, 'ownerId' | 'kind'>,
): Promise<bigint> {
  const { rows } = await db.query<{ sequence: bigint }>(
    `select sequence
       from delivery_streams
      where shard = $1 and owner_id = $2 and kind = $3`,
    [SHARD, ownerId, kind],
  )
  return rows[0]?.sequence ?? 0n
}
