import { randomUUID } from 'node:crypto'
import { createLane } from '../src/books/lane.ts'
import { connect } from '../src/db/pool.ts'
import { SHELVES } from '../src/shelves.ts'
import { transferBalance } from '../src/issuing/transfer-balance.ts'
import { createLog } from '../src/log.ts'
import { pickTwo } from './http.ts'
import { openWorld } from './world.ts'
const w = await openWorld(10000)
const times = new Map<string, number[]>()
try {
  await w.owner.query('analyze')
  const lane = createLane({ connect: async () => {
    const c = await connect(w.appUrl)
    const q = c.query.bind(c) as (a: unknown) => Promise<{rows: Record<string,string>[]}>
    // serialize
    let last: Promise<unknown> = Promise.resolve()
    c.query = ((a: {name?: string; text?: string}) => {
      const name = a.name ?? String(a)
      const run = last.then(async () => { const t = performance.now(); const r = await q(a); const l = times.get(name) ?? []; l.push(performance.now() - t); times.set(name, l); return r })
      last = run.catch(() => undefined)
      return run
    }) as never
    return c
  }, shelves: SHELVES, log: createLog('warn') })
  const FP = Buffer.alloc(32, 7)
  const deps = { ...w.deps, lane }
  const until = performance.now() + 6000
  let n = 0
  await Promise.all(Array.from({ length: 64 }, async () => { while (performance.now() < until) { const [s, d] = pickTwo(w.cardAccounts); await transferBalance(deps, { clientId: w.clientId, sourceCardAccountId: s, destinationCardAccountId: d, amount: { amount: 1n, currency: 'USD' }, description: 'bench', keys: [{ scope: `${w.clientId} POST /v1/cardaccounts/transfer`, key: randomUUID(), fingerprint: FP }] }); n++ } }))
  console.log('ops', n)
  for (const [name, l] of times) { const s = l.slice(20).sort((a, b) => a - b); console.log(name.padEnd(30), 'median ms', s[s.length >> 1]?.toFixed(2), 'us/op', ((s[s.length >> 1] ?? 0) * 1000 / 64).toFixed(1)) }
  await lane.close()
} finally { await w.close() }
