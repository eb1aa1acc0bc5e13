import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  dueText,
  durationText,
  isoDateText,
  parseDate,
  parseDateTime,
  parseDuration,
  utcText,
} from '../../../src/api/operations/times.ts'

test('a moment is written in the two forms of this face', () => {
  const at = new Date('2023-11-02T09:00:07.999Z')
  expect(utcText(at)).toBe('2023-11-02 09:00:07')
  expect(dueText(at)).toBe('02/11/2023 09:00:07')
})

test.each([
  ['29/12/2025', '2025-12-29'],
  ['2025-12-29', '2025-12-29'],
  ['29/02/2024', '2024-02-29'],
  ['29/02/2025', undefined],
  ['31/04/2025', undefined],
  ['12/29/2025', undefined],
  ['2025-13-01', undefined],
  ['2025-1-1', undefined],
  ['29.12.2025', undefined],
  ['', undefined],
])('%j is the day %s', (text, day) => {
  expect(isoDateText(text)).toBe(day)
})

test.each([
  ['29/12/2025 08:30', '2025-12-29T08:30:00.000Z'],
  ['29/12/2025 08:30:59', '2025-12-29T08:30:59.000Z'],
  ['29/12/2025T08:30', '2025-12-29T08:30:00.000Z'],
  ['29/12/2025', '2025-12-29T00:00:00.000Z'],
  ['2025-12-29T08:30', '2025-12-29T08:30:00.000Z'],
  ['2025-12-29T08:30:00Z', '2025-12-29T08:30:00.000Z'],
  ['2025-12-29T08:30:00+03:00', '2025-12-29T05:30:00.000Z'],
  ['2025-12-29T08:30:00.123456Z', '2025-12-29T08:30:00.123Z'],
  ['29/12/2025 24:00', undefined],
  ['29/12/2025 08:60', undefined],
  ['2025-12-29T25:00', undefined],
  ['2025-02-30T08:00Z', undefined],
  ['tomorrow', undefined],
])('%j is the moment %s', (text, moment) => {
  expect(parseDateTime(text)?.toISOString()).toBe(moment)
})

test.each([
  ['1 00:00:00', 86_400_000],
  ['00:50:00', 3_000_000],
  ['0:00:01', 1000],
  ['365 23:59:59', 31_622_399_000],
  ['00:00:00', undefined],
  ['24:00:00', undefined],
  ['00:60:00', undefined],
  ['-1 00:00:00', undefined],
  ['50:00', undefined],
  ['1d', undefined],
])('%j is %s milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test('a duration that is written is read again', () => {
  expect([durationText(86_400_000), durationText(3_000_000)]).toEqual(['1 00:00:00', '00:50:00'])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9999 * 86_400 }), (seconds) => {
      expect(parseDuration(durationText(seconds * 1000))).toBe(seconds * 1000)
    }),
  )
})

test('a day that is written is read again, in both forms', () => {
  const days = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(days, (at) => {
      const day = at.toISOString().slice(0, 10)
      expect(isoDateText(day)).toBe(day)
      expect(isoDateText(dueText(at).slice(0, 10))).toBe(day)
      expect(parseDate(day)?.toISOString()).toBe(`${day}T00:00:00.000Z`)
    }),
  )
})
