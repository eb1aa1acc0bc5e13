import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { openEdge, startEdge } from './setup.ts'

test('requests made up at random are answered in the envelope, quickly and without a 5xx', async () => {
  const edge = await openEdge()
  const running = await startEdge(edge)
  const codes = await fuzz(edge, running, 1500)
  // They get into the parsers, and through them.
  for (const code of ['00001', '20001', '20002', '20007', '20009', '200'])
    expect(codes.get(code), code).toBeGreaterThan(0)
  expect(running.logged).toEqual([])
})
