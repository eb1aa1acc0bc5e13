// What a lane does when PostgreSQL asks for another try, or is gone: commands run again as a batch, once each.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { need } from '../../src/books/books.ts'
import type { Command } from '../../src/books/command.ts'
import { connect, type Pool } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import {
  addTo,
  counterShelf,
  counterValue,
  gateShelf,
  LANE_NAME,
  openCounters,
  openLane,
  otherCounterShelf,
  runsOf,
  SHELVES,
  type Step,
  whenLanesWait,
} from './setup.ts'

/** Adds one to the counter of this id in both tables. */
function addToBoth(id: string): Command<bigint> {
  const step = addTo(id)
  return {
    name: 'add to both',
    needs: [...step.needs, need(otherCounterShelf, id)],
    decide: (books) => {
      books.put(otherCounterShelf, { id, value: (books.find(otherCounterShelf, id)?.value ?? 0n) + 1n })
      return step.decide(books)
    },
  }
}

/** Does the work while a transaction of somebody else is open, which ends when the work resolves. */
async function holding<T>(pool: Pool, statement: string, values: unknown[], work: () => Promise<T>): Promise<T> {
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query(statement, values)
    return await work()
  } finally {
    await holder.query('commit')
    holder.release()
  }
}

async function deadlocksIn(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ deadlocks: bigint }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.deadlocks ?? 0n
}

const killLanes = (pool: Pool) =>
  pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = $1`,
    [LANE_NAME],
  )

const counting = (step: Step, count: () => void): Command<bigint> => ({
  ...step,
  decide: (books) => {
    count()
    return step.decide(books)
  },
})

test('two lanes that lock in opposite orders deadlock, and both finish', async () => {
  const { url, pool } = await openCounters()
  const lanes = [openLane(url), openLane(url, { shelves: SHELVES.toReversed() })]
  const id = newId()
  // Between their other two rows both want one that is held until each has its first: then the deadlock is certain.
  await pool.query('insert into gates values (0, $1, 0)', [id])
  const command = addToBoth(id)
  const throughGate = { ...command, needs: [...command.needs, need(gateShelf, id)] }
  await lanes[0]?.run(throughGate)
  let answers: (Promise<bigint> | undefined)[] = []
  await holding(pool, 'select 1 from gates where id = $1 for update', [id], async () => {
    answers = lanes.map((lane) => lane.run({ ...throughGate, decide: addToBoth(id).decide }))
    await whenLanesWait(pool, 2)
  })
  expect((await Promise.all(answers)).sort()).toEqual([2n, 3n])
  expect(await counterValue(pool, id)).toBe(3n)
  expect(await counterValue(pool, id, 'other_counters')).toBe(3n)
  expect(await deadlocksIn(pool)).toBeGreaterThan(0n)
})

test('two lanes that use the same rows in any order never wait for each other in a circle', async () => {
  const { url, pool } = await openCounters()
  const lanes = [openLane(url, { batchMax: 1 }), openLane(url, { batchMax: 1 })]
  const [a, b] = [newId(), newId()]
  const both = (one: string, two: string): Command<null> => ({
    name: 'move',
    needs: [need(counterShelf, one), need(counterShelf, two)],
    decide: (books) => {
      for (const id of [one, two]) {
        books.put(counterShelf, { id, value: (books.find(counterShelf, id)?.value ?? 0n) + 1n })
      }
      return null
    },
  })
  await lanes[0]?.run(both(a, b))
  const moves = Array.from({ length: 100 }, (_, i) => lanes[i % 2]?.run(i % 2 ? both(a, b) : both(b, a)))
  await Promise.all(moves)
  expect(await counterValue(pool, a)).toBe(101n)
  expect(await counterValue(pool, b)).toBe(101n)
  expect(await deadlocksIn(pool)).toBe(0n)
})

test('serialization failures are run again', async () => {
  const { url, pool } = await openCounters()
  const strict = async () => {
    const client = await connect(url, { applicationName: LANE_NAME })
    await client.query("set default_transaction_isolation to 'repeatable read'")
    return client
  }
  const lanes = [openLane(url, { connect: strict }), openLane(url, { connect: strict })]
  const counter = newId()
  await lanes[0]?.run(addTo(counter))
  let answers: (Promise<bigint> | undefined)[] = []
  let decided = 0
  await holding(pool, 'update counters set value = value + 1 where id = $1', [counter], async () => {
    answers = lanes.map((lane) => lane.run(counting(addTo(counter), () => decided++)))
    await whenLanesWait(pool, 2)
  })
  expect((await Promise.all(answers)).sort()).toEqual([3n, 4n])
  expect(decided).toBe(2) // The failures came while loading: nothing was decided on an old snapshot.
})

test('a batch that waits too long for a lock gives way and is run again', async () => {
  const { url, pool } = await openCounters()
  let connected = 0
  const lane = openLane(url, {
    connect: async () => {
      connected++
      const client = await connect(url, { applicationName: LANE_NAME })
      await client.query("set lock_timeout to '50ms'")
      return client
    },
  })
  const counter = newId()
  await lane.run(addTo(counter))
  let answer: Promise<bigint> | undefined
  await holding(pool, 'select 1 from counters where id = $1 for update', [counter], async () => {
    answer = lane.run(addTo(counter))
    await whenLanesWait(pool, 1)
    await whenLanesWait(pool, 0)
  })
  expect(await answer).toBe(2n)
  expect(connected).toBe(1)
})

test('a row that another writer added meanwhile is seen by the next try', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  let answer: Promise<bigint> | undefined
  await holding(pool, 'insert into counters values (0, $1, 10)', [counter], async () => {
    answer = lane.run(addTo(counter))
    await whenLanesWait(pool, 1)
  })
  expect(await answer).toBe(11n)
  expect(await counterValue(pool, counter)).toBe(11n)
})

test('a connection that was lost between batches is replaced unnoticed', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  await lane.run(addTo(counter))
  await killLanes(pool)
  expect(await lane.run(addTo(counter))).toBe(2n)
})

test('a connection that is lost while a batch waits is replaced, and the batch runs once', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  await lane.run(addTo(counter))
  let answers: Promise<bigint>[] = []
  await holding(pool, 'select 1 from counters where id = $1 for update', [counter], async () => {
    answers = [lane.run(addTo(counter)), lane.run(addTo(counter))]
    await whenLanesWait(pool, 1)
    await killLanes(pool)
  })
  expect(await Promise.all(answers)).toEqual([2n, 3n])
  expect(await counterValue(pool, counter)).toBe(3n)
})

test('connections that are killed at any moment make no command run twice and none get lost', async () => {
  const { url, pool } = await openCounters()
  const lanes = [openLane(url, { batchMax: 5 }), openLane(url, { batchMax: 5 })]
  const counter = newId()
  const steps = Array.from({ length: 300 }, () => addTo(counter))
  const answers = Promise.allSettled(steps.map((step, i) => lanes[i % 2]?.run(step)))
  let isDone = false
  void answers.then(() => {
    isDone = true
  })
  for (let kills = 0; !isDone && kills < 20; kills++) {
    await killLanes(pool)
    await sleep(Math.random() * 60) // Not a wait for something: the moments of the kills are what is tried.
  }
  const results = await answers
  const runs = await runsOf(pool)
  expect(results.filter((result) => result.status === 'rejected')).toEqual([])
  expect(steps.map(({ id }) => runs.get(id))).toEqual(steps.map(() => 1))
  expect(await counterValue(pool, counter)).toBe(300n)
})

test('commands are refused as overloaded when the database stays away, and the lane recovers when it is back', async () => {
  const { url } = await openCounters()
  let isAway = true
  const lane = openLane(url, {
    connect: () => {
      if (isAway) throw new Error('connect ECONNREFUSED')
      return connect(url, { applicationName: LANE_NAME })
    },
  })
  onTestFinished(() => {
    isAway = false
  })
  const counter = newId()
  const answer = lane.run(addTo(counter))
  await expect(answer).rejects.toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 1 } })
  isAway = false
  expect(await lane.run(addTo(counter))).toBe(1n)
})
