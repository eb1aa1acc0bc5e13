import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError, invalidField } from '../src/errors.ts'
import {
  add,
  decimalsOf,
  formatAmount,
  isAsset,
  isCurrency,
  type Money,
  multiplyRatio,
  parseAmount,
  subtract,
} from '../src/money.ts'

const AMOUNT_MAX = 999_999_999_999_999n
const CURRENCIES = fc.constantFrom('USD', 'JPY', 'KWD', 'CLF', 'EUR')
const AMOUNTS = fc.bigInt({ min: 1n, max: AMOUNT_MAX })
const MONEY: fc.Arbitrary<Money> = fc.record({ amount: AMOUNTS, currency: CURRENCIES })

test('an amount that is written and read again is the same', () => {
  fc.assert(
    fc.property(MONEY, (money) => {
      expect(parseAmount(formatAmount(money), money.currency)).toEqual(money)
    }),
  )
})

test('zeros at the end of the decimals do not change an amount', () => {
  fc.assert(
    fc.property(MONEY, fc.nat(8), (money, zeros) => {
      const text = formatAmount(money)
      const longer = (text.includes('.') ? text : `${text}.0`) + '0'.repeat(zeros)
      expect(parseAmount(longer, money.currency)).toEqual(money)
    }),
  )
})

test('an amount may be written with an exponent', () => {
  fc.assert(
    fc.property(AMOUNTS, (amount) => {
      expect(parseAmount(`${amount}e-2`, 'USD')).toEqual({ amount, currency: 'USD' })
    }),
  )
  expect(parseAmount('1e2', 'USD').amount).toBe(10000n)
  expect(parseAmount('1.5E+3', 'JPY').amount).toBe(1500n)
  expect(parseAmount('1200e-1', 'JPY').amount).toBe(120n)
})

test.each([
  ['10.50', 'USD', 1050n],
  ['0.01', 'USD', 1n],
  ['7', 'JPY', 7n],
  ['1.234', 'KWD', 1234n],
  ['0.0001', 'CLF', 1n],
  ['9999999999999.99', 'USD', AMOUNT_MAX],
])('%s %s is %s minor units', (text, currency, amount) => {
  expect(parseAmount(text, currency)).toEqual({ amount, currency })
})

test.each([
  ['', 'must be a positive number'],
  [' 1', 'must be a positive number'],
  ['1\n', 'must be a positive number'],
  ['+1', 'must be a positive number'],
  ['-1', 'must be a positive number'],
  ['01', 'must be a positive number'],
  ['.5', 'must be a positive number'],
  ['5.', 'must be a positive number'],
  ['1,5', 'must be a positive number'],
  ['1_000', 'must be a positive number'],
  ['0x10', 'must be a positive number'],
  ['NaN', 'must be a positive number'],
  ['Infinity', 'must be a positive number'],
  ['1e', 'must be a positive number'],
  ['1e9999', 'must be a positive number'],
  ['\u0661', 'must be a positive number'],
  ['0', 'must be greater than zero'],
  ['0.00', 'must be greater than zero'],
  ['0e5', 'must be greater than zero'],
  ['1.005', 'must have at most 2 decimals in USD'],
  ['1e-3', 'must have at most 2 decimals in USD'],
  ['10000000000000', 'is too large'],
  ['1e999', 'is too large'],
])('%j is refused as an amount: it %s', (text, problem) => {
  expect(() => parseAmount(text, 'USD', 'price')).toThrow(invalidField('price', problem))
})

test('a contract may allow fewer decimals than the currency has', () => {
  expect(parseAmount('1.23', 'KWD', 'amount', 2).amount).toBe(1230n)
  expect(() => parseAmount('1.234', 'KWD', 'amount', 2)).toThrow('amount must have at most 2 decimals in KWD')
})

test('no text makes the parser fail in another way than by refusing it', () => {
  const texts = fc.oneof(fc.string(), fc.double().map(String), fc.stringMatching(/^[0-9.eE+-]{1,40}$/))
  fc.assert(
    fc.property(texts, CURRENCIES, (text, currency) => {
      try {
        const { amount } = parseAmount(text, currency)
        return amount > 0n && amount <= AMOUNT_MAX
      } catch (error) {
        return error instanceof AppError && error.code === 'invalid_request'
      }
    }),
  )
})

test('a negative amount is written with its sign', () => {
  expect(formatAmount({ amount: -5n, currency: 'USD' })).toBe('-0.05')
  expect(formatAmount({ amount: -5n, currency: 'JPY' })).toBe('-5')
  expect(formatAmount({ amount: 0n, currency: 'KWD' })).toBe('0.000')
})

test('what is added can be taken away again', () => {
  fc.assert(
    fc.property(AMOUNTS, AMOUNTS, CURRENCIES, (a, b, currency) => {
      const sum = add({ amount: a, currency }, { amount: b, currency })
      expect(subtract(sum, { amount: b, currency })).toEqual({ amount: a, currency })
    }),
  )
})

test('amounts of two currencies are neither added nor subtracted', () => {
  const [usd, eur] = [
    { amount: 1n, currency: 'USD' },
    { amount: 1n, currency: 'EUR' },
  ]
  expect(() => add(usd, eur)).toThrow(new AppError('currency_mismatch'))
  expect(() => subtract(usd, eur)).toThrow(new AppError('currency_mismatch'))
})

test('a ratio of an amount is the nearest minor unit, half of one counting up', () => {
  expect(multiplyRatio(5n, 1n, 2n)).toBe(3n)
  expect(multiplyRatio(4n, 1n, 3n)).toBe(1n)
  fc.assert(
    fc.property(AMOUNTS, fc.bigInt(1n, 1_000_000n), fc.bigInt(1n, 1_000_000n), (amount, numerator, denominator) => {
      const twiceTheError = 2n * (multiplyRatio(amount, numerator, denominator) * denominator - amount * numerator)
      return twiceTheError <= denominator && twiceTheError > -denominator
    }),
  )
})

test('currencies and the assets that clients may hold are told apart', () => {
  expect([isCurrency('USD'), isCurrency('BTC'), isCurrency('usd'), isCurrency('XXX')]).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect([isAsset('USD'), isAsset('BTC'), isAsset('DOGE')]).toEqual([true, true, false])
  expect(() => decimalsOf('XXX')).toThrow('currency must be an ISO 4217 code in capital letters')
  expect([decimalsOf('JPY'), decimalsOf('USD'), decimalsOf('BHD'), decimalsOf('UYW'), decimalsOf('BTC')]).toEqual([
    0, 2, 3, 4, 8,
  ])
})
