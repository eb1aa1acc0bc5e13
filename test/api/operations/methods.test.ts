// The ways to pay beside a payer's page, over HTTP: which there are, cash, saved cards, agreements, one step; and messages.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { payCheckout } from '../../../src/checkouts/pay.ts'
import { saveCard } from '../../../src/checkouts/save-card.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import type { Answer } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, other } = world
const { deps, pool } = { deps: florin.app.deps, pool: florin.app.pool }
const METHODS = '/pbl/v2/payment-methods/'
const CASH = '/pbl/v2/payment/cash/'
const CHECKOUTS = '/checkout/v1/pymt-txn/'
const REQUIRED = ['This field is required.']
const idOf = ({ session_id }: { session_id: string }) => readSessionId(deps.codes, session_id) ?? ''
const named = ({ session_id }: { session_id: string }) => ({ session_id })

const countCheckouts = async (): Promise<number> =>
  (await pool.query<{ id: string }>('select id from checkouts')).rows.length

async function codesOf(filter: object): Promise<string[]> {
  const { status, body } = await shop.send(METHODS, { plugin: 'e_commerce', ...filter })
  expect(status).toBe(200)
  return body.payment_methods.map(({ code }: { code: string }) => code)
}

test('every account that is in use is a way to pay, and says what can be done with it', async () => {
  const { body } = await shop.send(METHODS, { plugin: 'payment_request' })
  expect(Object.keys(body)).toEqual(['customer_payment_methods', 'payment_methods'])
  expect(body.payment_methods).toHaveLength(shop.gatewayAccounts.length)
  const methods: Record<string, object> = Object.fromEntries(
    body.payment_methods.map((one: { code: string }) => [one.code, one]),
  )
  expect(methods['fx-kwd']).toEqual({
    ...{ accepted_currencies: ['KWD', 'USD'], auto_debit_enabled: true, code: 'fx-kwd', default_currency: 'KWD' },
    ...{ is_sandbox: true, is_tokenizable: true, name: 'Card, paid in dinars', operation: 'purchase', pg: 'sandbox' },
    ...{ operations: ['refund', 'void', 'capture'], payment_services: [], tags: [], wallets: [] },
    logo: `${florin.app.baseUrl}/b/icons/sandbox.svg`,
  })
  expect(methods['final-usd']).toMatchObject({ operations: ['void', 'capture'] })
  expect(methods['bare-usd']).toMatchObject({ operations: [] })
  expect(methods.cash).toMatchObject({ operations: [], is_tokenizable: false, auto_debit_enabled: false })
})

test('ways to pay are found by what they take', async () => {
  expect(await codesOf({ currencies: ['JPY'] })).toEqual(['cards-jpy'])
  expect((await codesOf({ currencies: ['KWD', 'JPY'] })).sort()).toEqual([
    'auth-kwd',
    'cards-jpy',
    'cards-kwd',
    'fx-kwd',
  ])
  expect(await codesOf({ currencies: ['USD'] })).toContain('fx-kwd')
  expect((await codesOf({ operation: 'authorize' })).sort()).toEqual([
    ...['auth-kwd', 'auth-usd', 'fee-auth-usd', 'house-auth-usd'],
  ])
  expect(await codesOf({ tokenizable: false })).toEqual(['cash'])
  for (const filter of [{ tokenizable: true }, { auto_debit: true }, { tokenizable: 'true' }])
    expect(await codesOf(filter)).not.toContain('cash')
  expect((await codesOf({ pg_names: ['house', 'cod'] })).sort()).toEqual(['cash', 'house-auth-usd', 'house-usd'])
  expect(await codesOf({ type: 'production' })).toEqual([])
  expect(await codesOf({ payment_services: ['apple_pay'] })).toEqual([])
  expect(await codesOf({ currencies: ['EUR'] })).toEqual([])
})

test('a customer’s ways are those by which he has paid', async () => {
  const fields = { customer_id: 'm-1', pg_codes: ['cards-usd', 'fee-usd', 'auth-usd'] }
  const pay = async (pgCode: string, number?: string): Promise<void> => {
    await world.pay(await shop.checkout(fields), { pgCode, card: enterCard(number) })
  }
  await pay('fee-usd')
  await pay('cards-usd')
  await pay('auth-usd', '4000000001000050')
  const used = async (filter: object, by = shop): Promise<string[]> =>
    (await by.send(METHODS, { plugin: 'e_commerce', customer_id: 'm-1', ...filter })).body.customer_payment_methods
  expect(await used({})).toEqual(['cards-usd', 'fee-usd'])
  expect(await used({ currencies: ['KWD'] })).toEqual([])
  expect(await used({ customer_id: 'm-2' })).toEqual([])
  expect(await used({}, other)).toEqual([])
})

test('a filter that is none is named', async () => {
  expect(await shop.send(METHODS, {})).toMatchObject({ status: 400, body: { plugin: REQUIRED } })
  const { status, body } = await shop.send(METHODS, {
    ...{ plugin: 'crm', type: 'test', operation: 'refund', tokenizable: 'maybe', auto_debit: 7 },
    ...{ currencies: { a: 1 }, pg_names: [1.5, ''], customer_id: 'x'.repeat(65), tags: ['demo', 'cash'] },
    payment_services: ['paypal'],
  })
  expect({ status, names: Object.keys(body).sort() }).toEqual({
    status: 400,
    names: [
      ...['auto_debit', 'currencies', 'customer_id', 'operation', 'payment_services', 'pg_names', 'plugin', 'tags'],
      ...['tokenizable', 'type'],
    ],
  })
})

test('cash is acknowledged once, at either address', async () => {
  for (const path of [CASH, '/pbl/v2/cash-payment/']) {
    const session = await shop.checkout({ pg_codes: ['cards-usd', 'cash'], order_no: 'C-1' })
    expect(await shop.send(path, named(session))).toMatchObject({
      status: 200,
      body: {
        ...{ state: 'cod', result: 'cod', gateway_account: 'cash', order_no: 'C-1', session_id: session.session_id },
        ...{ amount: '100.00', settled_amount: '100.00', remaining_amount: '0.000', is_sandbox: true },
      },
    })
    expect(await shop.retrieve(session)).toMatchObject({ state: 'cod', settled_pg_code: 'cash' })
    expect(await shop.send(path, named(session))).toMatchObject({ status: 400, body: { detail: expect.any(String) } })
  }
})

test('cash is acknowledged also late, but not for what was paid, called off, or takes none', async () => {
  const expired = await shop.checkout({ pg_codes: ['cash'] })
  await shop.operate('expire', expired)
  expect(await shop.send(CASH, named(expired))).toMatchObject({ status: 200, body: { state: 'cod' } })
  const [paid, cancelled, cardsOnly] = [
    await world.paid('cards-usd', { fields: { pg_codes: ['cards-usd', 'cash'] } }),
    await shop.checkout({ pg_codes: ['cash'] }),
    await shop.checkout(),
  ]
  await shop.operate('cancel', cancelled)
  for (const session of [paid, cancelled, cardsOnly]) {
    const before = await shop.retrieve(session)
    expect(await shop.send(CASH, named(session))).toMatchObject({
      status: 400,
      body: { detail: expect.any(String), result: 'failed' },
    })
    expect(await shop.retrieve(session)).toEqual(before)
  }
  const foreign = await other.checkout({ pg_codes: ['cash'] })
  for (const [body, messages] of [
    [named(foreign), [`No PaymentTransaction found with \`session_id\` of ${foreign.session_id}.`]],
    [{ session_id: 'x' }, ['No PaymentTransaction found with `session_id` of x.']],
    [{}, REQUIRED],
  ])
    expect(await shop.send(CASH, body)).toMatchObject({ status: 400, body: { session_id: messages } })
})

const TELL = '/pbl/v2/message-notification/'

test('a customer is told again as often as his merchant asks, by the channels that were agreed', async () => {
  const told = { customer_email: 'told@customers.test', notifications: { email: ['paid'], whatsapp: ['paid'] } }
  const session = await shop.checkout({ ...told, order_no: 'T-1', customer_phone: '+96550001234' })
  for (const names of [named(session), { order_no: 'T-1' }])
    expect(await shop.send(TELL, { ...names, channels: ['email', 'whatsapp'] })).toMatchObject({
      status: 200,
      body: { message: 'Customer notified.' },
    })
  expect((await florin.sandbox('GET', '/sandbox/messages?to=told%40customers.test')).body).toHaveLength(2)
  expect(await shop.send(TELL, { ...named(session), channels: ['sms'] })).toMatchObject({
    status: 400,
    body: { channels: ['The payment has no sms notifications.'], result: 'failed' },
  })
  await world.pay(session)
  expect((await shop.send(TELL, { ...named(session), channels: ['whatsapp'] })).status).toBe(400)
})

test('a message needs a payment of the merchant’s and a channel that there is', async () => {
  const [session, foreign] = [await shop.checkout(), await other.checkout()]
  expect((await shop.send(TELL, { ...named(session), channels: ['pigeon'] })).body).toEqual({
    channels: ['"pigeon" is not a valid choice.'],
  })
  expect((await shop.send(TELL, named(session))).body).toEqual({ channels: REQUIRED })
  expect(await shop.send(TELL, { ...named(foreign), channels: ['email'] })).toMatchObject({
    status: 400,
    body: { session_id: [expect.stringContaining('No PaymentTransaction found')] },
  })
})

const CARDS = '/pbl/v2/card/'
const AGREEMENT = {
  ...{ id: 'plan-1', type: 'recurring', amount_variability: 'fixed', frequency: 'monthly' },
  ...{ expiry_date: '2032-02-01', cycle_interval_days: 30 },
}
const debitFields = (customerId: string, more: object = {}) => ({
  ...{ payment_type: 'auto_debit', customer_id: customerId, agreement: AGREEMENT, ...more },
})

/** Keeps a card of the customer's without a payment. Answers its token. */
async function keep(customerId: string, number?: string): Promise<string> {
  const session = await shop.checkout({ payment_type: 'save_card', amount: '0', customer_id: customerId })
  await saveCard(deps, { checkoutId: idOf(session), pgCode: 'cards-usd', card: enterCard(number, { holder: 'Ada L' }) })
  const { body } = await shop.send(CARDS, { type: 'sandbox', customer_id: customerId })
  return body[0].token
}

/** Concludes an agreement with a first payment. Answers the card's token. */
async function agree(customerId: string): Promise<string> {
  await world.pay(await shop.checkout(debitFields(customerId)))
  const { body } = await shop.send(CARDS, { type: 'sandbox', customer_id: customerId, agreement_id: 'plan-1' })
  return body[0].token
}

test('a customer’s cards are listed for him alone, the newest first', async () => {
  const token = await keep('k-1', '4111111111111111')
  const list = async (filter: object, by = shop): Promise<Answer['body']> =>
    (await by.send(CARDS, { type: 'sandbox', customer_id: 'k-1', ...filter })).body
  expect(await list({})).toEqual([
    {
      ...{ brand: expect.stringMatching(/^visa$/i), customer_id: 'k-1', cvv_required: true, expiry_month: '12' },
      ...{ expiry_year: '32', is_expired: false, is_preferred: true, name_on_card: 'Ada L', number: '**** 1111' },
      ...{ pg_code: 'cards-usd', pg_name: 'sandbox', token, will_expire_soon: false },
    },
  ])
  const bound = await agree('k-1')
  expect(await list({})).toMatchObject([
    { token: bound, agreements: ['plan-1'], cvv_required: false, is_preferred: true },
    { token, is_preferred: false },
  ])
  expect(await list({ agreement_id: 'plan-1' })).toMatchObject([{ token: bound }])
  expect(await list({ pg_codes: ['auth-usd'] })).toEqual([])
  expect(await list({ type: 'production' })).toEqual([])
  expect(await list({ customer_id: 'k-2' })).toEqual([])
  expect(await list({}, other)).toEqual([])
  expect(await shop.send(CARDS, {})).toMatchObject({ status: 400, body: { type: REQUIRED, customer_id: REQUIRED } })
  const authorization = shop.as('payment.refund')
  expect((await shop.send(CARDS, { type: 'sandbox', customer_id: 'k-1' }, { authorization })).status).toBe(403)
})

test('a card is deleted by its customer’s name, once; another’s is not, nor what an agreement is charged with', async () => {
  const [token, bound] = [await keep('k-3'), await agree('k-3')]
  const remove = (which: string, query = 'customer_id=k-3&type=sandbox', by = shop) =>
    by.send(`${CARDS}${which}/?${query}`, undefined, { method: 'DELETE' })
  for (const query of ['customer_id=k-4&type=sandbox', 'customer_id=k-3&type=production', 'customer_id=k-3', ''])
    expect((await remove(token, query)).status).toBe(400)
  expect((await remove(token, undefined, other)).status).toBe(400)
  expect(await remove(bound)).toMatchObject({ status: 400, body: { detail: expect.any(String) } })
  expect((await shop.send(CARDS, { type: 'sandbox', customer_id: 'k-3' })).body).toHaveLength(2)
  expect(await remove(token)).toMatchObject({ status: 204, body: undefined })
  expect((await remove(token)).status).toBe(400)
  expect((await shop.send(CARDS, { type: 'sandbox', customer_id: 'k-3' })).body).toMatchObject([{ token: bound }])
})

test('an agreement is charged without its customer, at either address, once for each checkout', async () => {
  const token = await agree('d-1')
  for (const path of ['/pbl/v2/auto-debit/', '/pbl/v2/payment/auto-debit/']) {
    const session = await shop.checkout(debitFields('d-1'))
    expect(await shop.send(path, { ...named(session), token })).toMatchObject({
      status: 200,
      body: {
        ...{ state: 'paid', result: 'success', payment_type: 'auto_debit', session_id: session.session_id },
        ...{ paid_amount: '100.00', agreement: { id: 'plan-1', expiry_date: '2032-02-01' } },
      },
    })
    expect(await shop.send(path, { ...named(session), token })).toMatchObject({
      status: 400,
      body: { detail: expect.any(String), result: 'failed' },
    })
  }
})

test('what is not agreed is not charged', async () => {
  const [token, free] = [await agree('d-2'), await keep('d-2')]
  const debit = async (fields: object, which = token): Promise<Answer> =>
    shop.send('/pbl/v2/auto-debit/', { ...named(await shop.checkout(fields)), token: which })
  const failed = { status: 400, body: { detail: expect.any(String), result: 'failed' } }
  expect(await debit({ customer_id: 'd-2' })).toMatchObject(failed)
  expect(await debit(debitFields('d-2', { agreement: { ...AGREEMENT, id: 'plan-2' } }))).toMatchObject(failed)
  expect(await debit(debitFields('d-2'), free)).toMatchObject(failed)
  for (const answer of [await debit(debitFields('d-3')), await debit(debitFields('d-2'), 'nothing')])
    expect(answer).toMatchObject({ status: 400, body: { token: [expect.any(String)] } })
  const foreign = await other.checkout(debitFields('d-2'))
  expect(await shop.send('/pbl/v2/auto-debit/', { ...named(foreign), token })).toMatchObject({
    status: 400,
    body: { session_id: [expect.any(String)] },
  })
  expect((await shop.send('/pbl/v2/auto-debit/', {})).body).toEqual({ session_id: REQUIRED, token: REQUIRED })
})

const atOnce = (token: string, customerId: string, more: object = {}) =>
  shop.send(CHECKOUTS, {
    ...{ type: 'e_commerce', amount: '25', currency_code: 'USD', pg_codes: ['cards-usd'], customer_id: customerId },
    ...{ payment_instrument: { instrument_type: 'token', payload: { token } }, ...more },
  })

test('a checkout is made and paid in one step with a card that was saved', async () => {
  const token = await keep('s-1')
  const { status, body } = await atOnce(token, 's-1', { order_no: 'S-1' })
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      ...{ state: 'paid', result: 'success', amount: '25.00', paid_amount: '25.00', order_no: 'S-1' },
      token: { token, number: '**** 1111', customer_id: 's-1' },
    },
  })
  expect((await shop.inquire(body)).body.token).toEqual(body.token)
  expect(await shop.retrieve(body)).toMatchObject({ state: 'paid', settled_pg_code: 'cards-usd' })
  const texts = await atOnce(token, 's-1', { payment_instrument: { instrument_type: 'token', payload: token } })
  expect(texts).toMatchObject({ status: 201, body: { state: 'paid' } })
})

test('a card that is declined in one step leaves a checkout that can be paid otherwise', async () => {
  const { status, body } = await atOnce(await keep('s-2', '4000000001000050'), 's-2')
  expect({ status, body }).toMatchObject({ status: 201, body: { state: 'attempted', result: 'failed' } })
  await world.pay(body)
  expect(await shop.retrieve(body)).toMatchObject({ state: 'paid' })
})

test('a payer who has to prove who he is is sent on, and the checkout waits for him', async () => {
  const { status, body } = await atOnce(await keep('s-3', '5101080000010008'), 's-3', { order_no: 'S-3' })
  expect({ status, body }).toEqual({
    status: 201,
    body: {
      ...{ status: '3DS', method: 'redirect', challenge_occurred: true, form_of_payment: 'token_pay', order_no: 'S-3' },
      redirect_url: expect.stringMatching(/^http.*\?session_id=[0-9a-f]{40}$/),
      ...{ reference_number: expect.stringMatching(/^[A-Z0-9]{11,13}$/i), session_id: expect.any(String) },
    },
  })
  expect((await fetch(body.redirect_url)).status).toBe(200)
  const session = await shop.retrieve(body)
  expect(session.state).not.toBe('paid')
  expect((await shop.send(`${CHECKOUTS}${body.session_id}/`, { amount: '1' }, { method: 'PATCH' })).status).toBe(400)
})

test('one step that cannot be gone leaves no checkout', async () => {
  const token = await keep('s-4')
  const before = await countCheckouts()
  for (const answer of [
    await atOnce('nothing', 's-4'),
    await atOnce(token, 's-5'),
    await shop.send(CHECKOUTS, {
      ...{ type: 'e_commerce', amount: '25', currency_code: 'USD', pg_codes: ['cards-usd'] },
      payment_instrument: { instrument_type: 'token', payload: token },
    }),
    await atOnce(token, 's-4', { payment_type: 'save_card', amount: '0' }),
    await atOnce(token, 's-4', { pg_codes: ['cash'] }),
  ]) {
    expect(answer.status).toBe(400)
    for (const messages of Object.values(answer.body)) expect(messages).not.toHaveLength(0)
  }
  expect(await countCheckouts()).toBe(before)
})

test('the same token pays a debit in one step, too', async () => {
  const token = await agree('s-6')
  expect(await atOnce(token, 's-6', debitFields('s-6'))).toMatchObject({ status: 201, body: { state: 'paid' } })
})

test('a card whose payment failed is not kept', async () => {
  const session = await shop.checkout({ customer_id: 'n-1' })
  const step = await payCheckout(deps, {
    ...{ checkoutId: idOf(session), pgCode: 'cards-usd', tryId: randomUUID(), keepsCard: true, referencePrefix: 'FL' },
    instrument: { card: enterCard('4000000001000050') },
  })
  expect(step.operation.state).toBe('declined')
  expect((await shop.send(CARDS, { type: 'sandbox', customer_id: 'n-1' })).body).toEqual([])
})

test('a checkout’s front end gets all that it shows with the answer, cards only if the caller may list them', async () => {
  const token = await keep('k-9')
  const fields = { customer_id: 'k-9', customer_phone: '+96550000000', pg_codes: ['cards-usd', 'fee-usd'] }
  const { sdk_setup_preload_payload: preload, ...session } = await shop.checkout({
    ...{ ...fields, include_sdk_setup_preload: true, preload_checkout_page: true },
  })
  const { amount, billing, currency_code, expiration_time, language, operation, payment_methods, payment_type } =
    session
  expect(preload).toEqual({
    ...{ amount, billing, currency_code, expiration_time, language, operation, payment_methods, payment_type },
    ...{ customer_id: 'k-9', customer_phone: '+96550000000', state: 'created', type: 'e_commerce' },
    ...{ cancel_url: session.checkout_url, cards: [expect.objectContaining({ token, number: '**** 1111' })] },
    ...{ flex_methods: [], is_amount_editable: false, payment_services: [], response: null, sdk_studio: {} },
    session_id: session.session_id,
  })
  expect(await shop.retrieve(session)).toEqual(session)
  const authorization = shop.as('e_commerce.change')
  const changes = { include_sdk_setup_preload: true }
  const path = `/checkout/v1/pymt-txn/${session.session_id}/`
  const permitted = await shop.send(path, changes, { method: 'PATCH', authorization })
  expect([permitted.status, permitted.body.sdk_setup_preload_payload.cards]).toEqual([200, []])
})
