import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CALLBACK_RETRY_POLICY,
  type Health,
  judge,
  NOTICE_RETRY_POLICY,
  nextDelayMs,
  parseRetryAfter,
  policyOf,
  RETRY_POLICY,
} from '../../src/webhooks/policy.ts'

const now = new Date('2026-11-24T13:30:00.000Z')
const HOUR_MS = 3_600_000
const healthy: Health = { status: 'healthy', failures: 0, failingMs: 0, suspendedBecause: undefined }
const ill: Health = { ...healthy, status: 'unhealthy', failures: 30 }

test('the schedule of callbacks makes fourteen tries in about 77 hours', () => {
  const delays = Array.from({ length: CALLBACK_RETRY_POLICY.triesMax - 1 }, (_, failures) =>
    nextDelayMs({ ...CALLBACK_RETRY_POLICY, jitter: () => 1 }, failures),
  )
  expect(delays.map((ms) => ms / 1000)).toEqual([
    5, 30, 120, 300, 900, 1800, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ])
  expect(delays.reduce((sum, ms) => sum + ms) / HOUR_MS).toBeCloseTo(76.9, 1)
})

test('jitter moves a delay by a fifth at most', () => {
  const delays = Array.from({ length: 1000 }, () => nextDelayMs(CALLBACK_RETRY_POLICY, 3))
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(240_000)
  expect(Math.max(...delays)).toBeLessThanOrEqual(360_000)
  expect(new Set(delays).size).toBeGreaterThan(500)
})

test('a receiver can ask for more time, never for less', () => {
  const policy = { ...CALLBACK_RETRY_POLICY, jitter: () => 1 }
  expect(nextDelayMs(policy, 0, 120_000)).toBe(120_000)
  expect(nextDelayMs(policy, 12, 120_000)).toBe(24 * HOUR_MS)
})

test.each([
  [undefined, 0],
  ['120', 120_000],
  [' 0 ', 0],
  ['86400', HOUR_MS],
  ['9'.repeat(400), HOUR_MS],
  ['Tue, 24 Nov 2026 13:31:30 GMT', 90_000],
  ['Tue, 24 Nov 2026 23:31:30 GMT', HOUR_MS],
  ['Tue, 24 Nov 2026 13:00:00 GMT', 0],
  ['-5', 0],
  ['1e3', 0],
  ['soon GMT', 0],
  ['2030', 2_030_000],
  ['', 0],
])('Retry-After: %s is %i ms', (text, ms) => {
  expect(parseRetryAfter(text, now)).toBe(ms)
})

test('no Retry-After asks for less than nothing or more than an hour', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.date().map(String), fc.integer().map(String)), (text) => {
      const ms = parseRetryAfter(text, now)
      expect(ms >= 0 && ms <= HOUR_MS).toBe(true)
    }),
  )
})

test('an unhealthy endpoint of callbacks is tried every quarter of an hour at least, a webhook when its message is', () => {
  const failed = { status: 500, delayMs: 24 * HOUR_MS, isExhausted: false }
  expect(judge(CALLBACK_RETRY_POLICY, ill, failed)).toMatchObject({ status: 'unhealthy', wakeMs: 900_000 })
  expect(judge(CALLBACK_RETRY_POLICY, ill, { ...failed, delayMs: 5000 })).toMatchObject({ wakeMs: 5000 })
  expect(judge(RETRY_POLICY, ill, failed)).toMatchObject({ status: 'unhealthy', wakeMs: 24 * HOUR_MS })
})

test('five days of failures suspend an endpoint of callbacks, a message that failed for good does not', () => {
  const failed = { status: 500, delayMs: 0, isExhausted: true }
  const days = (n: number): Health => ({ ...ill, failingMs: n * 24 * HOUR_MS })
  expect(judge(CALLBACK_RETRY_POLICY, days(4.9), failed)).toMatchObject({ status: 'unhealthy' })
  const suspended = { status: 'error', suspendedBecause: 'failing', wakeMs: undefined }
  expect(judge(CALLBACK_RETRY_POLICY, days(5), failed)).toMatchObject(suspended)
  expect(judge(CALLBACK_RETRY_POLICY, { ...days(6), failures: 2 }, failed)).toMatchObject({ wakeMs: 0, failures: 3 })
  expect(judge(RETRY_POLICY, days(1), failed)).toMatchObject(suspended)
})

test('410 suspends an endpoint of callbacks at once; a webhook is promised other tries', () => {
  const gone = { status: 410, delayMs: 0, isExhausted: false }
  expect(judge(CALLBACK_RETRY_POLICY, healthy, gone)).toMatchObject({ status: 'error', suspendedBecause: 'gone' })
  expect(judge(RETRY_POLICY, healthy, gone)).toMatchObject({ status: 'healthy', failures: 1 })
})

test('an endpoint of notices is called for the next one at once, whatever it did before', () => {
  const failed = { status: 410, delayMs: 5000, isExhausted: true }
  for (const health of [healthy, { ...healthy, failures: 1_000_000, failingMs: 365 * 24 * HOUR_MS }])
    expect(judge(NOTICE_RETRY_POLICY, health, failed)).toEqual({
      ...{ status: 'healthy', failures: health.failures + 1, wakeMs: 0, suspendedBecause: undefined },
    })
})

test.each([
  [NOTICE_RETRY_POLICY, [200, 201]],
  [CALLBACK_RETRY_POLICY, [200, 201, 202, 204, 299]],
  [RETRY_POLICY, [200, 201, 202, 204, 299]],
])('only some answers take a message', (policy, taking) => {
  const all = [100, 199, 200, 201, 202, 204, 299, 300, 302, 400, 410, 500]
  expect(all.filter((status) => policy.takes(status))).toEqual(taking)
})

test('the terms of a merchant hold for its notices alone', () => {
  const terms = { timeoutMs: 1000, triesMax: 5, backoffMs: 7000 }
  const policy = policyOf('notice', terms)
  expect(policy).toMatchObject({ timeoutMs: 1000, triesMax: 5, onlyAfterTimeout: true })
  expect([0, 1, 2].map((failures) => nextDelayMs(policy, failures))).toEqual([7000, 7000, 7000])
  expect(policyOf('notice', null)).toMatchObject({ timeoutMs: 15_000, triesMax: 3, delaysMs: [5000] })
  expect(policyOf('callback', terms)).toBe(CALLBACK_RETRY_POLICY)
  expect(policyOf('webhook', terms)).toBe(RETRY_POLICY)
})

test('what fails while its endpoint is suspended leaves the reason alone', () => {
  const health: Health = { ...ill, status: 'error', suspendedBecause: 'gone' }
  const failed = { status: undefined, delayMs: 0, isExhausted: false }
  expect(judge(CALLBACK_RETRY_POLICY, health, failed)).toMatchObject({ status: 'error', suspendedBecause: 'gone' })
})
