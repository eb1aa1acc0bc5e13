import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainDecimal, problemOfAmount, problemOfDecimals, Reader } from '../../../src/api/operations/reader.ts'
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
  expect(problemOfAmount(text)).toBe('A valid number is required.')
})

test('null and an empty text are as if a field was not given, and false and 0 are not', () => {
  const reader = new Reader({ nothing: null, empty: '', no: false, zero: new JsonNumber('0'), list: [] })
  expect(['nothing', 'empty', 'absent'].map((name) => reader.has(name))).toEqual([false, false, false])
  expect(['no', 'zero', 'list'].map((name) => reader.has(name))).toEqual([true, true, true])
  expect([reader.boolean('no'), reader.text('zero')]).toEqual([false, '0'])
  expect(['nothing', 'empty', 'absent'].map((name) => reader.isNamed(name))).toEqual([true, true, false])
  expect(reader.problems()).toBeUndefined()
})

test('everything that is wrong is told at once, nested as it was asked, however names are called', () => {
  const reader = new Reader({
    text: [],
    toString: new JsonNumber('x'),
    inner: { email: 'x', deep: { a: 1 } },
    list: ['a', 7],
  })
  reader.text('text')
  reader.integer('toString', { min: 0, max: 1 })
  reader.list('list')
  reader.refuse('constructor', 'One.')
  reader.refuse('constructor', 'Two.')
  reader.nested('inner', (inner) => {
    inner.email('email', 10)
    inner.nested('deep', (deep) => deep.text('b', { required: true }))
  })
  expect(reader.problems()).toEqual({
    constructor: ['One.', 'Two.'],
    inner: { email: ['Enter a valid email address.'], deep: { b: ['This field is required.'] } },
    list: ['Not a valid string.'],
    text: ['Not a valid string.'],
    toString: ['A valid integer is required.'],
  })
  expect(() => reader.finish()).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test('in a form, lists and objects are JSON texts, and one text is a list of one', () => {
  const reader = new Reader({
    many: '["a","b"]',
    one: 'a',
    object: '{"a":{"b":1}}',
    broken: '{"a":',
    some: '[{"a":1}]',
  })
  expect([reader.list('many'), reader.list('one')]).toEqual([['a', 'b'], ['a']])
  expect(reader.freeForm('object')).toEqual({ a: { b: 1 } })
  expect(reader.objects('some', 1)).toHaveLength(1)
  expect(reader.object('broken')).toBeUndefined()
  expect(reader.problems()).toEqual({ broken: ['Expected a dictionary of items.'] })
})

test('what is kept as it was said loses no digit of its numbers', () => {
  const numbers = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?$/)
  fc.assert(
    fc.property(numbers, (text) => {
      const kept = new Reader({ extra: { n: new JsonNumber(text) } }).freeForm('extra') as { n: number | string }
      expect(String(kept.n)).toBe(text)
    }),
  )
})

test('a length is counted in characters, not in the parts that they are kept in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'é', '😀', '漢'), { maxLength: 12 }),
      fc.nat({ max: 12 }),
      (letters, max) => {
        const reader = new Reader({ text: letters.join('') })
        reader.text('text', { max })
        expect(reader.problems() === undefined).toBe(letters.length <= max)
      },
    ),
  )
})
