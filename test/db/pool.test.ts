import { expect, test } from 'vitest'
import { connect, createPool, transaction } from '../../src/db/pool.ts'
import { openDatabase } from '../helpers/database.ts'

test('values come back as the types that money and dates need', async () => {
  const { pool } = await openDatabase()
  const { rows } = await pool.query(
    `select 9007199254740993::int8 as amount, '2026-02-28'::date as day, '2026-02-28T12:00:00Z'::timestamptz as at,
            '{"a":[1]}'::jsonb as data, array[1, null]::int8[] as amounts, array['2026-02-28']::date[] as days,
            1.50 as rate`,
  )
  expect(rows).toEqual([
    {
      amount: 9007199254740993n,
      day: '2026-02-28',
      at: new Date('2026-02-28T12:00:00Z'),
      data: { a: [1] },
      amounts: [1n, null],
      days: ['2026-02-28'],
      rate: '1.50',
    },
  ])
})

test('a transaction keeps its writes when the work returns and loses them when it throws', async () => {
  const { pool } = await openDatabase()
  const insert = 'insert into business_clock (shard, offset_seconds) values ($1, 0)'
  await transaction(pool, (tx) => tx.query(insert, [1]))
  const failing = transaction(pool, async (tx) => {
    await tx.query(insert, [2])
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect((await pool.query('select shard from business_clock')).rows).toEqual([{ shard: 1 }])
})

test('a transaction whose work swallowed a failed statement is not reported as committed', async () => {
  const { pool } = await openDatabase()
  const work = transaction(pool, async (tx) => {
    await tx.query('select 1 / 0').catch(() => undefined)
  })
  await expect(work).rejects.toThrow('rolled back')
})

test('a connection that the server cuts in the middle of a transaction fails that transaction only', async () => {
  const { pool } = await openDatabase()
  const cut = transaction(pool, (tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'))
  await expect(cut).rejects.toThrow()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a connection that is lost between two statements of a transaction fails that transaction only', async () => {
  const { pool } = await openDatabase()
  const cut = transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    const isThere = 'select from pg_stat_activity where pid = $1'
    await expect.poll(async () => (await pool.query(isThere, [rows[0]?.pid])).rowCount).toBe(0)
    await tx.query('select 1')
  })
  await expect(cut).rejects.toThrow()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('an idle connection that the server cuts is replaced', async () => {
  const { pool, url } = await openDatabase()
  await pool.query('select 1')
  const other = createPool(url, { max: 1 })
  await other.query(
    `select pg_terminate_backend(pid)
       from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await other.end()
  await expect.poll(() => pool.totalCount).toBe(0)
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a statement and a silent transaction have an end', async () => {
  const { url } = await openDatabase()
  const pool = createPool(url, { statementTimeoutMs: 50, idleInTransactionTimeoutMs: 2000 })
  await expect(pool.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
  const { rows } = await pool.query("select current_setting('idle_in_transaction_session_timeout') as timeout")
  expect(rows).toEqual([{ timeout: '2s' }])
  await pool.end()
})

test('a lane connection sends statements without waiting for answers', async () => {
  const { url } = await openDatabase()
  const client = await connect(url)
  const answers = await Promise.all([
    client.query('begin'),
    client.query('select 1::int8 as n'),
    client.query('commit'),
  ])
  expect(answers.map(({ command }) => command)).toEqual(['BEGIN', 'SELECT', 'COMMIT'])
  expect(answers[1]?.rows).toEqual([{ n: 1n }])
  await client.end()
})

test('a server that is not there is an error of the caller', async () => {
  await expect(connect('postgres://florin@127.0.0.1:1/florin')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
