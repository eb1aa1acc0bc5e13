import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brandOf } from '../../src/gateways/brand.ts'

test.each([
  ['4000000000000051', 'VISA'],
  ['5101082187256503', 'MC'],
  ['2221000000000009', 'MC'],
  ['2720990000000007', 'MC'],
  ['375510513169537', 'AMEX'],
  ['30569309025904', 'DINER'],
  ['38520000023237', 'DINER'],
  ['6011111111111117', 'DISC'],
  ['6511111111111116', 'DISC'],
  ['3530111333300000', 'JCB'],
  ['6759649826438453', 'MAESTRO'],
  ['5018000000000009', 'MAESTRO'],
  ['6521500000000006', 'RUPAY'],
  ['6069850000000004', 'RUPAY'],
  ['6200000000000005', 'CUP'],
])('%s is %s', (pan, brand) => {
  expect(brandOf(pan)).toBe(brand)
})

test.each(['1234567890123456', '9999999999999999', '2720', '', '4', 'x4000000000000051', '40000000000000511234'])(
  '%j is of no brand',
  (pan) => {
    expect(brandOf(pan)).toBeUndefined()
  },
)

test('the brand follows from the first six digits', () => {
  const digits = fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }).map((list) => list.join(''))
  fc.assert(
    fc.property(digits, fc.nat(999_999), (start, rest) => {
      expect(brandOf(start + String(rest).padStart(10, '0'))).toBe(brandOf(`${start}0000000000`))
    }),
  )
})
