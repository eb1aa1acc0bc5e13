// What an invoice costs: its items, and what they come to with discounts, taxes and shipping. Every step is rounded half up to the
// currency's minor units, so that whoever repeats the steps arrives at the same figures.
import { AppError } from '../errors.ts'
import { type Decimal, isTooLarge, parseDecimal, percentOf, timesPrice } from '../money.ts'

/** What is taken off: an amount in minor units, or so many percent. */
export type Discount =
  | { readonly kind: 'amount'; readonly amount: bigint }
  | { readonly kind: 'percentage'; readonly percentage: string }

/** One line of an invoice as it is given; numbers are decimal texts. */
export interface ItemTerms {
  readonly sku: string
  readonly description: string
  readonly quantity: string
  /** Major units of the invoice's currency, with as many decimals as it needs. */
  readonly unitPrice: string
  /** Percent. */
  readonly taxRate?: string
  readonly discount?: Discount
}

/** An invoice as it is given. */
export interface InvoiceTerms {
  readonly currency: string
  readonly items: readonly ItemTerms[]
  /** Percent, on top of what the items' own taxes come to. */
  readonly taxRate?: string
  readonly discount?: Discount
  /** Minor units. */
  readonly shippingExclTax?: bigint
  /** Percent. */
  readonly shippingTaxRate?: string
}

/** What a line comes to, in minor units. */
export interface ItemFigures {
  /** Quantity times price. */
  readonly price: bigint
  readonly discount: bigint
  readonly totalExclTax: bigint
  readonly taxAmount: bigint
  readonly totalInclTax: bigint
}

/** What an invoice comes to, in minor units; `totalInclTax` is what is paid. */
export interface InvoiceFigures {
  readonly subtotal: bigint
  readonly discount: bigint
  readonly totalExclTax: bigint
  readonly taxAmount: bigint
  readonly shippingExclTax: bigint
  readonly shippingInclTax: bigint
  readonly totalInclTax: bigint
}

/** The figures of a line. Throws `invalid_request` naming the field when more is taken off than there is, or it costs too much. */
export function billItem(item: ItemTerms, currency: string): ItemFigures {
  const price = timesPrice(
    parseDecimal(item.quantity, 'quantity'),
    parseDecimal(item.unitPrice, 'unit_price'),
    currency,
  )
  if (isTooLarge(price)) throw refuse('unit_price', 'The price of the item is too large.')
  return { price, ...taxed(price, item) }
}

/**
 * The figures of an invoice, from those of its lines. Throws `invalid_request` naming the field when more is taken off than there is, when
 * nothing is left to pay, or it costs too much.
 */
export function billInvoice(terms: Omit<InvoiceTerms, 'items'>, items: readonly ItemFigures[]): InvoiceFigures {
  const subtotal = items.reduce((sum, { totalInclTax }) => sum + totalInclTax, 0n)
  const { discount, totalExclTax, taxAmount, totalInclTax: before } = taxed(subtotal, terms)
  const { shippingExclTax = 0n } = terms
  const shippingInclTax = shippingExclTax + percentOf(shippingExclTax, rateOf(terms.shippingTaxRate))
  const totalInclTax = before + shippingInclTax
  if (isTooLarge(totalInclTax)) throw refuse('invoice_items', 'The amount of the invoice is too large.')
  if (totalInclTax === 0n) throw refuse('invoice_items', 'An invoice must ask for something.')
  return { subtotal, discount, totalExclTax, taxAmount, shippingExclTax, shippingInclTax, totalInclTax }
}

function taxed(price: bigint, { discount: off, taxRate }: Pick<ItemTerms, 'discount' | 'taxRate'>) {
  const discount = discountOf(price, off)
  if (discount > price) throw refuse(FIELDS[off?.kind ?? 'amount'], 'The discount is more than what it is taken off.')
  const totalExclTax = price - discount
  const taxAmount = percentOf(totalExclTax, rateOf(taxRate))
  return { discount, totalExclTax, taxAmount, totalInclTax: totalExclTax + taxAmount }
}

const FIELDS = { amount: 'discount_amount', percentage: 'discount_percentage' } as const

function discountOf(price: bigint, discount: Discount | undefined): bigint {
  switch (discount?.kind) {
    case 'amount':
      return discount.amount
    case 'percentage':
      return percentOf(price, rateOf(discount.percentage))
    case undefined:
      return 0n
  }
}

const rateOf = (percent: string | undefined): Decimal => parseDecimal(percent ?? '0', 'tax_rate')

const refuse = (field: string, message: string): AppError => new AppError('invalid_request', { field, message })
