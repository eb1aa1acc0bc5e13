import { expect, test, vi } from 'vitest'
import { transaction } from '../../src/db/pool.ts'
import { findCursor, listEventsAfter, STREAM_START } from '../../src/events/queries.ts'
import { newId } from '../../src/ids.ts'
import { removeWebhook } from '../../src/webhooks/endpoints.ts'
import { createFanOut, renderAll } from '../../src/webhooks/fan-out.ts'
import { recordPayment } from './callback-setup.ts'
import { renderPayment } from './payment-face.ts'
import { countDeliveries, fanOutUntil, receive, recordFacts, type Setup, setUp, subscribe } from './setup.ts'

const url = 'http://127.0.0.1:9/hook'

test('each endpoint gets what it listens to, and one event may be several messages', async () => {
  const deps = await setUp()
  const all = await subscribe(deps, { url })
  const balances = await subscribe(deps, { url }, ['card.balance', 'unknown'])
  await subscribe({ ...deps, ownerId: newId() }, { url })
  await recordFacts(deps)
  await recordFacts(deps, { type: 'payment.captured' })
  await fanOutUntil(deps, 4)
  const { rows } = await deps.pool.query<{ endpoint_id: string; event_name: string; message_id: string }>(
    'select endpoint_id, event_name, sequence, body, message_id from webhook_deliveries order by endpoint_id, sequence',
  )
  expect(rows).toMatchObject([
    { endpoint_id: all.id, event_name: 'card.created', sequence: 1n },
    { endpoint_id: all.id, event_name: 'payment.captured', sequence: 2n },
    { endpoint_id: all.id, event_name: 'card.balance', sequence: 3n },
    { endpoint_id: balances.id, event_name: 'card.balance', sequence: 1n },
  ])
  expect(rows[2]?.message_id).toBe(rows[3]?.message_id)
  expect(new Set(rows.map((row) => row.message_id)).size).toBe(3)
})

test('amounts in an event’s data may be bigint', async () => {
  const deps = await setUp({ render: async () => [{ event: 'e', data: { amount: 12_345_678_901_234_567_890n } }] })
  await subscribe(deps, { url })
  await recordFacts(deps)
  await fanOutUntil(deps, 1)
  const { rows } = await deps.pool.query<{ body: string }>('select body from webhook_deliveries')
  expect(rows[0]?.body).toMatch(
    /^\{"event":"e","id":"[0-9a-f-]{36}","data":\{"amount":12345678901234567890\},"time":"[^"]{24}"\}$/,
  )
})

test('an endpoint hears nothing from before its creation and nothing after its removal', async () => {
  const deps = await setUp()
  await recordFacts(deps)
  const late = await subscribe(deps, { url })
  const removed = await subscribe(deps, { url })
  await recordFacts(deps)
  await removeWebhook(deps, { id: removed.id, ownerId: deps.ownerId })
  await fanOutUntil(deps, 1)
  const { rows } = await deps.pool.query('select endpoint_id from webhook_deliveries')
  expect(rows).toEqual([{ endpoint_id: late.id }])
})

test('readers in parallel queue every event exactly once', async () => {
  const deps = await setUp()
  await subscribe(deps, await receive())
  const total = 250
  let isRecorded = false
  const read = async (): Promise<void> => {
    const fanOut = createFanOut(deps)
    await vi.waitFor(
      async () => {
        while (!isRecorded) await fanOut()
        await fanOut()
        expect(await countDeliveries(deps.pool)).toBe(total)
      },
      { timeout: 20_000, interval: 20 },
    )
  }
  const readers = [read(), read(), read()]
  await Promise.all(Array.from({ length: total / 10 }, () => recordFacts(deps, { count: 10 })))
  isRecorded = true
  await Promise.all(readers)
  const { rows } = await deps.pool.query(
    'select count(distinct event_id)::int as events, min(sequence) as first, max(sequence) as last from webhook_deliveries',
  )
  expect(rows).toEqual([{ events: total, first: 1n, last: BigInt(total) }])
})

test('of two readers that have read the same events one queues them', async () => {
  const deps = await setUp()
  await subscribe(deps, { url })
  await recordFacts(deps)
  let readers = 0
  let meet = (): void => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const render: Setup['render'] = async (event) => {
    if (++readers === 2) meet()
    await met
    return await deps.render(event)
  }
  await vi.waitFor(async () => expect(await listEventsAfter(deps.pool, STREAM_START, 1)).toHaveLength(1))
  const fanOuts = [createFanOut({ ...deps, render }), createFanOut({ ...deps, render })]
  expect(await Promise.all(fanOuts.map((fanOut) => fanOut()))).toEqual([false, false])
  expect(readers).toBe(2)
  expect(await countDeliveries(deps.pool)).toBe(1)
})

test('an event of a transaction that commits late is not passed over', async () => {
  const deps = await setUp()
  await subscribe(deps, { url })
  const fanOut = createFanOut(deps)
  const insert = `insert into events (shard, id, type, owner_id, subject_id, data, created_at)
                  values (0, $1, 'card.created', $2, $1, '{}', now())`
  await transaction(deps.pool, async (tx) => {
    await tx.query(insert, [newId(), deps.ownerId])
    await recordFacts(deps)
    await fanOut()
    expect(await countDeliveries(deps.pool)).toBe(0)
  })
  await fanOutUntil(deps, 2)
})

test('an event that cannot be rendered holds up the others only for so long', async () => {
  const deps = await setUp({
    render: async ({ data }) => {
      if (data.n === 2) throw new Error('no words')
      return [{ event: 'e', data }]
    },
  })
  await subscribe(deps, { url })
  await recordFacts(deps, { count: 3 })
  const fanOut = createFanOut(deps)
  let failures = 0
  await vi.waitFor(
    async () => {
      await fanOut().catch(() => {
        failures += 1
      })
      if (failures > 0 && failures < 9) expect(await countDeliveries(deps.pool)).toBe(1)
      expect(await countDeliveries(deps.pool)).toBe(2)
    },
    { timeout: 10_000, interval: 10 },
  )
  expect(failures).toBe(9)
  expect(deps.logged.join()).toContain('left an event out of the webhooks')
})

test('an addressed message goes to that endpoint alone, and never to another owner’s', async () => {
  let to = ''
  const deps = await setUp({ render: async ({ type }) => [{ event: type, to, body: '{}' }] })
  const listening = await subscribe(deps, { url })
  const foreign = await subscribe({ ...deps, ownerId: newId() }, { url })
  const removed = await subscribe(deps, { url })
  await removeWebhook(deps, { id: removed.id, ownerId: deps.ownerId })
  for (const id of [foreign.id, removed.id, newId()]) {
    to = id
    await recordFacts(deps)
    await vi.waitFor(async () => {
      await createFanOut(deps)()
      expect(await findCursor(deps.pool, 'webhooks')).toMatchObject({ eventId: await newestEventId(deps) })
    })
  }
  expect(await countDeliveries(deps.pool)).toBe(0)
  await subscribe(deps, { url })
  to = listening.id
  await recordFacts(deps)
  await fanOutUntil(deps, 1)
  const { rows } = await deps.pool.query('select endpoint_id, body from webhook_deliveries')
  expect(rows).toEqual([{ endpoint_id: listening.id, body: '{}' }])
})

async function newestEventId({ pool }: Setup): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'select id from events order by transaction_id desc, id desc limit 1',
  )
  return rows[0]?.id ?? ''
}

test('several faces tell one event side by side, each in its own messages', async () => {
  const deps = await setUp()
  const callbackId = await recordPayment(deps, { url })
  const other = async () => [{ event: 'other', data: {} }]
  await subscribe(deps, { url })
  await recordPayment(deps, { url })
  await fanOutUntil({ ...deps, render: renderAll([renderPayment, deps.render, other, async () => []]) }, 4)
  const { rows } = await deps.pool.query(
    `select endpoint_id = $1 as is_callback, event_name, part, owner_sequence from webhook_deliveries order by event_id, part`,
    [callbackId],
  )
  expect(rows).toEqual([
    { is_callback: true, event_name: 'payment.begun', part: 0, owner_sequence: 1n },
    { is_callback: true, event_name: 'payment.begun', part: 0, owner_sequence: 2n },
    { is_callback: false, event_name: 'payment.begun', part: 1, owner_sequence: null },
    { is_callback: false, event_name: 'other', part: 2, owner_sequence: null },
  ])
})

test('a message that PostgreSQL cannot keep is left out like one that cannot be rendered', async () => {
  const deps = await setUp({
    render: async ({ type, data }) => [{ event: type, body: data.n === 1 ? 'a\0b' : '{}' }],
  })
  await subscribe(deps, { url })
  await recordFacts(deps, { count: 2 })
  const fanOut = createFanOut(deps)
  await vi.waitFor(
    async () => {
      await fanOut().catch(() => undefined)
      expect(await countDeliveries(deps.pool)).toBe(1)
    },
    { timeout: 10_000, interval: 10 },
  )
})
