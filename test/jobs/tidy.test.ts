import { expect, test, vi } from 'vitest'
import { idempotencyShelf } from '../../src/idempotency/keyed.ts'
import { deleteIdempotencyKeys } from '../../src/idempotency/queries.ts'
import { SHARD } from '../../src/ids.ts'
import { startTidying } from '../../src/jobs/tidy.ts'
import { advanceClock, type Issuing, openIssuing } from '../helpers/seed.ts'

const DAY = 24 * 60 * 60
const LIFE = { lifeMs: DAY * 1000, limit: 10 }

async function keep(issuing: Issuing, ...names: readonly string[]): Promise<void> {
  for (const key of names) {
    await issuing.deps.lane.run({
      name: 'keep a key',
      needs: [],
      decide: (books) =>
        books.insert(idempotencyShelf, {
          scope: 'test',
          key,
          fingerprint: Buffer.alloc(32),
          result: '{"done":null}',
          createdAt: books.now,
        }),
    })
  }
}

async function keysOf({ pool }: Issuing): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>('select key from idempotency_keys order by key')
  return rows.map(({ key }) => key)
}

test('keys are kept for a day of business time and then removed', async () => {
  const issuing = await openIssuing()
  await keep(issuing, 'old')
  await advanceClock(issuing, DAY - 10)
  await keep(issuing, 'young')
  expect(await deleteIdempotencyKeys(issuing.pool, LIFE)).toBe(0)
  await advanceClock(issuing, 10)
  const tidying = startTidying({ pool: issuing.pool, log: issuing.log })
  await vi.waitFor(async () => expect(await keysOf(issuing)).toEqual(['young']))
  await tidying.stop()
})

test('no more are removed at once than allowed, and none that somebody holds', async () => {
  const issuing = await openIssuing()
  await keep(issuing, 'a', 'b', 'c')
  await advanceClock(issuing, DAY)
  const holder = await issuing.pool.connect()
  try {
    await holder.query('begin')
    await holder.query("select 1 from idempotency_keys where shard = $1 and key = 'b' for no key update", [SHARD])
    expect(await deleteIdempotencyKeys(issuing.pool, { ...LIFE, limit: 1 })).toBe(1)
    expect(await deleteIdempotencyKeys(issuing.pool, LIFE)).toBe(1)
    expect(await keysOf(issuing)).toEqual(['b'])
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  expect(await deleteIdempotencyKeys(issuing.pool, LIFE)).toBe(1)
})
