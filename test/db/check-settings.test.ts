import { expect, onTestFinished, test } from 'vitest'
import { canRewriteTransfers, checkSettings } from '../../src/db/check-settings.ts'
import { connect, createPool } from '../../src/db/pool.ts'
import { openDatabase } from '../helpers/database.ts'

test('a server with safe settings has no problems', async () => {
  const { pool } = await openDatabase()
  expect(await checkSettings(pool)).toEqual([])
})

test('a server that answers before a commit is safe is named', async () => {
  const { pool } = await openDatabase()
  const client = await pool.connect()
  await client.query('set synchronous_commit = off')
  expect(await checkSettings(client)).toEqual([
    'synchronous_commit is off, so a crash loses payments that were already answered: set it to on.',
  ])
  client.release(true)
})

test('what only the start of a server can set is named, with what to do', async () => {
  const { ownerUrl } = await openDatabase()
  const client = await connect(ownerUrl)
  // A table in the place of the catalog's view: a server that was started like this would need a cluster of its own.
  await client.query(`create temp table pg_settings (name text, setting text)`)
  await client.query(`insert into pg_settings values
    ('fsync', 'off'), ('full_page_writes', 'off'), ('synchronous_commit', 'local'), ('synchronous_standby_names', 'b'),
    ('server_version_num', '140011'), ('server_version', '14.11'), ('server_encoding', 'SQL_ASCII')`)
  await client.query('set search_path = pg_temp, pg_catalog')
  expect(await checkSettings(client)).toEqual([
    expect.stringContaining('fsync is off'),
    expect.stringContaining('full_page_writes is off'),
    expect.stringContaining('synchronous_commit is local'),
    expect.stringContaining('server_version is 14.11'),
    expect.stringContaining('server_encoding is SQL_ASCII'),
  ])
  await client.end()
})

test('the role that owns the tables could change transfers, the app role cannot', async () => {
  const { pool, ownerUrl } = await openDatabase()
  const owner = createPool(ownerUrl, { max: 1 })
  onTestFinished(() => owner.end())
  expect(await canRewriteTransfers(pool)).toBe(false)
  expect(await canRewriteTransfers(owner)).toBe(true)
})
