import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLuhnValid } from '../../src/log.ts'
import { generatePan, isPan, maskPan } from '../../src/vault/pan.ts'

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((list) => list.join(''))

test('a generated number is Luhn-valid, of the asked length, under its BIN and with its suffix', () => {
  const request = fc.tuple(digits(6, 8), fc.integer({ min: 13, max: 19 }), fc.oneof(fc.constant(''), digits(4, 4)))
  fc.assert(
    fc.property(request, ([bin, length, suffix]) => {
      const pan = generatePan(bin, length, suffix)
      expect(pan).toHaveLength(length)
      expect(isPan(pan) && isLuhnValid(pan)).toBe(true)
      expect(pan.startsWith(bin) && pan.endsWith(suffix)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('with one digit to choose the number is still valid', () => {
  expect(isLuhnValid(generatePan('54518812345', 16, '8888'))).toBe(true)
})

test('every free digit is used, so that numbers under one BIN and suffix differ', () => {
  const pans = new Set(Array.from({ length: 400 }, () => generatePan('54518800', 16, '8888')))
  expect(pans.size).toBeGreaterThan(250) // 1000 are possible; 400 draws give about 330 different ones.
})

test('a number that cannot be made is refused', () => {
  expect(() => generatePan('545188001234', 16, '8888')).toThrow('fits')
  expect(() => generatePan('545188', 20)).toThrow('fits')
  expect(() => generatePan('545188', 11)).toThrow('fits')
  expect(() => generatePan('5451x8')).toThrow('digits')
  expect(() => generatePan('545188', 16, '88-8')).toThrow('digits')
})

test('a masked number keeps its length, its first six and its last four', () => {
  expect(maskPan('5451880000000110')).toBe('545188******0110')
  expect(maskPan('371449635398431')).toBe('371449*****8431')
  expect(maskPan('5451880000000000110')).toBe('545188*********0110')
  expect(maskPan('545188000110')).toBe('545188**0110')
})

test('what is not a card number is masked entirely', () => {
  expect(maskPan('54518801')).toBe('********')
  expect(maskPan('5451 8800 0000 0110')).toBe('*'.repeat(19))
})

test('a card number is 12 to 19 digits, whatever its check digit', () => {
  expect(['123456789012', '5123888812341234', '1234567890123456789'].every(isPan)).toBe(true)
  for (const text of [
    '',
    '12345678901',
    '12345678901234567890',
    '5451 880000000110',
    '545188000000011a',
    '٥'.repeat(16),
  ]) {
    expect(isPan(text)).toBe(false)
  }
  expect(isPan('5451880000000110\n')).toBe(false)
})
