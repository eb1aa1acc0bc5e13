import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { startWebhookWorker } from '../../src/webhooks/worker.ts'
import { recordPayment, setUpCallbacks, startChild } from './callback-setup.ts'
import { CALLBACKS_AT_ONCE } from './payment-face.ts'
import { countDeliveries, type Setup, serve } from './setup.ts'

const OWNERS = 40
const PAYMENTS_PER_OWNER = 100
const STEPS = ['payment.begun', 'payment.authorized', 'payment.captured', 'payment.refunded', 'payment.voided'] as const
const EVENTS = OWNERS * PAYMENTS_PER_OWNER * STEPS.length

/** What three in ten receivers do. */
const BAD: Readonly<Record<string, RequestListener>> = {
  hangs: () => undefined,
  'answers 500': (_request, response) => response.writeHead(500).end(),
  redirects: (_request, response) => response.writeHead(301, { location: '/elsewhere' }).end(),
  'is gone': (_request, response) => response.writeHead(410).end(),
  'closes early': (request) => request.socket.destroy(),
  drips: (_request, response) => {
    response.writeHead(500)
    const drip = setInterval(() => response.write('.'), 100)
    response.once('close', () => clearInterval(drip))
  },
}

interface Shop {
  readonly ownerId: string
  readonly url: string
  readonly bad: string | undefined
  /** Each `webhook-id`, as often as it came. */
  readonly ids: Map<string, number>
}

async function openShop(n: number): Promise<Shop> {
  const names = Object.keys(BAD)
  const bad = n % 10 < 3 ? (names[Math.floor(n / 10) * 3 + (n % 10)] ?? names[n % names.length]) : undefined
  const ids = new Map<string, number>()
  const { url } = await serve((request, response) => {
    const id = String(request.headers['webhook-id'])
    ids.set(id, (ids.get(id) ?? 0) + 1)
    request.resume()
    const answer = bad === undefined ? undefined : BAD[bad]
    if (answer) answer(request, response)
    else response.end('ok')
  })
  return { ownerId: newId(), url, bad, ids }
}

const ended = async ({ pool }: Setup, owners: readonly string[]): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from webhook_deliveries where owner_id = any($1) and state = 'delivered'`,
    [owners],
  )
  return rows[0]?.count ?? 0
}

test('every callback to a healthy receiver arrives, soon and hardly ever twice, whatever others do and workers die of', {
  timeout: 600_000,
}, async () => {
  const egress = createEgress({ allow: 'loopback', timeoutMs: 1000 })
  const deps = await setUpCallbacks({ egress, leaseMs: 3000, retry: { ...CALLBACKS_AT_ONCE, delaysMs: [100] } })
  const shops = await Promise.all(Array.from({ length: OWNERS }, (_, n) => openShop(n)))
  const healthy = shops.filter(({ bad }) => bad === undefined)
  const sick = shops.filter(({ bad }) => bad !== undefined)
  expect(new Set(sick.map(({ bad }) => bad)).size).toBe(Object.keys(BAD).length)

  const survivor = startWebhookWorker({ ...deps, intervalMs: 50 })
  onTestFinished(() => survivor.stop())
  let kills = 0
  let isOver = false
  const killing = (async () => {
    while (!isOver) {
      const child = await startChild(deps)
      for (let i = 0; i < 100 && !isOver; i++) await new Promise((resolve) => setTimeout(resolve, 100))
      child.kill('SIGKILL')
      kills += 1
    }
  })()
  const startedAt = Date.now()
  for (let n = 0; n < PAYMENTS_PER_OWNER; n++) {
    // A load that the machine can bear: beyond it every latency only measures the queue.
    while (Date.now() - startedAt < n * 1000) await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all(shops.map(({ ownerId, url }) => recordPayment(deps, { ownerId, url, steps: STEPS })))
  }
  const owners = healthy.map(({ ownerId }) => ownerId)
  const expected = healthy.length * PAYMENTS_PER_OWNER * STEPS.length
  await vi.waitFor(async () => expect(await ended(deps, owners)).toBe(expected), { timeout: 500_000, interval: 500 })
  isOver = true
  await killing

  expect(await countDeliveries(deps.pool)).toBe(EVENTS)
  const came = healthy.flatMap(({ ids }) => [...ids.values()])
  const twice = came.filter((count) => count > 1).length
  expect(came).toHaveLength(expected)
  const { rows } = await deps.pool.query<{ p50: number; p99: number }>(
    `select percentile_cont(0.5) within group (order by seconds)::float8 as p50,
            percentile_cont(0.99) within group (order by seconds)::float8 as p99
       from (select extract(epoch from min(a.at) - d.created_at) as seconds
               from webhook_deliveries d
               join webhook_attempts a on a.delivery_id = d.id
              where d.owner_id = any($1)
              group by d.id, d.created_at) as first_tries`,
    [owners],
  )
  process.stdout.write(
    `${JSON.stringify({ events: EVENTS, seconds: (Date.now() - startedAt) / 1000, kills, twice, ...rows[0] })}\n`,
  )
  expect(kills).toBeGreaterThan(2)
  expect(twice / expected).toBeLessThanOrEqual(0.01)
  const unexplained = await deps.pool.query(
    `select from webhook_deliveries d
      where d.state = 'failed' and d.last_status is null and d.last_error is null`,
  )
  expect(unexplained.rows).toEqual([])
})
