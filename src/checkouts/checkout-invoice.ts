// The invoice beside a checkout: its number, its items and what they come to. Found by the merchant's number, which stands for one
// invoice for ever, so that two of the same number meet under its lock.
import { type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import type { ClaimState } from '../payments/claim-states.ts'
import type { InvoiceFigures, ItemFigures, ItemTerms } from './invoice.ts'

/** Amounts of a row's lists, where JSON would make floats of bigints: minor units as texts. */
type AsTexts<T> = { readonly [Name in keyof T]: T[Name] extends bigint ? string : T[Name] }

/** What is taken off, as it was given; the amount in minor units. */
export type KeptDiscount =
  | { readonly kind: 'amount'; readonly amount: string }
  | { readonly kind: 'percentage'; readonly percentage: string }

export interface KeptItem extends Omit<ItemTerms, 'discount'> {
  readonly discount?: KeptDiscount
  readonly figures: AsTexts<ItemFigures>
}

/** What was said of the whole; rates in percent. */
export interface KeptTerms {
  readonly taxRate?: string
  readonly discount?: KeptDiscount
  readonly shippingTaxRate?: string
  readonly shippingMethod?: string
}

export interface CheckoutInvoice extends InvoiceFigures {
  readonly merchantId: string
  readonly invoiceNumber: string
  readonly checkoutId: string
  /** YYYY-MM-DD. */
  readonly dueDate: string
  readonly companyName: string | null
  readonly items: readonly KeptItem[]
  readonly terms: KeptTerms
  readonly createdAt: Date
}

export const checkoutInvoiceShelf = tableShelf<CheckoutInvoice>({
  name: 'checkout_invoices',
  columns: {
    merchantId: 'uuid',
    invoiceNumber: 'text',
    checkoutId: 'uuid',
    dueDate: 'date',
    companyName: 'text',
    items: 'jsonb',
    terms: 'jsonb',
    subtotal: 'bigint',
    discount: 'bigint',
    totalExclTax: 'bigint',
    taxAmount: 'bigint',
    shippingExclTax: 'bigint',
    shippingInclTax: 'bigint',
    totalInclTax: 'bigint',
    createdAt: 'timestamptz',
  },
  key: ['merchantId', 'invoiceNumber'],
  mutable: ['companyName', 'items', 'terms'], // Only to forget them.
})

/** The key of a number of the merchant's. */
export const invoiceKey = ({ merchantId, invoiceNumber }: Pick<CheckoutInvoice, 'merchantId' | 'invoiceNumber'>) =>
  compositeKey(merchantId, invoiceNumber)

/** What a command that uses the number needs. */
export const needInvoice = (invoice: Pick<CheckoutInvoice, 'merchantId' | 'invoiceNumber'>): Need =>
  need(checkoutInvoiceShelf, invoiceKey(invoice))

/** The invoice without what it says about anybody: numbers, amounts and times stay. */
export const forgotten = (invoice: CheckoutInvoice): CheckoutInvoice => {
  const { shippingMethod: _, ...terms } = invoice.terms
  const items = invoice.items.map((item) => ({ ...item, sku: '', description: '' }))
  return { ...invoice, companyName: null, items, terms }
}

export type InvoiceStatus = 'sent' | 'paid' | 'overdue' | 'canceled'

const DAY_MS = 86_400_000

/**
 * How an invoice stands. What can no longer be paid by its link, or is promised in cash, is owed all the same; only what was called off is
 * not. It is due until the end of its day in UTC.
 */
export function invoiceStatus(dueDate: string, state: ClaimState, now: Date): InvoiceStatus {
  switch (state) {
    case 'paid':
    case 'authorized':
      return 'paid'
    case 'canceled':
    case 'deleted':
      return 'canceled'
    case 'created':
    case 'pending':
    case 'attempted':
    case 'cod':
    case 'failed':
    case 'expired':
    case 'invalided':
      return now.getTime() >= Date.parse(dueDate) + DAY_MS ? 'overdue' : 'sent'
  }
}
