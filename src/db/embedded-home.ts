// Where the bundled PostgreSQL keeps its cluster, as whom it runs, and the passwords, all remembered in `postgres.json`
// of the data directory. PostgreSQL refuses to run as root, so for root it runs as nobody, in a place nobody can reach.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findPostmaster, stopPostmaster } from './postmaster.ts'

/** A user that a program runs as; undefined means as this process. */
export interface Identity {
  readonly uid: number
  readonly gid: number
}

export interface Home {
  /** The folder around the cluster, writable for the identity. */
  readonly path: string
  readonly cluster: string
  /** Where copies of the programs go. */
  readonly binaries: string
  readonly identity: Identity | undefined
  readonly settings: Settings
}

/** `postgres.json`. */
export interface Settings {
  /** Where the cluster is when that is not in the data directory. */
  readonly cluster?: string
  /** There has been a whole cluster, so that one that is missing is a loss and not a beginning. */
  readonly isCreated?: boolean
  readonly superuserPassword: string
  readonly ownerPassword: string
  readonly appPassword: string
}

const NOBODY: Identity = { uid: 65534, gid: 65534 }
const SETTINGS_FILE = 'postgres.json'
const CLUSTER = 'postgres'

/** Finds the home of the data directory's cluster, or chooses one and remembers it. Throws when the cluster is gone. */
export async function openHome(dataDir: string): Promise<Home> {
  const path = join(dataDir, SETTINGS_FILE)
  const known = await readSettings(path)
  if (known) return await findHome(dataDir, known)
  const secrets = { superuserPassword: newPassword(), ownerPassword: newPassword(), appPassword: newPassword() }
  const inside = await findHome(dataDir, secrets)
  if (await isCluster(inside.cluster)) throw new Error(lostPasswords(inside.cluster, path))
  if (process.getuid?.() !== 0) {
    await writeSettings(path, secrets)
    return inside
  }
  const home = await makeRootHome(await realpath(dataDir))
  if (await isCluster(join(home, CLUSTER))) await setAside(home)
  const settings = { cluster: join(home, CLUSTER), ...secrets }
  await writeSettings(path, settings)
  return await findHome(dataDir, settings)
}

/** Remembers that the cluster is whole. */
export async function markCreated(dataDir: string, settings: Settings): Promise<void> {
  if (!settings.isCreated) await writeSettings(join(dataDir, SETTINGS_FILE), { ...settings, isCreated: true })
}

/** The home of a data directory that has one. */
export async function findKnownHome(dataDir: string): Promise<Home | undefined> {
  const known = await readSettings(join(dataDir, SETTINGS_FILE))
  return known && (await findHome(dataDir, known))
}

/** Whether the folder holds a cluster of PostgreSQL. */
export const isCluster = (path: string): Promise<boolean> => exists(join(path, 'PG_VERSION'))

async function findHome(dataDir: string, settings: Settings): Promise<Home> {
  const { cluster = join(dataDir, CLUSTER) } = settings
  const path = dirname(cluster)
  const isThere = settings.isCreated ? await isCluster(cluster) : await exists(path)
  if (!isThere) throw new Error(missingCluster(dataDir, cluster))
  const binaries = settings.cluster === undefined ? join(dataDir, 'binaries') : join(dirname(path), 'binaries')
  return {
    path,
    cluster,
    binaries,
    identity: await identityFor(settings.cluster === undefined ? cluster : path),
    settings,
  }
}

// Root may also start what a normal user has made: then the server runs as that user, who owns the files.
async function identityFor(path: string): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(path).catch(() => undefined)
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : NOBODY
}

async function makeRootHome(dataDir: string): Promise<string> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const refusals: string[] = []
  for (const base of ['/var/lib/florin', '/var/lib/florin-postgres', join(tmpdir(), 'florin'), '/tmp/florin']) {
    // The cluster must not lie in its own data directory, which only root may read.
    const refusal = `${dataDir}/`.startsWith(`${base}/`) ? 'it holds the data directory' : await prepareBase(base)
    if (refusal === undefined) {
      const home = join(base, name)
      await mkdir(home, { recursive: true, mode: 0o700 })
      await chown(home, NOBODY.uid, NOBODY.gid)
      return home
    }
    refusals.push(`${base}: ${refusal}`)
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no place where it could run as another user ' +
      `(${refusals.join('; ')}). ` +
      'Start Florin as a normal user, or set DATABASE_URL',
  )
}

// Says why the folder cannot be used: somebody else could put programs there, or nobody could not reach its cluster.
async function prepareBase(base: string): Promise<string | undefined> {
  try {
    await mkdir(base, { mode: 0o755 })
    await chmod(base, 0o755)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return (error as Error).message
  }
  const found = await lstat(base)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) return 'it does not belong to root alone'
  for (let path = base; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return `${path} is closed to other users`
    if (path === dirname(path)) return undefined
  }
}

// Somebody removed the data directory, and with it the passwords, but root's cluster lies elsewhere. It is kept: what
// looks abandoned may be the books of a business.
async function setAside(home: string): Promise<void> {
  const running = await findPostmaster(join(home, CLUSTER))
  if (running) await stopPostmaster(running.pid)
  const aside = `${CLUSTER}-${new Date().toISOString().replace(/\D/g, '')}`
  await rename(join(home, CLUSTER), join(home, aside))
}

const newPassword = (): string => randomBytes(24).toString('base64url')

/** What `postgres.json` says; undefined when there is none. */
export async function readSettings(path: string): Promise<Settings | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Settings
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read, and the database's passwords are in it`, { cause: error })
  }
}

// On the disk before there is a cluster with these passwords.
async function writeSettings(path: string, settings: Settings): Promise<void> {
  const draft = `${path}.${process.pid}`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(settings, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const lostPasswords = (cluster: string, path: string): string =>
  `there is a database in ${cluster}, but its passwords, which were in ${path}, are gone. ` +
  'Put the file back, or move the database away to begin with an empty one'

const missingCluster = (dataDir: string, cluster: string): string =>
  `the database of ${dataDir} is not where it was, in ${cluster}. ` +
  'Put it back (in a container, keep that folder on a volume or do not run as root), or name an empty data directory'
