// Runs something with a number of callers for a while, and measures what it took: time, CPU of each side, WAL.
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from '../src/db/pool.ts'

export interface Measured {
  readonly name: string
  readonly operations: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** CPU microseconds an operation; null where the system does not say. */
  readonly nodeUs: number | null
  readonly postgresUs: number | null
  readonly walBytes: number
}

export interface Watch {
  readonly pool: Pool
  /** The process whose CPU counts as Node's. */
  readonly nodePid: number
  readonly postmasterPid: number
}

/** Closed loop: each caller starts its next operation when the one before is done. `operation` gets a running number. */
export async function measure(
  watch: Watch,
  { name, callers, seconds }: { name: string; callers: number; seconds: number },
  operation: (n: number) => Promise<unknown>,
): Promise<Measured> {
  const times: number[] = []
  let n = 0
  return watched(watch, name, times, async () => {
    const until = performance.now() + seconds * 1000
    const caller = async (): Promise<void> => {
      while (performance.now() < until) {
        const startedAt = performance.now()
        await operation(n++)
        times.push(performance.now() - startedAt)
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
  })
}

/** Watches a run that fills in the milliseconds of its operations. */
export async function watched(
  watch: Watch,
  name: string,
  times: number[],
  run: () => Promise<void>,
): Promise<Measured> {
  const before = await look(watch)
  const startedAt = performance.now()
  await run()
  const seconds = (performance.now() - startedAt) / 1000
  const after = await look(watch)
  const sorted = times.sort((a, b) => a - b)
  const operations = sorted.length
  const each = (total: number | null): number | null => (total === null ? null : total / operations)
  return {
    name,
    operations,
    perSecond: operations / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    nodeUs: each(difference(after.nodeUs, before.nodeUs)),
    postgresUs: each(difference(after.postgresUs, before.postgresUs)),
    walBytes: Number(after.wal - before.wal) / operations,
  }
}

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

const difference = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b)

async function look({
  pool,
  nodePid,
  postmasterPid,
}: Watch): Promise<{ nodeUs: number | null; postgresUs: number | null; wal: bigint }> {
  const { rows } = await pool.query<{ wal: bigint }>(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8 as wal`)
  return { nodeUs: cpuUs(nodePid), postgresUs: await familyCpuUs(postmasterPid), wal: rows[0]?.wal ?? 0n }
}

const US_PER_TICK = 10_000 // USER_HZ is 100 on every Linux that Node runs on.

/** CPU microseconds of a process so far, by /proc; null without it. */
function cpuUs(pid: number, withEndedChildren = false): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
    return (utime + stime + (withEndedChildren ? cutime + cstime : 0)) * US_PER_TICK
  } catch {
    return null
  }
}

async function familyCpuUs(postmaster: number): Promise<number | null> {
  const own = cpuUs(postmaster, true)
  if (own === null) return null
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const children = await Promise.all(
    pids.map(async (pid) => ((await parentOf(pid)) === postmaster ? (cpuUs(Number(pid)) ?? 0) : 0)),
  )
  return children.reduce((sum, us) => sum + us, own)
}

async function parentOf(pid: string): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Resident memory of a process in MiB; null without /proc. */
export function residentMiB(pid: number): number | null {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? null : Math.round(Number(kib) / 1024)
  } catch {
    return null
  }
}
