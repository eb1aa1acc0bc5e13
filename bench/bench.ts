// `npm run bench`: one table from one run, and ratios, because a machine's speed is not ours to judge. `--json` for
// programs, `--quick` for a first look. Fails when a floor is missed or the books do not add up afterwards.

import { randomUUID } from 'node:crypto'
import { cpus } from 'node:os'
import { transferBalance } from '../src/issuing/transfer-balance.ts'
import { renderReport } from '../src/verify/report.ts'
import { verify } from '../src/verify/verify.ts'
import { measureCheckouts } from './checkouts.ts'
import { callFunction, createFunction } from './function.ts'
import { measureCycles, measureTransfers, pickTwo } from './http.ts'
import { type Measured, measure, residentMiB, type Watch } from './measure.ts'
import { openWorld, startServer, type World } from './world.ts'

const isQuick = process.argv.includes('--quick')
const isJson = process.argv.includes('--json')
const ACCOUNTS = 10_000
const CALLERS = 64
const SECONDS = isQuick ? 2.5 : 10

/** What each ratio must reach. */
const FLOORS = { lane_to_function: 2.5, hot_to_uniform: 0.8, http_to_function: 1 } as const

const print = (text: string): void => void (isJson ? process.stderr : process.stdout).write(`${text}\n`)

async function main(): Promise<boolean> {
  print(`Filling ${ACCOUNTS} card accounts …`)
  const world = await openWorld(ACCOUNTS)
  try {
    const watch: Watch = { pool: world.pool, nodePid: process.pid, postmasterPid: world.postmasterPid }
    await createFunction(world.owner)
    const transfer = (source: string, destination: string): Promise<unknown> => laneTransfer(world, source, destination)
    const [hot = ''] = world.cardAccounts
    const others = world.cardAccounts.slice(1)
    const inProcess = { callers: CALLERS, seconds: SECONDS }

    await measure(watch, { name: 'warm-up', callers: CALLERS, seconds: 1 }, () =>
      transfer(...pickTwo(world.cardAccounts)),
    )
    const fn = await measure(watch, { name: 'function, 16 connections', ...inProcess }, () => functionTransfer(world))
    const lane = await measure(watch, { name: 'lane', ...inProcess }, () => transfer(...pickTwo(world.cardAccounts)))
    const batch = averageBatch(world)
    const hotLane = await measure(watch, { name: 'lane, one hot account', ...inProcess }, () =>
      transfer(pickTwo(others)[0], hot),
    )

    const server = await startServer(world)
    const served: Watch = { ...watch, nodePid: server.pid }
    await measureTransfers(world, served, { url: server.url, callers: CALLERS, seconds: 1 })
    const http = await measureTransfers(world, served, { url: server.url, callers: CALLERS, seconds: SECONDS })
    const cycles = await measureCycles(world, served, { url: server.url, callers: CALLERS, seconds: SECONDS })
    const checkouts = await measureCheckouts(world, served, { url: server.url, callers: CALLERS, seconds: SECONDS })
    const rss = residentMiB(server.pid)
    await server.stop()

    const report = await verify(world.pool)
    const ratios = {
      lane_to_function: lane.perSecond / fn.perSecond,
      hot_to_uniform: hotLane.perSecond / lane.perSecond,
      http_to_function: http.perSecond / fn.perSecond,
    }
    const rows = [fn, lane, hotLane, http, cycles.measured, checkouts]
    const missed = Object.entries(FLOORS).filter(([name, floor]) => ratios[name as keyof typeof ratios] < floor)
    if (isJson) {
      const { calls, perSecond } = cycles
      const partnerConnect = { cyclesPerSecond: perSecond, calls }
      process.stdout.write(
        `${JSON.stringify({ ratios, rows, partnerConnect, batch, rssMiB: rss, readyMs: server.readyMs, verified: report.ok }, null, 2)}\n`,
      )
    }
    printTable(rows)
    print(
      `\naverage batch ${batch.toFixed(1)} · server ready after ${Math.round(server.readyMs)} ms · ${rss} MiB resident · ${cpus().length} cores`,
    )
    for (const [name, { p50, p99 }] of Object.entries(cycles.calls))
      print(`  ${name.padEnd(9)} p50 ${ms(p50)}  p99 ${ms(p99)}`)
    print('')
    for (const [name, ratio] of Object.entries(ratios)) {
      const floor = FLOORS[name as keyof typeof FLOORS]
      print(`${ratio >= floor ? '✓' : '✗'} ${name.padEnd(18)} ${ratio.toFixed(2)}  (at least ${floor})`)
    }
    print(`${report.ok ? '✓' : '✗'} verify: ${report.checks.length} checks`)
    if (!report.ok) print(renderReport(report))
    return report.ok && missed.length === 0
  } finally {
    await world.close()
  }
}

async function laneTransfer(world: World, source: string, destination: string): Promise<unknown> {
  return transferBalance(world.deps, {
    clientId: world.clientId,
    sourceCardAccountId: source,
    destinationCardAccountId: destination,
    amount: { amount: 1n, currency: 'USD' },
    description: 'bench',
    keys: [{ scope: `${world.clientId} bench`, key: randomUUID(), fingerprint: FINGERPRINT }],
  })
}

const FINGERPRINT = Buffer.alloc(32, 7)

const functionTransfer = (world: World): Promise<void> => {
  const [source, destination] = pickTwo(world.cardAccounts)
  return callFunction(world.pool, { clientId: world.clientId, source, destination, amount: 1n, key: randomUUID() })
}

function averageBatch({ batches }: World): number {
  const average = batches.reduce((sum, size) => sum + size, 0) / batches.length
  batches.length = 0
  return average
}

const ms = (value: number): string => `${value.toFixed(1)} ms`
const us = (value: number | null): string => (value === null ? '-' : String(Math.round(value)))

function printTable(rows: readonly Measured[]): void {
  print(
    `\n${'64 callers'.padEnd(32)}${['per s', 'p50 ms', 'p99 ms', 'Node µs', 'PG µs', 'WAL B'].map((head) => head.padStart(9)).join('')}`,
  )
  for (const row of rows) {
    const cells = [
      Math.round(row.perSecond),
      row.p50.toFixed(1),
      row.p99.toFixed(1),
      us(row.nodeUs),
      us(row.postgresUs),
      Math.round(row.walBytes),
    ]
    print(row.name.padEnd(32) + cells.map((cell) => String(cell).padStart(9)).join(''))
  }
}

process.exitCode = (await main()) ? 0 : 1
