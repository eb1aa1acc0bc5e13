import { randomUUID } from 'node:crypto'
import { createLane } from '../src/books/lane.ts'
import { connect } from '../src/db/pool.ts'
import { SHELVES } from '../src/shelves.ts'
import { transferBalance } from '../src/issuing/transfer-balance.ts'
import { createLog } from '../src/log.ts'
import { pickTwo } from './http.ts'
import { openWorld } from './world.ts'
const w = await openWorld(10000)
try {
  const obs: {size:number,loadMs:number,decideMs:number,commitMs:number}[] = []
  const lane = createLane({ connect: () => connect(w.appUrl), shelves: SHELVES, log: createLog('warn'), observe: (o) => obs.push(o) })
  const FP = Buffer.alloc(32, 7)
  const deps = { ...w.deps, lane }
  for (const callers of [1, 16, 64, 128, 256]) {
  obs.length = 0
  const c0 = process.cpuUsage(); const t0 = performance.now()
  const until = performance.now() + 3000
  let n = 0
  await Promise.all(Array.from({ length: callers }, async () => { while (performance.now() < until) { const [s, d] = pickTwo(w.cardAccounts); await transferBalance(deps, { clientId: w.clientId, sourceCardAccountId: s, destinationCardAccountId: d, amount: { amount: 1n, currency: 'USD' }, description: 'bench', keys: [{ scope: `${w.clientId} POST /v1/cardaccounts/transfer`, key: randomUUID(), fingerprint: FP }] }); n++ } }))
  const cpu = process.cpuUsage(c0); const wall = performance.now() - t0
  const avg = (k: 'size'|'loadMs'|'decideMs'|'commitMs') => (obs.reduce((a, b) => a + b[k], 0) / obs.length).toFixed(2)
  console.log('callers', callers, 'ops/s', Math.round(n / wall * 1000), 'batches', obs.length, 'size', avg('size'), 'load', avg('loadMs'), 'decide', avg('decideMs'), 'commit', avg('commitMs'), 'node busy', ((cpu.user + cpu.system) / 1000 / wall).toFixed(2))
  }
  await lane.close()
} finally { await w.close() }
