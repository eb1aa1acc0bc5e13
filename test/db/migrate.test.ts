import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { APP_ROLE } from '../../src/db/embedded-roles.ts'
import { APPEND_ONLY_TABLES } from '../../src/db/grants.ts'
import { expectedVersion, migrate, schemaVersion } from '../../src/db/migrate.ts'
import { createPool, type Pool } from '../../src/db/pool.ts'
import { createLog } from '../../src/log.ts'
import { openDatabase, openEmptyDatabase } from '../helpers/database.ts'

const log = createLog('silent')

test('migrations run in the order of their numbers, once', async () => {
  const { migrateDatabase, owner } = await setup({
    '0002_second.sql': 'insert into a values (2);',
    '0001_first.sql': 'create table a (n int); insert into a values (1);',
    'schema.sql': 'not a migration',
  })
  expect(await migrateDatabase()).toEqual({ applied: ['0001_first', '0002_second'] })
  expect(await migrateDatabase()).toEqual({ applied: [] })
  expect((await owner.query('select n from a')).rows).toEqual([{ n: 1 }, { n: 2 }])
})

test('a migration that fails leaves nothing of itself and all of those before it', async () => {
  const { migrateDatabase, owner } = await setup({
    '0001_good.sql': 'create table a (n int)',
    '0002_bad.sql': 'create table b (n int); select 1 / 0;',
  })
  await expect(migrateDatabase()).rejects.toThrow('migration 0002_bad failed: division by zero')
  expect(await schemaVersion(owner)).toBe('0001_good')
  expect((await owner.query("select to_regclass('b') as b")).rows).toEqual([{ b: null }])
})

test('a migration that was applied must not change, but its line ends may', async () => {
  const { migrateDatabase, write } = await setup({ '0001_a.sql': 'create table a (\n n int)' })
  await migrateDatabase()
  await write('0001_a.sql', 'create table a (\r\n n int)')
  expect(await migrateDatabase()).toEqual({ applied: [] })
  await write('0001_a.sql', 'create table a (\n n bigint)')
  await expect(migrateDatabase()).rejects.toThrow('migration 0001_a has changed since it was applied')
})

test('a database that is newer than the code is refused', async () => {
  const { migrateDatabase, remove } = await setup({ '0001_a.sql': 'select 1', '0002_b.sql': 'select 1' })
  await migrateDatabase()
  await remove('0002_b.sql')
  await expect(migrateDatabase()).rejects.toThrow('has migration 0002_b, which this version of Florin does not know')
})

test('a migration that slips in before an applied one is refused', async () => {
  const { migrateDatabase, write } = await setup({ '0002_b.sql': 'select 1' })
  await migrateDatabase()
  await write('0001_a.sql', 'select 1')
  await expect(migrateDatabase()).rejects.toThrow('migration 0001_a was never applied')
})

test('two files with one number are refused', async () => {
  const { migrateDatabase } = await setup({ '0001_a.sql': 'select 1', '0001_b.sql': 'select 1' })
  await expect(migrateDatabase()).rejects.toThrow('two migrations have the number of 0001_b.sql')
})

test('migrators that start together apply every migration once', async () => {
  const { migrateDatabase, owner } = await setup({
    '0001_a.sql': 'create table a (n int)',
    '0002_b.sql': 'insert into a values (1)',
  })
  const results = await Promise.all([1, 2, 3, 4].map(() => migrateDatabase()))
  expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['0001_a', '0002_b'])
  expect((await owner.query('select n from a')).rows).toEqual([{ n: 1 }])
})

test('the version of a database is its newest migration, and none before the first', async () => {
  const { migrateDatabase, owner, directory } = await setup({ '0001_a.sql': 'select 1', '0002_b.sql': 'select 1' })
  expect(await schemaVersion(owner)).toBeUndefined()
  await migrateDatabase()
  expect(await schemaVersion(owner)).toBe('0002_b')
  expect(await expectedVersion(directory)).toBe('0002_b')
})

test('a migrated database has the version that this code expects, and the app role can read it', async () => {
  const { pool } = await openDatabase()
  expect(await schemaVersion(pool)).toBe(await expectedVersion())
})

test('the app role may add facts but neither change nor remove them', async () => {
  const { pool } = await openDatabase()
  const { rows } = await pool.query<{ name: string; rights: string }>(SELECT_RIGHTS)
  const rights = Object.fromEntries(rows.map((row) => [row.name, row.rights]))
  for (const table of APPEND_ONLY_TABLES) expect(rights[`public.${table}`], table).toBe('INSERT,SELECT')
  expect(rights['public.accounts']).toBe('INSERT,SELECT,UPDATE')
  expect(rights['public.idempotency_keys']).toBe('DELETE,INSERT,SELECT,UPDATE')
  expect(rights['vault.pans']).toBe('DELETE,INSERT,SELECT,UPDATE')
  expect(rights['public.schema_migrations']).toBe('SELECT')
  await expect(pool.query('truncate transfers')).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query('create table mine (n int)')).rejects.toMatchObject({ code: '42501' })
})

test('rights that the app role should not have are taken back', async () => {
  const { pool, ownerUrl } = await openDatabase()
  const owner = createPool(ownerUrl, { max: 1 })
  await owner.query(`grant all on transfers to ${APP_ROLE}`)
  await owner.end()
  await migrate(ownerUrl, { appRole: APP_ROLE, log })
  await expect(pool.query('delete from transfers')).rejects.toMatchObject({ code: '42501' })
})

const SELECT_RIGHTS = `
  select table_schema || '.' || table_name as name,
         string_agg(privilege_type, ',' order by privilege_type) as rights
    from information_schema.role_table_grants
   where grantee = '${APP_ROLE}'
   group by 1`

interface Fixture {
  readonly directory: string
  readonly owner: Pool
  migrateDatabase(): Promise<{ applied: string[] }>
  write(file: string, sql: string): Promise<void>
  remove(file: string): Promise<void>
}

async function setup(files: Record<string, string>): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'florin-migrations-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { ownerUrl } = await openEmptyDatabase()
  const owner = createPool(ownerUrl, { max: 1 })
  onTestFinished(() => owner.end())
  const write = (file: string, sql: string): Promise<void> => writeFile(join(directory, file), sql)
  for (const [file, sql] of Object.entries(files)) await write(file, sql)
  return {
    directory,
    owner,
    write,
    remove: (file) => rm(join(directory, file)),
    migrateDatabase: () => migrate(ownerUrl, { migrationsDir: directory, appRole: APP_ROLE, log }),
  }
}
