// The main process of a PostgreSQL server, found by the file that it keeps in its cluster, and ended gently first.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine, hasId, isAlive, waitForExit } from './processes.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
}

const FAST_STOP_MS = 10_000
const IMMEDIATE_STOP_MS = 10_000

/**
 * The living postmaster of the cluster. The file of a dead one is left to PostgreSQL, which removes it when it starts,
 * unless its process id still means something to the system: another program, or a zombie whose parent does not collect
 * it, as in many containers. PostgreSQL would take either for a postmaster. It finds leftovers by shared memory, too.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const path = join(cluster, 'postmaster.pid')
  const [pid, , , port] = (await readFile(path, 'utf8').catch(() => '')).split('\n').map(Number)
  if (!pid || !hasId(pid)) return undefined
  if (await isAlive(pid)) {
    const command = await commandLine(pid)
    if (command === undefined || command.includes(cluster)) return { pid, port: port || 0 }
  }
  await rm(path, { force: true })
  return undefined
}

/**
 * Ends the server: fast, which loses nothing and needs no recovery, and after ten seconds immediately, which recovers
 * at the next start. Windows knows no signals; there it always ends immediately. Throws when it is still alive then.
 */
export async function stopPostmaster(pid: number): Promise<void> {
  send(pid, 'SIGINT')
  if (await waitForExit(pid, FAST_STOP_MS)) return
  send(pid, 'SIGQUIT')
  if (!(await waitForExit(pid, IMMEDIATE_STOP_MS))) throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
