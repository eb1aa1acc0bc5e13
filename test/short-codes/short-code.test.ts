import { beforeAll, expect, test, vi } from 'vitest'
import { newId, SHARD } from '../../src/ids.ts'
import { findShortCode } from '../../src/short-codes/queries.ts'
import { drawShortCodes, needShortCodes, takeShortCode } from '../../src/short-codes/short-code.ts'
import { type Issuing, openIssuing } from '../helpers/seed.ts'

let issuing: Issuing

beforeAll(async () => {
  issuing = await openIssuing()
})

const take = (candidates: readonly string[], targetId = newId()): Promise<string> =>
  issuing.deps.lane.run({
    name: 'take a code',
    needs: needShortCodes(candidates),
    decide: (books) => takeShortCode(books, candidates, { kind: 'attachment', targetId }),
  })

test('codes are six letters or digits that cannot be read for one another', () => {
  const drawn = Array.from({ length: 500 }, drawShortCodes).flat()
  for (const code of drawn) expect(code).toMatch(/^[A-HJ-NP-Za-km-z2-9]{6}$/)
  expect(new Set(drawn).size).toBe(drawn.length)
})

test('a code leads to what took it', async () => {
  const [targetId, candidates] = [newId(), drawShortCodes()]
  const code = await take(candidates, targetId)
  expect(code).toBe(candidates[0])
  expect(await findShortCode(issuing.pool, code)).toMatchObject({ kind: 'attachment', targetId })
  expect(await findShortCode(issuing.pool, candidates[1] ?? '')).toBeUndefined()
})

test('who draws a code that is taken gets the next one', async () => {
  const [mine, others] = [drawShortCodes(), newId()]
  const [first = '', second = '', third = ''] = mine
  await take([first], others)
  expect(await take(mine)).toBe(second)
  expect(await Promise.all([take([first, second, third]), take(['zzzzzz'])])).toEqual([third, 'zzzzzz'])
  expect(await findShortCode(issuing.pool, first)).toMatchObject({ targetId: others })
})

test('two at once with the same candidates get different ones', async () => {
  const candidates = drawShortCodes()
  const taken = await Promise.all(candidates.map(() => take(candidates)))
  expect(taken.sort()).toEqual([...candidates].sort())
})

test('who finds all his candidates taken is told to try again', async () => {
  const candidates = drawShortCodes()
  for (const _ of candidates) await take(candidates)
  await expect(take(candidates)).rejects.toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 1 } })
})

test('a code that another process takes in the same moment is its, and the next one is ours', async () => {
  const [first = '', second = ''] = drawShortCodes()
  const other = await issuing.pool.connect()
  try {
    await other.query('begin')
    await other.query(
      `insert into short_codes (shard, code, kind, target_id, created_at) values ($1, $2, 'checkout', $3, now())`,
      [SHARD, first, newId()],
    )
    const taking = take([first, second])
    await vi.waitFor(async () => {
      const { rows } = await issuing.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      expect(rows).toHaveLength(1)
    })
    await other.query('commit')
    expect(await taking).toBe(second)
  } finally {
    other.release()
  }
})

test('PostgreSQL refuses a code that could not be read', async () => {
  for (const code of ['O0O0O0', 'abc', 'abcdefg', 'ab/def'])
    await expect(take([code])).rejects.toThrow('short_code_is_six_letters_or_digits')
})
