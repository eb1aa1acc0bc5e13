import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseForm } from '../../src/pages/form.ts'

// Neither NUL nor the replacement character can be entered: those are refused, see below.
const text = fc.string({ unit: 'grapheme' }).filter((entered) => !/[\0\ufffd]/.test(entered))

test('every field is read as it was entered', () => {
  const fields = fc.dictionary(text, text)
  fc.assert(
    fc.property(fields, (entered) => {
      const form = parseForm(Buffer.from(new URLSearchParams(entered).toString()))
      expect(Object.fromEntries(form)).toEqual({ ...entered })
    }),
  )
})

test('names that objects have anyway are fields like others', () => {
  expect([...parseForm(Buffer.from('__proto__=1&constructor=2&toString=3'))]).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
    ['toString', '3'],
  ])
})

test.each([
  ['a field twice', 'amount=1.00&amount=2.00'],
  ['a field twice, once escaped', 'amount=1.00&%61mount=1.00'],
  ['a NUL', 'a=%00'],
  ['bytes that are not UTF-8', 'a=%ff'],
  ['too many fields', Array.from({ length: 101 }, (_, i) => `f${i}=`).join('&')],
])('a form with %s is refused', (_what, text) => {
  expect(() => parseForm(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test('bytes that are no text are refused, whatever they are', () => {
  expect(() => parseForm(Buffer.from([0x61, 0x3d, 0xff]))).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test('whatever arrives is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        for (const [name, value] of parseForm(Buffer.from(bytes))) expect(name + value).not.toMatch(/[\0\ufffd]/)
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_request' })
      }
    }),
  )
})
