// The SQL of what gateways tell us without being asked: kept once, tried until it is known what it is about.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { newId, SHARD } from '../ids.ts'

export interface NewNotification {
  readonly gatewayAccountId: string
  readonly eventId: string
  readonly operationId: string
  /** Of a refund: the charge that it refunds. */
  readonly chargeId: string | null
  readonly amount: bigint | null
  readonly currency: string | null
}

/** Keeps a notification; false when the same one was kept before. */
export async function insertNotification(db: Queryable, notification: NewNotification): Promise<boolean> {
  const { gatewayAccountId, eventId, operationId, chargeId, amount, currency } = notification
  const { rowCount } = await db.query(
    `insert into gateway_notifications (shard, id, gateway_account_id, event_id, operation_id, charge_id, amount, currency, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, ${BUSINESS_NOW})
         on conflict (shard, gateway_account_id, event_id) do nothing`,
    [SHARD, newId(), gatewayAccountId, eventId, operationId, chargeId, amount, currency],
  )
  return rowCount === 1
}

export interface WaitingNotification extends NewNotification {
  readonly id: string
  readonly receivedAt: Date
  /** Whether the operation is one of this account's. */
  readonly isKnown: boolean
  readonly ageMs: number
}

/** Notifications that were not applied yet, oldest first. */
export async function listWaitingNotifications(db: Queryable, limit: number): Promise<WaitingNotification[]> {
  const { rows } = await db.query<WaitingNotification>(
    `select n.id, n.gateway_account_id as "gatewayAccountId", n.event_id as "eventId", n.operation_id as "operationId",
            n.charge_id as "chargeId", n.amount, n.currency,
            n.received_at as "receivedAt", o.id is not null as "isKnown",
            (extract(epoch from ${BUSINESS_NOW} - n.received_at) * 1000)::float8 as "ageMs"
       from gateway_notifications n
       left join operations o
              on o.shard = n.shard and o.id = n.operation_id and o.gateway_account_id = n.gateway_account_id
      where n.shard = $1 and n.state = 'waiting'
      order by n.received_at
      limit $2`,
    [SHARD, limit],
  )
  return rows
}

/** The notification has been dealt with. */
export async function markNotification(db: Queryable, id: string, state: 'applied' | 'orphaned'): Promise<void> {
  await db.query(
    `update gateway_notifications
        set state = $3
      where shard = $1 and id = $2`,
    [SHARD, id, state],
  )
}
