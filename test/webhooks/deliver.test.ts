import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { claimDeliveries, sendDelivery } from '../../src/webhooks/deliver.ts'
import { removeWebhook } from '../../src/webhooks/endpoints.ts'
import { RETRY_POLICY } from '../../src/webhooks/policy.ts'
import {
  AT_ONCE,
  countDeliveries,
  deliverDue,
  fanOutUntil,
  healthOf,
  type Received,
  receive,
  recordFacts,
  type Setup,
  setUp,
  subscribe,
} from './setup.ts'

const headersOf = ({ headers }: Received): Record<string, string> => headers as Record<string, string>

const idOf = (one: Received | undefined): string => (JSON.parse(one?.body ?? '{}') as { id: string }).id

/** An endpoint with so many deliveries about one subject. */
async function queue(deps: Setup, { count = 1 } = {}) {
  const receiver = await receive()
  const webhook = await subscribe(deps, receiver)
  await recordFacts(deps, { count })
  await fanOutUntil(deps, count)
  return { receiver, webhook }
}

test('a delivery is signed so that the Standard Webhooks library verifies it', async () => {
  const deps = await setUp()
  const { receiver, webhook } = await queue(deps)
  expect(await deliverDue(deps)).toBe(1)
  const [one] = receiver.received
  if (!one) throw new Error('nothing was received')
  const envelope = new Webhook(webhook.secret.reveal()).verify(one.body, headersOf(one))
  expect(envelope).toEqual({
    event: 'card.created',
    id: one.headers['webhook-id'],
    data: { n: 1 },
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  })
  expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-sequence': '1' })
  expect(() => new Webhook(webhook.secret.reveal()).verify(one.body.replace('1', '2'), headersOf(one))).toThrow()
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(1)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'healthy', failures: 0, is_awake: false })
})

test('after a 500 and after a timeout the same message comes again, and every try is kept', async () => {
  const deps = await setUp({ egress: createEgress({ allow: 'loopback', timeoutMs: 200 }) })
  const { receiver } = await queue(deps)
  receiver.answer = () => ([500, 'never', 204] as const)[receiver.received.length - 1] ?? 200
  expect(await deliverDue(deps)).toBe(3)
  const [first, second, third] = receiver.received
  expect(idOf(first)).toMatch(/^[0-9a-f-]{36}$/)
  expect([idOf(second), idOf(third)]).toEqual([idOf(first), idOf(first)])
  expect(third?.headers['webhook-id']).toBe(idOf(first))
  const { rows } = await deps.pool.query('select status, response_body, error from webhook_attempts order by id')
  expect(rows).toEqual([
    { status: 500, response_body: 'heard', error: null },
    { status: null, response_body: null, error: 'no answer in time' },
    { status: 204, response_body: '', error: null },
  ])
  const deliveries = await deps.pool.query('select state, attempts, last_status, last_error from webhook_deliveries')
  expect(deliveries.rows).toEqual([{ state: 'delivered', attempts: 3, last_status: 204, last_error: null }])
})

test('a redirect is a failure', async () => {
  const deps = await setUp()
  const { receiver } = await queue(deps)
  receiver.answer = () => 302
  await deliverDue(deps, 1)
  expect(await countDeliveries(deps.pool, 'pending')).toBe(1)
})

test('an answer is kept without NUL and card numbers, and cut', async () => {
  const deps = await setUp()
  const { receiver } = await queue(deps)
  receiver.body = `\0 4111111111111111 ${'a'.repeat(9000)}`
  await deliverDue(deps, 1)
  const { rows } = await deps.pool.query<{ response_body: string }>('select response_body from webhook_attempts')
  expect(rows[0]?.response_body).toHaveLength(4096)
  expect(rows[0]?.response_body).toMatch(/^ 411111\*{6}1111 a+$/)
})

test('messages about one subject keep their order over a failure, and others do not wait for them', async () => {
  const deps = await setUp({ retry: { ...AT_ONCE, delaysMs: [3_600_000] } })
  const { receiver } = await queue(deps, { count: 3 })
  receiver.answer = () => (receiver.received.length === 1 ? 503 : 200)
  expect(await deliverDue(deps)).toBe(1)
  await recordFacts(deps, { count: 2 })
  await fanOutUntil(deps, 5)
  expect(await deliverDue(deps)).toBe(2)
  expect(receiver.numbers()).toEqual([1, 1, 2])
  expect(receiver.received.map((one) => one.headers['webhook-sequence'])).toEqual(['1', '4', '5'])
  await deps.pool.query(`update webhook_deliveries set due_at = now()`)
  await deps.pool.query('update webhook_health set wake_at = now()')
  expect(await deliverDue(deps)).toBe(3)
  expect(receiver.numbers()).toEqual([1, 1, 2, 1, 2, 3])
})

test('one delivery of an endpoint is in flight at a time', async () => {
  const deps = await setUp()
  await queue(deps, { count: 2 })
  const claim = { isFailing: false, limit: 10 }
  const claims = await Promise.all([claimDeliveries(deps, claim), claimDeliveries(deps, claim)])
  expect(claims.flatMap(({ deliveries }) => deliveries)).toHaveLength(1)
})

test('a crash between sending and recording sends the same message again', async () => {
  const deps = await setUp({ leaseMs: 0 })
  const { receiver } = await queue(deps)
  const { deliveries } = await claimDeliveries(deps, { isFailing: false, limit: 1 })
  for (const delivery of deliveries) await sendDelivery(deps, delivery)
  expect(await countDeliveries(deps.pool, 'pending')).toBe(1)
  expect(await deliverDue(deps)).toBe(1)
  expect(receiver.received).toHaveLength(2)
  expect(idOf(receiver.received[1])).toBe(idOf(receiver.received[0]))
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(1)
})

test('nothing is sent to a removed endpoint, queued or new', async () => {
  const deps = await setUp()
  const { receiver, webhook } = await queue(deps, { count: 2 })
  expect(await deliverDue(deps, 1)).toBe(1)
  await removeWebhook(deps, { id: webhook.id, ownerId: deps.ownerId })
  await recordFacts(deps)
  expect(await deliverDue(deps)).toBe(0)
  expect(receiver.received).toHaveLength(1)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ is_awake: false })
})

test('after ten failures in a row an endpoint is only probed, and a success brings everything', async () => {
  const delaysMs = [...Array<number>(9).fill(0), 60_000]
  const deps = await setUp({ retry: { ...AT_ONCE, delaysMs, jitter: () => 1 } })
  const { receiver, webhook } = await queue(deps)
  await recordFacts(deps, { count: 2, subjectId: newId() })
  await fanOutUntil(deps, 3)
  receiver.answer = () => 500
  await deliverDue(deps, 9)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'created', failures: 9 })
  await deliverDue(deps, 1)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'unhealthy', failures: 10, wakes_in_s: 60 })
  await recordFacts(deps)
  await fanOutUntil(deps, 4)
  expect(await deliverDue(deps)).toBe(0)
  receiver.answer = () => 200
  await deps.pool.query('update webhook_health set wake_at = now()')
  await deps.pool.query('update webhook_deliveries set due_at = now()')
  expect(await deliverDue(deps)).toBe(4)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'healthy', failures: 0, is_awake: false })
})

test('an endpoint that fails for the life of a delivery is suspended until it is created anew', async () => {
  const deps = await setUp()
  const { receiver, webhook } = await queue(deps, { count: 2 })
  receiver.answer = () => 500
  await deliverDue(deps, 10)
  const { rowCount } = await deps.pool.query("update webhook_deliveries set created_at = now() - interval '73 hours'")
  expect(rowCount).toBe(2)
  expect(await deliverDue(deps)).toBe(1)
  expect(await countDeliveries(deps.pool, 'failed')).toBe(1)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'error', is_awake: false })
  receiver.answer = () => 200
  const next = await subscribe(deps, receiver)
  await recordFacts(deps)
  await fanOutUntil(deps, 3)
  expect(await deliverDue(deps)).toBe(1)
  expect(await healthOf(deps.pool, next.id)).toMatchObject({ status: 'healthy' })
})

test('a message that a healthy endpoint refuses for good fails alone', async () => {
  const deps = await setUp({ retry: { ...AT_ONCE, lifeMs: -1 } })
  const { receiver, webhook } = await queue(deps, { count: 2 })
  receiver.answer = () => (receiver.received.length === 1 ? 400 : 200)
  expect(await deliverDue(deps)).toBe(2)
  expect(await countDeliveries(deps.pool, 'failed')).toBe(1)
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(1)
  expect(await healthOf(deps.pool, webhook.id)).toMatchObject({ status: 'healthy' })
})

test('the usual schedule makes twelve tries in three days', () => {
  let hours = 0
  let tries = 1
  for (;;) {
    const delayMs = RETRY_POLICY.delaysMs[tries - 1] ?? RETRY_POLICY.delaysMs.at(-1) ?? 0
    hours += delayMs / 3_600_000
    if (hours * 3_600_000 > RETRY_POLICY.lifeMs) break
    tries += 1
  }
  expect(tries).toBe(12)
})
