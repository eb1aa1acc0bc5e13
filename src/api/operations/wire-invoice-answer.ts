// An invoice as it is answered: what was said of it, what it comes to, and how it stands. Its numbers are JSON numbers.
import type { CheckoutView } from '../../checkouts/checkout.ts'
import {
  type CheckoutInvoice,
  invoiceStatus,
  type KeptDiscount,
  type KeptItem,
} from '../../checkouts/checkout-invoice.ts'
import { invoicePdfUrl } from '../../checkouts/link.ts'
import { toJsonNumber } from '../../http/json.ts'
import { withoutEmpty } from './shown.ts'

export interface ShownInvoice {
  readonly invoice: CheckoutInvoice
  readonly checkout: CheckoutView
  readonly sessionId: string
  /** Without a trailing slash. */
  readonly baseUrl: string
  /** Business time. */
  readonly now: Date
}

/** What an invoice adds to the answer about its checkout. */
export function invoiceBody({ invoice, checkout, sessionId, baseUrl, now }: ShownInvoice): Record<string, unknown> {
  const { currency } = checkout
  const number = (amount: bigint): number => toJsonNumber({ amount, currency })
  const { terms, shippingExclTax } = invoice
  return withoutEmpty({
    ...discountFields(terms.discount, currency),
    company_name: invoice.companyName,
    due_date: invoice.dueDate,
    invoice_id: sessionId,
    invoice_items: invoice.items.map((item) => itemBody(item, currency)),
    invoice_number: invoice.invoiceNumber,
    invoice_pdf_url: invoicePdfUrl(baseUrl, sessionId),
    shipping_excl_tax: shippingExclTax > 0n ? number(shippingExclTax) : undefined,
    shipping_incl_tax: number(invoice.shippingInclTax),
    shipping_method: terms.shippingMethod,
    shipping_tax_rate: given(terms.shippingTaxRate),
    status: invoiceStatus(invoice.dueDate, checkout.state, now),
    subtotal: number(invoice.subtotal),
    tax_amount: number(invoice.taxAmount),
    tax_rate: given(terms.taxRate),
    total_excl_tax: number(invoice.totalExclTax),
    total_incl_tax: number(invoice.totalInclTax),
  })
}

function itemBody({ figures, ...item }: KeptItem, currency: string): object {
  const number = (amount: string): number => toJsonNumber({ amount: BigInt(amount), currency })
  return withoutEmpty({
    sku: item.sku,
    description: item.description,
    quantity: given(item.quantity),
    unit_price: given(item.unitPrice),
    ...discountFields(item.discount, currency),
    tax_rate: given(item.taxRate),
    total_excl_tax: number(figures.totalExclTax),
    tax_amount: number(figures.taxAmount),
    total_incl_tax: number(figures.totalInclTax),
  })
}

// What was read has no more digits than a double holds.
const given = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

function discountFields(discount: KeptDiscount | undefined, currency: string): Record<string, unknown> {
  switch (discount?.kind) {
    case 'amount':
      return { discount_amount: toJsonNumber({ amount: BigInt(discount.amount), currency }) }
    case 'percentage':
      return { discount_percentage: given(discount.percentage) }
    case undefined:
      return {}
  }
}
