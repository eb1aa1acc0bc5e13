// What is read of invoices outside the lane.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type CheckoutInvoice, checkoutInvoiceShelf } from './checkout-invoice.ts'

/** The invoice beside a checkout; undefined when it is not one. */
export async function findInvoice(db: Queryable, checkoutId: string): Promise<CheckoutInvoice | undefined> {
  const { rows } = await db.query<CheckoutInvoice>(
    `select ${checkoutInvoiceShelf.selectList}
       from checkout_invoices
      where shard = $1 and checkout_id = $2`,
    [SHARD, checkoutId],
  )
  return rows[0]
}
