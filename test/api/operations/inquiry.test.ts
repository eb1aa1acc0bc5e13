// Inquiries over HTTP: who may ask how often, and what is answered without asking anybody.
import { expect, test } from 'vitest'
import { invalidateCheckout } from '../../../src/checkouts/close.ts'
import { payCheckout } from '../../../src/checkouts/pay.ts'
import { settleByHand } from '../../../src/payments/inbox.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import type { Answer } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, other } = world
const { deps } = florin.app
const PATH = '/pbl/v2/inquiry/'
const DECLINED = { card: enterCard('4000000001000050') }
const LASTING = { expiration_time: '30 00:00:00' }
const idOf = ({ session_id }: { session_id: string }) => readSessionId(deps.codes, session_id) ?? ''
const minutes = (count: number) => florin.advance(count * 60 + 1)

/** The seconds to wait, which the header and the text agree on. */
function expectThrottled({ status, headers, body }: Answer): number {
  const seconds = Number(headers.get('retry-after'))
  const detail = `Request was throttled. Expected available in ${seconds} seconds.`
  expect({ status, body }).toEqual({ status: 429, body: { detail } })
  return seconds
}

test('the first ten minutes belong to the payer; then it is once in half an hour, three times a day', async () => {
  const session = await world.paid('cards-usd', { ...DECLINED, fields: LASTING })
  expect(expectThrottled(await shop.inquire(session))).toBeGreaterThan(9 * 60)
  for (const wait of [10, 30, 30]) {
    await minutes(wait)
    expect(await shop.inquire(session)).toMatchObject({ status: 200, body: { state: 'attempted', result: 'failed' } })
    const seconds = expectThrottled(await shop.inquire(session))
    expect(seconds).toBeGreaterThan(29 * 60)
    expect(seconds).toBeLessThanOrEqual(30 * 60)
  }
  await minutes(30)
  const untilTomorrow = expectThrottled(await shop.inquire(session))
  expect(untilTomorrow).toBeGreaterThan(22 * 3600)
  await florin.advance(untilTomorrow)
  expect(await shop.inquire(session)).toMatchObject({ status: 200 })
})

test('thirty payments are asked about in a minute, and another merchant’s are not counted', async () => {
  const made = (by: typeof shop) => Promise.all(Array.from({ length: 31 }, () => by.checkout(LASTING)))
  const sessions = await made(shop)
  const foreign = await other.checkout(LASTING)
  for (const session of sessions) await shop.operate('expire', session)
  await other.operate('expire', foreign)
  await minutes(10)
  const answers = await Promise.all(sessions.map((session) => shop.inquire(session)))
  const refused = answers.filter(({ status }) => status !== 200)
  expect(refused).toHaveLength(1)
  for (const answer of refused) expect(expectThrottled(answer)).toBeLessThanOrEqual(60)
  expect(await other.inquire(foreign)).toMatchObject({ status: 200, body: { state: 'expired' } })
  const left = sessions[answers.findIndex(({ status }) => status !== 200)]
  await minutes(1)
  expect(await shop.inquire(left ?? foreign)).toMatchObject({ status: 200 })
})

test('of several tries a success at the older one wins', async () => {
  const session = await shop.checkout({ ...LASTING, pg_codes: ['cards-usd', 'auth-usd'] })
  const id = idOf(session)
  const pay = (pgCode: string, card = enterCard()) =>
    payCheckout(deps, {
      ...{ checkoutId: id, pgCode, tryId: crypto.randomUUID(), instrument: { card } },
      ...{ keepsCard: false, referencePrefix: 'FL' },
    })
  await world.arm('error-did')
  const { operation } = await pay('cards-usd')
  await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  await pay('auth-usd', DECLINED.card)
  await shop.operate('expire', session)
  await minutes(10)
  const answer = await shop.inquire(session)
  expect(answer).toMatchObject({
    status: 200,
    body: { state: 'paid', gateway_account: 'cards-usd', result: 'success' },
  })
  expect(await shop.retrieve(session)).toMatchObject({ state: 'paid', settled_pg_code: 'cards-usd' })
})

test('what nobody has tried to pay cannot be asked about', async () => {
  expect(await shop.inquire(await shop.checkout())).toMatchObject({
    status: 400,
    body: { detail: 'No payment attempts found for this Lookup', result: 'failed' },
  })
})

test('what is final is answered at once, as often as anybody asks', async () => {
  const [cash, cancelled, invalided] = [
    await shop.checkout({ pg_codes: ['cash'] }),
    await shop.checkout(),
    await shop.checkout(),
  ]
  await shop.send('/pbl/v2/payment/cash/', { session_id: cash.session_id })
  await shop.operate('cancel', cancelled)
  await invalidateCheckout(deps, { id: idOf(invalided), because: 'a test' })
  const final = {
    paid: await world.paid(),
    authorized: await world.paid('auth-usd'),
    cod: cash,
    canceled: cancelled,
    invalided,
  }
  const before = (await world.book()).reduce((sum, { attempts }) => sum + attempts, 0)
  for (const [state, session] of Object.entries(final)) {
    for (let i = 0; i < 3; i++) {
      expect(await shop.inquire(session)).toMatchObject({
        status: 200,
        body: { state, session_id: session.session_id, signature: expect.stringMatching(/^[0-9a-f]{64}$/) },
      })
    }
  }
  expect((await world.book()).reduce((sum, { attempts }) => sum + attempts, 0)).toBe(before)
})

test('a payment is named by its id, its number or both, in any kind of body, and nobody sees another’s', async () => {
  const session = await world.paid('cards-usd', { fields: { order_no: 'I-1' } })
  const foreign = await other.checkout({ order_no: 'I-2' })
  const { session_id } = session
  for (const as of ['json', 'form', 'multipart'] as const) {
    for (const names of [{ session_id }, { order_no: 'I-1' }, { session_id, order_no: 'I-1' }])
      expect(await shop.send(PATH, names, { as })).toMatchObject({ status: 200, body: { session_id } })
  }
  for (const [names, field] of [
    [{ session_id: foreign.session_id }, 'session_id'],
    [{ order_no: 'I-2' }, 'order_no'],
    [{ session_id: 'x' }, 'session_id'],
  ] as const) {
    const { status, body } = await shop.send(PATH, names)
    expect({ status, fields: Object.keys(body) }).toEqual({ status: 400, fields: [field] })
  }
  const unnamed = await shop.send(PATH, {})
  expect({ status: unnamed.status, fields: Object.keys(unnamed.body) }).toEqual({
    status: 400,
    fields: ['session_id', 'order_no'],
  })
  const strange = await shop.send(PATH, { session_id, notify_webhook_url: 'perhaps', webhook_url: 'nowhere' })
  expect({ status: strange.status, fields: Object.keys(strange.body).sort() }).toEqual({
    status: 400,
    fields: ['notify_webhook_url', 'webhook_url'],
  })
})

test('captures, refunds and voids are listed with what they were done to', async () => {
  const session = await world.paid('auth-usd')
  await shop.operate('capture', session, { amount: '60' })
  await shop.operate('refund', session, { amount: '10' })
  const { body } = await shop.inquire(session)
  expect(body).toMatchObject({
    ...{ state: 'authorized', amount: '100.00', paid_amount: '60.00', refunded_amount: '10.00' },
    transactions: [
      { amount: '60.00', state: 'paid' },
      { amount: '10.00', state: 'refunded' },
    ],
  })
})
