// What merchants are told of payments and operations, and where their payers go afterwards.
import { createHmac } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { findSession } from '../../../src/checkouts/find.ts'
import { operateSession } from '../../../src/checkouts/operate.ts'
import { updateMerchantSettings } from '../../../src/merchants/settings.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import type { Answer } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { type Received, type Receiver, receive } from '../../webhooks/setup.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, other } = world
const DECLINED = '4000000001000050'

const bodies = ({ received }: Receiver): Answer['body'][] =>
  received.map(({ body }: Received) => JSON.parse(body) as Answer['body'])

/** What the receiver has been sent, once it is so much. */
const told = (receiver: Receiver, count: number) =>
  vi.waitFor(
    () => {
      expect(receiver.received).toHaveLength(count)
      return bodies(receiver)
    },
    { timeout: 10_000 },
  )

const choose = (merchantId: string, changes: Parameters<typeof updateMerchantSettings>[2]) =>
  updateMerchantSettings({ ...florin.app.deps, egress: { checkUrl: async () => undefined } }, merchantId, changes)

/** Pays on the page. Answers where the payer is sent, or what the page says. */
async function visit(
  session: { session_id: string; checkout_url: string },
  card = '4111111111111111',
): Promise<string> {
  const html = await (await fetch(session.checkout_url)).text()
  const form = html.split('<form').find((part) => part.includes('name="action" value="card"')) ?? ''
  const hidden = [...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]))
  const body = new URLSearchParams({ ...fields, cardNumber: card, expiry: '12/32', cvv: '123', holder: 'Ada' })
  const paid = await fetch(`${florin.url}/b/checkout/pay/`, { method: 'POST', redirect: 'manual', body })
  const next = new URL(paid.headers.get('location') ?? '', florin.url)
  const done = await fetch(next, { redirect: 'manual' })
  return done.headers.get('location') ?? (await done.text())
}

const signatureOf = (body: Record<string, unknown>, names: readonly string[]): string => {
  const text = names.filter((name) => body[name]).map((name) => `${name}${body[name]}`)
  return createHmac('sha256', shop.hmacKey).update(text.join('')).digest('hex')
}

test('a payment is told to the URL of its checkout, signed, as an inquiry answers it', async () => {
  const receiver = await receive()
  const fields = { webhook_url: receiver.url, order_no: 'W-1', customer_email: 'ada@example.com', extra: { a: '1' } }
  const session = await world.paid('cards-usd', { fields })
  const [notice] = await told(receiver, 1)
  expect(notice).toMatchObject({
    session_id: session.session_id,
    order_no: 'W-1',
    state: 'paid',
    result: 'success',
    amount: '100.00',
    paid_amount: '100.00',
    remaining_amount: '0.000',
    gateway_account: 'cards-usd',
    extra: { a: '1' },
  })
  const names = [
    ...['amount', 'currency_code', 'customer_email', 'gateway_account', 'gateway_name', 'order_no'],
    ...['reference_number', 'result', 'state'],
  ]
  expect(notice.signature).toBe(signatureOf(notice, names))
  const { timestamp_utc: _told, ...inquired } = (await shop.inquire(session)).body
  expect(notice).toMatchObject(inquired)
})

test('each try is told as it went, also the one that failed', async () => {
  const receiver = await receive()
  const session = await shop.checkout({ webhook_url: receiver.url })
  await world.pay(session, { card: enterCard(DECLINED) })
  await told(receiver, 1)
  await world.pay(session)
  const [first, second] = await told(receiver, 2)
  expect(first).toMatchObject({ state: 'attempted', result: 'failed', remaining_amount: '100.000' })
  expect(first).not.toHaveProperty('paid_amount')
  expect(second).toMatchObject({ state: 'paid', result: 'success' })
  expect(first.reference_number).not.toBe(second.reference_number)
})

test('a card that was saved is told with its token', async () => {
  const receiver = await receive()
  const fields = { webhook_url: receiver.url, customer_id: 'w-7', amount: '0', payment_type: 'save_card' }
  const session = await shop.checkout(fields)
  await visit(session)
  const [notice] = await told(receiver, 1)
  expect(notice).toMatchObject({
    ...{ state: 'paid', result: 'success', payment_type: 'save_card', token: { number: '**** 1111' } },
    ...{ gateway_account: 'cards-usd', gateway_name: 'sandbox', is_sandbox: true },
    reference_number: expect.stringMatching(/^FL[A-Z0-9]+$/),
  })
  const cards = await shop.send('/pbl/v2/card/', { type: 'sandbox', customer_id: 'w-7' })
  expect(cards.body[0].token).toBe(notice.token.token)
  const { token, result } = (await shop.inquire(session)).body
  expect({ token, result }).toEqual({ token: notice.token, result: 'success' })
})

test('no token is told of a card that was declined, because it is not kept', async () => {
  const receiver = await receive()
  const agreement = {
    ...{ id: 'plan-w', amount_variability: 'fixed', frequency: 'monthly' },
    ...{ expiry_date: '2032-02-01', cycle_interval_days: 30 },
  }
  const fields = { webhook_url: receiver.url, customer_id: 'w-8', payment_type: 'auto_debit', agreement }
  const session = await shop.checkout(fields)
  await visit(session, DECLINED)
  const [declined] = await told(receiver, 1)
  expect(declined).toMatchObject({ result: 'failed' })
  expect(declined).not.toHaveProperty('token')
  await visit(session)
  const [, paid] = await told(receiver, 2)
  expect(paid).toMatchObject({ result: 'success', token: { number: '**** 1111', agreements: ['plan-w'] } })
})

test('a payer who leaves without a try is told of, and his webhook decides where he goes, too', async () => {
  const receiver = await receive()
  const fields = { webhook_url: receiver.url, redirect_url: 'https://shop.example/back' }
  const leave = async (more: object) => {
    const session = await shop.checkout({ ...fields, ...more })
    const body = new URLSearchParams({ session_id: session.session_id, action: 'give-up' })
    const left = await fetch(`${florin.url}/b/checkout/pay/`, { method: 'POST', redirect: 'manual', body })
    const done = await fetch(new URL(left.headers.get('location') ?? '', florin.url), { redirect: 'manual' })
    return { session, location: done.headers.get('location') }
  }
  const { session, location } = await leave({})
  expect(location).toMatch(/^https:\/\/shop\.example\/back/)
  const [notice] = await told(receiver, 1)
  expect(notice).toMatchObject({
    ...{ session_id: session.session_id, state: 'attempted', result: 'canceled', remaining_amount: '100.000' },
    signature: signatureOf(notice, ['amount', 'currency_code', 'result', 'state']),
  })
  await leave({ pg_codes: ['once-usd'] })
  const [, only] = await told(receiver, 2)
  expect(only).toMatchObject({ state: 'expired', result: 'canceled' })
})

test('captures, refunds and voids are told to the checkout’s URL where the merchant has said nothing', async () => {
  const receiver = await receive()
  const session = await world.paid('auth-usd', { fields: { webhook_url: receiver.url } })
  const capture = (await shop.operate('capture', session, { amount: '40' })).body
  const refund = (await shop.operate('refund', session, { amount: '10', extra: { why: 'late' } })).body
  const notices = await told(receiver, 3)
  expect(notices[0]).toMatchObject({ state: 'authorized' })
  const operations = notices.slice(1)
  expect(operations.map(({ txn }) => txn.session_id)).toEqual([capture.txn.session_id, refund.txn.session_id])
  expect(operations[1]).toMatchObject({
    operation: null,
    result: 'success',
    success: true,
    source: 'input',
    amount: '10.00',
    extra: { why: 'late' },
    txn: { state: 'refunded', amount: '10.00' },
  })
  expect(operations[1].signature).toBe(signatureOf(operations[1], ['amount', 'reference_number', 'result']))
})

test('an operation that failed is told nobody, and neither is a key that is asked again', async () => {
  const receiver = await receive()
  const session = await world.paid('cards-usd', { fields: { webhook_url: receiver.url } })
  await world.arm('refuse-connect')
  expect((await shop.operate('refund', session, { amount: '5' })).status).toBe(400)
  const options = { headers: { 'tracking-key': 'told-once' } }
  for (let i = 0; i < 3; i++) await shop.operate('refund', session, { amount: '6' }, options)
  await shop.operate('refund', session, { amount: '7' })
  const notices = await told(receiver, 3)
  expect(notices.map(({ amount }) => amount)).toEqual(['100.00', '6.00', '7.00'])
})

test('a refund that was queued is told when the bank has decided', async () => {
  const receiver = await receive()
  const session = await world.paid('queue-usd', { fields: { webhook_url: receiver.url } })
  const queued = (await shop.operate('refund', session)).body
  expect(queued).toMatchObject({ result: 'queued', txn: { state: 'refund_queued' } })
  await florin.advanceUntil(60, async () => receiver.received.length === 2)
  expect(bodies(receiver)[1]).toMatchObject({ result: 'success', txn: { ...queued.txn, state: 'refunded' } })
})

test('nobody is told what was cancelled, expired or deleted', async () => {
  const receiver = await receive()
  for (const operation of ['cancel', 'expire', 'delete']) {
    const session = await shop.checkout({ webhook_url: receiver.url })
    expect((await shop.operate(operation, session)).status).toBe(200)
  }
  await world.paid('cards-usd', { fields: { webhook_url: receiver.url, order_no: 'last' } })
  expect(await told(receiver, 1)).toMatchObject([{ order_no: 'last' }])
})

test('operations go to both of the merchant’s URLs, and to none when it wants to hear of its own calls no more', async () => {
  const [general, plugin, own] = [await receive(), await receive(), await receive()]
  const plugins = { e_commerce: { webhookUrl: plugin.url, states: ['paid'] as const } }
  await choose(other.id, { operationsWebhookUrl: general.url, plugins })
  const session = await other.checkout({ pg_codes: ['cards-usd'], webhook_url: own.url })
  await world.pay(session)
  await other.operate('refund', session, { amount: '1' })
  expect(await told(general, 1)).toEqual(await told(plugin, 1))
  expect(await told(own, 1)).toMatchObject([{ state: 'paid' }])
  await choose(other.id, { notifiesApiOperations: false })
  await other.operate('refund', session, { amount: '2' })
  // A checkout without a URL is told to that of its type, in the states that it wants.
  const silent = await other.checkout({ pg_codes: ['cards-usd'] })
  await world.pay(silent, { card: enterCard(DECLINED) })
  await world.pay(silent)
  const [, paid] = await told(plugin, 2)
  expect(paid).toMatchObject({ session_id: silent.session_id, state: 'paid' })
  expect(general.received).toHaveLength(1)
})

test('what is done by hand is told also where a merchant’s own calls are not', async () => {
  const receiver = await receive()
  const merchant = await florin.addOperator('By hand')
  await choose(merchant.id, { operationsWebhookUrl: receiver.url, notifiesApiOperations: false })
  const session = await merchant.checkout()
  await world.pay(session)
  await merchant.operate('refund', session, { amount: '1' })
  const { deps } = florin.app
  const id = readSessionId(deps.codes, session.session_id) ?? ''
  const found = await findSession(deps, { merchantId: merchant.id, id })
  if (!found) throw new Error('there is no such session')
  const by = { initiator: null, source: 'dashboard', referencePrefix: 'FL' } as const
  await operateSession(deps, { operation: 'refund', session: found, amount: '2', ...by })
  expect(await told(receiver, 1)).toMatchObject([{ amount: '2.00', source: 'input', txn: { state: 'refunded' } }])
})

test.each([
  { status: 200, goes: 'on' },
  { status: 201, goes: 'nowhere' },
  { status: 202, goes: 'nowhere' },
  { status: 500, goes: 'nowhere' },
] as const)('after an answer $status the payer goes $goes', async ({ status, goes }) => {
  const receiver = await receive()
  receiver.answer = () => status
  const shopUrl = 'https://shop.example/thanks?cart=9&lang=en'
  const session = await shop.checkout({ webhook_url: receiver.url, redirect_url: shopUrl, order_no: `R-${status}` })
  const came = await visit(session)
  if (goes === 'on') {
    const url = new URL(came)
    expect(url.origin + url.pathname).toBe('https://shop.example/thanks')
    expect([...url.searchParams.keys()]).toEqual(['cart', 'lang', 'order_no', 'reference_number', 'session_id'])
    expect(url.searchParams.get('session_id')).toBe(session.session_id)
  } else expect(came).toContain('Payment complete')
  expect(receiver.received).toHaveLength(1)
})

test('a payer whose merchant is told nothing goes on, and one without a page to go to stays', async () => {
  const leading = await shop.checkout({ redirect_url: 'https://shop.example/' })
  expect(await visit(leading)).toContain('https://shop.example/?order_no=')
  const receiver = await receive()
  expect(await visit(await shop.checkout({ webhook_url: receiver.url }))).toContain('Payment complete')
})

test('a receiver that fails changes nothing of what the caller is answered', async () => {
  const session = await world.paid('cards-usd', { fields: { webhook_url: 'http://127.0.0.1:1/' } })
  expect(await shop.operate('refund', session)).toMatchObject({ status: 200, body: { result: 'success' } })
})

test('an inquiry is told when it asks for that: to the checkout’s URL, to another, or not at all', async () => {
  const [own, another] = [await receive(), await receive()]
  const session = await world.paid('cards-usd', { fields: { webhook_url: own.url } })
  const inquire = (more: object) => shop.send('/pbl/v2/inquiry/', { session_id: session.session_id, ...more })
  await told(own, 1)
  await inquire({ notify_webhook_url: true })
  expect((await told(own, 2))[1]).toMatchObject({ session_id: session.session_id, state: 'paid' })
  await inquire({ notify_webhook_url: true, webhook_url: another.url })
  expect(await told(another, 1)).toMatchObject([{ session_id: session.session_id }])
  await inquire({ disclose_to_merchant: true, disclosure_url: another.url })
  await told(another, 2)
  expect(own.received).toHaveLength(2)
  const untold = await world.paid('cards-usd', { fields: { order_no: 'quiet' } })
  const refused = await shop.send('/pbl/v2/inquiry/', { session_id: untold.session_id, notify_webhook_url: true })
  expect(refused).toMatchObject({ status: 400, body: { detail: 'No disclosure url found for order quiet' } })
})
