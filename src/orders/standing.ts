// How orders stand: the order, its payment by the clock, and the operation that was to get it paid.
import type { Queryable } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Operation } from '../payments/operation.ts'
import type { Payment } from '../payments/payment.ts'
import { listPaymentSteps } from '../payments/queries.ts'
import type { Order } from './order.ts'
import {
  findOrderByName,
  findOrderByNumber,
  findOrderOfPayment,
  listExtras,
  listOrders,
  type OrderFilter,
} from './queries.ts'

export interface Standing {
  readonly order: Order
  readonly payment: Payment
  readonly operation: Operation
  /** Whether a voided payment was not reversed but ran out. */
  readonly hasExpired: boolean
  /** The token of a card that was kept with it. */
  readonly token: string | undefined
}

/** How a merchant names one of its orders: by our number, or by its own id for it. */
export type OrderName = { readonly number: bigint } | { readonly merchantTransactionId: string }

/** The merchant's order. Throws `order_not_found`, also for another merchant's. */
export async function getStanding(db: Queryable, merchantId: string, name: OrderName): Promise<Standing> {
  const order =
    'number' in name
      ? await findOrderByNumber(db, merchantId, name.number)
      : await findOrderByName(db, merchantId, name.merchantTransactionId)
  const [standing] = order ? await standingsOf(db, [order]) : []
  if (!standing)
    throw new AppError('order_not_found', { field: 'number' in name ? 'paymentId' : 'merchantTransactionId' })
  return standing
}

/** The order of a payment; undefined for a payment that is none of this kind. */
export async function findStandingOfPayment(db: Queryable, paymentId: string): Promise<Standing | undefined> {
  const order = await findOrderOfPayment(db, paymentId)
  return order && (await standingsOf(db, [order]))[0]
}

/** The merchant's orders, newest first. */
export const listStandings = async (db: Queryable, filter: OrderFilter): Promise<Standing[]> =>
  standingsOf(db, await listOrders(db, filter))

async function standingsOf(db: Queryable, orders: readonly Order[]): Promise<Standing[]> {
  const ids = orders.map(({ paymentId }) => paymentId)
  const [steps, extras] = [await listPaymentSteps(db, ids), await listExtras(db, ids)]
  const extraOf = new Map(extras.map((extra) => [extra.paymentId, extra]))
  return orders.map((order) => {
    const step = steps.get(order.paymentId)
    const extra = extraOf.get(order.paymentId)
    if (!step || !extra) throw new Error(`order ${order.number} has no payment`)
    const hasExpired = step.payment.state === 'voided' && !extra.wasReleased
    return { order, ...step, hasExpired, token: extra.token ?? undefined }
  })
}
