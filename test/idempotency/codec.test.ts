import { expect, test } from 'vitest'
import { decodeResult, encodeResult } from '../../src/idempotency/codec.ts'

test.each<unknown>([
  null,
  'text',
  1.5,
  123_456_789_012_345_678_901n,
  new Date('2026-03-19T09:51:17.009Z'),
  { payment: { captured: 60n, capturedAt: new Date(0), cardId: null }, parts: [1n, [new Date(1)], 'x'] },
  { xmetadata: { $bigint: 'not a number', $date: 'never', $object: ['x'], note: 'n' } },
  { xmetadata: { $object: 'text' }, amount: 5n },
])('%o comes back as it was', (value) => {
  expect(decodeResult(encodeResult(value))).toEqual(value)
})
