// The SQL of orders: how one stands, and lists for merchants.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type Order, orderShelf } from './order.ts'

const ORDER = orderShelf.selectList

/** The merchant's order with this number. */
export async function findOrderByNumber(db: Queryable, merchantId: string, number: bigint): Promise<Order | undefined> {
  const { rows } = await db.query<Order>(
    `select ${ORDER}
       from orders
      where shard = $1 and merchant_id = $2 and number = $3`,
    [SHARD, merchantId, number],
  )
  return rows[0]
}

/** The merchant's order with this id of its own. */
export async function findOrderByName(
  db: Queryable,
  merchantId: string,
  merchantTransactionId: string,
): Promise<Order | undefined> {
  const { rows } = await db.query<Order>(
    `select ${ORDER}
       from orders
      where shard = $1 and merchant_id = $2 and merchant_transaction_id = $3`,
    [SHARD, merchantId, merchantTransactionId],
  )
  return rows[0]
}

/** The order of a payment. */
export async function findOrderOfPayment(db: Queryable, paymentId: string): Promise<Order | undefined> {
  const { rows } = await db.query<Order>(
    `select ${ORDER}
       from orders
      where shard = $1 and payment_id = $2`,
    [SHARD, paymentId],
  )
  return rows[0]
}

export interface OrderFilter {
  readonly merchantId: string
  /** Inclusive; absent: from the beginning. */
  readonly from?: Date | undefined
  /** Exclusive; absent: to the end. */
  readonly to?: Date | undefined
  readonly limit: number
  readonly offset: number
}

/** The merchant's orders, newest first. */
export async function listOrders(db: Queryable, filter: OrderFilter): Promise<Order[]> {
  const { merchantId, from, to, limit, offset } = filter
  const { rows } = await db.query<Order>(
    `select ${ORDER}
       from orders
      where shard = $1 and merchant_id = $2
        and ($3::timestamptz is null or created_at >= $3) and ($4::timestamptz is null or created_at < $4)
      order by created_at desc, number desc
      limit $5 offset $6`,
    [SHARD, merchantId, from ?? null, to ?? null, limit, offset],
  )
  return rows
}
