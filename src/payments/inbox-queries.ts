// What the unknown inbox shows.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { CASE_KINDS, type CaseKind } from './case.ts'
import type { Operation } from './operation.ts'

/** An operation that waits for the truth, or for a person. */
export interface InboxItem {
  readonly operationId: string
  readonly paymentId: string
  readonly merchantName: string
  /** By which names the merchant knows the payment; null for one that was not ordered by a name. */
  readonly merchantTransactionId: string | null
  readonly orderNumber: string | null
  readonly gatewayAccount: string | null
  readonly kind: Operation['kind']
  readonly state: Operation['state']
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
  readonly looks: number
  readonly doubt: Operation['doubt']
  readonly createdAt: Date
  /** When the gateway is asked next; null when it is a person's turn. */
  readonly nextLookAt: Date | null
  readonly caseKind: CaseKind | null
  readonly summary: string | null
}

/** What is not known yet and what has an open case, oldest first. */
export async function listInbox(db: Queryable, limit: number): Promise<InboxItem[]> {
  const { rows } = await db.query<InboxItem>(
    `select o.id as "operationId", o.payment_id as "paymentId", m.name as "merchantName",
            d.merchant_transaction_id as "merchantTransactionId", d.number::text as "orderNumber", g.code as "gatewayAccount",
            o.kind, o.state, o.amount, o.currency, o.looks, o.doubt, o.created_at as "createdAt",
            o.next_look_at as "nextLookAt", c.kind as "caseKind", c.summary
       from operations o
       join merchants m on m.shard = o.shard and m.id = o.merchant_id
       left join orders d on d.shard = o.shard and d.payment_id = o.payment_id
       left join gateway_accounts g on g.shard = o.shard and g.id = o.gateway_account_id
       left join cases c on c.shard = o.shard and c.operation_id = o.id and c.closed_at is null
      where o.shard = $1
        and (o.id in (select id from operations where shard = $1 and next_look_at is not null and state in ('unknown', 'pending'))
             or o.id in (select operation_id from cases where shard = $1 and closed_at is null))
      order by o.created_at
      limit $2`,
    [SHARD, limit],
  )
  return rows
}

/** How many operations are not known yet (`waiting`), and how many cases of each kind are open. */
export async function countInbox(db: Queryable): Promise<{ readonly kind: string; readonly count: number }[]> {
  const { rows } = await db.query<{ kind: string; count: number }>(
    `select 'waiting' as kind, count(*)::integer as count
       from operations
      where shard = $1 and next_look_at is not null and state in ('unknown', 'pending')
      union all
     select k.kind, count(c.id)::integer
       from unnest($2::text[]) as k (kind)
       left join cases c on c.shard = $1 and c.kind = k.kind and c.closed_at is null
      group by k.kind`,
    [SHARD, CASE_KINDS],
  )
  return rows
}
