// One process per data directory: a file that names the process which holds it. A process that was killed leaves its
// file behind; it is told from a living one by the process's start, because process ids are used again.
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAlive, startOf } from './processes.ts'

/** Takes the lock at `path` and returns what gives it back. Throws when a living process holds it. */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const mine = `${process.pid}\n${(await startOf(process.pid)) ?? ''}\n`
  const draft = `${path}.${process.pid}`
  await writeFile(draft, mine, { mode: 0o644 })
  try {
    for (;;) {
      if (await linkUnlessTaken(draft, path)) break
      const holder = await read(path)
      if (holder === undefined) continue
      if (await isHeld(holder)) throw new Error(refusal(path, holder))
      await removeStale(path, holder)
    }
  } finally {
    await rm(draft, { force: true })
  }
  return async () => {
    if ((await read(path)) === mine) await rm(path, { force: true })
  }
}

// A link appears with its whole text or not at all, and only when there is nothing at the path.
async function linkUnlessTaken(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function isHeld(holder: string): Promise<boolean> {
  const [pid = '', start = ''] = holder.split('\n')
  if (!/^\d+$/.test(pid) || !(await isAlive(Number(pid)))) return false
  return start === '' || start === (await startOf(Number(pid)))
}

// Two processes may find the same stale file, and the faster one may hold the lock already. So the file is moved away
// first, which only one of them can do, looked at again, and put back when it is not the stale one.
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  if ((await read(aside)) !== stale) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const refusal = (path: string, holder: string): string =>
  `another Florin (process ${holder.split('\n')[0]}) is using this data directory: ` +
  `stop it, or name another directory. The lock is ${path}`
