// Finds invoices, each with the state that its claim and the clock give it: for its merchant, and for whoever has its link.
import { timingSafeEqual } from 'node:crypto'
import type { Page, PageRequest } from '../db/keyset.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type InvoiceView, invoiceIdOf, viewOf } from './invoice.ts'
import { digestOfLetters, lettersOf } from './link.ts'
import {
  findInvoiceByDigest,
  findInvoiceById,
  findInvoiceByNumber,
  type InvoiceRow,
  listInvoiceRows,
} from './queries.ts'

/** What the verbs of invoices are given. */
export type InvoiceDeps = Pick<Deps, 'lane' | 'pool' | 'codes' | 'settings'>

/** How a merchant names one of its invoices: by its own name for it, by our number, or by both. */
export interface InvoiceRef {
  readonly merchantInvoiceId?: string
  readonly number?: bigint
}

/** The merchant's invoice. Throws `invalid_request` without a name, and when two names are of two invoices. */
export async function findInvoice(
  deps: Pick<Deps, 'pool'>,
  merchantId: string,
  ref: InvoiceRef,
): Promise<InvoiceView | undefined> {
  const row = await findRow(deps, merchantId, ref)
  return row && view(row)
}

/** The merchant's invoice. Throws `invoice_not_found`. */
export async function getInvoice(deps: Pick<Deps, 'pool'>, merchantId: string, ref: InvoiceRef): Promise<InvoiceView> {
  const invoice = await findInvoice(deps, merchantId, ref)
  if (!invoice) throw notFound(ref)
  return invoice
}

/** The id of the merchant's invoice, which never changes. Throws `invoice_not_found`. */
export async function getInvoiceId(deps: Pick<Deps, 'pool'>, merchantId: string, ref: InvoiceRef): Promise<string> {
  const row = await findRow(deps, merchantId, ref)
  if (!row) throw notFound(ref)
  return row.id
}

/** The merchant's invoices, newest first. */
export async function listInvoices(
  deps: Pick<Deps, 'pool'>,
  merchantId: string,
  page: PageRequest,
): Promise<Page<InvoiceView>> {
  const found = await listInvoiceRows(deps.pool, merchantId, page)
  return { ...found, rows: found.rows.map(view) }
}

/** The invoice that a link opens; undefined when its letters open nothing, any more or at all, or something else. */
export async function findInvoiceByLink(
  deps: Pick<Deps, 'pool' | 'codes'>,
  { number, letters }: { readonly number: string; readonly letters: string },
): Promise<InvoiceView | undefined> {
  if (!/^[A-Za-z]{16}$/.test(letters)) return undefined
  const row = await findInvoiceByDigest(deps.pool, digestOfLetters(deps.codes, letters))
  if (!row || String(row.number) !== number) return undefined
  const isRight = timingSafeEqual(Buffer.from(lettersOf(deps.codes, row.linkId)), Buffer.from(letters))
  return isRight ? view(row) : undefined
}

async function findRow(
  { pool }: Pick<Deps, 'pool'>,
  merchantId: string,
  { merchantInvoiceId, number }: InvoiceRef,
): Promise<InvoiceRow | undefined> {
  if (merchantInvoiceId === undefined && number === undefined)
    throw new AppError('invalid_request', { field: 'merchantInvoiceId', message: 'merchantInvoiceId is required' })
  if (merchantInvoiceId === undefined) return findInvoiceByNumber(pool, merchantId, number ?? 0n)
  const row = await findInvoiceById(pool, invoiceIdOf(merchantId, merchantInvoiceId))
  if (row && number !== undefined && row.number !== number)
    throw new AppError('invalid_request', {
      field: 'invoiceId',
      message: 'invoiceId and merchantInvoiceId are of two invoices',
    })
  return row
}

const notFound = ({ merchantInvoiceId }: InvoiceRef): AppError =>
  new AppError('invoice_not_found', { field: merchantInvoiceId === undefined ? 'invoiceId' : 'merchantInvoiceId' })

const view = ({ isOver, heldBy, paidBy, ...terms }: InvoiceRow): InvoiceView =>
  viewOf(terms, { heldBy, paidBy }, isOver)
