import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonNumber, parseJson, toJsonNumber } from '../../src/http/json.ts'

const read = (text: string) => parseJson(Buffer.from(text, 'utf8'))

describe('parseJson', () => {
  test('keeps the text of every number', () => {
    expect(read('{"a":10.50,"b":[1e2,-0.0],"c":123456789012345678901234567890.1}')).toEqual({
      a: new JsonNumber('10.50'),
      b: [new JsonNumber('1e2'), new JsonNumber('-0.0')],
      c: new JsonNumber('123456789012345678901234567890.1'),
    })
  })

  test('reads whatever JSON.stringify writes', () => {
    const value = fc.dictionary(
      fc
        .string({ unit: 'grapheme' })
        .filter((key) => key !== '__proto__' && key !== 'constructor' && !key.includes('\0')),
      fc.oneof(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        fc.boolean(),
        fc.constant(null),
      ),
    )
    fc.assert(
      fc.property(fc.oneof(fc.array(value), value), (list) => {
        expect(read(JSON.stringify({ list }))).toEqual({ list })
      }),
    )
  })

  test('refuses whatever JSON.parse refuses', () => {
    const noise = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"a"', ':', ',', '1', '-', '.', 'true', 'nul', '\\', ' ', 'e'),
    )
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join('')
        const accepts = (reader: (text: string) => unknown) => {
          try {
            const value = reader(text)
            return typeof value === 'object' && value !== null && !Array.isArray(value)
          } catch {
            return false
          }
        }
        if (accepts(read)) expect(accepts(JSON.parse)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['{"a":{"b":1,"b":1}}', 'The body has a member twice.'],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', 'The body has a member twice.'],
    ['{"\\u0061":1,"a":1}', 'The body has a member twice.'],
    ['{"a":{"__proto__":1}}', 'The body contains a member name that is not allowed.'],
    ['{"a":"\\u0000"}', 'The body contains characters that are not valid text.'],
    ['{"a":"\\ud800"}', 'The body contains characters that are not valid text.'],
    ['{"a":1}x', 'The body is not well-formed JSON at position 7.'],
    ['{"a":01}', 'The body is not well-formed JSON at position 6.'],
    ['{"a":"\n"}', 'The body is not well-formed JSON at position 6.'],
    ['null', 'The body must be a JSON object.'],
    ['"a"', 'The body must be a JSON object.'],
  ])('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid_request', message }))
  })

  test('refuses more entries than any request of ours has', () => {
    expect(() => read(`{"a":[${'0,'.repeat(1001)}0]}`)).toThrow('The body has too many members.')
  })

  test('accepts surrogate pairs, escaped quotes and a member called constructor', () => {
    expect(read('{"a":"\\ud83d\\ude00 \\" :,{","constructor":"x"}')).toEqual({ a: '😀 " :,{', constructor: 'x' })
  })

  test('stands 64 kB of brackets', () => {
    expect(() => read('['.repeat(65_536))).toThrow('deeper than 16')
    expect(() => read('{"a":'.repeat(13_000))).toThrow('deeper than 16')
  })
})

describe('toJsonNumber', () => {
  test.each([
    [1050n, 'USD', '10.5'],
    [29n, 'USD', '0.29'],
    [12829n, 'USD', '128.29'],
    [-1n, 'KWD', '-0.001'],
    [999_999_999_999_999n, 'USD', '9999999999999.99'],
    [0n, 'JPY', '0'],
  ])('writes %s minor units of %s as %s', (amount, currency, text) => {
    expect(JSON.stringify(toJsonNumber({ amount, currency }))).toBe(text)
  })

  test('is exact for every amount of 15 digits', () => {
    const amounts = fc.bigInt({ min: 0n, max: 999_999_999_999_999n })
    fc.assert(
      fc.property(amounts, (amount) => {
        const [whole = '', fraction = ''] = toJsonNumber({ amount, currency: 'USD' }).toString().split('.')
        expect(BigInt(whole + fraction.padEnd(2, '0'))).toBe(amount)
      }),
    )
  })

  test('writes a sum of more digits as the nearest double', () => {
    expect(toJsonNumber({ amount: 10_000_000_000_000_001n, currency: 'USD' })).toBe(100_000_000_000_000.02)
  })
})
