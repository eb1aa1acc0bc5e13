import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLuhnValid, maskCardNumbers } from '../src/log.ts'

test.each([
  ['4111111111111111', '411111******1111'],
  ['4111 1111 1111 1111', '411111******1111'],
  ['4111-1111-1111-1111 12/2032', '411111******1111 12/2032'],
  ['card 4111111111111111 12 2032 123', 'card 411111******1111 12 2032 123'],
  ['10 4111111111111111', '10 411111******1111'],
  ['"5101080000010008","5101080000010008"', '"510108******0008","510108******0008"'],
])('%s is written as %s', (text, masked) => {
  expect(maskCardNumbers(text)).toBe(masked)
})

test('what is no card number stays as it is', () => {
  for (const text of ['4111111111111112', '2026-11-25 03:44:06', '12345678901', '-', ''])
    expect(maskCardNumbers(text)).toBe(text)
})

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''))

const cardNumber = digits(11, 18).map((body) => `${body}${[...'0123456789'].find((last) => isLuhnValid(body + last))}`)

test('no card number is left, whatever stands around it', () => {
  const around = fc.string({ maxLength: 12 }).map((text) => text.replace(/\d$/, ''))
  const groups = fc.array(digits(1, 4), { maxLength: 3 })
  fc.assert(
    fc.property(around, groups, cardNumber, groups, (text, before, number, after) => {
      const masked = maskCardNumbers(`${text} ${[...before, number, ...after].join(' ')}.`)
      expect(masked).not.toContain(number)
    }),
  )
})
