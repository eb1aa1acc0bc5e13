// How a lane batches, isolates commands from each other, and refuses more than it can hold. What it does when the database
// or the network fails is in lane-reruns.test.ts and lane-commit.test.ts.
import { expect, test } from 'vitest'
import { need } from '../../src/books/books.ts'
import { type Command, refuse } from '../../src/books/command.ts'
import { AppError } from '../../src/errors.ts'
import { newId } from '../../src/ids.ts'
import { addTo, counterShelf, counterValue, openCounters, openLane, runsOf, stepShelf } from './setup.ts'

test('commands that arrive while a batch is in flight form the next batch, in their order', async () => {
  const { url } = await openCounters()
  const sizes: number[] = []
  const lane = openLane(url, { observe: ({ size }) => sizes.push(size) })
  const counter = newId()
  const later: Promise<bigint>[] = []
  const first = addTo(counter)
  await lane.run<bigint>({
    ...first,
    decide: (books) => {
      for (let i = 0; i < 5; i++) later.push(lane.run(addTo(counter)))
      return first.decide(books)
    },
  })
  expect(await Promise.all(later)).toEqual([2n, 3n, 4n, 5n, 6n])
  expect(sizes).toEqual([1, 5])
})

test('a batch has at most batchMax commands', async () => {
  const { url } = await openCounters()
  const sizes: number[] = []
  const lane = openLane(url, { batchMax: 4, observe: ({ size }) => sizes.push(size) })
  const counter = newId()
  await Promise.all(Array.from({ length: 10 }, () => lane.run(addTo(counter))))
  expect(sizes).toEqual([4, 4, 2])
})

test('a command that throws undoes what it wrote and nothing else', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  const failing = (error: Error): Command<bigint> => {
    const step = addTo(counter, 100n)
    return {
      ...step,
      decide: (books) => {
        step.decide(books)
        throw error
      },
    }
  }
  const refused = failing(new AppError('xid_taken'))
  const broken = failing(new Error('a bug'))
  const results = await Promise.allSettled([addTo(counter), refused, broken, addTo(counter)].map(lane.run))
  expect(results).toMatchObject([
    { value: 1n },
    { reason: { code: 'xid_taken' } },
    { reason: { message: 'a bug' } },
    { value: 2n },
  ])
  expect(await counterValue(pool, counter)).toBe(2n)
  expect((await runsOf(pool)).size).toBe(2)
})

test('a refusal keeps what it wrote', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  const step = addTo(counter)
  const refused = lane.run<bigint>({
    ...step,
    decide: (books) => {
      step.decide(books)
      return refuse('code_wrong', { field: 'code' })
    },
  })
  await expect(refused).rejects.toMatchObject({ code: 'code_wrong', details: { field: 'code' } })
  expect(await counterValue(pool, counter)).toBe(1n)
})

test('a command that uses a row without having named it fails alone', async () => {
  const { url } = await openCounters()
  const lane = openLane(url)
  const [counter, unnamed] = [newId(), newId()]
  const careless: Command<bigint> = {
    name: 'careless',
    needs: [],
    decide: (books) => books.get(counterShelf, unnamed).value,
  }
  const results = await Promise.allSettled([addTo(counter), careless].map(lane.run))
  expect(results).toMatchObject([{ value: 1n }, { reason: { message: expect.stringContaining('without naming it') } }])
})

test('a command that violates a constraint fails alone and its neighbours succeed', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counters = Array.from({ length: 16 }, () => newId())
  const results = await Promise.allSettled(counters.map((id, i) => lane.run(addTo(id, i === 5 ? -1n : 1n))))
  expect(results.map((result) => result.status)).toEqual(counters.map((_, i) => (i === 5 ? 'rejected' : 'fulfilled')))
  expect(results[5]).toMatchObject({ reason: { code: '23514', constraint: 'counters_are_not_negative' } })
  const runs = await runsOf(pool)
  expect([...runs.values()]).toEqual(Array(15).fill(1))
})

test('a command that names a row by what is no id fails alone and its neighbours succeed', async () => {
  const { url } = await openCounters()
  const lane = openLane(url)
  const results = await Promise.allSettled([addTo(newId()), addTo('no id'), addTo(newId())].map(lane.run))
  expect(results).toMatchObject([{ value: 1n }, { reason: { code: '22P02' } }, { value: 1n }])
})

test('a command whose row cannot be written fails alone and its neighbours succeed', async () => {
  const { url } = await openCounters()
  const lane = openLane(url)
  const unwritable: Command<null> = {
    name: 'unwritable',
    needs: [],
    decide: (books) => {
      books.append(stepShelf, { commandId: newId(), note: { amount: 1n } }) // JSON has no bigint.
      return null
    },
  }
  const results = await Promise.allSettled([lane.run(addTo(newId())), lane.run(unwritable), lane.run(addTo(newId()))])
  expect(results).toMatchObject([
    { value: 1n },
    { reason: { message: expect.stringContaining('cannot be written') } },
    { value: 1n },
  ])
  expect(await lane.run(addTo(newId()))).toBe(1n)
})

test('a full queue refuses, and says when to come back', async () => {
  const { url } = await openCounters()
  const lane = openLane(url, { queueMax: 3 })
  const counter = newId()
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => lane.run(addTo(counter))))
  expect(results).toMatchObject([
    { value: 1n },
    { value: 2n },
    { value: 3n },
    { reason: { code: 'overloaded', details: { retryAfterSeconds: 1 } } },
  ])
  expect(await lane.run(addTo(counter))).toBe(4n)
})

test('a lane that closes finishes what is queued and refuses what comes after', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url, { batchMax: 3 })
  const counter = newId()
  let answered = 0
  const count = () => answered++
  const queued = Array.from({ length: 10 }, () => lane.run(addTo(counter)).finally(count))
  const closing = Promise.all([lane.close(), lane.close()])
  await expect(lane.run(addTo(counter))).rejects.toMatchObject({ code: 'overloaded' })
  await closing
  expect(answered).toBe(10)
  expect(await Promise.all(queued)).toHaveLength(10)
  expect(await counterValue(pool, counter)).toBe(10n)
})

test('an observer that throws does not stop the lane', async () => {
  const { url } = await openCounters()
  const lane = openLane(url, {
    observe: () => {
      throw new Error('a bug in the metrics')
    },
  })
  const counter = newId()
  expect(await lane.run(addTo(counter))).toBe(1n)
  expect(await lane.run(addTo(counter))).toBe(2n)
})

test('every command of a batch sees the same time, which the sandbox can move', async () => {
  const { url, pool } = await openCounters()
  await pool.query('insert into business_clock (shard, offset_seconds) values (0, 86400)')
  const lane = openLane(url)
  const now: Command<Date> = { name: 'now', needs: [], decide: (books) => books.now }
  const [first, second] = await Promise.all([lane.run(now), lane.run(now)])
  expect(second).toEqual(first)
  const ahead = first.getTime() - Date.now()
  expect(ahead).toBeGreaterThan(86_000_000)
  expect(ahead).toBeLessThan(86_800_000)
})

test('a row that two commands of one batch need is read once and written once', async () => {
  const { url, pool } = await openCounters()
  const lane = openLane(url)
  const counter = newId()
  await lane.run(addTo(counter, 5n))
  const peek: Command<bigint> = {
    name: 'peek',
    needs: [need(counterShelf, counter)],
    decide: (books) => books.get(counterShelf, counter).value,
  }
  const answers = [lane.run(addTo(counter)), lane.run(peek), lane.run(addTo(counter)), lane.run(peek)]
  expect(await Promise.all(answers)).toEqual([6n, 6n, 7n, 7n])
  expect(await counterValue(pool, counter)).toBe(7n)
})
