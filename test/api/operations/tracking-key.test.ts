// The seed's Tracking-Key, case by case: T1 to T18 of the contract.
import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { listAudit } from '../../../src/audit/queries.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { receive } from '../../webhooks/setup.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, other, paid } = world
const SEED_FIELDS = [
  ...['amount', 'amount_details', 'currency_code', 'customer_id', 'customer_phone', 'extra', 'gateway_account'],
  ...['gateway_name', 'gateway_response', 'initiator', 'is_sandbox', 'payment_type', 'reference_number'],
  ...['remaining_amount', 'result', 'session_id', 'signature', 'state', 'timestamp_utc'],
]

function keyed(key: string = randomUUID()) {
  const headers = { 'tracking-key': key }
  return {
    key,
    run: (operation: string, session: { session_id: string }, more = {}) =>
      shop.operate(operation, session, more, { headers }),
  }
}

const childrenOf = async (session: { session_id: string }) => (await shop.inquire(session)).body.transactions ?? []

test('T1, T3: it executes once, and is answered again in the seed’s own shape', async () => {
  const fields = { amount: '2.00', customer_id: 'c-1', customer_phone: '12345678' }
  const session = await paid('cards-usd', { fields })
  const { run } = keyed()
  const first = await run('refund', session, { amount: '1.00' })
  expect(first).toMatchObject({ status: 200, body: { operation: 'refund', session_id: session.session_id } })
  const again = await run('refund', session, { amount: '1.00' })
  expect(again.status).toBe(200)
  expect(Object.keys(again.body).sort()).toEqual(SEED_FIELDS)
  expect(again.body).toMatchObject({
    amount: '1.00',
    amount_details: { currency_code: 'USD', amount: '1.0', total: '1.0', fee: '0' },
    customer_id: 'c-1',
    customer_phone: '12345678',
    gateway_account: 'cards-usd',
    gateway_name: 'sandbox',
    payment_type: 'one_off',
    reference_number: first.body.reference_number,
    remaining_amount: '1.000',
    result: 'success',
    session_id: first.body.txn.session_id,
    state: 'refunded',
  })
  expect(await childrenOf(session)).toHaveLength(1)
})

test('T2: a key whose operation failed may be used again, and executes', async () => {
  const session = await paid()
  const { run } = keyed()
  expect((await run('refund', session, { amount: '100.01' })).status).toBe(400)
  await world.arm('refuse-connect')
  expect((await run('refund', session, { amount: '10' })).status).toBe(400)
  expect((await run('refund', session, { amount: '10' })).body).toMatchObject({
    operation: 'refund',
    result: 'success',
  })
})

test('T4, T5, T6, T7: whatever is sent along is ignored: it is the first one’s key', async () => {
  const [session, another] = [await paid(), await paid('auth-usd')]
  const { run } = keyed()
  const { body: first } = await run('refund', session, { amount: '1' })
  const [before, others] = [await world.book(), await shop.retrieve(another)]
  const replays = [
    await run('refund', session),
    await run('refund', session, { amount: '2' }),
    await run('void', session),
    await run('void', another),
    await run('refund', { session_id: 'f'.repeat(40) }),
  ]
  for (const { status, body } of replays) {
    expect(status).toBe(200)
    expect(body).toMatchObject({ session_id: first.txn.session_id, state: 'refunded', amount: '1.00' })
  }
  expect(await childrenOf(another)).toEqual([])
  expect(await shop.retrieve(another)).toEqual(others)
  expect(await childrenOf(session)).toHaveLength(1)
  expect(await world.book()).toEqual(before)
})

test('T8: without an identifier it is refused', async () => {
  const { key, run } = keyed()
  await run('refund', await paid())
  const { status } = await shop.send(
    '/pbl/v2/operation/',
    { operation: 'refund' },
    { headers: { 'tracking-key': key } },
  )
  expect(status).toBe(400)
})

test('T9: internal operations know nothing of it', async () => {
  const { run } = keyed()
  expect((await run('cancel', await shop.checkout())).status).toBe(200)
  expect((await run('expire', await shop.checkout())).status).toBe(200)
  expect((await run('refund', await paid())).body.operation).toBe('refund')
})

test('T10: without a key two equal refunds are two', async () => {
  const session = await paid()
  await shop.operate('refund', session, { amount: '5' })
  await shop.operate('refund', session, { amount: '5' })
  expect(await childrenOf(session)).toHaveLength(2)
})

test('T11: what was queued is answered as it stands by now', async () => {
  const session = await paid('queue-usd')
  const { run } = keyed()
  expect((await run('refund', session, { amount: '5' })).body.txn.state).toBe('refund_queued')
  expect((await run('refund', session)).body).toMatchObject({ state: 'refund_queued', result: 'queued' })
  await world.florin.advanceUntil(6, async () => (await run('refund', session)).body.state === 'refunded')
  expect((await run('refund', session)).body).toMatchObject({ state: 'refunded', result: 'success' })
})

test.each(['refund_rejected', 'refunded'])(
  'T11: what was queued and is %s later is answered so, as the child that it is',
  async (state) => {
    const card = enterCard(state === 'refunded' ? '4000000001000183' : '4000000001000191')
    const session = await paid('cards-usd', { card })
    const { run } = keyed()
    const { body: first } = await run('refund', session)
    expect(first).toMatchObject({ session_id: session.session_id, txn: { state: 'refund_queued' } })
    await world.florin.advanceUntil(20, async () => (await run('refund', session)).body.state !== 'refund_queued')
    expect((await run('refund', session)).body).toMatchObject({
      session_id: first.txn.session_id,
      state,
      result: state === 'refunded' ? 'success' : 'rejected',
    })
    expect(first.txn.session_id).not.toBe(session.session_id)
    expect(await childrenOf(session)).toMatchObject([{ state, session_id: first.txn.session_id }])
  },
)

test('T12: of ten at once one executes and is told of once, and the others are told how it went', async () => {
  const receiver = await receive()
  const session = await paid('cards-usd', { fields: { webhook_url: receiver.url } })
  const { run } = keyed()
  const before = (await world.book()).length
  const answers = await Promise.all(Array.from({ length: 10 }, () => run('refund', session, { amount: '3' })))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  expect(answers.filter(({ body }) => 'txn' in body)).toHaveLength(1)
  expect(new Set(answers.map(({ body }) => body.txn?.session_id ?? body.session_id)).size).toBe(1)
  expect(await childrenOf(session)).toHaveLength(1)
  expect((await world.book()).length).toBe(before + 1)
  // What is told last is told after everything before it.
  await shop.operate('refund', session, { amount: '4' })
  await vi.waitFor(() => expect(receiver.received.at(-1)?.body).toContain('"4.00"'), { timeout: 10_000 })
  const amounts = receiver.received.map(({ body }) => (JSON.parse(body) as { amount: string }).amount)
  expect(amounts).toEqual(['100.00', '3.00', '4.00'])
})

test('T13: keys of two merchants never meet', async () => {
  const { key, run } = keyed()
  await run('refund', await paid())
  const { status } = await other.operate(
    'refund',
    { session_id: 'f'.repeat(40) },
    {},
    { headers: { 'tracking-key': key } },
  )
  expect(status).toBe(400)
})

test('T14: it is opaque: quotes belong to it, spaces around it do not, an empty one is none, and a long one is refused', async () => {
  const session = await paid()
  const bare = keyed('a b-"c"')
  await bare.run('refund', session, { amount: '1' })
  expect((await keyed('  a b-"c" ').run('refund', session)).body.state).toBe('refunded')
  expect((await keyed('"a b-"c""').run('refund', session, { amount: '1' })).body.operation).toBe('refund')
  expect((await keyed('A B-"C"').run('refund', session, { amount: '1' })).body.operation).toBe('refund')
  for (let i = 0; i < 2; i++)
    expect((await keyed('').run('refund', session, { amount: '1' })).body.operation).toBe('refund')
  expect(await keyed('k'.repeat(129)).run('refund', session)).toMatchObject({
    status: 400,
    body: { operation: 'operation_tracking', result: 'failed', detail: expect.any(String) },
  })
})

test('T15: who may not ask is told nothing', async () => {
  const session = await paid()
  const { key, run } = keyed()
  await run('refund', session)
  for (const [authorization, status] of [
    [shop.as('payment.void'), 403],
    ['Api-Key flk_wrong', 401],
    ['', 401],
  ] as const) {
    const answer = await shop.operate('refund', session, {}, { headers: { 'tracking-key': key }, authorization })
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, ['detail']])
  }
})

test('an answer that is given again is not written down as done', async () => {
  const session = await paid()
  const { run } = keyed()
  for (let i = 0; i < 3; i++) await run('refund', session, { amount: '1' })
  const objectId = readSessionId(world.florin.app.deps.codes, session.session_id) ?? ''
  const { rows } = await listAudit(world.florin.app.pool, { merchantId: shop.id, objectId, page: { size: 10 } })
  expect(rows.map(({ action }) => action)).toEqual(['payment.refund', 'e_commerce.add'])
})

test('a key is known to the server that is started next, and executes nothing there', async () => {
  const before = await openOperations()
  const session = await before.paid()
  const options = { headers: { 'tracking-key': 'over-a-restart' } }
  const first = await before.shop.operate('refund', session, { amount: '1' }, options)
  await before.florin.restart()
  const again = await before.shop.operate('refund', session, { amount: '2' }, options)
  expect(again).toMatchObject({ status: 200, body: { session_id: first.body.txn.session_id, amount: '1.00' } })
  expect((await before.book()).filter(({ operation }) => operation === 'refund')).toHaveLength(1)
  expect((await before.shop.operate('refund', session, { amount: '2' })).body).toMatchObject({ result: 'success' })
})

test('T16: it is answered also when the payment was deleted since', async () => {
  const session = await paid()
  const { run } = keyed()
  await run('refund', session, { amount: '1' })
  await shop.operate('delete', session)
  expect(await run('refund', session)).toMatchObject({ status: 200, body: { state: 'refunded' } })
})

test('a capture that nobody knows the outcome of stays bound, and is answered when it is known', async () => {
  const session = await paid('auth-usd')
  const { run } = keyed()
  await world.arm('error-did')
  const before = (await world.book()).length
  expect(await run('capture', session)).toMatchObject({ status: 400, body: { result: 'pending' } })
  expect(await run('capture', session)).toMatchObject({ status: 400, body: { result: 'pending' } })
  await world.florin.advanceUntil(6, async () => (await run('capture', session)).status === 200)
  expect((await run('capture', session)).body).toMatchObject({ state: 'paid', amount: '100.00' })
  expect((await world.book()).length).toBe(before + 1)
})

test('a refund that nobody knows the outcome of is queued, and refunded when it is known', async () => {
  const session = await paid()
  const { run } = keyed()
  await world.arm('error-did')
  expect((await run('refund', session)).body).toMatchObject({ result: 'queued', txn: { state: 'refund_queued' } })
  await world.florin.advanceUntil(6, async () => (await run('refund', session)).body.state === 'refunded')
})
