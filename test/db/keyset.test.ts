import { beforeAll, expect, test } from 'vitest'
import { type PageRequest, selectPage, whereAll } from '../../src/db/keyset.ts'
import { openDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await openDatabase()
})

// Seven rows of two moments, so that the id has to decide within a moment.
const ROWS = Array.from({ length: 7 }, (_, i) => ({
  id: `00000000-0000-7000-8000-00000000000${i}`,
  at: i < 4 ? '2025-01-01T00:00:00.001Z' : '2025-01-01T00:00:00.002Z',
  colour: i % 2 === 0 ? 'red' : 'blue',
}))

const select = `select t.id, t.created_at as "createdAt"
  from (select id::uuid, at::timestamptz as created_at, colour
          from jsonb_to_recordset('${JSON.stringify(ROWS)}') as r(id text, at text, colour text)) as t`

async function read(page: PageRequest, colour?: string) {
  const conditions = [['t.colour = ?', colour] as const, ['t.id is not null and ? > 0', 1] as const]
  const { rows, previous, next } = await selectPage<{ id: string; createdAt: Date }>(database.pool, {
    select,
    conditions,
    page,
  })
  return { numbers: rows.map(({ id }) => Number(id.at(-1))), previous, next }
}

test('pages go from newest to oldest and meet without a gap, also within one moment', async () => {
  const first = await read({ size: 2 })
  expect(first).toMatchObject({ numbers: [6, 5], previous: undefined })
  const second = await read({ size: 2, cursor: first.next })
  const third = await read({ size: 2, cursor: second.next })
  const last = await read({ size: 2, cursor: third.next })
  expect([second.numbers, third.numbers, last.numbers]).toEqual([[4, 3], [2, 1], [0]])
  expect(last.next).toBeUndefined()
})

test('going back shows the same pages, and the first has none before it', async () => {
  const second = await read({ size: 3, cursor: (await read({ size: 3 })).next })
  const first = await read({ size: 3, cursor: second.previous })
  expect([first.numbers, first.previous]).toEqual([[6, 5, 4], undefined])
  expect((await read({ size: 3, cursor: first.next })).numbers).toEqual(second.numbers)
  expect(await read({ size: 2, cursor: second.previous })).toMatchObject({
    numbers: [5, 4],
    previous: { direction: 'previous' },
  })
})

test('a page that ends with the last row does not promise another', async () => {
  expect((await read({ size: 7 })).next).toBeUndefined()
  expect((await read({ size: 6 })).next).toMatchObject({ direction: 'next', id: ROWS[1]?.id })
})

test('conditions without a value are left out, and the others keep their parameters', async () => {
  expect((await read({ size: 10 }, 'blue')).numbers).toEqual([5, 3, 1])
  expect(
    whereAll([
      ['a = ?', 1],
      ['b = ?', undefined],
      ['c in (?, ?)', 'x'],
    ]),
  ).toEqual({
    text: 'a = $1 and c in ($2, $2)',
    values: [1, 'x'],
  })
})
