// The SQL of orders: how one stands, and lists for merchants.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { PaymentState } from '../payments/states.ts'
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

/** Which payments a list is to show; what is absent does not matter. */
export interface StandingFilter {
  readonly direction?: 'charge' | 'payout'
  readonly states?: readonly PaymentState[]
  /** Whether the payer is at 3-D Secure. */
  readonly isRedirected?: boolean
  readonly refund?: 'none' | 'open' | 'done'
  /** Whether a voided one was not reversed but ran out. */
  readonly hasExpired?: boolean
}

export interface OrderFilter extends StandingFilter {
  readonly merchantId: string
  /** Inclusive; absent: from the beginning. */
  readonly from?: Date
  /** Exclusive; absent: to the end. */
  readonly to?: Date
  readonly limit: number
  readonly offset: number
}

const IS_REDIRECTED = `exists (select from operations o where o.shard = p.shard and o.payment_id = p.id and o.state = 'redirected')`
const WAS_RELEASED = `exists (select from operations o
                                  where o.shard = p.shard and o.payment_id = p.id and o.kind = 'void' and o.state = 'approved'
                                    and o.reason = 'released')`

// As payments are shown: an authorization whose time is over is voided, whether or not a job has noticed.
const STATE_BY_THE_CLOCK = `case when p.state in ('authorized', 'voiding') and p.expires_at <= ${BUSINESS_NOW}
                    then 'voided' else p.state end`

/** The merchant's orders, newest first. */
export async function listOrders(db: Queryable, filter: OrderFilter): Promise<Order[]> {
  const { merchantId, from, to, direction, states, isRedirected, refund, hasExpired, limit, offset } = filter
  const { rows } = await db.query<Order>(
    `select ${ORDER}
       from orders
      where shard = $1 and merchant_id = $2
        and ($3::timestamptz is null or created_at >= $3) and ($4::timestamptz is null or created_at < $4)
        and (num_nonnulls($5::text, $6::text[], $7::boolean, $8::text, $9::boolean) = 0 or exists (
            select
              from payments p
             where p.shard = orders.shard and p.id = orders.payment_id
               and ($5::text is null or p.direction = $5)
               and ($6::text[] is null or ${STATE_BY_THE_CLOCK} = any($6))
               and ($7::boolean is null or ${IS_REDIRECTED} = $7)
               and ($8::text is null
                    or $8 = case when p.refund_reserved > 0 then 'open' when p.refunded > 0 then 'done' else 'none' end)
               and ($9::boolean is null or (not ${WAS_RELEASED}) = $9)))
      order by created_at desc, number desc
      limit $10 offset $11`,
    [
      ...[SHARD, merchantId, from ?? null, to ?? null, direction ?? null, states ?? null],
      ...[isRedirected ?? null, refund ?? null, hasExpired ?? null, limit, offset],
    ],
  )
  return rows
}

/** What is known of payments beside their rows: whether a voided one ran out, and the token of a card kept with it. */
export interface Extra {
  readonly paymentId: string
  readonly wasReleased: boolean
  readonly token: string | null
}

/** The extras of these payments. */
export async function listExtras(db: Queryable, paymentIds: readonly string[]): Promise<Extra[]> {
  const { rows } = await db.query<Extra>(
    `select p.id as "paymentId", ${WAS_RELEASED} as "wasReleased",
            (select r.token
               from registrations r
              where r.shard = p.shard and r.payment_id = p.id and not r.is_hidden and r.deleted_at is null
                and p.state in ('authorized', 'capturing', 'voiding', 'captured', 'voided', 'refunded')) as token
       from payments p
      where p.shard = $1 and p.id = any($2)`,
    [SHARD, paymentIds],
  )
  return rows
}

/** The number of the order that paid an obligation. */
export async function findPayingOrder(db: Queryable, claimId: string): Promise<bigint | undefined> {
  const { rows } = await db.query<{ number: bigint }>(
    `select o.number
       from claims c
       join orders o on o.shard = c.shard and o.payment_id = c.paid_by
      where c.shard = $1 and c.id = $2`,
    [SHARD, claimId],
  )
  return rows[0]?.number
}
