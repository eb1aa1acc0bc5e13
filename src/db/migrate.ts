// Brings a database to the schema of this code: the files of migrations/ in the order of their numbers, each once, each
// in its own transaction. `schema_migrations` remembers what ran, and the hash of its text.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import type { Log } from '../log.ts'
import { grantRights } from './grants.ts'
import { connect, type Queryable } from './pool.ts'

export interface MigrateOptions {
  readonly log: Log
  /** The role that the application connects as; it is given its rights unless it is the owner itself. */
  readonly appRole?: string
  readonly migrationsDir?: string
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

const MIGRATION_FILE = /^\d{4}_[a-z0-9_]+\.sql$/
const TURN_TIMEOUT = '120s' // How long to wait for another migrator.
const LOCK_TIMEOUT = '5s' // A migration that waits for a busy table makes everybody behind it wait, too.

/**
 * Applies the migrations that are missing and resolves to their names. Throws, with nothing half done, when a migration
 * fails, when an applied file has changed or when the database is newer than this code.
 */
export async function migrate(ownerUrl: string, options: MigrateOptions): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.migrationsDir)
  const client = await connect(ownerUrl, { applicationName: 'florin migrate', statementTimeoutMs: 0 })
  try {
    await createTable(client)
    const applied: string[] = []
    while (await applyNext(client, migrations, applied)) options.log.info({ migration: applied.at(-1) }, 'migrated')
    const { appRole } = options
    if (appRole !== undefined) await inTurn(client, () => grantRights(client, appRole))
    return { applied }
  } finally {
    await client.end()
  }
}

/** The name of the newest migration that the database has; undefined when it has none. */
export async function schemaVersion(database: Queryable): Promise<string | undefined> {
  const { rows } = await database.query<{ found: boolean }>(
    `select to_regclass('public.schema_migrations') is not null as found`,
  )
  if (!rows[0]?.found) return undefined
  return (await selectApplied(database)).at(-1)?.name
}

/** The name of the newest migration of this code: what `schemaVersion` must say before anything is served. */
export async function expectedVersion(migrationsDir?: string): Promise<string | undefined> {
  return (await readMigrations(migrationsDir)).at(-1)?.name
}

async function readMigrations(directory = findMigrations()): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => MIGRATION_FILE.test(file)).sort()
  for (const [i, file] of files.entries()) {
    if (files[i - 1]?.slice(0, 4) === file.slice(0, 4)) throw new Error(`two migrations have the number of ${file}`)
  }
  return await Promise.all(files.map((file) => readMigration(directory, file)))
}

// Upwards from here: this file runs from src/, from dist/ and, compiled for benchmarks, from deeper down.
function findMigrations(): string {
  for (let directory = import.meta.dirname; directory !== dirname(directory); directory = dirname(directory)) {
    if (existsSync(join(directory, 'migrations'))) return join(directory, 'migrations')
  }
  throw new Error('the folder migrations/ is missing')
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n') // As git on Windows has it.
  return { name: file.replace(/\.sql$/, ''), sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

const DUPLICATES = new Set(['23505', '42P07', '42710'])

async function createTable(client: pg.Client): Promise<void> {
  try {
    await client.query(
      `create table if not exists schema_migrations (
         name       text not null,
         sha256     text not null,
         applied_at timestamptz not null default now(),
         constraint schema_migrations_pkey primary key (name)
       )`,
    )
  } catch (error) {
    // Two migrators that begin at once both find no table; the one that is slower gets one of these, and has its table.
    if (!DUPLICATES.has((error as pg.DatabaseError).code ?? '')) throw error
  }
}

async function applyNext(client: pg.Client, migrations: readonly Migration[], applied: string[]): Promise<boolean> {
  return await inTurn(client, async () => {
    const next = findNext(migrations, await selectApplied(client))
    if (!next) return false
    try {
      await client.query(next.sql)
    } catch (error) {
      throw new Error(`migration ${next.name} failed: ${(error as Error).message}`, { cause: error })
    }
    await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [next.name, next.sha256])
    applied.push(next.name)
    return true
  })
}

function findNext(migrations: readonly Migration[], applied: readonly Applied[]): Migration | undefined {
  for (const [i, { name, sha256 }] of applied.entries()) {
    const migration = migrations.find((candidate) => candidate.name === name)
    if (!migration) throw new Error(`the database has migration ${name}, which this version of Florin does not know`)
    if (migration.sha256 !== sha256) throw new Error(`migration ${name} has changed since it was applied`)
    if (migrations[i]?.name !== name) {
      throw new Error(`migration ${migrations[i]?.name} was never applied, though ${name}, which comes after it, was`)
    }
  }
  return migrations[applied.length]
}

interface Applied {
  readonly name: string
  readonly sha256: string
}

async function selectApplied(database: Queryable): Promise<readonly Applied[]> {
  return (await database.query<Applied>('select name, sha256 from schema_migrations order by name collate "C"')).rows
}

// One migrator at a time; readers of the table do not wait. The session that dies gives its turn back.
async function inTurn<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = '${TURN_TIMEOUT}'`)
    await client.query('lock table schema_migrations in share row exclusive mode')
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`)
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
