import { expect, test } from 'vitest'
import type { PageCursor } from '../../src/db/keyset.ts'
import { newId } from '../../src/ids.ts'
import { removeWebhook } from '../../src/webhooks/endpoints.ts'
import { createFanOut } from '../../src/webhooks/fan-out.ts'
import { type DeliveryFilter, getDelivery, listAfter, listDeliveries } from '../../src/webhooks/log.ts'
import { recordPayment, setUpCallbacks, verified } from './callback-setup.ts'
import { countDeliveries, deliverDue, fanOutUntil, receive, recordFacts, setUp, subscribe } from './setup.ts'

const nobody = 'http://127.0.0.1:1/'

test('the log has the body of every delivery and what each try came to, the newest first', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  receiver.answer = () => (receiver.received.length === 1 ? 503 : 200)
  const subjectId = newId()
  const steps = ['payment.begun', 'payment.captured'] as const
  const endpointId = await recordPayment(deps, { url: receiver.url, subjectId, steps })
  await fanOutUntil(deps, 2)
  await deliverDue(deps)
  const { rows } = await listDeliveries(deps.pool, { ownerId: deps.ownerId }, { size: 10 })
  expect(rows.map(({ eventName }) => eventName)).toEqual(['payment.captured', 'payment.begun'])
  const [, first] = rows
  expect(first).toEqual({
    ...{ id: expect.any(String), kind: 'callback', endpointId, url: receiver.url },
    ...{ messageId: receiver.received[0]?.headers['webhook-id'], eventName: 'payment.begun', subjectId },
    ...{ objectId: '900001', objectVersion: 1n, body: receiver.received[0]?.body, sequence: 1n },
    ...{ state: 'delivered', attempts: 2, replays: 0, lastStatus: 200, lastError: null },
    ...{ createdAt: expect.any(Date), deliveredAt: expect.any(Date), nextTryAt: null },
    tries: [
      { at: expect.any(Date), status: 200, responseBody: 'heard', error: null, durationMs: expect.any(Number) },
      { at: expect.any(Date), status: 503, responseBody: 'heard', error: null, durationMs: expect.any(Number) },
    ],
  })
  const id = first?.id ?? ''
  expect(await getDelivery(deps.pool, { ownerId: deps.ownerId, id })).toEqual(first)
  verified(deps, receiver.received[0])
})

test('another owner’s deliveries are not found', async () => {
  const deps = await setUpCallbacks()
  await recordPayment(deps, { url: nobody })
  await fanOutUntil(deps, 1)
  const [one] = (await listDeliveries(deps.pool, { ownerId: deps.ownerId }, { size: 1 })).rows
  const stranger = newId()
  for (const request of [
    { ownerId: stranger, id: one?.id ?? '' },
    { ownerId: deps.ownerId, id: newId() },
    { ownerId: deps.ownerId, id: "' or 1 = 1" },
  ])
    await expect(getDelivery(deps.pool, request)).rejects.toMatchObject({ code: 'resource_not_found' })
  expect((await listDeliveries(deps.pool, { ownerId: stranger }, { size: 10 })).rows).toEqual([])
  expect(await listAfter(deps.pool, { ownerId: stranger, kind: 'callback', sequence: 0n })).toEqual({
    deliveries: [],
    newest: 0n,
  })
})

test('the log can be filtered by each of its columns', async () => {
  const deps = await setUp()
  const receiver = await receive()
  const webhook = await subscribe(deps, receiver)
  const subjectId = newId()
  await recordFacts(deps, { subjectId, count: 2 })
  await fanOutUntil(deps, 2)
  await deliverDue(deps, 1)
  const { ownerId } = deps
  const count = async (filter: Partial<DeliveryFilter>): Promise<number> =>
    (await listDeliveries(deps.pool, { ownerId, ...filter }, { size: 10 })).rows.length
  const [hour, now] = [3_600_000, Date.now()]
  expect(await count({ kind: 'webhook', endpointId: webhook.id, subjectId, eventName: 'card.created' })).toBe(2)
  expect(await count({ from: new Date(now - hour), to: new Date(now + hour) })).toBe(2)
  expect([await count({ state: 'delivered' }), await count({ state: 'waiting' })]).toEqual([1, 1])
  await removeWebhook(deps, { id: webhook.id, ownerId })
  expect([await count({ state: 'dropped' }), await count({ state: 'waiting' })]).toEqual([1, 0])
  for (const filter of [
    ...[{ kind: 'callback' as const }, { endpointId: newId() }, { subjectId: newId() }, { eventName: 'card' }],
    ...[{ objectId: '1' }, { state: 'failed' as const }, { from: new Date(now + hour) }, { to: new Date(now - hour) }],
  ])
    expect(await count(filter)).toBe(0)
})

test('pages of the log leave nothing out, though many deliveries are made in one moment', async () => {
  const deps = await setUpCallbacks()
  for (let i = 0; i < 5; i++) await recordPayment(deps, { url: nobody, steps: Array(5).fill('payment.begun') })
  await fanOutUntil(deps, 25)
  const seen: bigint[] = []
  let cursor: PageCursor | undefined
  do {
    const page = await listDeliveries(deps.pool, { ownerId: deps.ownerId }, { size: 4, cursor })
    seen.push(...page.rows.map(({ sequence }) => sequence))
    cursor = page.next
  } while (cursor)
  expect(seen).toHaveLength(25)
  expect(new Set(seen).size).toBe(25)
})

test('a pull pages through every callback of a merchant over all URLs, whatever became of it', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  await subscribe(deps, { url: nobody })
  for (let n = 1; n <= 12; n++) {
    await recordPayment(deps, { url: n % 3 === 0 ? receiver.url : `${nobody}${n}` })
    await recordPayment(deps, { url: nobody, ownerId: newId() })
  }
  await fanOutUntil(deps, 24)
  await deliverDue(deps)
  let sequence = 0n
  const pulled: bigint[] = []
  for (;;) {
    const { deliveries, newest } = await listAfter(deps.pool, {
      ownerId: deps.ownerId,
      kind: 'callback',
      sequence,
      size: 5,
    })
    expect(newest).toBe(12n)
    pulled.push(...deliveries.map((one) => one.sequence))
    sequence = deliveries.at(-1)?.sequence ?? sequence
    if (sequence === newest) break
  }
  expect(pulled).toEqual(Array.from({ length: 12 }, (_, i) => BigInt(i + 1)))
})

test('a reader that pulls while callbacks are made by several processes never finds a gap', async () => {
  const deps = await setUpCallbacks()
  const total = 120
  let isRecorded = false
  const read = async (): Promise<void> => {
    const fanOut = createFanOut(deps)
    while (!isRecorded || (await countDeliveries(deps.pool)) < total) await fanOut()
  }
  const pulled: bigint[] = []
  const pull = async (): Promise<void> => {
    while (pulled.length < total) {
      const sequence = BigInt(pulled.length)
      const { deliveries, newest } = await listAfter(deps.pool, {
        ownerId: deps.ownerId,
        kind: 'callback',
        sequence,
        size: 7,
      })
      pulled.push(...deliveries.map((one) => one.sequence))
      expect(newest).toBeGreaterThanOrEqual(BigInt(pulled.length))
      for (const [i, number] of deliveries.entries()) expect(number.sequence).toBe(sequence + BigInt(i + 1))
    }
  }
  const readers = [read(), read(), pull()]
  await Promise.all(
    Array.from({ length: total / 10 }, (_, n) =>
      recordPayment(deps, { url: `${nobody}${n}`, steps: Array(10).fill('payment.begun') }),
    ),
  )
  isRecorded = true
  await Promise.all(readers)
  expect(pulled).toEqual(Array.from({ length: total }, (_, i) => BigInt(i + 1)))
})
