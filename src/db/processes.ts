// Other processes as the operating system shows them: alive or not, since when, and what they run. A process id alone
// says nothing, because after a restart it may belong to somebody else.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const POLL_MS = 50

/** Whether the system knows a process by the id, be it a zombie. */
export function hasId(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether the process exists and is more than a zombie that nobody has collected. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!hasId(pid)) return false
  return process.platform !== 'linux' || !['Z', 'X', undefined].includes((await statFields(pid))?.[0])
}

/** A text that tells this process from any other that had or will have its id, where the system has one. */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  if (process.platform === 'linux') {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    const started = (await statFields(pid))?.[19] // Field 22 of proc(5), counted from the state, which is field 3.
    return started && `${boot.trim()} ${started}`
  }
  return await ps('lstart', pid)
}

/** The command line of the process, its words separated by spaces; undefined when it cannot be read. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  if (process.platform !== 'linux') return await ps('command', pid)
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return text?.replaceAll('\0', ' ').trim()
}

/** Waits until the process is gone, at most `timeoutMs`. Returns whether it is. */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (await isAlive(pid)) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

// What follows the name in /proc/<pid>/stat; the name is in parentheses and may contain spaces and parentheses.
async function statFields(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function ps(column: string, pid: number): Promise<string | undefined> {
  const result = await run('ps', ['-o', `${column}=`, '-p', String(pid)]).catch(() => undefined)
  return result?.stdout.trim() || undefined
}
