// An invoice as it is asked for: its fields beside those of its checkout, and the figures that a caller may send to have them compared.
import type { PaymentType } from '../../checkouts/checkout.ts'
import type { InvoiceDraft } from '../../checkouts/create-invoice.ts'
import { billInvoice, billItem, type Discount, type ItemFigures, type ItemTerms } from '../../checkouts/invoice.ts'
import { AppError } from '../../errors.ts'
import { decimalsOf, type Money, parseDecimal } from '../../money.ts'
import type { Body } from './body.ts'
import { REQUIRED, Reader } from './reader.ts'
import { amountText, withoutEmpty } from './shown.ts'
import { parseDate } from './times.ts'
import { type CreateBody, readPriced } from './wire-checkout.ts'

export interface InvoiceBody extends CreateBody {
  readonly draft: InvoiceDraft
}

const TEXT_MAX = 255
const COMPANY_MAX = 64
const ITEMS_MAX = 100
const QUANTITY = { decimals: 6, required: true } as const
const RATE = { decimals: 2, max: 999n } as const
const SHARE = { decimals: 2, max: 100n } as const

const DAY_MS = 86_400_000
const AFTER_DUE_MS = 30 * DAY_MS // Who pays late shall still be able to.

/**
 * Reads a request that makes an invoice. It can be paid until thirty days after it is due unless told. Throws `invalid_request` with
 * everything that is wrong.
 */
export function readInvoice(body: Body, now: Date): InvoiceBody {
  const reader = new Reader(body)
  const { price, ...create } = readPriced(reader, (currency, paymentType) => readPrice(reader, currency, paymentType))
  const { draft } = price
  const dueAt = new Date(draft.dueDate)
  const untilDueMs = dueAt.getTime() - now.getTime() + AFTER_DUE_MS
  const lifeMs = reader.has('expiration_time') ? create.terms.lifeMs : Math.max(DAY_MS, untilDueMs)
  return { ...create, terms: { ...create.terms, dueAt: create.terms.dueAt ?? dueAt, lifeMs }, draft }
}

type PricedDraft = Money & { readonly draft: InvoiceDraft }

function readPrice(reader: Reader, currency: string | undefined, paymentType: PaymentType): PricedDraft | undefined {
  if (paymentType === 'save_card') reader.refuse('payment_type', 'An invoice is paid: it cannot be for saving a card.')
  const head = readHead(reader)
  if (currency === undefined) {
    if (!reader.has('invoice_items')) reader.refuse('invoice_items', REQUIRED)
    return undefined
  }
  const items = readItems(reader, currency)
  const terms = {
    taxRate: reader.decimal('tax_rate', RATE),
    discount: readDiscount(reader, currency),
    shippingExclTax: reader.minor('shipping_excl_tax', currency),
    shippingTaxRate: reader.decimal('shipping_tax_rate', RATE),
  }
  if (!head || !items?.every((item) => item !== undefined) || reader.problems()) return undefined
  const { shippingExclTax, ...told } = terms
  const figures = compute(reader, () =>
    billInvoice(
      { ...(withoutEmpty(terms) as object), currency },
      items.map((item) => item.figures),
    ),
  )
  if (!figures) return undefined
  compare(reader, currency, {
    ...{ subtotal: figures.subtotal, total_excl_tax: figures.totalExclTax, tax_amount: figures.taxAmount },
    ...{
      shipping_incl_tax: figures.shippingInclTax,
      total_incl_tax: figures.totalInclTax,
      amount: figures.totalInclTax,
    },
  })
  const draft = { ...head, ...withoutEmpty(told), items, figures }
  return { amount: figures.totalInclTax, currency, draft }
}

function readItems(reader: Reader, currency: string) {
  if (!reader.has('invoice_items')) return reader.refuse('invoice_items', REQUIRED)
  const items = reader.nestedList('invoice_items', ITEMS_MAX, (item) => readItem(item, currency))
  return items?.length === 0 ? reader.refuse('invoice_items', 'This list may not be empty.') : items
}

function readHead(reader: Reader) {
  const invoiceNumber = reader.text('invoice_number', { required: true, max: TEXT_MAX })
  const dueDate = reader.date('due_date', true)
  const companyName = reader.text('company_name', { max: COMPANY_MAX })
  const shippingMethod = reader.text('shipping_method', { max: TEXT_MAX })
  if (invoiceNumber === undefined || dueDate === undefined) return undefined
  const day = parseDate(dueDate)?.toISOString().slice(0, 'YYYY-MM-DD'.length) ?? ''
  return { invoiceNumber, dueDate: day, ...withoutEmpty({ companyName, shippingMethod }) }
}

function readItem(reader: Reader, currency: string): (ItemTerms & { readonly figures: ItemFigures }) | undefined {
  const sku = reader.text('sku', { required: true, max: TEXT_MAX })
  const description = reader.text('description', { required: true, max: TEXT_MAX })
  const quantity = reader.decimal('quantity', QUANTITY)
  const unitPrice = reader.decimal('unit_price', QUANTITY)
  if (quantity !== undefined && parseDecimal(quantity).units === 0n)
    reader.refuse('quantity', 'Ensure this value is greater than 0.')
  const optional = withoutEmpty({ taxRate: reader.decimal('tax_rate', RATE), discount: readDiscount(reader, currency) })
  if (sku === undefined || description === undefined || quantity === undefined || unitPrice === undefined)
    return undefined
  const item = { sku, description, quantity, unitPrice, ...optional }
  const figures = reader.problems() ? undefined : compute(reader, () => billItem(item, currency))
  if (!figures) return undefined
  const { totalExclTax: total_excl_tax, taxAmount: tax_amount, totalInclTax: total_incl_tax } = figures
  compare(reader, currency, { total_excl_tax, tax_amount, total_incl_tax })
  return { ...item, figures }
}

const ONE_DISCOUNT = 'Please provide only `discount_amount` or `discount_percentage`, not both.'

function readDiscount(reader: Reader, currency: string): Discount | undefined {
  const amount = reader.minor('discount_amount', currency)
  const percentage = reader.decimal('discount_percentage', SHARE)
  if (reader.has('discount_amount') && reader.has('discount_percentage')) {
    reader.refuse('discount_amount', ONE_DISCOUNT)
    reader.refuse('discount_percentage', ONE_DISCOUNT)
  }
  if (amount !== undefined) return { kind: 'amount', amount }
  return percentage === undefined ? undefined : { kind: 'percentage', percentage }
}

// What is wrong with figures is told like anything else that is wrong.
function compute<T>(reader: Reader, work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof AppError) || error.details.field === undefined) throw error
    return reader.refuse(error.details.field, error.message)
  }
}

const COMPARED = { decimals: 15 } as const

// Figures that were sent must be ours, to the last digit.
function compare(reader: Reader, currency: string, figures: Readonly<Record<string, bigint>>): void {
  const one = 10n ** BigInt(decimalsOf(currency))
  for (const [name, figure] of Object.entries(figures)) {
    const text = reader.decimal(name, COMPARED)
    if (text === undefined) continue
    const { units, scale } = parseDecimal(text, name)
    if (units * one !== figure * 10n ** BigInt(scale))
      reader.refuse(name, `This value is not what it comes to, which is ${amountText(figure, currency)}.`)
  }
}
