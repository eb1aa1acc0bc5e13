import fc from 'fast-check'
import { expect, test } from 'vitest'
import { billInvoice, billItem, type Discount, type ItemTerms } from '../../src/checkouts/invoice.ts'
import { decimalsOf } from '../../src/money.ts'

const ITEM: ItemTerms = { sku: 'A', description: 'A', quantity: '1', unitPrice: '1' }

/** An exact ratio, worked out apart from the code under test. */
interface Ratio {
  readonly n: bigint
  readonly d: bigint
}

function ratioOf(text: string): Ratio {
  const [whole = '', part = ''] = text.split('.')
  return { n: BigInt(whole) * 10n ** BigInt(part.length) + BigInt(part || '0'), d: 10n ** BigInt(part.length) }
}

const times = (a: Ratio, b: Ratio): Ratio => ({ n: a.n * b.n, d: a.d * b.d })
const whole = (n: bigint): Ratio => ({ n, d: 1n })

// By the remainder, not by adding a half.
function round({ n, d }: Ratio): bigint {
  const [quotient, remainder] = [n / d, n % d]
  return remainder * 2n >= d ? quotient + 1n : quotient
}

const share = (amount: bigint, percent: string): bigint =>
  round(times(whole(amount), times(ratioOf(percent), { n: 1n, d: 100n })))

function expectedItem({ quantity, unitPrice, discount, taxRate = '0' }: ItemTerms, currency: string) {
  const price = round(times(times(ratioOf(quantity), ratioOf(unitPrice)), whole(10n ** BigInt(decimalsOf(currency)))))
  const off = discount?.kind === 'amount' ? discount.amount : share(price, discount?.percentage ?? '0')
  const totalExclTax = price - off
  const taxAmount = share(totalExclTax, taxRate)
  return { price, discount: off, totalExclTax, taxAmount, totalInclTax: totalExclTax + taxAmount }
}

const decimal = (max: bigint, scale: number): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt({ min: 0n, max }), fc.nat(10 ** scale - 1), fc.nat(scale)).map(([units, part, digits]) => {
    const decimals = String(part).padStart(scale, '0').slice(0, digits)
    return decimals === '' ? String(units) : `${units}.${decimals}`
  })

const PERCENT = decimal(99n, 2)
const CURRENCY = fc.constantFrom('KWD', 'USD', 'JPY', 'CLF')
const OFF: fc.Arbitrary<Discount> = PERCENT.map((percentage) => ({ kind: 'percentage', percentage }))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const ITEMS = fc
  .record({
    quantity: decimal(100_000n, 6),
    unitPrice: decimal(10_000n, 6),
    taxRate: optional(PERCENT),
    discount: optional(OFF),
  })
  .map(
    ({ taxRate, discount, ...given }): ItemTerms => ({
      ...{ ...ITEM, ...given },
      ...(taxRate !== undefined && { taxRate }),
      ...(discount && { discount }),
    }),
  )

test('1.111 pieces at 5.234 dinars come to 5.815', () => {
  expect(billItem({ ...ITEM, quantity: '1.111', unitPrice: '5.234' }, 'KWD')).toEqual({
    ...{ price: 5815n, discount: 0n, totalExclTax: 5815n, taxAmount: 0n, totalInclTax: 5815n },
  })
})

test('each step is rounded half up before the next one', () => {
  // 3 × 0.335 is 1.005, which is 1.01; a tenth of it is 0.101, which is 0.10; 0.91 at 5.5 % is 0.05005.
  const discount: Discount = { kind: 'percentage', percentage: '10' }
  expect(billItem({ ...ITEM, quantity: '3', unitPrice: '0.335', discount, taxRate: '5.5' }, 'USD')).toEqual({
    ...{ price: 101n, discount: 10n, totalExclTax: 91n, taxAmount: 5n, totalInclTax: 96n },
  })
  expect(billItem({ ...ITEM, unitPrice: '0.5' }, 'JPY').price).toBe(1n)
  expect(billItem({ ...ITEM, unitPrice: '0.499999' }, 'JPY').price).toBe(0n)
})

test('an invoice taxes what its discount leaves, and adds shipping with its own tax', () => {
  const item = billItem({ ...ITEM, unitPrice: '100', taxRate: '10' }, 'USD')
  const terms = { currency: 'USD', taxRate: '5', shippingExclTax: 1000n, shippingTaxRate: '15.25' }
  expect(billInvoice({ ...terms, discount: { kind: 'amount', amount: 1000n } }, [item, item])).toEqual({
    ...{ subtotal: 22_000n, discount: 1000n, totalExclTax: 21_000n, taxAmount: 1050n },
    ...{ shippingExclTax: 1000n, shippingInclTax: 1153n, totalInclTax: 23_203n },
  })
})

test('more cannot be taken off than there is', () => {
  const discount: Discount = { kind: 'amount', amount: 101n }
  expect(() => billItem({ ...ITEM, discount }, 'USD')).toThrow('The discount is more than what it is taken off.')
  const item = billItem(ITEM, 'USD')
  expect(() => billInvoice({ currency: 'USD', discount }, [item])).toThrow(
    expect.objectContaining({
      details: expect.objectContaining({ field: 'discount_amount' }),
    }),
  )
})

test('an invoice asks for something, and not for more than an amount may be', () => {
  const free = billItem({ ...ITEM, discount: { kind: 'percentage', percentage: '100' } }, 'USD')
  expect(() => billInvoice({ currency: 'USD' }, [free])).toThrow('An invoice must ask for something.')
  const dear = billItem({ ...ITEM, unitPrice: '9999999999999' }, 'USD')
  expect(() => billInvoice({ currency: 'USD' }, [dear, dear])).toThrow('The amount of the invoice is too large.')
  expect(() => billItem({ ...ITEM, unitPrice: '99999999999999' }, 'USD')).toThrow('The price of the item is too large.')
})

test('the figures of any item are those of exact arithmetic, rounded at each step', () => {
  fc.assert(
    fc.property(ITEMS, CURRENCY, (item, currency) => {
      expect(billItem(item, currency)).toEqual(expectedItem(item, currency))
    }),
  )
})

test('the figures of any invoice are those of exact arithmetic, rounded at each step', () => {
  const invoices = fc.record({
    ...{ items: fc.array(ITEMS, { minLength: 1, maxLength: 5 }), currency: CURRENCY, percentage: PERCENT },
    ...{ taxRate: PERCENT, shippingExclTax: fc.bigInt({ min: 1n, max: 100_000n }), shippingTaxRate: PERCENT },
  })
  fc.assert(
    fc.property(invoices, ({ items, currency, percentage, ...rates }) => {
      const subtotal = items.reduce((sum, item) => sum + expectedItem(item, currency).totalInclTax, 0n)
      const totalExclTax = subtotal - share(subtotal, percentage)
      const taxAmount = share(totalExclTax, rates.taxRate)
      const shippingInclTax = rates.shippingExclTax + share(rates.shippingExclTax, rates.shippingTaxRate)
      const lines = items.map((item) => billItem(item, currency))
      const figures = billInvoice({ currency, discount: { kind: 'percentage', percentage }, ...rates }, lines)
      expect(figures).toMatchObject({ subtotal, totalExclTax, taxAmount, shippingInclTax })
      expect(figures.totalInclTax).toBe(totalExclTax + taxAmount + shippingInclTax)
    }),
  )
})
