// What the jobs of payments look for: operations to ask about, payments to give back.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** Operations whose gateway is to be asked now, those that wait longest first. */
export async function listDueOperations(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id
       from operations
      where shard = $1 and next_look_at <= ${BUSINESS_NOW}
      order by next_look_at
      limit $2`,
    [SHARD, limit],
  )
  return rows.map(({ id }) => id)
}

/** Puts the next inquiry off by a minute: it could not be made, and others wait. */
export async function postponeLook(db: Queryable, operationId: string): Promise<void> {
  await db.query(
    `update operations
        set next_look_at = ${BUSINESS_NOW} + interval '1 minute'
      where shard = $1 and id = $2 and next_look_at is not null`,
    [SHARD, operationId],
  )
}

/** The operation that is known to have a gateway's id, if there is one. */
export async function findReferenceHolder(
  db: Queryable,
  gatewayAccountId: string,
  gatewayReference: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ operationId: string }>(
    `select operation_id as "operationId"
       from gateway_references
      where shard = $1 and gateway_account_id = $2 and gateway_reference = $3`,
    [SHARD, gatewayAccountId, gatewayReference],
  )
  return rows[0]?.operationId
}

/**
 * Payments that succeeded although what they pay had been paid by another one: to be sent back, or back already and the case still
 * open. What a gateway has refused to send back, or the merchant has sent back in part, is a person's.
 */
export async function listSurplusPayments(db: Queryable, limit: number): Promise<{ id: string; merchantId: string }[]> {
  const { rows } = await db.query<{ id: string; merchantId: string }>(
    `select p.id, p.merchant_id as "merchantId"
       from cases c
       join payments p on p.shard = c.shard and p.id = c.payment_id
      where c.shard = $1 and c.kind = 'surplus' and c.closed_at is null
        and (p.gateway_account_id is null or p.currency = p.payer_currency) -- an exchange is a person's
        and (p.state in ('voided', 'refunded')
             or (p.state in ('captured', 'authorized') and p.refund_reserved = 0 and p.refunded = 0 and p.paid_out = 0
                 and not exists (select from operations o
                                  where o.shard = p.shard and o.payment_id = p.id and o.kind in ('refund', 'void')
                                    and (o.state = 'declined' or o.created_at > ${BUSINESS_NOW} - interval '15 minutes'))))
      order by c.opened_at
      limit $2`,
    [SHARD, limit],
  )
  return rows
}
