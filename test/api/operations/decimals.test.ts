import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainDecimal, problemOfDecimals, problemOfNumber } from '../../../src/api/operations/decimals.ts'
import { Reader } from '../../../src/api/operations/reader.ts'
import { AppError } from '../../../src/errors.ts'
import { JsonNumber } from '../../../src/http/json.ts'
import { formatAmount, parseAmount } from '../../../src/money.ts'

const CURRENCIES = ['USD', 'KWD', 'JPY'] as const
const DECIMALS = { USD: 2, KWD: 3, JPY: 0 } as const
const currency = fc.constantFrom(...CURRENCIES)
const minor = fc.bigInt({ min: 1n, max: 9_999_999_999_999n })

test('an amount is read as it is told, with whatever zeros and spaces around it, as a text or a number', () => {
  const zeros = fc.nat({ max: 3 }).map((count) => '0'.repeat(count))
  fc.assert(
    fc.property(minor, currency, zeros, zeros, (amount, code, before, after) => {
      const text = formatAmount({ amount, currency: code })
      const wide = ` ${before}${text}${text.includes('.') ? after : `.${after}`} `
      for (const value of [text, wide, new JsonNumber(text)])
        expect(new Reader({ amount: value }).money('amount', code)).toEqual({ amount, currency: code })
    }),
  )
})

test('an amount with one decimal more than its currency has is refused, unless that is a zero', () => {
  fc.assert(
    fc.property(minor, currency, fc.nat({ max: 9 }), (amount, code, digit) => {
      const text = formatAmount({ amount, currency: code })
      const more = `${text}${text.includes('.') ? '' : '.'}${digit}`
      const problem = problemOfDecimals(plainDecimal(more), code)
      const expected = digit === 0 ? undefined : `Ensure that there are no more than ${DECIMALS[code]} decimal places.`
      expect(problem).toBe(expected)
    }),
  )
})

test('whatever text comes is an amount above zero, or refused: never anything else', () => {
  const text = fc.oneof(fc.string({ maxLength: 20 }), fc.stringMatching(/^[ +-]?[0-9.,e]{0,18}$/))
  fc.assert(
    fc.property(text, currency, (said, code) => {
      const reader = new Reader({ amount: said })
      const money = reader.money('amount', code, true)
      if (!money) {
        expect(() => reader.finish()).toThrow(AppError)
        return
      }
      expect(reader.problems()).toBeUndefined()
      expect(money.amount).toBeGreaterThan(0n)
      expect(parseAmount(plainDecimal(said), code)).toEqual(money)
    }),
    { numRuns: 2000 },
  )
})

test.each(['', '.', '-', '+1', '1e2', '1,00', '0x1', '1.2.3', '1 2', 'NaN', '٣', '１'])('%j is no number', (text) => {
  expect(problemOfNumber(text, 'above 0')).toBe('A valid number is required.')
})
