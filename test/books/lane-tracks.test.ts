// A lane works on two batches at a time, of commands that share no row: nobody overtakes anybody who wants the same.
import { expect, test } from 'vitest'
import { need } from '../../src/books/books.ts'
import type { Command } from '../../src/books/command.ts'
import type { Pool } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { addTo, counterShelf, openCounters, openLane, whenLanesWait } from './setup.ts'

/** Holds the row until the work resolves. */
async function holding(pool: Pool, id: string, work: () => Promise<void>): Promise<void> {
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query('select 1 from counters where id = $1 for update', [id])
    await work()
  } finally {
    await holder.query('commit')
    holder.release()
  }
}

test('a command that waits for a lock keeps nobody waiting who does not want its row', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const [a, b] = [newId(), newId()]
  await Promise.all([lane.run(addTo(a)), lane.run(addTo(b))])
  let held: Promise<bigint>[] = []
  await holding(pool, a, async () => {
    held = [lane.run(addTo(a))]
    await whenLanesWait(pool, 1)
    held.push(lane.run(addTo(a)))
    expect(await lane.run(addTo(b))).toBe(2n)
    expect(await lane.run(addTo(b))).toBe(3n)
    await whenLanesWait(pool, 1) // The second one did not go and wait in the database as well.
  })
  expect(await Promise.all(held)).toEqual([2n, 3n])
})

test('commands over one row are decided in the order in which they came, whatever else they want', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const [a, b] = [newId(), newId()]
  await Promise.all([lane.run(addTo(a)), lane.run(addTo(b))])
  const order: string[] = []
  const named = (name: string, ids: readonly string[]): Command<null> => ({
    name,
    needs: ids.map((id) => need(counterShelf, id)),
    decide: () => {
      order.push(name)
      return null
    },
  })
  let all: Promise<null>[] = []
  await holding(pool, a, async () => {
    all = [lane.run(named('a', [a]))]
    await whenLanesWait(pool, 1)
    // The second cannot begin while the first has its row, and the third must not overtake it on the other track.
    all.push(lane.run(named('a and b', [a, b])), lane.run(named('b', [b])))
    await lane.run(addTo(newId()))
  })
  await Promise.all(all)
  expect(order).toEqual(['a', 'a and b', 'b'])
})

test('a stream of commands over each of two rows does not starve one that wants both', async () => {
  const { url } = await openCounters()
  const lane = openLane(url, { batchMax: 2 })
  const [a, b] = [newId(), newId()]
  let isDone = false
  let runs = 0
  const stream = async (id: string): Promise<void> => {
    while (!isDone) {
      await lane.run(addTo(id))
      runs++
    }
  }
  const streams = [a, a, a, b, b, b].map(stream)
  await lane.run(addTo(newId()))
  const both: Command<null> = {
    name: 'both',
    needs: [need(counterShelf, a), need(counterShelf, b)],
    decide: () => null,
  }
  const before = runs
  await lane.run(both)
  expect(runs - before).toBeLessThan(20)
  isDone = true
  await Promise.all(streams)
})
