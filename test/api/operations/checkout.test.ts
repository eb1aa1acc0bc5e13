// Checkouts over HTTP: what is asked for comes back, what is wrong is named, and what is paid or over stays as it is.
import { expect, test, vi } from 'vitest'
import { updateMerchantSettings } from '../../../src/merchants/settings.ts'
import { Secret } from '../../../src/secret.ts'
import type { Answer } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, other } = world
const PATH = '/checkout/v1/pymt-txn/'
const DECLINED = '4000000001000050'
const BASICS = { type: 'e_commerce', amount: '100.00', currency_code: 'USD', pg_codes: ['cards-usd'] }
const REQUIRED = ['This field is required.']

const make = (fields: object): Promise<Answer> => shop.send(PATH, { ...BASICS, ...fields })
const at = ({ session_id }: { session_id: string }): string => `${PATH}${session_id}/`
const patch = (session: { session_id: string }, fields: object) => shop.send(at(session), fields, { method: 'PATCH' })
const put = (session: { session_id: string }, fields: object) => shop.send(at(session), fields, { method: 'PUT' })
const long = (length: number): string => 'x'.repeat(length)

const BILLING = {
  line1: 'Salmiya 1',
  line2: 'Floor 2',
  city: 'Kuwait',
  state: 'Hawalli',
  country: 'KW',
  postal_code: '22001',
}
const SHIPPING = { ...BILLING, first_name: 'Ada', last_name: 'L', email: 'ada@example.com', phone: '+96550000000' }
const AGREEMENT = {
  id: 'plan-1',
  type: 'recurring',
  amount_variability: 'fixed',
  frequency: 'monthly',
  start_date: '01/02/2031',
  expiry_date: '2032-02-01',
  cycle_interval_days: 30,
  total_cycles: 12,
  max_amount_per_cycle: '100',
  seller: { name: 'Shop', short_name: 'S', category_code: '5999' },
  extra_params: { payment_processing_day: '4' },
}
const EVERYTHING = {
  order_no: 'O-1',
  customer_id: 'customer-1',
  customer_email: 'ada@example.com',
  customer_phone: '+96550000000',
  customer_phone_2: '+96550000001',
  customer_first_name: 'آدا',
  customer_last_name: long(64),
  customer_birthdate: '1990-12-10',
  billing_address: BILLING,
  shipping_address: SHIPPING,
  payment_type: 'auto_debit',
  agreement: AGREEMENT,
  card_acceptance_criteria: { min_expiry_time: 60 },
  due_datetime: '24/12/2031 18:30:00',
  expiration_time: '2 03:04:05',
  redirect_url: 'https://shop.example/done?a=1',
  webhook_url: 'http://127.0.0.1:9/told',
  language: 'ar',
  notifications: { email: ['paid', 'refunded'], sms: ['created'], whatsapp: ['expired'] },
  email_recipients: ['bob@example.com', 'carol@example.com'],
  extra: { seat: '12A', nested: { list: [1, 'two', null] } },
  product_type: 'Tickets',
  vendor_name: 'Vendor',
  attachment_upload_url: 'https://files.example/terms.pdf',
  loyalty: { enabled: true, reference: 'L-1' },
}

test('what was asked for comes back as it was asked for, at once and later, and in the order of its names', async () => {
  const { status, body } = await make({ ...EVERYTHING, unit_code: 'unit-1' })
  expect(status).toBe(201)
  const { attachment_upload_url: attachment, ...echoed } = EVERYTHING
  expect(body).toMatchObject({ ...BASICS, ...echoed, attachment, state: 'created', operation: 'purchase' })
  expect(body).not.toHaveProperty('unit_code')
  expect(Object.keys(body)).toEqual(Object.keys(body).sort())
  expect(await shop.retrieve(body)).toEqual(body)
})

test('what was not said is not answered, and has its defaults', async () => {
  const { body } = await make({ order_no: null, customer_email: '', language: '' })
  expect(Object.keys(body)).toEqual([
    ...['amount', 'billing', 'checkout_page_url', 'checkout_url', 'currency_code', 'due_datetime', 'expiration_time'],
    ...['language', 'operation', 'payment_methods', 'payment_type', 'pg_codes', 'session_id', 'state', 'type'],
  ])
  expect(body).toMatchObject({ expiration_time: '1 00:00:00', language: 'en', payment_type: 'one_off' })
  expect(body.session_id).toMatch(/^[0-9a-f]{40}$/)
  expect(body.checkout_url).toBe(`${florin.url}/b/checkout/redirect/start/?session_id=${body.session_id}`)
})

test('the ways to pay have their prices, each in its own currency, and the place where it begins', async () => {
  const { body } = await make({ pg_codes: ['cards-usd', 'fee-usd', 'share-usd', 'fx-kwd'] })
  expect(body.payment_methods).toMatchObject([
    { code: 'cards-usd', amount: '100.00', currency_code: 'USD', fee: '0.00', fee_description: '', type: 'sandbox' },
    { code: 'fee-usd', amount: '102.00', fee: '2.00', fee_description: 'Service fee', flow: 'redirect' },
    { code: 'share-usd', amount: '102.50', fee: '2.50' },
    { code: 'fx-kwd', amount: '30.800', currency_code: 'KWD', fee: '0.000' },
  ])
  for (const method of body.payment_methods) expect((await fetch(method.redirect_url)).status).toBe(200)
})

test.each<[codes: string[], billed: [total: string, amount: string, fee: string]]>([
  [['fee-usd'], ['102.00 USD', '100.00 USD', '2.00 USD']],
  [['fx-kwd'], ['30.800 KWD', '30.800 KWD', '0.000 KWD']],
  [
    ['fee-usd', 'cards-usd'],
    ['100.00 USD', '100.00 USD', '0.00 USD'],
  ],
])('what is billed by %j includes its fee, and none while the payer may choose', async (codes, billed) => {
  const { billing } = await shop.checkout({ pg_codes: codes })
  expect(billing).toMatchObject({ amount: { label: 'Total' }, sub_total: { label: 'Amount' }, fee: { label: 'Fee' } })
  expect([billing.amount.display, billing.sub_total.display, billing.fee.display]).toEqual(billed)
  const [value, currency_code] = billed[0].split(' ')
  expect(billing.amount).toMatchObject({ value, currency_code })
})

test('the money is held only where all accounts hold it', async () => {
  expect(await shop.checkout({ pg_codes: ['auth-usd', 'fee-auth-usd'] })).toMatchObject({ operation: 'authorize' })
  expect(await shop.checkout({ pg_codes: ['auth-usd', 'cards-usd'] })).toMatchObject({ operation: 'purchase' })
})

test('a short address has six letters, and stays the same when it is asked for again', async () => {
  const session = await shop.checkout({ shortify_checkout_url: true })
  expect(session.checkout_short_url).toMatch(/\/b\/[A-Za-z0-9]{6}$/)
  const { body } = await patch(session, { shortify_checkout_url: 'true', order_no: 'O-2' })
  expect(body).toMatchObject({ order_no: 'O-2', checkout_short_url: session.checkout_short_url })
})

test.each([
  ['20', 'USD', '20.00'],
  [20, 'USD', '20.00'],
  ['020.5', 'USD', '20.50'],
  [' 20.10 ', 'USD', '20.10'],
  ['20.000', 'USD', '20.00'],
  ['.5', 'USD', '0.50'],
  ['0.015', 'KWD', '0.015'],
  ['1.0', 'JPY', '1'],
  ['9999999999999', 'USD', '9999999999999.00'],
])('%j of %s is %s', async (amount, currency, shown) => {
  const pgCode = `cards-${currency.toLowerCase()}`
  const { status, body } = await make({ amount, currency_code: currency, pg_codes: [pgCode] })
  expect({ status, amount: body.amount }).toEqual({ status: 201, amount: shown })
})

const NUMBER = ['A valid number is required.']
const POSITIVE = ['Ensure this value is greater than 0.']

test.each([
  ['20.001', ['Ensure that there are no more than 2 decimal places.']],
  ['-1', POSITIVE],
  [-1, POSITIVE],
  ['0', POSITIVE],
  ['0.00', POSITIVE],
  ['1e2', NUMBER],
  ['1,00', NUMBER],
  ['abc', NUMBER],
  ['٢٠', NUMBER],
  ['12345678901234', ['Ensure that there are no more than 13 digits before the decimal point.']],
  [{ a: 1 }, ['Not a valid string.']],
  [true, ['Not a valid string.']],
  ['', ['This field may not be blank.']],
  [null, ['This field may not be null.']],
])('an amount of %j is refused', async (amount, messages) => {
  expect(await make({ amount })).toMatchObject({ status: 400, body: { amount: messages } })
})

test('without anything, everything that is needed is named', async () => {
  const { status, body } = await shop.send(PATH, {})
  expect({ status, body }).toEqual({
    status: 400,
    body: { amount: REQUIRED, currency_code: REQUIRED, pg_codes: REQUIRED, type: REQUIRED },
  })
})

test('a wrong amount is named also where its currency is wrong, too', async () => {
  expect((await make({ amount: 'abc', currency_code: 'XXQ' })).body).toEqual({
    amount: NUMBER,
    currency_code: ['"XXQ" is not a valid choice.'],
  })
})

test('everything that is wrong is told at once, each at its place', async () => {
  const { status, body } = await make({
    type: 'bulk',
    amount: 'abc',
    customer_email: 'nobody',
    billing_address: { line1: long(129), city: 'Kuwait', country: 'kw' },
    shipping_address: {
      line1: 'x',
      city: 'y',
      country: 'KW',
      first_name: 'A',
      last_name: 'B',
      email: 'x',
      phone: long(17),
    },
    notifications: { email: ['paid', 'lost'], whatsapp: ['refunded'] },
    extra: 'text',
    card_acceptance_criteria: { min_expiry_time: 366 },
    expiration_time: '25:00:00',
    due_datetime: '31/02/2031 10:00',
    language: 'fr',
    redirect_url: 'javascript:alert(1)',
  })
  expect(status).toBe(400)
  expect(Object.keys(body).sort()).toEqual([
    ...['amount', 'billing_address', 'card_acceptance_criteria', 'customer_email', 'due_datetime', 'expiration_time'],
    ...['extra', 'language', 'notifications', 'redirect_url', 'shipping_address', 'type'],
  ])
  expect(Object.keys(body.billing_address)).toEqual(['line1', 'country'])
  expect(Object.keys(body.shipping_address).sort()).toEqual(['email', 'phone'])
  expect(Object.keys(body.notifications)).toEqual(['email', 'whatsapp'])
  expect(body.card_acceptance_criteria).toEqual({
    min_expiry_time: ['Ensure this value is less than or equal to 365.'],
  })
})

test.each([
  ['order_no', 128],
  ['customer_id', 64],
  ['customer_phone', 16],
  ['customer_phone_2', 16],
  ['customer_first_name', 64],
  ['customer_last_name', 64],
  ['product_type', 128],
  ['vendor_name', 64],
])('%s has at most %i characters', async (name, max) => {
  const text = '😀'.repeat(max)
  expect(await make({ [name]: text })).toMatchObject({ status: 201, body: { [name]: text } })
  expect(await make({ [name]: `${text}x` })).toMatchObject({
    status: 400,
    body: { [name]: [`Ensure this field has no more than ${max} characters.`] },
  })
})

test.each([
  ['no such account', { pg_codes: ['cards-usd', 'nothing'] }],
  ['another merchant’s currency', { pg_codes: ['cards-kwd'] }],
  ['no account at all', { pg_codes: [] }],
  ['no list', { pg_codes: { a: 1 } }],
  ['cash, which keeps no card', { pg_codes: ['cash'], payment_type: 'save_card', amount: '0', customer_id: 'c' }],
  [
    'two accounts for one card',
    {
      pg_codes: ['cards-usd', 'auth-usd'],
      customer_id: 'c',
      payment_instrument: { instrument_type: 'token', payload: 't' },
    },
  ],
])('pg_codes: %s', async (_what, fields) => {
  const { status, body } = await make(fields)
  expect({ status, names: Object.keys(body) }).toEqual({ status: 400, names: ['pg_codes'] })
})

test('an account that is named twice is one way to pay', async () => {
  const { body } = await make({ pg_codes: ['cards-usd', 'fee-usd', 'cards-usd'] })
  expect(body.pg_codes).toEqual(['cards-usd', 'fee-usd'])
  expect(body.payment_methods).toHaveLength(2)
})

test.each([
  ['customer_id', { payment_type: 'save_card', amount: '0' }],
  ['amount', { payment_type: 'save_card', customer_id: 'c' }],
  ['agreement', { payment_type: 'auto_debit', customer_id: 'c' }],
  ['agreement', { agreement: AGREEMENT }],
  ['agreement', { payment_type: 'auto_debit', customer_id: 'c', agreement: { id: 'a' } }],
  [
    'agreement',
    { payment_type: 'auto_debit', customer_id: 'c', agreement: { ...AGREEMENT, type: 'installment', seller: null } },
  ],
  ['agreement', { payment_type: 'auto_debit', customer_id: 'c', agreement: { ...AGREEMENT, type: 'unscheduled' } }],
  ['agreement', { payment_type: 'auto_debit', customer_id: 'c', agreement: { ...AGREEMENT, total_cycles: 1000 } }],
  ['notifications', { notifications: { sms: ['paid'] } }],
  ['notifications', { notifications: { email: ['paid'], sms: ['paid'] }, customer_phone: '1' }],
  ['email_recipients', { email_recipients: ['ada@example.com', 'nobody'] }],
  ['payment_instrument', { payment_instrument: { instrument_type: 'apple_pay', payload: {} } }],
  ['payment_instrument', { payment_instrument: { instrument_type: 'token' } }],
  ['initiator_id', { initiator_id: 999_999_999 }],
  ['initiator_id', { initiator_id: 'me' }],
  ['attachment_upload_url', { attachment_upload_url: 'https://files.example/terms.zip' }],
  ['webhook_url', { webhook_url: 'ftp://shop.example/' }],
  ['redirect_url', { redirect_url: `https://shop.example/${long(2000)}` }],
  ['redirect_url', { redirect_url: 'https://user:secret@shop.example/' }],
  ['due_datetime', { due_datetime: '2031-02-30T10:00:00Z' }],
  ['due_datetime', { due_datetime: '0000-01-01T00:00:00Z' }],
  ['due_datetime', { due_datetime: '0001-01-01T00:00:00+05:00' }],
  ['expiration_time', { expiration_time: '00:00:00' }],
  ['expiration_time', { expiration_time: 3600 }],
])('what one field demands of another, or of itself: %s in %j', async (name, fields) => {
  const { status, body } = await make(fields)
  expect({ status, names: Object.keys(body) }).toEqual({ status: 400, names: [name] })
})

test('messages need somebody to go to, in the words of the contract', async () => {
  expect((await make({ notifications: { SMS: ['paid'] } })).body).toEqual({
    notifications: { sms: ['To use sms notifications provide the `customer_phone` field.'] },
  })
})

test('what a debit under an agreement accepts has a default, and stays what it was when something else changes', async () => {
  const debit = { payment_type: 'auto_debit', customer_id: 'c', agreement: AGREEMENT }
  const session = await shop.checkout(debit)
  expect(session.card_acceptance_criteria).toEqual({ min_expiry_time: 30 })
  await patch(session, { card_acceptance_criteria: { min_expiry_time: 90 } })
  expect((await patch(session, { amount: '5' })).body.card_acceptance_criteria).toEqual({ min_expiry_time: 90 })
})

test('a time is read in each of its forms and told in one', async () => {
  const due = async (text: string): Promise<string> => (await make({ due_datetime: text })).body.due_datetime
  expect(await due('24/12/2031 18:30')).toBe('24/12/2031 18:30:00')
  expect(await due('2031-12-24T18:30:00+03:00')).toBe('24/12/2031 15:30:00')
  expect(await due('2031-12-24')).toBe('24/12/2031 00:00:00')
  expect((await make({ expiration_time: '00:50:00' })).body.expiration_time).toBe('00:50:00')
  expect((await make({ expiration_time: '01 00:00:01' })).body.expiration_time).toBe('1 00:00:01')
})

test.each(['json', 'form', 'multipart'] as const)('it is made from %s, with the last slash and without', async (as) => {
  const asked = {
    ...BASICS,
    billing_address: BILLING,
    notifications: { email: ['paid'] },
    customer_email: 'a@example.com',
  }
  for (const path of [PATH, PATH.slice(0, -1)]) {
    const { status, body } = await shop.send(path, asked, { as })
    expect({ status, body }).toMatchObject({ status: 201, body: asked })
    const seen = await shop.send(at(body).slice(0, -1))
    expect(seen.body).toEqual(body)
    const changed = await shop.send(
      at(body).slice(0, -1),
      { amount: '7', pg_codes: ['auth-usd'] },
      { as, method: 'PATCH' },
    )
    expect(changed).toMatchObject({ status: 200, body: { amount: '7.00', pg_codes: ['auth-usd'] } })
  }
})

test('PATCH changes what it names, and no more', async () => {
  const { body: before } = await make(EVERYTHING)
  const { status, body } = await patch(before, {
    amount: '7.5',
    customer_first_name: 'Bob',
    expiration_time: '00:30:00',
  })
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      ...before,
      amount: '7.50',
      billing: {
        amount: expect.objectContaining({ value: '7.50' }),
        fee: before.billing.fee,
        sub_total: expect.anything(),
      },
      customer_first_name: 'Bob',
      expiration_time: '00:30:00',
      payment_methods: [{ ...before.payment_methods[0], amount: '7.50' }],
    },
  })
  expect(await shop.retrieve(before)).toEqual(body)
})

test('PUT replaces everything, and needs everything', async () => {
  const { body: before } = await make(EVERYTHING)
  expect(await put(before, { amount: '1' })).toMatchObject({ status: 400, body: { type: REQUIRED } })
  expect(await shop.retrieve(before)).toEqual(before)
  const { body } = await put(before, { ...BASICS, amount: '8', type: 'payment_request' })
  expect(body).toMatchObject({ amount: '8.00', type: 'payment_request', expiration_time: '1 00:00:00', language: 'en' })
  for (const name of ['order_no', 'customer_id', 'agreement', 'extra', 'notifications', 'redirect_url', 'webhook_url'])
    expect(body).not.toHaveProperty(name)
})

test.each([
  ['another currency without an amount', { currency_code: 'KWD' }, 'amount'],
  ['an amount that is none', { amount: '0' }, 'amount'],
  ['more decimals than it has', { amount: '1.001' }, 'amount'],
  ['an account of another currency', { pg_codes: ['cards-kwd'] }, 'pg_codes'],
  ['a currency that its account does not take', { amount: '1', currency_code: 'KWD' }, 'pg_codes'],
  ['no accounts', { pg_codes: [] }, 'pg_codes'],
  ['messages to nobody', { notifications: { email: ['paid'] } }, 'notifications'],
  ['an agreement', { agreement: AGREEMENT }, 'agreement'],
  ['a debit without an agreement', { payment_type: 'auto_debit', customer_id: 'c' }, 'agreement'],
  ['only to keep a card, but still for money', { payment_type: 'save_card', customer_id: 'c' }, 'amount'],
])('PATCH to %s is refused and changes nothing', async (_what, fields, name) => {
  const session = await shop.checkout()
  const { status, body } = await patch(session, fields)
  expect({ status, names: Object.keys(body) }).toEqual({ status: 400, names: [name] })
  expect(await shop.retrieve(session)).toEqual(session)
})

test('a checkout that keeps a card cannot become one that asks for nothing', async () => {
  const session = await shop.checkout({ payment_type: 'save_card', customer_id: 'c', amount: '0' })
  expect(await patch(session, { payment_type: 'one_off' })).toMatchObject({ status: 400, body: { amount: REQUIRED } })
  expect(await patch(session, { payment_type: 'one_off', amount: '5' })).toMatchObject({ status: 200 })
})

test('a payment that fails can be tried again, and the checkout may be changed between', async () => {
  const session = await shop.checkout()
  await world.pay(session, { card: enterCard(DECLINED) })
  expect(await shop.retrieve(session)).toMatchObject({ state: 'attempted' })
  expect(await patch(session, { amount: '50' })).toMatchObject({ status: 200, body: { amount: '50.00' } })
  await world.pay(session)
  expect(await shop.retrieve(session)).toMatchObject({ state: 'paid', amount: '50.00', settled_pg_code: 'cards-usd' })
})

test('an account with one try fails for good', async () => {
  const session = await shop.checkout({ pg_codes: ['once-usd'] })
  await world.pay(session, { card: enterCard(DECLINED), pgCode: 'once-usd' })
  expect(await shop.retrieve(session)).toMatchObject({ state: 'failed' })
  await expect(world.pay(session, { pgCode: 'once-usd' })).rejects.toMatchObject({ code: 'claim_closed' })
})

test('what is paid, held or over is not changed any more', async () => {
  const [paid, cancelled, held] = [await world.paid(), await shop.checkout(), await shop.checkout()]
  await shop.operate('cancel', cancelled)
  await world.pay(held, { card: enterCard('4000000000000002', { cvv: new Secret('237') }) })
  for (const session of [paid, cancelled, held]) {
    const before = await shop.retrieve(session)
    for (const answer of [await patch(session, { amount: '1' }), await put(session, BASICS)])
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.any(String) } })
    expect(await shop.retrieve(session)).toEqual(before)
  }
})

test('what is another merchant’s, deleted, or nobody’s is not found', async () => {
  const [foreign, deleted, paid] = [await other.checkout(), await shop.checkout(), await world.paid()]
  await shop.operate('delete', deleted)
  const { body: refund } = await shop.operate('refund', paid)
  const nobody = { session_id: '0'.repeat(40) }
  for (const session of [foreign, deleted, nobody, { session_id: 'x' }, { session_id: refund.txn.session_id }]) {
    const answers = [await shop.send(at(session)), await patch(session, { amount: '1' }), await put(session, BASICS)]
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { detail: 'Not found.' } })
  }
  expect(await other.retrieve(foreign)).toEqual(foreign)
})

test('a number that may be used once only is refused again, when it is made and when it is changed', async () => {
  const deps = { ...florin.app.deps, egress: { checkUrl: async () => undefined } }
  await updateMerchantSettings(deps, other.id, { uniqueOrderNo: true })
  const first = await other.checkout({ order_no: 'U-1' })
  const again = await other.send(PATH, { ...BASICS, order_no: 'U-1' })
  const message = 'A payment with this order_no already exists.'
  expect(again).toMatchObject({ status: 400, body: { order_no: [message] } })
  const second = await other.checkout({ order_no: 'U-2' })
  const changed = await other.send(at(second), { order_no: 'U-1' }, { method: 'PATCH' })
  expect(changed).toMatchObject({ status: 400, body: { order_no: [message] } })
  const same = await other.send(at(first), { order_no: 'U-1', amount: '3' }, { method: 'PATCH' })
  expect(same).toMatchObject({ status: 200, body: { order_no: 'U-1' } })
  const both = await Promise.all([1, 2].map(() => other.send(PATH, { ...BASICS, order_no: 'U-3' })))
  expect(both.map(({ status }) => status).sort()).toEqual([201, 400])
  await updateMerchantSettings(deps, other.id, { uniqueOrderNo: false })
})

test('a user makes and changes in his own name', async () => {
  const user = shop.users.find(({ username }) => username.endsWith('.clerk'))
  const authorization = `Basic ${Buffer.from(`${user?.username}:${user?.password}`).toString('base64')}`
  const { status, body } = await shop.send(PATH, { ...BASICS, initiator_id: 1 }, { authorization })
  expect({ status, id: typeof body.initiator_id }).toEqual({ status: 201, id: 'number' })
  const named = await shop.checkout({ initiator_id: body.initiator_id })
  expect(named.initiator_id).toBe(body.initiator_id)
})

// Last: it moves the clock for all.
test('after its time a checkout is expired, and neither paid nor changed', async () => {
  const session = await shop.checkout({ expiration_time: '00:10:00' })
  await florin.advance(601)
  expect((await patch(session, { expiration_time: '2 00:00:00' })).status).toBe(400)
  await expect(world.pay(session)).rejects.toMatchObject({ code: 'claim_closed' })
  await vi.waitFor(async () => expect(await shop.retrieve(session)).toMatchObject({ state: 'expired' }), {
    timeout: 10_000,
  })
  expect(await (await fetch(session.checkout_url)).text()).not.toContain('cardNumber')
})

test('another time counts from the creation', async () => {
  const session = await shop.checkout({ expiration_time: '00:20:00' })
  await patch(session, { expiration_time: '01:00:00' })
  await florin.advance(30 * 60)
  await world.pay(session)
  expect(await shop.retrieve(session)).toMatchObject({ state: 'paid' })
})

test('an agreement ends with the payment type that has one', async () => {
  const terms = { payment_type: 'auto_debit', customer_id: 'c', agreement: AGREEMENT }
  const { body } = await make({ ...terms })
  const one = `${PATH}${body.session_id ?? ''}/`
  const { status, body: changed } = await shop.send(one, { payment_type: 'one_off' }, { method: 'PATCH' })
  expect(status).toBe(200)
  expect(changed).not.toHaveProperty('agreement')
})
