// Every operation in every state, and what deleting leaves.
import { expect, test } from 'vitest'
import { invalidateCheckout } from '../../../src/checkouts/close.ts'
import { openCheckout } from '../../../src/checkouts/open.ts'
import { enrolMember } from '../../../src/demo/enrol.ts'
import { readSessionId, sessionIdOf } from '../../../src/payments/session-id.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { createServicesMember } from '../../helpers/services-member.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, paid, florin } = world
const { deps } = florin.app
const idOf = ({ session_id }: { session_id: string }) => readSessionId(deps.codes, session_id) ?? ''
// The same merchant calls another face, too.
const enrolled = await enrolMember(florin.app, florin.partner, { id: shop.id, username: 'both-faces' })
const facts = { ...enrolled, id: shop.id, username: 'both-faces', signingSecret: '' }
const member = createServicesMember(facts, florin.url, () => 0)
const REFUSED = { card: enterCard('4000000001000050') }

/** Makes one in each state. */
const MAKE: Readonly<Record<string, () => Promise<{ session_id: string }>>> = {
  created: () => shop.checkout(),
  pending: async () => {
    const session = await shop.checkout()
    await openCheckout(deps, idOf(session))
    return session
  },
  attempted: () => paid('cards-usd', REFUSED),
  authorized: () => paid('auth-usd'),
  paid: () => paid(),
  cod: async () => {
    const session = await shop.checkout({ pg_codes: ['cash'] })
    await shop.send('/pbl/v2/payment/cash/', { session_id: session.session_id })
    return session
  },
  failed: () => paid('once-usd', REFUSED),
  canceled: async () => {
    const session = await shop.checkout()
    await shop.operate('cancel', session)
    return session
  },
  expired: async () => {
    const session = await shop.checkout()
    await shop.operate('expire', session)
    return session
  },
  invalided: async () => {
    const session = await shop.checkout()
    await invalidateCheckout(deps, { id: idOf(session), because: 'a test' })
    return session
  },
}

/** What is allowed: the state that it leads to, or the state that the child gets. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cancel: { created: 'canceled', pending: 'canceled', attempted: 'canceled', cod: 'canceled' },
  expire: { created: 'expired', pending: 'expired', attempted: 'expired' },
  delete: Object.fromEntries(Object.keys(MAKE).map((state) => [state, 'gone'])),
  capture: { authorized: 'paid' },
  refund: { paid: 'refunded' },
  void: { authorized: 'voided' },
}

const CASES = Object.keys(ALLOWED).flatMap((operation) => Object.keys(MAKE).map((state) => [operation, state] as const))

test.each(CASES)('%s in state %s', async (operation, state) => {
  const session = (await MAKE[state]?.()) ?? { session_id: '' }
  expect((await shop.retrieve(session)).state).toBe(state)
  const after = ALLOWED[operation]?.[state]
  const { status, body } = await shop.operate(operation, session)
  if (after === undefined) {
    expect(status).toBe(400)
    expect(body).toMatchObject({ operation, result: 'failed' })
    expect((await shop.retrieve(session)).state).toBe(state)
  } else if (after === 'gone') {
    expect([status, body.result]).toEqual([200, 'success'])
    expect((await shop.send(`/checkout/v1/pymt-txn/${session.session_id}/`)).status).toBe(404)
  } else if (operation === 'cancel' || operation === 'expire') {
    expect([status, (await shop.retrieve(session)).state]).toEqual([200, after])
  } else {
    expect([status, body.txn.state, (await shop.retrieve(session)).state]).toEqual([200, after, state])
  }
})

test('every operation on what was deleted finds nothing', async () => {
  for (const state of ['paid', 'created']) {
    const session = (await MAKE[state]?.()) ?? { session_id: '' }
    await shop.operate('delete', session)
    for (const operation of Object.keys(ALLOWED)) {
      const { status, body } = await shop.operate(operation, session)
      expect([status, Object.keys(body)]).toEqual([400, ['session_id']])
    }
    expect((await shop.inquire(session)).status).toBe(400)
  }
})

test.each(['paid', 'authorized', 'cod'])('what was %s is restored with its children and amounts', async (state) => {
  const session = (await MAKE[state]?.()) ?? { session_id: '' }
  if (state === 'paid') await shop.operate('refund', session, { amount: '1' })
  const [before, told] = [await shop.retrieve(session), (await shop.inquire(session)).body]
  await shop.operate('delete', session)
  expect(await shop.send(`/checkout/v1/pymt-txn/${session.session_id}/restore/`, {})).toMatchObject({
    status: 200,
    body: { operation: 'restore', result: 'success' },
  })
  expect(await shop.retrieve(session)).toEqual(before)
  const { timestamp_utc: _at, ...again } = (await shop.inquire(session)).body
  expect(told).toMatchObject(again)
})

test('cancel is not idempotent', async () => {
  const session = await MAKE.canceled?.()
  expect((await shop.operate('cancel', session ?? { session_id: '' })).status).toBe(400)
})

test('a payment of another face can be refunded, but neither cancelled, expired nor deleted', async () => {
  const { paymentId } = await member.pay()
  const { rows } = await florin.app.pool.query<{ id: string }>(
    'select payment_id as id from orders where merchant_id = $1',
    [shop.id],
  )
  const session = { session_id: sessionIdOf(deps.codes, rows[0]?.id ?? '') }
  for (const operation of ['cancel', 'expire', 'delete'])
    expect(await shop.operate(operation, session)).toMatchObject({
      status: 400,
      body: { operation, result: 'failed' },
    })
  expect((await shop.operate('refund', session, { amount: '1' })).status).toBe(200)
  expect((await member.list()).transaction).toMatchObject([{ paymentId, refundamount: '1.00' }])
})

test.each(['auth-usd', 'queue-usd'])('an external operation changes nothing of its parent at %s', async (pgCode) => {
  const session = await paid(pgCode, { fields: { order_no: 'same', customer_id: 'c' } })
  const rowOf = async () =>
    (
      await florin.app.pool.query(
        `select c.*, k.state, k.paid_by
           from checkouts c
           join claims k on k.shard = c.shard and k.id = c.id
          where c.id = $1`,
        [idOf(session)],
      )
    ).rows
  const before = [await shop.retrieve(session), await rowOf()]
  const steps: readonly [string, string?][] =
    pgCode === 'queue-usd'
      ? [['refund', '40']]
      : [
          ['capture', '40'],
          ['refund', '40'],
          ['capture', '60'],
        ]
  for (const [operation, amount] of steps) expect((await shop.operate(operation, session, { amount })).status).toBe(200)
  expect([await shop.retrieve(session), await rowOf()]).toEqual(before)
})

test('a void changes nothing of its parent', async () => {
  const session = await paid('auth-usd')
  const before = await shop.retrieve(session)
  expect((await shop.operate('void', session)).status).toBe(200)
  expect(await shop.retrieve(session)).toEqual(before)
})

test.each(['paid', 'authorized'])('what was %s and is deleted is on no list of any face', async (state) => {
  const customer_id = `list-${state}`
  const pgCode = state === 'paid' ? 'fee-usd' : 'auth-usd'
  const order_no = `L-${state}`
  const session = await paid(pgCode, { fields: { customer_id, order_no } })
  const used = async (): Promise<string[]> => {
    const { body } = await shop.send('/pbl/v2/payment-methods/', { plugin: 'e_commerce', customer_id })
    return body.customer_payment_methods
  }
  expect(await used()).toEqual([pgCode])
  await shop.operate('delete', session)
  expect(await used()).toEqual([])
  expect(JSON.stringify(await member.list())).not.toContain(order_no)
  for (const name of [{ session_id: session.session_id }, { order_no }]) {
    const inquired = await shop.send('/pbl/v2/inquiry/', name)
    expect([inquired.status, Object.keys(inquired.body)]).toEqual([400, Object.keys(name)])
    const operated = await shop.send('/pbl/v2/operation/', { operation: 'refund', ...name })
    expect([operated.status, Object.keys(operated.body)]).toEqual([400, Object.keys(name)])
  }
  const page = await fetch(session.checkout_url)
  expect([page.status, (await page.text()).includes(order_no)]).toEqual([404, false])
  expect((await shop.send(`/checkout/v1/pymt-txn/${session.session_id}/`, undefined)).status).toBe(404)
  // Another one may have its number, and is the one that is meant.
  const next = await shop.checkout({ order_no })
  expect((await shop.send('/pbl/v2/operation/', { operation: 'cancel', order_no })).status).toBe(200)
  expect((await shop.retrieve(next)).state).toBe('canceled')
})

test('ten refunds of everything at once are one refund', async () => {
  const session = await paid()
  const answers = await Promise.all(Array.from({ length: 10 }, () => shop.operate('refund', session)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)])
})
