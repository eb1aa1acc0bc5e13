// The hardest moment of a lane: COMMIT was sent and no answer came. Nothing may be done twice, and nobody may be told of money
// that did not move.
import { expect, test } from 'vitest'
import { connect } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { type Cut, openProxy } from './proxy.ts'
import { addTo, counterValue, LANE_NAME, openCounters, openLane, runsOf } from './setup.ts'

test.each<{ cut: Cut; decisions: number; title: string }>([
  { cut: 'after', decisions: 1, title: 'whose answer to COMMIT was lost is answered and not run again' },
  { cut: 'before', decisions: 2, title: 'whose COMMIT did not arrive is run again' },
])('a batch $title', async ({ cut, decisions }) => {
  const { url, pool } = await openCounters()
  const proxy = await openProxy(url)
  const lane = openLane(proxy.url)
  const counter = newId()
  await lane.run(addTo(counter))
  const steps = Array.from({ length: 5 }, () => addTo(counter))
  let decided = 0
  const done = proxy.cutNext(cut)
  const answers = steps.map((step) =>
    lane.run<bigint>({
      ...step,
      decide: (books) => {
        decided++
        return step.decide(books)
      },
    }),
  )
  await done
  expect(await Promise.all(answers)).toEqual([2n, 3n, 4n, 5n, 6n])
  expect(decided).toBe(decisions * steps.length)
  expect(await counterValue(pool, counter)).toBe(6n)
  expect([...(await runsOf(pool)).values()]).toEqual(Array(6).fill(1))
  expect(await lane.run(addTo(counter))).toBe(7n)
})

test('a lane waits for a COMMIT that is still on its way before it answers', async () => {
  const { url, pool } = await openCounters()
  const proxy = await openProxy(url)
  let asked = 0
  const lane = openLane(proxy.url, {
    connect: () => {
      asked++
      return connect(proxy.url, { applicationName: LANE_NAME })
    },
  })
  const counter = newId()
  await lane.run(addTo(counter))
  const done = proxy.cutNext('late')
  let isAnswered = false
  const answer = lane.run(addTo(counter)).finally(() => {
    isAnswered = true
  })
  await done
  await expect.poll(() => asked).toBeGreaterThan(3) // It has asked, and was told that the transaction is running.
  expect(isAnswered).toBe(false)
  proxy.release()
  expect(await answer).toBe(2n)
  expect(await counterValue(pool, counter)).toBe(2n)
  expect([...(await runsOf(pool)).values()]).toEqual([1, 1])
})

test('lanes that lose COMMITs again and again do everything once', { timeout: 60_000 }, async () => {
  const { url, pool } = await openCounters()
  const proxy = await openProxy(url)
  const lane = openLane(proxy.url, { batchMax: 4 })
  const counter = newId()
  const steps = Array.from({ length: 60 }, () => addTo(counter))
  const answers = steps.map((step) => lane.run(step))
  for (let i = 0; i < 10; i++) await Promise.race([proxy.cutNext(i % 2 ? 'before' : 'after'), Promise.all(answers)])
  expect(await Promise.all(answers)).toEqual(steps.map((_, i) => BigInt(i + 1)))
  expect(await counterValue(pool, counter)).toBe(60n)
  expect([...(await runsOf(pool)).values()]).toEqual(Array(60).fill(1))
})
