// What is read of invoices outside the lane. Whether one is over is asked of the database, which has the business time.
import { BUSINESS_NOW } from '../db/business-now.ts'
import { type Page, type PageRequest, selectPage } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { InvoiceTerms, Payers } from './invoice.ts'

export interface InvoiceRow extends InvoiceTerms, Payers {
  readonly isOver: boolean
}

const SELECT = `select t.id, t.merchant_id as "merchantId", t.merchant_invoice_id as "merchantInvoiceId", t.number,
         t.currency, t.amount, t.description, t.customer_name as "customerName", t.customer_email as "customerEmail",
         t.customer_phone as "customerPhone", t.redirect_url as "redirectUrl", t.notification_url as "notificationUrl",
         t.terminal_id as "terminalId", t.life_hours as "lifeHours", t.link_id as "linkId", t.mailed_at as "mailedAt",
         t.expires_at as "expiresAt", t.cancelled_at as "cancelledAt", t.created_at as "createdAt",
         c.held_by as "heldBy", c.paid_by as "paidBy",
         t.expires_at <= date_trunc('milliseconds', ${BUSINESS_NOW}) as "isOver"
    from invoices t
    left join claims c on c.shard = t.shard and c.id = t.id`

/** The merchant's invoice with our number for it. */
export async function findInvoiceByNumber(
  db: Queryable,
  merchantId: string,
  number: bigint,
): Promise<InvoiceRow | undefined> {
  const { rows } = await db.query<InvoiceRow>(`${SELECT} where t.shard = $1 and t.merchant_id = $2 and t.number = $3`, [
    SHARD,
    merchantId,
    number,
  ])
  return rows[0]
}

/** The invoice with this id. */
export async function findInvoiceById(db: Queryable, id: string): Promise<InvoiceRow | undefined> {
  const { rows } = await db.query<InvoiceRow>(`${SELECT} where t.shard = $1 and t.id = $2`, [SHARD, id])
  return rows[0]
}

/** The invoice that the link with this digest opens. */
export async function findInvoiceByDigest(db: Queryable, digest: Buffer): Promise<InvoiceRow | undefined> {
  const { rows } = await db.query<InvoiceRow>(`${SELECT} where t.shard = $1 and t.link_digest = $2`, [SHARD, digest])
  return rows[0]
}

/** The merchant's invoices, newest first. */
export const listInvoiceRows = (db: Queryable, merchantId: string, page: PageRequest): Promise<Page<InvoiceRow>> =>
  selectPage<InvoiceRow>(db, {
    select: SELECT,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.merchant_id = ?', merchantId],
    ],
    page,
  })
