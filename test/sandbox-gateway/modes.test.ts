import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAmount } from '../../src/money.ts'
import { FAULT_MODES, findMode, magicAmount, modeOfAmount } from '../../src/sandbox-gateway/modes.ts'

test('there are 24 modes, each with a number, a name and an amount of its own', () => {
  expect(FAULT_MODES).toHaveLength(24)
  expect(new Set(FAULT_MODES.map(({ name }) => name)).size).toBe(24)
  for (const mode of FAULT_MODES) {
    expect(findMode(mode.number)).toBe(mode)
    expect(findMode(String(mode.number))).toBe(mode)
    expect(findMode(mode.name)).toBe(mode)
    expect(modeOfAmount(parseAmount(magicAmount(mode.number), 'USD'))).toBe(mode)
  }
})

test.each([0, 25, -1, 1.5, '', '01', '1e0', ' 1', 'Html', 'constructor'])('%j is no mode', (name) => {
  expect(findMode(name)).toBeUndefined()
})

test.each(['0.29', '8.29', '12.34', '128.29', '9001.00', '9001.02', '9000.00', '9025.25', '19001.01', '90.01'])(
  '%s is an ordinary amount',
  (amount) => {
    expect(modeOfAmount(parseAmount(amount, 'USD'))).toBeUndefined()
  },
)

test('whole amounts are never magic, and neither are those of currencies without cents', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10_000_000n }), (whole) => {
      expect(modeOfAmount({ amount: whole * 100n, currency: 'USD' })).toBeUndefined()
      expect(modeOfAmount({ amount: whole, currency: 'JPY' })).toBeUndefined()
      expect(modeOfAmount({ amount: whole, currency: 'KWD' })).toBeUndefined()
    }),
  )
})
