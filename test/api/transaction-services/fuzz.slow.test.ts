import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { openEdge, startEdge } from './setup.ts'

const REQUESTS = 100_000

test('100,000 requests made up at random are answered in the envelope, quickly and without a 5xx', async () => {
  const edge = await openEdge()
  const running = await startEdge(edge)
  const codes = await fuzz(edge, running, REQUESTS)
  expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS)
  expect(running.logged).toEqual([])
}, 600_000)
