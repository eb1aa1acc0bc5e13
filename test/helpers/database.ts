// A database of one's own for a test: a copy of the migrated one, gone after the test.
import { randomBytes } from 'node:crypto'
import { afterAll, expect, inject, onTestFinished, vi } from 'vitest'
import { OWNER_ROLE } from '../../src/db/embedded-roles.ts'
import { connect, createPool, type Pool } from '../../src/db/pool.ts'
import { withDatabase } from './global-setup.ts'

export interface TestDatabase {
  /** The app role's address, and a pool of its connections. */
  readonly url: string
  readonly pool: Pool
  readonly ownerUrl: string
  /** Ends the pool and drops the database, whoever is still connected. Happens by itself. */
  close(): Promise<void>
}

const open = new Set<TestDatabase>()

// For what was opened in beforeAll. Hooks run in reverse order, so this one runs after those of the test file.
afterAll(async () => {
  for (const database of open) await database.close()
})

/**
 * A migrated, otherwise empty database. Opened inside a test it lives until that ends, opened in beforeAll until the
 * file ends. Not for test.concurrent, where vitest does not know whose test is asking: there open it in beforeAll.
 */
export function openDatabase(): Promise<TestDatabase> {
  return copyDatabase(inject('server').template)
}

/** A database without any table, to migrate. */
export function openEmptyDatabase(): Promise<TestDatabase> {
  return copyDatabase('template0')
}

async function copyDatabase(template: string): Promise<TestDatabase> {
  const { adminUrl, appUrl, ownerUrl } = inject('server')
  const name = `florin_test_${randomBytes(6).toString('hex')}`
  await administer(adminUrl, `create database ${name} owner ${OWNER_ROLE} template ${template} encoding 'UTF8'`)
  const url = withDatabase(appUrl, name)
  const pool = createPool(url)
  const database: TestDatabase = {
    url,
    pool,
    ownerUrl: withDatabase(ownerUrl, name),
    close: async () => {
      if (!open.delete(database)) return
      await pool.end()
      await administer(adminUrl, `drop database ${name} with (force)`)
    },
  }
  open.add(database)
  closeAfterTest(database)
  return database
}

function closeAfterTest(database: TestDatabase): void {
  try {
    onTestFinished(() => database.close())
  } catch {
    // Not inside a test: afterAll does it.
  }
}

async function administer(adminUrl: string, statement: string): Promise<void> {
  const admin = await connect(adminUrl)
  try {
    await admin.query(statement)
  } finally {
    await admin.end()
  }
}

/** Resolves when so many sessions of the database wait for a lock. Not from inside a transaction: it would see one moment only. */
export async function waitForBlocked(pool: Pool, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rowCount } = await pool.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      expect(rowCount).toBe(count)
    },
    { timeout: 10_000, interval: 10 },
  )
}
