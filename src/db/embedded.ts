// The PostgreSQL that Florin brings along: a real server under a data directory, started with the process, adopted or
// started again after a crash, and stopped with it.
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { prepareBinaries } from './embedded-binaries.ts'
import { findKnownHome, type Home, isCluster, markCreated, openHome } from './embedded-home.ts'
import { APP_ROLE, DATABASE, ensureDatabase, ensureRoles, OWNER_ROLE } from './embedded-roles.ts'
import { adminUrl, findFreePort, initCluster, isReady, launchServer, type Setup, urlOf } from './embedded-server.ts'
import { takeLock } from './lock-file.ts'
import { connect } from './pool.ts'
import { findPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts'
import { isAlive } from './processes.ts'

export interface Embedded {
  /** For migrations: the role that owns the database and its tables. */
  readonly ownerUrl: string
  /** For everything else. */
  readonly appUrl: string
  /** The superuser's, for tests and repairs. */
  readonly adminUrl: string
  /** Where the cluster's files are: not in the data directory when Florin runs as root. */
  readonly cluster: string
  /** Stops the server and gives the data directory back. */
  stop(): Promise<void>
}

/**
 * Starts the bundled PostgreSQL on a free port of 127.0.0.1 with its data under `dataDir`, which is made when it is
 * missing. Throws when another Florin uses the directory, and with the end of the server's log when it does not start.
 */
export async function startEmbedded({ dataDir, log }: { dataDir: string; log: Log }): Promise<Embedded> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const directory = await realpath(dataDir)
  const unlock = await takeLock(join(directory, LOCK_FILE))
  try {
    const home = await openHome(directory)
    // A copy of the data directory may name a cluster outside of it that the original is using.
    const unlockHome = home.path === directory ? undefined : await takeLock(join(home.path, LOCK_FILE))
    const release = () => Promise.resolve(unlockHome?.()).then(unlock)
    return await startIn(home, directory, { log, release }).catch(async (error) => {
      await unlockHome?.()
      throw error
    })
  } catch (error) {
    await unlock()
    throw error
  }
}

/**
 * The server that a running Florin has started on this data directory: for reading beside it. Stopping does nothing.
 * Undefined when there is none.
 */
export async function findRunningEmbedded(
  dataDir: string,
): Promise<Pick<Embedded, 'ownerUrl' | 'appUrl' | 'stop'> | undefined> {
  const directory = await realpath(dataDir).catch(() => undefined)
  const home = directory === undefined ? undefined : await findKnownHome(directory)
  const running = home && (await findPostmaster(home.cluster))
  if (!home || !running || running.port === 0) return undefined
  const { ownerPassword, appPassword } = home.settings
  return {
    ownerUrl: urlOf(OWNER_ROLE, ownerPassword, running.port, DATABASE),
    appUrl: urlOf(APP_ROLE, appPassword, running.port, DATABASE),
    stop: async () => undefined,
  }
}

/** Whether the data directory has a PostgreSQL, running or not. */
export const hasEmbedded = async (dataDir: string): Promise<boolean> => (await findKnownHome(dataDir)) !== undefined

const LOCK_FILE = 'florin.pid'

async function startIn(
  home: Home,
  directory: string,
  { log, release }: { log: Log; release: () => Promise<void> },
): Promise<Embedded> {
  const binaries = await prepareBinaries({ copyTo: home.binaries, mustCopy: home.identity !== undefined })
  const setup: Setup = { home, binaries, logPath: join(directory, 'postgres.log'), log }
  const server = await runServer(setup)
  try {
    await markCreated(directory, home.settings)
    await prepareDatabase(setup, server.port)
  } catch (error) {
    await server.stop()
    throw error
  }
  const { ownerPassword, appPassword } = home.settings
  return {
    ownerUrl: urlOf(OWNER_ROLE, ownerPassword, server.port, DATABASE),
    appUrl: urlOf(APP_ROLE, appPassword, server.port, DATABASE),
    adminUrl: adminUrl(home, server.port),
    cluster: home.cluster,
    stop: once(() => server.stop().finally(release)),
  }
}

interface Server {
  readonly port: number
  stop(): Promise<void>
}

async function runServer(setup: Setup): Promise<Server> {
  const { cluster } = setup.home
  const running = await findPostmaster(cluster)
  if (running && (await isOurs(setup, running))) {
    setup.log.info({ ...running, cluster }, 'adopted the running PostgreSQL')
    return superviseServer(setup, running)
  }
  if (running) {
    setup.log.warn({ ...running, cluster }, 'stopping a PostgreSQL that does not answer')
    await stopPostmaster(running.pid)
  }
  if (!(await isCluster(cluster))) {
    setup.log.info({ cluster }, 'creating the database')
    await initCluster(setup)
  }
  const port = await findFreePort()
  const started = { pid: await launchServer(setup, port), port }
  setup.log.info({ ...started, cluster }, 'started PostgreSQL')
  return superviseServer(setup, started)
}

async function isOurs(setup: Setup, { pid, port }: Postmaster): Promise<boolean> {
  if (port === 0) return false
  const giveUpAt = performance.now() + ADOPTION_TIMEOUT_MS
  return await isReady(setup, port, () => performance.now() > giveUpAt).catch((error) => {
    setup.log.warn({ err: error, pid }, 'the running PostgreSQL does not accept our password')
    return false
  })
}

const ADOPTION_TIMEOUT_MS = 10_000
const WATCH_MS = 1000
const RELAUNCHES_MAX = 5

// An adopted server is no child of ours, so the end of both kinds is noticed by looking whether the process is there.
function superviseServer(setup: Setup, first: Postmaster): Server {
  const stopping = new AbortController()
  let { pid } = first
  const watching = (async () => {
    let failures = 0
    while (await pauseUnless(stopping.signal)) {
      if (failures >= RELAUNCHES_MAX || (await isAlive(pid))) continue
      setup.log.error({ pid }, 'PostgreSQL is gone; starting it again')
      try {
        pid = await launchServer(setup, first.port)
        failures = 0
      } catch (error) {
        failures += 1
        setup.log.error({ err: error }, 'PostgreSQL could not be started again')
      }
    }
  })()
  return {
    port: first.port,
    stop: async () => {
      stopping.abort()
      await watching
      const running = await findPostmaster(setup.home.cluster)
      if (running) await stopPostmaster(running.pid)
    },
  }
}

// True after the pause, false when the supervision is to end. The timer does not keep the process alive.
const pauseUnless = (signal: AbortSignal): Promise<boolean> =>
  sleep(WATCH_MS, true, { signal, ref: false }).catch(() => false)

async function prepareDatabase({ home }: Setup, port: number): Promise<void> {
  const client = await connect(adminUrl(home, port))
  try {
    await ensureRoles(client, home.settings)
    await ensureDatabase(client, DATABASE)
  } finally {
    await client.end()
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
