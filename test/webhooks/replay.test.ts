import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { removeWebhook } from '../../src/webhooks/endpoints.ts'
import { listAfter, listDeliveries } from '../../src/webhooks/log.ts'
import { replayDelivery, replayRange } from '../../src/webhooks/replay.ts'
import { recordPayment, setUpCallbacks, verified } from './callback-setup.ts'
import { deliverDue, fanOutUntil, healthOf, receive, recordFacts, type Setup, setUp, subscribe } from './setup.ts'

const HOUR_MS = 3_600_000
const EVER = { from: new Date(Date.now() - 24 * HOUR_MS), to: new Date(Date.now() + 24 * HOUR_MS) }

const logOf = async ({ pool, ownerId }: Setup) =>
  (await listDeliveries(pool, { ownerId }, { size: 50 })).rows.toReversed()

/** So many payments of one merchant, each told to the receiver. */
async function told(deps: Setup, count: number) {
  const receiver = await receive()
  for (let n = 0; n < count; n++) await recordPayment(deps, { url: receiver.url, version: n })
  await fanOutUntil(deps, count)
  await deliverDue(deps)
  return receiver
}

test('a replay sends the same message under the same id and number again, and is counted as one', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  const receiver = await told(deps, 2)
  const [{ id } = { id: '' }] = await logOf(deps)
  expect(await replayDelivery(pool, { ownerId, id })).toEqual({ queued: 1, waiting: 0 })
  expect(await replayDelivery(pool, { ownerId, id })).toEqual({ queued: 0, waiting: 1 })
  expect(await deliverDue(deps)).toBe(1)
  const [first, , again] = receiver.received
  expect(again?.body).toBe(first?.body)
  for (const name of ['webhook-id', 'webhook-sequence', 'webhook-object-version'])
    expect(again?.headers[name]).toBe(first?.headers[name])
  verified(deps, again)
  const [logged] = await logOf(deps)
  expect(logged).toMatchObject({
    state: 'delivered',
    attempts: 1,
    replays: 1,
    tries: [{ status: 200 }, { status: 200 }],
  })
  expect((await listAfter(pool, { ownerId, kind: 'callback', sequence: 0n })).deliveries).toHaveLength(2)
})

test('a range is replayed in order, once however often it is asked for before it is sent', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  const receiver = await told(deps, 4)
  const stranger = { ...deps, ownerId: newId() }
  await recordPayment(stranger, { url: receiver.url })
  await fanOutUntil(deps, 5)
  await deliverDue(deps)
  receiver.received.length = 0
  expect(await replayRange(pool, { ownerId, ...EVER })).toEqual({ queued: 4, waiting: 0 })
  expect(await replayRange(pool, { ownerId, ...EVER })).toEqual({ queued: 0, waiting: 4 })
  expect(await deliverDue(deps)).toBe(4)
  expect(receiver.received.map((one) => verified(deps, one).n)).toEqual(['1', '2', '3', '4'])
})

test('a range is exact to the millisecond at both of its ends', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  await told(deps, 1)
  const [{ createdAt } = { createdAt: new Date() }] = await logOf(deps)
  const next = new Date(createdAt.getTime() + 1)
  const replay = async (from: Date, to: Date) => (await replayRange(pool, { ownerId, from, to })).queued
  expect(await replay(createdAt, createdAt)).toBe(0)
  expect(await replay(next, EVER.to)).toBe(0)
  expect(await replay(EVER.from, createdAt)).toBe(0)
  expect(await replay(createdAt, next)).toBe(1)
})

test('a range can be only what failed, or only one endpoint', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  const receiver = await told(deps, 2)
  receiver.answer = () => 500
  const endpointId = await recordPayment(deps, { url: receiver.url, version: 2 })
  await fanOutUntil(deps, 3)
  expect(await deliverDue(deps)).toBe(14)
  receiver.answer = () => 200
  expect(await replayRange(pool, { ownerId, ...EVER, endpointId: newId() })).toEqual({ queued: 0, waiting: 0 })
  expect(await replayRange(pool, { ownerId, ...EVER, endpointId, onlyFailed: true })).toEqual({ queued: 1, waiting: 0 })
  receiver.received.length = 0
  expect(await deliverDue(deps)).toBe(1)
  expect(verified(deps, receiver.received[0]).n).toBe('3')
})

test('more than one batch is replayed', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  for (let n = 0; n < 6; n++)
    await recordPayment(deps, { url: `http://127.0.0.1:1/${n}`, steps: Array(100).fill('payment.begun') })
  await fanOutUntil(deps, 600)
  await pool.query(`update webhook_deliveries set state = 'failed'`)
  expect(await replayRange(pool, { ownerId, ...EVER })).toEqual({ queued: 600, waiting: 0 })
})

test('a replay has all its tries again, and what is new goes before it', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  const receiver = await told(deps, 3)
  await replayRange(pool, { ownerId, ...EVER })
  await recordPayment(deps, { url: receiver.url, version: 3 })
  await fanOutUntil(deps, 4)
  receiver.received.length = 0
  expect(await deliverDue(deps)).toBe(4)
  expect(receiver.received.map((one) => verified(deps, one).n)).toEqual(['4', '1', '2', '3'])
  const [{ id } = { id: '' }] = await logOf(deps)
  await replayDelivery(pool, { ownerId, id })
  receiver.answer = () => 500
  expect(await deliverDue(deps)).toBe(14)
  expect((await logOf(deps))[0]).toMatchObject({ state: 'failed', replays: 2, attempts: 14 })
})

test('a replay ends the suspension of its endpoint', async () => {
  const deps = await setUpCallbacks()
  const { ownerId, pool } = deps
  const receiver = await told(deps, 1)
  receiver.answer = () => 410
  const endpointId = await recordPayment(deps, { url: receiver.url, version: 1 })
  await fanOutUntil(deps, 2)
  await deliverDue(deps)
  expect(await healthOf(pool, endpointId)).toMatchObject({ status: 'error' })
  receiver.answer = () => 200
  expect(await replayRange(pool, { ownerId, ...EVER })).toEqual({ queued: 1, waiting: 1 })
  expect(await deliverDue(deps)).toBe(2)
  expect(await healthOf(pool, endpointId)).toMatchObject({ status: 'healthy' })
})

test('a webhook that was given up after its three days has them again when it is replayed', async () => {
  const deps = await setUp()
  const receiver = await receive()
  const { id: endpointId } = await subscribe(deps, receiver)
  await recordFacts(deps)
  await fanOutUntil(deps, 1)
  receiver.answer = () => 500
  await deps.pool.query(`update webhook_deliveries set created_at = created_at - interval '73 hours'`)
  expect(await deliverDue(deps)).toBe(1)
  const [{ id, state } = { id: '', state: '' }] = await logOf(deps)
  expect(state).toBe('failed')
  await replayDelivery(deps.pool, { ownerId: deps.ownerId, id })
  await deliverDue(deps, 1)
  expect((await logOf(deps))[0]).toMatchObject({ state: 'waiting', attempts: 1 })
  await removeWebhook(deps, { id: endpointId, ownerId: deps.ownerId })
  await expect(replayDelivery(deps.pool, { ownerId: deps.ownerId, id })).rejects.toMatchObject({
    code: 'resource_not_found',
  })
  const range = { from: new Date(Date.now() - 100 * HOUR_MS), to: EVER.to }
  expect(await replayRange(deps.pool, { ownerId: deps.ownerId, ...range })).toEqual({ queued: 0, waiting: 0 })
})

test('another owner’s deliveries are not replayed, and a range must not end before it begins', async () => {
  const deps = await setUpCallbacks()
  const { pool, ownerId } = deps
  const receiver = await told(deps, 1)
  const [{ id } = { id: '' }] = await logOf(deps)
  for (const request of [
    { ownerId: newId(), id },
    { ownerId, id: newId() },
    { ownerId, id: 'nonsense' },
  ])
    await expect(replayDelivery(pool, request)).rejects.toMatchObject({ code: 'resource_not_found' })
  expect(await replayRange(pool, { ownerId: newId(), ...EVER })).toEqual({ queued: 0, waiting: 0 })
  await expect(replayRange(pool, { ownerId, from: EVER.to, to: EVER.from })).rejects.toMatchObject({
    code: 'invalid_request',
  })
  expect(await deliverDue(deps)).toBe(0)
  expect(receiver.received).toHaveLength(1)
})
