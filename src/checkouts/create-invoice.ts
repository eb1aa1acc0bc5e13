// Makes an invoice: a checkout with an invoice beside it, in one commit.
import { AppError } from '../errors.ts'
import { requireAccounts } from './accounts.ts'
import type { CheckoutView } from './checkout.ts'
import {
  type CheckoutInvoice,
  checkoutInvoiceShelf,
  invoiceKey,
  type KeptDiscount,
  type KeptItem,
  needInvoice,
} from './checkout-invoice.ts'
import { type CreateCheckoutRequest, type CreateDeps, createCheckout } from './create.ts'
import type { Discount, InvoiceFigures, ItemFigures, ItemTerms } from './invoice.ts'

/** An invoice with its figures, as the merchant gave it. */
export interface InvoiceDraft {
  readonly invoiceNumber: string
  /** YYYY-MM-DD. */
  readonly dueDate: string
  readonly companyName?: string
  readonly items: readonly (ItemTerms & { readonly figures: ItemFigures })[]
  readonly taxRate?: string
  readonly discount?: Discount
  readonly shippingTaxRate?: string
  readonly shippingMethod?: string
  readonly figures: InvoiceFigures
}

/**
 * The checkout is there, in state `created`, and so is its invoice; the amount of its terms must be that of the figures. Throws
 * `invalid_request` naming the field: a number that was used before, and an account that only reserves money, are refused.
 */
export async function createInvoice(
  deps: CreateDeps,
  request: CreateCheckoutRequest,
  draft: InvoiceDraft,
): Promise<CheckoutView> {
  const { merchantId, terms, note } = request
  const reserving = (await requireAccounts(deps, merchantId, terms)).find(({ mode }) => mode !== 'purchase')
  if (reserving) throw refuse('pg_codes', `The payment gateway ${reserving.code} does not support invoices.`)
  const { invoiceNumber } = draft
  return createCheckout(deps, {
    ...request,
    note: {
      needs: [needInvoice({ merchantId, invoiceNumber }), ...(note?.needs ?? [])],
      write: (books, checkout) => {
        const { id: checkoutId, createdAt } = checkout
        if (books.find(checkoutInvoiceShelf, invoiceKey({ merchantId, invoiceNumber })))
          throw refuse('invoice_number', 'An invoice with this invoice_number already exists.')
        books.put(checkoutInvoiceShelf, { ...rowOf(draft), merchantId, checkoutId, createdAt })
        note?.write(books, checkout)
      },
    },
  })
}

const refuse = (field: string, message: string): AppError => new AppError('invalid_request', { field, message })

function rowOf(draft: InvoiceDraft): Omit<CheckoutInvoice, 'merchantId' | 'checkoutId' | 'createdAt'> {
  const { invoiceNumber, dueDate, companyName = null, items, figures, discount, ...terms } = draft
  return {
    ...{ invoiceNumber, dueDate, companyName, items: items.map(keptItem), ...figures },
    terms: { ...terms, ...keptDiscount(discount) },
  }
}

function keptItem({ discount, figures, ...item }: InvoiceDraft['items'][number]): KeptItem {
  const { price, totalExclTax, taxAmount, totalInclTax } = figures
  return {
    ...{ ...item, ...keptDiscount(discount) },
    figures: {
      ...{ price: String(price), discount: String(figures.discount), totalExclTax: String(totalExclTax) },
      ...{ taxAmount: String(taxAmount), totalInclTax: String(totalInclTax) },
    },
  }
}

const keptDiscount = (discount: Discount | undefined): { readonly discount?: KeptDiscount } =>
  discount ? { discount: discount.kind === 'amount' ? { ...discount, amount: String(discount.amount) } : discount } : {}
