import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { claimDeliveries, type Outgoing, sendDelivery } from '../../src/webhooks/deliver.ts'
import { getDelivery, listDeliveries } from '../../src/webhooks/log.ts'
import { CALLBACK_RETRY_POLICY } from '../../src/webhooks/policy.ts'
import { recordPayment, setUpCallbacks, verified } from './callback-setup.ts'
import { CALLBACKS_AT_ONCE } from './payment-face.ts'
import {
  countDeliveries,
  deliverDue,
  fanOutUntil,
  healthOf,
  type Receiver,
  receive,
  type Setup,
  serve,
  subscribe,
} from './setup.ts'

/** Queues the steps of one payment for a receiver. Answers the endpoint's id. */
async function queue(deps: Setup, { url }: Pick<Receiver, 'url'>, steps = 1): Promise<string> {
  const types = ['payment.begun', 'payment.authorized', 'payment.captured'] as const
  const id = await recordPayment(deps, { url, steps: types.slice(0, steps) })
  await fanOutUntil(deps, steps)
  return id
}

/** The newest delivery of the owner with its tries. */
async function newest(deps: Setup) {
  const [found] = (await listDeliveries(deps.pool, { ownerId: deps.ownerId }, { size: 1 })).rows
  if (!found) throw new Error('nothing was queued')
  return found
}

test('a callback is the face’s own body under Standard Webhooks headers, a number and a version', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  await queue(deps, receiver, 3)
  expect(await deliverDue(deps)).toBe(3)
  expect(receiver.received.map((one) => verified(deps, one).status)).toEqual([
    'payment.begun',
    'payment.authorized',
    'payment.captured',
  ])
  expect(Object.keys(verified(deps, receiver.received[0]))).not.toContain('data')
  expect(
    receiver.received.map(({ headers }) => [headers['webhook-sequence'], headers['webhook-object-version']]),
  ).toEqual([
    ['1', '1'],
    ['2', '2'],
    ['3', '3'],
  ])
  expect(receiver.received[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-object-id': '900001',
  })
  const [one] = receiver.received
  expect(() => verified(deps, one && { ...one, body: one.body.replace('50.00', '51.00') })).toThrow()
  expect(() => verified(deps, one, newId())).toThrow()
})

test('a webhook beside it keeps its envelope and its own count, and has no version', async () => {
  const deps = await setUpCallbacks({
    render: async ({ type, data }) => [
      { event: 'flat', to: String(data.notify), body: '{"flat":"yes"}' },
      { event: type, data: { n: 1 } },
    ],
  })
  const [callbacks, webhooks] = [await receive(), await receive()]
  await subscribe(deps, webhooks)
  await recordPayment(deps, { url: callbacks.url, steps: ['payment.begun', 'payment.captured'] })
  await fanOutUntil(deps, 4)
  await deliverDue(deps)
  expect(callbacks.received.map(({ body }) => body)).toEqual(['{"flat":"yes"}', '{"flat":"yes"}'])
  expect(webhooks.received.map(({ body }) => JSON.parse(body).event)).toEqual(['payment.begun', 'payment.captured'])
  for (const { received } of [callbacks, webhooks])
    expect(received.map(({ headers }) => headers['webhook-sequence'])).toEqual(['1', '2'])
  expect(Object.keys(webhooks.received[0]?.headers ?? {}).filter((name) => name.includes('object'))).toEqual([])
})

test('the callbacks of a merchant are counted over all his URLs', async () => {
  const deps = await setUpCallbacks()
  const receivers = [await receive(), await receive()]
  for (const n of [0, 1, 0, 1]) await recordPayment(deps, { url: receivers[n]?.url ?? '' })
  await recordPayment(deps, { url: receivers[0]?.url ?? '', ownerId: newId() })
  await fanOutUntil(deps, 5)
  await deliverDue(deps)
  const numbers = receivers.map(({ received }) => received.map(({ headers }) => headers['webhook-sequence']))
  expect(numbers.map((list) => list.sort())).toEqual([
    ['1', '1', '3'],
    ['2', '4'],
  ])
})

test('a face adds headers of its own at the moment of sending, and cannot replace ours', async () => {
  const asked: Outgoing[] = []
  const at = new Date('2026-11-24T13:30:00.000Z')
  const deps = await setUpCallbacks({
    headersFor: async (outgoing) => {
      asked.push(outgoing)
      return { 'X-Signature': `of ${outgoing.body.length}`, 'Webhook-Id': 'mine' }
    },
    wallNow: () => at,
  })
  const receiver = await receive()
  const endpointId = await queue(deps, receiver)
  await deliverDue(deps)
  const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' }
  expect(headers).toMatchObject({ 'x-signature': `of ${body.length}`, 'webhook-timestamp': '1795527000' })
  expect(headers['webhook-id']).toMatch(/^[0-9a-f-]{36}$/)
  expect(asked).toMatchObject([
    {
      ...{ kind: 'callback', endpointId, ownerId: deps.ownerId },
      ...{ url: receiver.url, eventName: 'payment.begun' },
      at,
      body,
    },
  ])
})

test('headers that cannot be made are a failed try that says no more, and an error in the log', async () => {
  const deps = await setUpCallbacks({
    headersFor: async () => {
      throw new Error('the secret key is locked away')
    },
  })
  const receiver = await receive()
  await queue(deps, receiver)
  await deliverDue(deps, 1)
  expect(receiver.received).toEqual([])
  expect(await newest(deps)).toMatchObject({ state: 'waiting', lastError: 'not called: its headers could not be made' })
  expect(deps.logged.join()).toContain('locked away')
})

test('a try has the same id and body as the one before, and a fresh time', async () => {
  let now = new Date()
  const deps = await setUpCallbacks({ wallNow: () => now })
  const receiver = await receive()
  receiver.answer = () => {
    now = new Date(now.getTime() + 1000)
    return receiver.received.length < 3 ? 500 : 200
  }
  await queue(deps, receiver)
  expect(await deliverDue(deps)).toBe(3)
  const of = (name: string) => new Set(receiver.received.map(({ headers }) => headers[name]))
  expect([of('webhook-id').size, of('webhook-timestamp').size, of('webhook-signature').size]).toEqual([1, 3, 3])
  for (const one of receiver.received) verified(deps, one)
})

test('after fourteen tries a callback has failed for good, and the next one still goes', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  receiver.answer = () => 500
  const id = await queue(deps, receiver)
  expect(await deliverDue(deps)).toBe(14)
  expect(await newest(deps)).toMatchObject({ state: 'failed', attempts: 14, lastStatus: 500, nextTryAt: null })
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'unhealthy', failures: 14 })
  receiver.answer = () => 200
  await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 2)
  await deps.pool.query('update webhook_health set wake_at = now()')
  expect(await deliverDue(deps)).toBe(1)
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'healthy', failures: 0 })
})

test('an endpoint that failed for five days is suspended, told in the log, and not called', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  receiver.answer = () => 500
  const id = await queue(deps, receiver)
  await deliverDue(deps, 9)
  await deps.pool.query("update webhook_health set failing_since = now() - interval '5 days'")
  expect(await deliverDue(deps)).toBe(1)
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'error', is_awake: false })
  expect(await newest(deps)).toMatchObject({ state: 'held', attempts: 10, nextTryAt: null })
  expect(deps.logged.join()).toContain('an endpoint is suspended')
})

test('what waited only because its endpoint was ill goes as soon as it answers', async () => {
  const deps = await setUpCallbacks({
    retry: { ...CALLBACKS_AT_ONCE, delaysMs: [...Array<number>(9).fill(0), 3_600_000] },
  })
  const receiver = await receive()
  receiver.answer = () => 500
  await queue(deps, receiver)
  expect(await deliverDue(deps)).toBe(10)
  receiver.answer = () => 200
  await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 2)
  expect(await deliverDue(deps)).toBe(0)
  await deps.pool.query('update webhook_health set wake_at = now()')
  expect(await deliverDue(deps)).toBe(2)
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(2)
})

test.each([
  ['120', 120],
  ['86400', 3600],
  ['nonsense', 5],
])('Retry-After: %s is obeyed for %i s', async (text, seconds) => {
  const deps = await setUpCallbacks({ retry: { ...CALLBACK_RETRY_POLICY, jitter: () => 1 } })
  const receiver = await receive()
  receiver.answer = () => 503
  receiver.headers = { 'retry-after': text }
  await queue(deps, receiver)
  expect(await deliverDue(deps)).toBe(1)
  const { nextTryAt, tries } = await newest(deps)
  const waits = (nextTryAt?.getTime() ?? 0) - (tries[0]?.at.getTime() ?? 0)
  expect(Math.round(waits / 1000)).toBe(seconds)
})

test('a receiver that streams without end has answered, and is read no further than 64 kB', async () => {
  const deps = await setUpCallbacks()
  const chunk = Buffer.alloc(1 << 20, 'a')
  let megabytes = 0
  const huge = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': String(1024 * chunk.length) })
    const pour = (): void => {
      while (megabytes < 1024 && !response.destroyed) {
        megabytes += 1
        if (!response.write(chunk)) {
          response.once('drain', pour)
          return
        }
      }
    }
    pour()
  })
  await queue(deps, huge)
  expect(await deliverDue(deps)).toBe(1)
  const { state, tries } = await newest(deps)
  expect(state).toBe('delivered')
  expect(tries[0]?.responseBody).toBe('a'.repeat(4096))
  expect(megabytes).toBeLessThan(64)
})

test.each<[what: string, listener: RequestListener, error: RegExp]>([
  ['closes early', (request) => request.socket.destroy(), /closed|reset/],
  ['closes in its headers', (request) => request.socket.end('HTTP/1.1 200'), /closed|parse|invalid/i],
  ['does not speak HTTP', (request) => request.socket.end('hello\r\n\r\n'), /parse|expected HTTP/i],
  ['does not answer', () => undefined, /^no answer in time$/],
])('a receiver that %s is tried again', async (_what, listener, error) => {
  const deps = await setUpCallbacks({ egress: createEgress({ allow: 'loopback', timeoutMs: 300 }) })
  await queue(deps, await serve(listener))
  await deliverDue(deps, 1)
  expect(await newest(deps)).toMatchObject({
    state: 'waiting',
    attempts: 1,
    tries: [{ status: null, error: expect.stringMatching(error) }],
  })
})

test('a receiver that sends one byte a while after its status has answered', async () => {
  const deps = await setUpCallbacks({ egress: createEgress({ allow: 'loopback', timeoutMs: 300 }) })
  const slow = await serve((_request, response) => {
    const drip = setInterval(() => response.write('.'), 50)
    response.writeHead(200).once('close', () => clearInterval(drip))
  })
  await queue(deps, slow)
  await deliverDue(deps, 1)
  const { state, tries } = await newest(deps)
  expect(state).toBe('delivered')
  expect(tries[0]?.durationMs).toBeLessThan(1500)
})

test('a redirect is not followed', async () => {
  const deps = await setUpCallbacks()
  const target = await receive()
  const redirecting = await serve((_request, response) => response.writeHead(307, { location: target.url }).end())
  await queue(deps, redirecting)
  await deliverDue(deps, 1)
  expect(await newest(deps)).toMatchObject({ state: 'waiting', lastStatus: 307 })
  expect(target.received).toEqual([])
})

test.each([
  ['a refused connection', 'http://127.0.0.1:1/', /ECONNREFUSED/],
  ['a private address', 'https://10.0.0.1/', /must lead to public addresses/],
  ['the address of cloud metadata', 'https://169.254.169.254/', /must lead to public addresses/],
  ['a name that does not resolve', 'https://shop.invalid/', /does not resolve/],
])('%s is an error in the log', async (_what, url, error) => {
  const deps = await setUpCallbacks()
  await queue(deps, { url })
  await deliverDue(deps, 1)
  expect(await newest(deps)).toMatchObject({
    state: 'waiting',
    lastStatus: null,
    lastError: expect.stringMatching(error),
  })
})

test('a name is looked up at every try: what turns inwards is not called any more', async () => {
  const receiver = await receive()
  const { port } = new URL(receiver.url)
  let address = '127.0.0.1'
  const deps = await setUpCallbacks({ egress: createEgress({ allow: 'loopback', resolve: async () => [address] }) })
  receiver.answer = () => 500
  await queue(deps, { url: `http://shop.test:${port}/` })
  await deliverDue(deps, 1)
  address = '192.168.1.1'
  await deliverDue(deps, 1)
  expect(receiver.received).toHaveLength(1)
  expect(await newest(deps)).toMatchObject({ attempts: 2, lastError: expect.stringContaining('public addresses') })
})

test('the steps of a payment keep their order over failures, and other payments do not wait', async () => {
  const deps = await setUpCallbacks({ retry: { ...CALLBACKS_AT_ONCE, delaysMs: [3_600_000] } })
  const receiver = await receive()
  receiver.answer = () => (receiver.received.length === 1 ? 500 : 200)
  await queue(deps, receiver, 3)
  expect(await deliverDue(deps)).toBe(1)
  await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 4)
  expect(await deliverDue(deps)).toBe(1)
  await deps.pool.query('update webhook_deliveries set due_at = now()')
  await deps.pool.query('update webhook_health set wake_at = now()')
  expect(await deliverDue(deps)).toBe(3)
  expect(receiver.received.map((one) => verified(deps, one).n)).toEqual(['1', '1', '1', '2', '3'])
})

test('a worker that is gone between sending and recording has sent what is sent again under the same id', async () => {
  const deps = await setUpCallbacks({ leaseMs: 0 })
  const receiver = await receive()
  await queue(deps, receiver)
  const { deliveries } = await claimDeliveries(deps, { isFailing: false, limit: 1 })
  for (const delivery of deliveries) await sendDelivery(deps, delivery)
  expect(await newest(deps)).toMatchObject({ state: 'waiting', attempts: 0, tries: [] })
  expect(await deliverDue(deps)).toBe(1)
  const [first, second] = receiver.received
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(second?.body).toBe(first?.body)
  const { id } = await newest(deps)
  expect(await getDelivery(deps.pool, { ownerId: deps.ownerId, id })).toMatchObject({ state: 'delivered', attempts: 1 })
})
