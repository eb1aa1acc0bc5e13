import { describe, expect, test } from 'vitest'
import { addressKey, createRateLimit, retryAfterSeconds } from '../../src/http/rate-limit.ts'

function setup(requestsPerMinute: number) {
  const clock = { ms: 1_000_000 }
  const limit = createRateLimit({
    requestsPerMinute,
    failuresPerMinute: 2,
    perRoute: { 'POST /a': 1 },
    now: () => clock.ms,
  })
  return { clock, limit }
}

describe('a counter', () => {
  test('counts down through a minute and starts again after it', () => {
    const { clock, limit } = setup(2)
    const counter = limit.forRoute('GET /b')
    expect(counter.take('p')).toEqual({ limit: 2, remaining: 1, resetMs: 60_000, isExceeded: false })
    clock.ms += 59_500
    expect(counter.take('p')).toEqual({ limit: 2, remaining: 0, resetMs: 500, isExceeded: false })
    const refused = counter.take('p')
    expect(refused).toMatchObject({ remaining: 0, isExceeded: true })
    expect(retryAfterSeconds(refused)).toBe(1)
    clock.ms += 500
    expect(counter.take('p')).toMatchObject({ remaining: 1, isExceeded: false })
  })

  test('is apart for each principal and each endpoint', () => {
    const { limit } = setup(1)
    const [a, b] = [limit.forRoute('POST /a'), limit.forRoute('GET /b')]
    expect([a.take('p'), a.take('q'), b.take('p')].map(({ isExceeded }) => isExceeded)).toEqual([false, false, false])
    expect(a.take('p').isExceeded).toBe(true)
  })

  test('looks without counting, and says when the next one is too many', () => {
    const { limit } = setup(1)
    expect(limit.failures.peek('ip')).toEqual({ limit: 2, remaining: 2, resetMs: 60_000, isExceeded: false })
    limit.failures.take('ip')
    limit.failures.take('ip')
    expect(limit.failures.peek('ip')).toMatchObject({ remaining: 0, isExceeded: true })
  })

  test('forgets the oldest when it has too many keys', () => {
    const { limit } = setup(1)
    const counter = limit.forRoute('GET /b')
    for (let i = 0; i < 10_001; i++) counter.take(`p${i}`)
    expect(counter.take('p0').isExceeded).toBe(false)
    expect(counter.take('p5000').isExceeded).toBe(true)
  })
})

describe('addressKey', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:aaaa::1', '8193:3512:1:2'],
    ['2001:db8:1:2:bbbb::9', '8193:3512:1:2'],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })
})
