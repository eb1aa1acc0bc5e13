// What is read of checkouts outside the lane: by id, by the merchant's own number, what was tried and what followed.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { type EventCursor, findEndUnless } from '../events/queries.ts'
import { SHARD } from '../ids.ts'
import { type Operation, operationShelf } from '../payments/operation.ts'
import { type CheckoutAttempt, type CheckoutView, checkoutAttemptShelf, checkoutShelf } from './checkout.ts'
import { type ChildRow, childShelf } from './child.ts'

const CHECKOUT = checkoutShelf.selectList.replaceAll(/(\w+) as "/g, 'c.$1 as "')
const VIEW = `${CHECKOUT}, k.state, k.held_by as "heldBy", k.paid_by as "paidBy"
       from checkouts c
       join claims k on k.shard = c.shard and k.id = c.id`

/** The checkout with this id, whoever's and in whatever state it is. */
export async function findCheckoutById(db: Queryable, id: string): Promise<CheckoutView | undefined> {
  const { rows } = await db.query<CheckoutView>(`select ${VIEW} where c.shard = $1 and c.id = $2`, [SHARD, id])
  return rows[0]
}

/** The checkouts among these ids, whoever's and in whatever state they are. */
export async function listCheckouts(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, CheckoutView>> {
  const { rows } = await db.query<CheckoutView>(`select ${VIEW} where c.shard = $1 and c.id = any($2)`, [SHARD, ids])
  return new Map(rows.map((row) => [row.id, row]))
}

/** The newest event, when there is no checkout whose customer could be told. */
export const findUntoldEnd = (db: Queryable): Promise<EventCursor | undefined> =>
  findEndUnless(db, 'exists (select from checkouts c where c.shard = $1)')

/** The merchant's checkout, unless it was deleted. */
export async function findCheckout(db: Queryable, merchantId: string, id: string): Promise<CheckoutView | undefined> {
  const checkout = await findCheckoutById(db, id)
  return checkout?.merchantId === merchantId && checkout.deletedAt === null ? checkout : undefined
}

/** The merchant's newest checkout under this number of its own, unless it was deleted. */
export async function findCheckoutByOrderNo(
  db: Queryable,
  merchantId: string,
  orderNo: string,
): Promise<CheckoutView | undefined> {
  const { rows } = await db.query<CheckoutView>(
    `select ${VIEW}
      where c.shard = $1 and c.merchant_id = $2 and c.order_no = $3 and c.deleted_at is null
      order by c.id desc
      limit 1`,
    [SHARD, merchantId, orderNo],
  )
  return rows[0]
}

/** Checkouts that nobody has looked at since their time was over. */
export async function listOverdueCheckouts(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id
       from checkouts c
      where shard = $1 and expiry_due_at <= ${BUSINESS_NOW}
        and not exists (select from merchant_settings s
                         where s.shard = c.shard and s.merchant_id = c.merchant_id and not s.expires_by_itself)
      order by expiry_due_at
      limit $2`,
    [SHARD, limit],
  )
  return rows.map(({ id }) => id)
}

/** What was tried to pay a checkout, newest first. */
export async function listAttempts(db: Queryable, checkoutId: string): Promise<CheckoutAttempt[]> {
  const { rows } = await db.query<CheckoutAttempt>(
    `select ${checkoutAttemptShelf.selectList}
       from checkout_attempts
      where shard = $1 and checkout_id = $2
      order by payment_id desc`,
    [SHARD, checkoutId],
  )
  return rows
}

/** The try to pay a checkout that this payment was; undefined for any other payment. */
export async function findAttemptOfPayment(db: Queryable, paymentId: string): Promise<CheckoutAttempt | undefined> {
  const { rows } = await db.query<CheckoutAttempt>(
    `select ${checkoutAttemptShelf.selectList}
       from checkout_attempts
      where shard = $1 and payment_id = $2`,
    [SHARD, paymentId],
  )
  return rows[0]
}

/** The try that this filled-in form was. */
export async function findAttemptOfTry(
  db: Queryable,
  checkoutId: string,
  tryId: string,
): Promise<CheckoutAttempt | undefined> {
  const { rows } = await db.query<CheckoutAttempt>(
    `select ${checkoutAttemptShelf.selectList}
       from checkout_attempts
      where shard = $1 and checkout_id = $2 and try_id = $3`,
    [SHARD, checkoutId, tryId],
  )
  return rows[0]
}

/** What was said with operations on a payment or checkout. */
export async function listChildRows(db: Queryable, operationIds: readonly string[]): Promise<Map<string, ChildRow>> {
  const { rows } = await db.query<ChildRow>(
    `select ${childShelf.selectList}
       from child_transactions
      where shard = $1 and operation_id = any($2)`,
    [SHARD, operationIds],
  )
  return new Map(rows.map((row) => [row.operationId, row]))
}

/** The operation that a Tracking-Key of the merchant stands for, or stood for. */
export async function findTracked(db: Queryable, merchantId: string, key: string): Promise<Operation | undefined> {
  const { rows } = await db.query<Operation>(
    `select ${operationShelf.selectList}
       from operations
      where shard = $1
        and id = (select operation_id from tracking_keys where shard = $1 and merchant_id = $2 and key = $3)`,
    [SHARD, merchantId, key],
  )
  return rows[0]
}

/** What gateways answered last about these operations, as it was kept: without card numbers and credentials. */
export async function listResponses(db: Queryable, operationIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ operationId: string; response: string }>(
    `select distinct on (operation_id) operation_id as "operationId", response
       from gateway_exchanges
      where shard = $1 and operation_id = any($2) and response is not null
      order by operation_id, at desc, id desc`,
    [SHARD, operationIds],
  )
  return new Map(rows.map(({ operationId, response }) => [operationId, response]))
}

/** The codes by which this customer of the merchant has paid before. */
export async function listUsedCodes(db: Queryable, merchantId: string, customerId: string): Promise<string[]> {
  const { rows } = await db.query<{ pgCode: string }>(
    `select distinct a.pg_code as "pgCode"
       from checkouts c
       join claims k on k.shard = c.shard and k.id = c.id
       join checkout_attempts a on a.shard = k.shard and a.payment_id = k.paid_by
      where c.shard = $1 and c.merchant_id = $2 and c.customer_id = $3 and c.deleted_at is null
      order by a.pg_code`,
    [SHARD, merchantId, customerId],
  )
  return rows.map(({ pgCode }) => pgCode)
}
