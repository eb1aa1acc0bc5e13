import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  dueText,
  durationText,
  parseDate,
  parseDateTime,
  parseDuration,
  utcText,
} from '../../../src/api/operations/times.ts'

const second = fc
  .integer({ min: Date.parse('0101-01-01T00:00:00Z') / 1000, max: Date.parse('9999-12-31T23:59:59Z') / 1000 })
  .map((seconds) => new Date(seconds * 1000))

test('a moment is read as it is told, in each of its forms', () => {
  fc.assert(
    fc.property(second, (at) => {
      expect(parseDateTime(dueText(at))).toEqual(at)
      expect(parseDateTime(dueText(at).replace(' ', 'T'))).toEqual(at)
      expect(parseDateTime(at.toISOString())).toEqual(at)
      expect(utcText(at)).toBe(at.toISOString().slice(0, 19).replace('T', ' '))
    }),
  )
})

test('a moment without its zone is one of UTC, and one with it is told in UTC', () => {
  expect(parseDateTime('2031-12-24T18:30')).toEqual(new Date('2031-12-24T18:30:00Z'))
  expect(parseDateTime('2031-12-24T18:30:00-03:30')).toEqual(new Date('2031-12-24T22:00:00Z'))
  expect(parseDateTime('24/12/2031')).toEqual(new Date('2031-12-24T00:00:00Z'))
})

test('a date is read in both of its forms, and only where there is such a day', () => {
  const [day, month, year] = [
    fc.integer({ max: 40, min: 0 }),
    fc.integer({ max: 14, min: 0 }),
    fc.integer({ max: 9999, min: 0 }),
  ]
  const two = (value: number, length = 2) => String(value).padStart(length, '0')
  fc.assert(
    fc.property(day, month, year, (d, m, y) => {
      const iso = `${two(y, 4)}-${two(m)}-${two(d)}`
      const there = !Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString().startsWith(iso) && y >= 100
      const expected = there ? new Date(iso) : undefined
      expect(parseDate(iso)).toEqual(expected)
      expect(parseDate(`${two(d)}/${two(m)}/${two(y, 4)}`)).toEqual(expected)
      expect(parseDateTime(`${iso}T10:00:00Z`) === undefined).toBe(!there)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ...[
    '',
    ' ',
    '1/2/2031',
    '24/12/31',
    '24-12-2031',
    '2031/12/24',
    '29/02/2031',
    '24/12/2031 24:00',
    '24/12/2031 10:60',
  ],
  ...['24/12/2031 10:00:60', '24/12/2031 10', '2031-12-24 10:00', '2031-02-30T10:00Z', '2031-12-24T25:00Z', 'now'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00', '24/12/2031 10:00:00Z', ' 24/12/2031'],
])('%j is no moment', (text) => {
  expect(parseDateTime(text)).toBeUndefined()
})

test('a duration is read as it is told', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 * 86_400 - 1 }), (seconds) => {
      expect(parseDuration(durationText(seconds * 1000))).toBe(seconds * 1000)
    }),
  )
  expect([86_400_000, 3_000_000, 90_061_000].map(durationText)).toEqual(['1 00:00:00', '00:50:00', '1 01:01:01'])
  expect(['01 00:00:00', '0 00:50:00', '1:00:00', ' 00:00:01 '].map(parseDuration)).toEqual([
    ...[86_400_000, 3_000_000, 3_600_000, 1000],
  ])
})

test.each([
  '',
  '0',
  '00:00:00',
  '24:00:00',
  '00:60:00',
  '00:00:60',
  '-1 00:00:00',
  '1 day',
  '1.5',
  '10000 00:00:00',
  'P1D',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('whatever text comes is a moment that can be told, or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/)),
      (text) => {
        const at = parseDateTime(text)
        if (at) expect(dueText(at)).toMatch(/^\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}$/)
        const ms = parseDuration(text)
        if (ms !== undefined) expect(ms).toBeGreaterThan(0)
      },
    ),
    { numRuns: 1000 },
  )
})
