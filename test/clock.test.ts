import { expect, test } from 'vitest'
import { createBusinessClock } from '../src/clock.ts'

const HOUR_MS = 3_600_000

test('a business clock asks again when its reading is too old, and knows the time between', async () => {
  let asked = 0
  const read = async (): Promise<Date> => {
    asked += 1
    return new Date(Date.now() + HOUR_MS)
  }
  const clock = createBusinessClock({ read, maxAgeMs: 60_000 })
  expect(Math.abs(clock.latest().getTime() - Date.now())).toBeLessThan(1000)
  await clock.now()
  await clock.now()
  expect(asked).toBe(1)
  expect(clock.latest().getTime() - Date.now()).toBeGreaterThan(HOUR_MS - 1000)
})

test('a business clock of a sandbox asks every time', async () => {
  let asked = 0
  const clock = createBusinessClock({ read: async () => new Date(++asked), maxAgeMs: 0 })
  await clock.now()
  await clock.now()
  expect(asked).toBe(2)
})
