import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAmount } from '../../src/money.ts'
import { priceAt } from '../../src/payments/price.ts'

const PLAIN = { currency: 'KWD', fee: null, rates: [] }
const fix = { kind: 'fix', value: '2.000', chargesOwnCurrency: true, description: '' } as const
// One US dollar is 0.308 dinars: 100 cents are 308 fils.
const IN_DOLLARS = { ...PLAIN, rates: [{ currency: 'USD', numerator: '308', denominator: '100' }] }

test('without terms the price is what is asked', () => {
  expect(priceAt(PLAIN, parseAmount('10.000', 'KWD'))).toMatchObject({
    ...{ currency: 'KWD', amount: 10_000n, fee: 0n, total: 10_000n, merchantFee: 0n, isExchanged: false },
  })
})

test('a fee comes on top, as it is or as a share that is rounded half up', () => {
  expect(priceAt({ ...PLAIN, fee: fix }, parseAmount('10.000', 'KWD'))).toMatchObject({ fee: 2_000n, total: 12_000n })
  const share = { ...fix, kind: 'percent', value: '2.25' } as const
  expect(priceAt({ ...PLAIN, fee: share }, parseAmount('0.020', 'KWD'))).toMatchObject({ fee: 0n, total: 20n })
  expect(priceAt({ ...PLAIN, fee: share }, parseAmount('0.200', 'KWD'))).toMatchObject({ fee: 5n, total: 205n })
})

test('a fee for exchanges only is not paid without one', () => {
  const fee = { ...fix, chargesOwnCurrency: false }
  expect(priceAt({ ...PLAIN, fee }, parseAmount('10.000', 'KWD')).fee).toBe(0n)
  expect(priceAt({ ...IN_DOLLARS, fee }, parseAmount('10.00', 'USD'))).toMatchObject({
    ...{ currency: 'KWD', amount: 3_080n, fee: 2_000n, total: 5_080n, merchantFee: 649n, isExchanged: true },
  })
})

test('the smallest amount is exchanged to the smallest amount, never to nothing', () => {
  const weak = { currency: 'USD', fee: null, rates: [{ currency: 'JPY', numerator: '1', denominator: '150' }] }
  expect(priceAt(weak, parseAmount('1', 'JPY'))).toMatchObject({ amount: 1n, total: 1n })
})

test('a currency that the account does not take has no price', () => {
  expect(() => priceAt(PLAIN, parseAmount('1.00', 'EUR'))).toThrow('does not take EUR')
})

test('the total is always the amount and the fee, and a fee never makes anything cheaper', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 0, max: 9999 }), (cents, hundredths) => {
      const value = `${Math.trunc(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
      const fee = { ...fix, kind: 'percent', value } as const
      const price = priceAt({ ...IN_DOLLARS, fee }, { amount: cents, currency: 'USD' })
      expect(price.total).toBe(price.amount + price.fee)
      expect(price.amount > 0n && price.fee >= 0n && price.merchantFee >= 0n).toBe(true)
    }),
  )
})
