// The server process of the bundled PostgreSQL: made ready with initdb, launched, waited for by connecting, and
// launched again when it dies.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chown, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Log } from '../log.ts'
import { type Binaries, programOf } from './embedded-binaries.ts'
import type { Home } from './embedded-home.ts'
import { connect } from './pool.ts'
import { findPostmaster, stopPostmaster } from './postmaster.ts'

const run = promisify(execFile)

export interface Setup {
  readonly home: Home
  readonly binaries: Binaries
  readonly logPath: string
  readonly log: Log
}

const READY_TIMEOUT_MS = 300_000 // Recovery after a crash reads up to max_wal_size again; a slow disk takes minutes.
const POLL_MS = 30
const LEFTOVERS_TIMEOUT_MS = 20_000
const LEFTOVERS_RETRY_MS = 250
const LOG_BYTES_MAX = 10 * 1024 * 1024

/** Makes an empty cluster with the settings' superuser. An interrupted attempt leaves nothing that looks like one. */
export async function initCluster({ home, binaries }: Setup): Promise<void> {
  const draft = `${home.cluster}.new`
  const passwordFile = join(home.path, 'postgres.password')
  await rm(draft, { recursive: true, force: true })
  await writeFile(passwordFile, home.settings.superuserPassword, { mode: 0o600 })
  try {
    if (home.identity) await chown(passwordFile, home.identity.uid, home.identity.gid)
    const options = [
      '--username=postgres',
      '--locale=C',
      '--encoding=UTF8',
      '--auth=scram-sha-256',
      '--no-instructions',
    ]
    await run(
      programOf(binaries, 'initdb'),
      ['-D', draft, ...options, `--pwfile=${passwordFile}`],
      childOptions(home, binaries),
    )
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(draft, home.cluster)
}

/**
 * Launches the server and resolves to its process id once it answers. Waits for the remains of a killed one to go away.
 * Throws with the end of the server's log when it gives up.
 */
export async function launchServer(setup: Setup, port: number): Promise<number> {
  const settings = await serverSettings(setup)
  const deadline = performance.now() + LEFTOVERS_TIMEOUT_MS
  for (;;) {
    await findPostmaster(setup.home.cluster) // For its care for the file of a dead one.
    const { child, pid, logged } = await spawnServer(setup, port, settings)
    const isUp = await isReady(setup, port, () => hasEnded(child)).catch(async (error) => {
      await stopPostmaster(pid)
      throw error
    })
    if (isUp) return pid
    await stopPostmaster(pid)
    const text = await logged()
    // Processes of a killed server still hold its memory, or have not yet given back its port.
    const isLeftover = text.includes('pre-existing shared memory block') || text.includes('Address already in use')
    if (!isLeftover || performance.now() > deadline) {
      throw new Error(`PostgreSQL did not start. Its log ends with:\n${text}`)
    }
    await sleep(LEFTOVERS_RETRY_MS)
  }
}

/** Resolves to true once the server accepts our password, to false when `hasFailed` says so or it takes too long. */
export async function isReady(setup: Setup, port: number, hasFailed: () => boolean): Promise<boolean> {
  const startedAt = performance.now()
  let saidAt = startedAt
  while (performance.now() < startedAt + READY_TIMEOUT_MS && !hasFailed()) {
    try {
      const client = await connect(adminUrl(setup.home, port), { connectTimeoutMs: 5000 })
      await client.end()
      return true
    } catch (error) {
      if (!isStarting(error)) throw new Error(`PostgreSQL refuses us on port ${port}`, { cause: error })
    }
    if (performance.now() > saidAt + 10_000) {
      saidAt = performance.now()
      setup.log.info({ port }, 'waiting for PostgreSQL to recover')
    }
    await sleep(POLL_MS)
  }
  return false
}

/** The superuser's address of the server. */
export const adminUrl = (home: Home, port: number): string =>
  urlOf('postgres', home.settings.superuserPassword, port, 'postgres')

/** The address of a database for a role whose password needs no escaping. */
export const urlOf = (role: string, password: string, port: number, database: string): string =>
  `postgres://${role}:${password}@127.0.0.1:${port}/${database}`

/** A port of the loopback interface that is free now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

// A refusal to listen, or "the database system is starting up" or "shutting down".
function isStarting(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return ['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(code ?? '') || /timeout|terminated/.test(message)
}

async function serverSettings({ home, binaries }: Setup): Promise<string[]> {
  const lz4 = ['-D', home.cluster, '-c', 'wal_compression=lz4', '-C', 'wal_compression']
  const hasLz4 = await run(programOf(binaries, 'postgres'), lz4, childOptions(home, binaries)).then(
    () => true,
    () => false,
  )
  return [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=128MB',
    'fsync=on',
    'full_page_writes=on',
    'synchronous_commit=on',
    'max_wal_size=4GB',
    'checkpoint_timeout=15min',
    `wal_compression=${hasLz4 ? 'lz4' : 'pglz'}`,
    'jit=off', // Our statements are short: compiling them costs more than running them.
    'timezone=UTC',
    'log_timezone=UTC',
    'log_line_prefix=%m [%p] ',
  ]
}

async function spawnServer(setup: Setup, port: number, settings: readonly string[]) {
  const { home, binaries, logPath } = setup
  await rotateLog(logPath)
  const log = await open(logPath, 'a', 0o600)
  try {
    const { size } = await log.stat()
    const args = ['-D', home.cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
    const child = spawn(programOf(binaries, 'postgres'), args, {
      ...childOptions(home, binaries),
      stdio: ['ignore', log.fd, log.fd],
      detached: true, // Ctrl-C in a terminal reaches the whole group; the server must outlive what still writes to it.
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    if (child.pid === undefined) throw new Error('a process without an id')
    return {
      child,
      pid: child.pid,
      logged: async () => (await readFile(logPath)).subarray(size).toString().slice(-4000).trim(),
    }
  } finally {
    await log.close()
  }
}

async function rotateLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found && found.size > LOG_BYTES_MAX) await rename(path, `${path}.1`)
}

// Its own environment, so that no PG* or LC_* variable of ours reaches the server; a folder that its user may enter.
const childOptions = ({ path, identity }: Home, binaries: Binaries) => ({
  cwd: path,
  env: {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    LD_LIBRARY_PATH: join(binaries.path, 'lib'),
    ...(process.env.SystemRoot ? { SystemRoot: process.env.SystemRoot } : {}),
  },
  windowsHide: true,
  ...identity,
})
