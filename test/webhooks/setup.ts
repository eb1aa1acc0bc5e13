// What the tests of webhooks share: a lane, receivers on loopback, and events as commands record them.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, vi } from 'vitest'
import { createLane, type Lane } from '../../src/books/lane.ts'
import { connect, type Pool } from '../../src/db/pool.ts'
import { eventShelf, recordEvent } from '../../src/events/events.ts'
import { createEgress } from '../../src/http/egress.ts'
import { idempotencyShelf } from '../../src/idempotency/keyed.ts'
import { newId } from '../../src/ids.ts'
import { createLog, type Log } from '../../src/log.ts'
import { Secret } from '../../src/secret.ts'
import { claimDeliveries, type DeliverDeps, deliver } from '../../src/webhooks/deliver.ts'
import { createWebhook, type WebhookDeps, webhookEndpointShelf } from '../../src/webhooks/endpoints.ts'
import { createFanOut, type FanOutDeps } from '../../src/webhooks/fan-out.ts'
import { RETRY_POLICY, type RetryPolicy } from '../../src/webhooks/policy.ts'
import { openDatabase } from '../helpers/database.ts'

/** The usual schedule without its pauses. */
export const AT_ONCE: RetryPolicy = { ...RETRY_POLICY, delaysMs: [0] }

export interface Setup extends WebhookDeps, DeliverDeps, FanOutDeps {
  readonly runner: Lane
  readonly url: string
  readonly ownerId: string
  readonly logged: string[]
}

/** A database with a lane on it. Deliveries are retried at once; the face tells `payment.captured` in two messages. */
export async function setUp(changes: Partial<DeliverDeps & FanOutDeps> = {}): Promise<Setup> {
  const { pool, url } = await openDatabase()
  const logged: string[] = []
  const log = createLog('info', { write: (line) => logged.push(line) })
  const runner = openLane(url, log)
  return {
    pool,
    db: pool,
    url,
    log,
    logged,
    runner,
    ownerId: newId(),
    egress: createEgress({ allow: 'loopback' }),
    webhookKey: new Secret(randomBytes(32)),
    retry: AT_ONCE,
    render: async ({ type, data }) =>
      type === 'payment.captured' ? [message(type, data), message('card.balance', data)] : [message(type, data)],
    ...changes,
  }
}

const message = (event: string, data: object) => ({ event, data })

/** A lane as another process would have it on the same database. */
export function openLane(url: string, log: Log): Lane {
  const lane = createLane({
    connect: () => connect(url),
    shelves: [idempotencyShelf, webhookEndpointShelf, eventShelf],
    log,
  })
  onTestFinished(() => lane.close())
  return lane
}

/** Records facts about one subject, each in a commit of its own, with `data: { n }` counting from 1. */
export async function recordFacts(
  { runner, ownerId }: Pick<Setup, 'runner' | 'ownerId'>,
  { count = 1, subjectId = newId(), type = 'card.created' as const }: FactOptions = {},
): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const id = newId()
    await runner.run({
      name: 'record fact',
      needs: [],
      decide: (books) => recordEvent(books, { id, type, ownerId, subjectId, data: { n } }),
    })
  }
}

interface FactOptions {
  readonly count?: number
  readonly subjectId?: string
  readonly type?: 'card.created' | 'payment.captured'
}

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** The numbers `n` of what was received, in order. */
  readonly numbers: () => number[]
  /** How to answer: a status, or never. By default 200. */
  answer: (received: Received) => number | 'never' | Promise<number>
  /** What to say beside the status. */
  body: string
  headers: Record<string, string>
}

/** A receiver that answers in its own way. Answers its URL. */
export async function serve(listener: RequestListener): Promise<Pick<Receiver, 'url'>> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

/** A receiver that keeps what it is sent. */
export async function receive(): Promise<Receiver> {
  const received: Received[] = []
  const { url } = await serve((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() }
      received.push(one)
      const status = await receiver.answer(one)
      if (status !== 'never') response.writeHead(status, receiver.headers).end(receiver.body)
    })
  })
  const receiver: Receiver = {
    url,
    received,
    numbers: () => received.map((one) => (JSON.parse(one.body) as { data: { n: number } }).data.n),
    answer: () => 200,
    body: 'heard',
    headers: {},
  }
  return receiver
}

/** Creates an endpoint of the owner for a receiver. */
export const subscribe = (deps: Setup, { url }: Pick<Receiver, 'url'>, events: readonly string[] = ['*']) =>
  createWebhook(deps, { id: newId(), ownerId: deps.ownerId, url, events })

/** Fans out until so many deliveries were made in all: other databases' transactions may hold events back for a moment. */
export async function fanOutUntil(deps: FanOutDeps, count: number): Promise<void> {
  const fanOut = createFanOut(deps)
  await vi.waitFor(
    async () => {
      await fanOut()
      expect(await countDeliveries(deps.pool)).toBe(count)
    },
    { timeout: 10_000, interval: 20 },
  )
}

export async function countDeliveries(pool: Pool, state?: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from webhook_deliveries where $1::text is null or state = $1',
    [state ?? null],
  )
  return rows[0]?.count ?? 0
}

/** Sends what is due, one endpoint's deliveries after the other, until nothing is or so many tries were made. */
export async function deliverDue(deps: DeliverDeps, triesMax = 100): Promise<number> {
  let tries = 0
  for (;;) {
    const steady = await claimDeliveries(deps, { isFailing: false, limit: 10 })
    const failing = await claimDeliveries(deps, { isFailing: true, limit: 10 })
    const deliveries = [...steady.deliveries, ...failing.deliveries]
    if (deliveries.length === 0) return tries
    for (const delivery of deliveries) await deliver(deps, delivery)
    tries += deliveries.length
    if (tries >= triesMax) return tries
  }
}

export async function healthOf(pool: Pool, endpointId: string) {
  const { rows } = await pool.query<{ status: string; failures: number; is_awake: boolean; wakes_in_s: number | null }>(
    `select status, failures, wake_at is not null as is_awake,
            round(extract(epoch from wake_at - last_failure_at))::int as wakes_in_s
       from webhook_health
      where endpoint_id = $1`,
    [endpointId],
  )
  return rows[0]
}
