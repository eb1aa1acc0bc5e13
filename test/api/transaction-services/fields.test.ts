import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fields, parseForm, parseJsonFields } from '../../../src/api/transaction-services/fields.ts'
import { AppError } from '../../../src/errors.ts'

const form = (text: string | Buffer): Fields => parseForm(Buffer.from(text))
const json = (value: unknown): Fields =>
  parseJsonFields(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

describe('a body', () => {
  const expected = { 'card.number': '4000000000000051', 'customer.email': 'a@b.example', amount: '50.00' }

  test('is the same as a form, as dotted JSON, as nested JSON and as a mixture', () => {
    const bodies = [
      form('card.number=4000000000000051&customer.email=a%40b.example&amount=50.00'),
      json(expected),
      json({ card: { number: '4000000000000051' }, customer: { email: 'a@b.example' }, amount: '50.00' }),
      json({ card: { number: '4000000000000051' }, 'customer.email': 'a@b.example', amount: '50.00' }),
      json({ card: { number: '4000000000000051' }, ...expected }),
    ]
    for (const body of bodies) expect({ ...body }).toEqual(expected)
  })

  test('has no prototype', () => {
    expect(Object.getPrototypeOf(form('a=1'))).toBeNull()
    expect(Object.getPrototypeOf(json({ a: '1' }))).toBeNull()
  })
})

describe('a form', () => {
  test('knows + and %2B, empty values, names without a value and empty pairs', () => {
    expect({ ...form('a=+44&b=%2B44&c=&d&&e=x%20y+z') }).toEqual({ a: ' 44', b: '+44', c: '', d: '', e: 'x y z' })
  })

  test('keeps what is not ASCII, encoded or not', () => {
    expect({ ...form('a=%C3%9C&b=Ü&c=€') }).toEqual({ a: 'Ü', b: 'Ü', c: '€' })
  })

  test.each<[string, string | Buffer]>([
    ['a name twice', 'amount=50.00&amount=51.00'],
    ['a name twice with the same value', 'amount=50.00&amount=50.00'],
    ['one name in two spellings', 'card.number=1&card%2Enumber=2'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff])],
    ['encoded bytes that are not UTF-8', 'paymentId=900001%80%00%00'],
    ['an overlong encoding', 'a=%C0%AF'],
    ['half of a surrogate pair', 'a=%ED%A0%80'],
    ['a percent sign alone', 'a=100%'],
    ['a bad escape', 'a=%zz'],
    ['a NUL', 'a=x%00y'],
    ['__proto__', '__proto__=1'],
    ['__proto__ below', 'a.__proto__.isAdmin=1'],
    ['constructor', 'constructor.prototype.isAdmin=1'],
    ['too many fields', Array.from({ length: 201 }, (_, i) => `f${i}=1`).join('&')],
    ['a field after many empty pairs that conflicts', `amount=1.00${'&'.repeat(500)}amount=2.00`],
    ['a name that is too long', `${'n'.repeat(129)}=1`],
  ])('with %s is refused', (_, body) => {
    expect(() => form(body)).toThrow(AppError)
  })

  test('may have 200 fields', () => {
    expect(Object.keys(form(Array.from({ length: 200 }, (_, i) => `f${i}=1`).join('&')))).toHaveLength(200)
  })
})

describe('JSON', () => {
  test('may have whole numbers and booleans, and null, which is nothing', () => {
    expect({ ...json('{"card":{"expiryYear":2030},"createRegistration":true,"a":null}') }).toEqual({
      'card.expiryYear': '2030',
      createRegistration: 'true',
    })
  })

  test.each(['{"amount":50.00}', '{"amount":50}', '{"tmpl_amount":1}', '{"a":{"amount":1e2}}'])(
    'may not have a number as an amount: %s',
    (body) => {
      expect(() => json(body)).toThrow(expect.objectContaining({ code: 'amount_invalid' }))
    },
  )

  test.each<[string, unknown]>([
    ['a list', []],
    ['a list as a value', { amount: ['50.00'] }],
    ['a list of one in an object', { a: { b: [{ c: '1' }] } }],
    ['a fraction', '{"a":1.5}'],
    ['an exponent', '{"a":1e5}'],
    ['a leaf that is dotted and nested with other values', { card: { number: '1' }, 'card.number': '2' }],
    ['a member twice', '{"a":"1","a":"1"}'],
    ['__proto__', '{"__proto__":{"isAdmin":"1"}}'],
    ['an empty __proto__', '{"a":{"__proto__":{}}}'],
    ['constructor', '{"constructor":"x"}'],
    ['prototype', '{"a":{"prototype":"x"}}'],
    ['a dotted constructor', '{"a.constructor.b":"x"}'],
    ['17 levels', `${'{"a":'.repeat(17)}"x"${'}'.repeat(17)}`],
    ['too many members', Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`f${i}`, '1']))],
    ['a NUL', { a: 'x\0y' }],
    ['half of a surrogate pair', '{"a":"\\ud800"}'],
    ['nothing', ''],
    ['a text', '"a"'],
  ])('with %s is refused', (_, body) => {
    expect(() => json(body)).toThrow(AppError)
  })

  test('may be 16 levels deep', () => {
    const names = Array.from({ length: 16 }, () => 'a').join('.')
    expect({ ...json(`${'{"a":'.repeat(16)}"x"${'}'.repeat(16)}`) }).toEqual({ [names]: 'x' })
  })
})

describe('whatever is sent', () => {
  test('is read to texts or refused, and what is said of it repeats none of its values', () => {
    const property = fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json(), fc.webQueryParameters()),
      (sent) => {
        const raw = Buffer.from(sent as string)
        for (const parse of [parseForm, parseJsonFields]) {
          try {
            for (const value of Object.values(parse(raw))) expect(value).toBeTypeOf('string')
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        }
      },
    )
    fc.assert(property, { numRuns: 500 })
  })

  test('comes back as it was from a form and from JSON', () => {
    const names = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8})?$/)
    const values = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text))
    const property = fc.property(fc.dictionary(names, values, { maxKeys: 20, noNullPrototype: true }), (sent) => {
      const parameters = new URLSearchParams(sent).toString()
      fc.pre(!/(?:^|\.|&)(?:constructor|prototype)(?:[.=]|$)/.test(parameters))
      expect({ ...form(parameters) }).toEqual(sent)
      expect({ ...json(sent) }).toEqual(sent)
    })
    fc.assert(property, { numRuns: 300 })
  })
})
