// One PostgreSQL for a whole run of the tests, with a migrated database that every test's own is copied from. It is the
// bundled one, or the one whose superuser TEST_DATABASE_URL names: a throwaway server, as roles and databases are made.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/db/embedded.ts'
import { readSettings } from '../../src/db/embedded-home.ts'
import { APP_ROLE, ensureDatabase, ensureRoles, OWNER_ROLE } from '../../src/db/embedded-roles.ts'
import { takeLock } from '../../src/db/lock-file.ts'
import { migrate } from '../../src/db/migrate.ts'
import { connect } from '../../src/db/pool.ts'
import { findPostmaster, stopPostmaster } from '../../src/db/postmaster.ts'
import { createLog } from '../../src/log.ts'

/** How a test reaches the server. The addresses name no database of their own: `withDatabase` puts one in. */
export interface TestServer {
  readonly adminUrl: string
  readonly ownerUrl: string
  readonly appUrl: string
  /** The migrated database to copy. */
  readonly template: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    server: TestServer
  }
}

const START_MS_MAX = 10_000
const PREFIX = 'florin-test-'
const ABANDONED_MS = 60_000 // A run that is just starting has its folder before it holds the lock.
const log = createLog('warn')

/** Called by vitest before all tests; what it returns is called after them, also when some failed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now()
  const { adminUrl, stop } = await startServer()
  try {
    project.provide('server', await prepareServer(adminUrl))
    const ms = performance.now() - startedAt
    if (ms > START_MS_MAX) throw new Error(`the test database took ${Math.round(ms)} ms to start`)
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

/** The address with another database in it. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

async function startServer(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const external = process.env.TEST_DATABASE_URL
  if (external) return { adminUrl: external, stop: () => dropDatabases(external) }
  await removeAbandoned()
  const dataDir = await mkdtemp(join(tmpdir(), PREFIX))
  const embedded = await startEmbedded({ dataDir, log })
  return {
    adminUrl: embedded.adminUrl,
    stop: async () => {
      await embedded.stop()
      await removeData(dataDir)
    },
  }
}

async function prepareServer(adminUrl: string): Promise<TestServer> {
  const passwords = { ownerPassword: randomBytes(12).toString('hex'), appPassword: randomBytes(12).toString('hex') }
  const template = `florin_test_${randomBytes(4).toString('hex')}`
  const admin = await connect(adminUrl)
  try {
    await ensureRoles(admin, passwords)
    await ensureDatabase(admin, template)
  } finally {
    await admin.end()
  }
  const ownerUrl = withRole(adminUrl, OWNER_ROLE, passwords.ownerPassword)
  await migrate(withDatabase(ownerUrl, template), { appRole: APP_ROLE, log })
  return { adminUrl, ownerUrl, appUrl: withRole(adminUrl, APP_ROLE, passwords.appPassword), template }
}

function withRole(url: string, role: string, password: string): string {
  const changed = new URL(url)
  changed.username = role
  changed.password = password
  return changed.href
}

async function dropDatabases(adminUrl: string): Promise<void> {
  const admin = await connect(adminUrl)
  try {
    const { rows } = await admin.query<{ name: string }>(
      "select datname as name from pg_database where starts_with(datname, 'florin_test_')",
    )
    for (const { name } of rows) await admin.query(`drop database ${admin.escapeIdentifier(name)} with (force)`)
  } finally {
    await admin.end()
  }
}

// Runs that were killed leave their server running. Nobody else will ever stop it.
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = join(tmpdir(), name)
    if (!name.startsWith(PREFIX)) continue
    const { uid, mtimeMs } = await stat(dataDir)
    if (uid !== process.getuid?.() || mtimeMs > Date.now() - ABANDONED_MS) continue
    const unlock = await takeLock(join(dataDir, 'florin.pid')).catch(() => undefined)
    if (!unlock) continue
    await removeData(dataDir)
  }
}

/** Removes a data directory whose server is no longer wanted, and root's cluster outside of it. */
export async function removeData(dataDir: string): Promise<void> {
  const settings = await readSettings(join(dataDir, 'postgres.json'))
  const cluster = settings?.cluster ?? join(dataDir, 'postgres')
  const running = await findPostmaster(cluster)
  if (running) await stopPostmaster(running.pid)
  if (settings?.cluster) await rm(dirname(settings.cluster), { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}
