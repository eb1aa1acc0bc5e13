// Whatever is sent to the routes of the face is answered in its form, and leaves nothing when it was refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop } = world
const { pool } = florin.app
const CHECKOUTS = '/checkout/v1/pymt-txn/'
const session = await shop.checkout({ customer_id: 'f-1', order_no: 'F-1', expiration_time: '9 00:00:00' })
const changed = await shop.checkout({ customer_id: 'f-1', expiration_time: '9 00:00:00' })
const paid = await world.paid('cards-usd', { fields: { order_no: 'F-2' } })

const ROUTES = [
  ['POST', CHECKOUTS],
  ['PUT', `${CHECKOUTS}${changed.session_id}/`],
  ['PATCH', `${CHECKOUTS}${changed.session_id}/`],
  ['PATCH', `${CHECKOUTS}${paid.session_id}/`],
  ['POST', '/pbl/v2/operation/'],
  ['POST', '/pbl/v2/inquiry/'],
  ['POST', '/pbl/v2/payment-methods/'],
  ['POST', '/pbl/v2/payment/cash/'],
  ['POST', '/pbl/v2/auto-debit/'],
  ['POST', '/pbl/v2/card/'],
  ['POST', '/pbl/v2/message-notification/'],
] as const

// What somebody could say who has read the contract, and got it wrong.
const PLAUSIBLE: Readonly<Record<string, readonly unknown[]>> = {
  type: ['e_commerce', 'payment_request', 'sandbox', 'bulk'],
  amount: ['1', 1, '0', '-1', '1.005', '0.1', '9999999999999', '99999999999999', '1e2', ' 7 ', '٣', 'NaN', 1e21],
  currency_code: ['USD', 'KWD', 'usd', 'XXX', '$'],
  pg_codes: [['cards-usd'], ['cards-usd', 'cash'], [], ['fx-kwd'], 'cards-usd', [7], ['x'.repeat(5000)]],
  payment_type: ['one_off', 'auto_debit', 'save_card', 'all'],
  session_id: [session.session_id, paid.session_id, 'x', '0'.repeat(40), 'x'.repeat(129)],
  order_no: ['F-1', 'F-2', '\u202e', 'x'.repeat(128), 12],
  customer_id: ['f-1', 'x'.repeat(65)],
  customer_email: ['a@b.example', '@', 'a b@c.d'],
  customer_phone: ['+1'],
  operation: ['refund', 'capture', 'void', 'cancel', 'REFUND', 'authorize', 'purchase'],
  due_datetime: ['31/12/9999 23:59:59', '9999-12-31T23:59:59-12:00', '0001-01-01T00:00:00+01:00', '29/02/2031 00:00'],
  expiration_time: ['9999 23:59:59', '00:00:01', '24:00:00', '1'],
  agreement: [{ id: 'a', type: 'other' }, { type: 'recurring', seller: [] }, 'text', { start_date: '31/04/2031' }],
  notifications: [{ email: ['paid'] }, { sms: 'paid', whatsapp: [] }, { SMS: [[]] }, []],
  billing_address: [{ line1: 'x', city: 'y', country: 'KW' }, {}, [{}]],
  shipping_address: [{ email: 'a@b.example' }, null],
  card_acceptance_criteria: [{ min_expiry_time: 1 }, { min_expiry_time: '0' }, { min_expiry_time: 1.5 }],
  payment_instrument: [{ instrument_type: 'token', payload: 'x' }, { instrument_type: 'token', payload: [] }, {}],
  extra: [{ a: { b: [null, 1e300, { c: 1 }] } }, [], 'x'],
  initiator_id: [1, 1e9, '7', -1],
  webhook_url: ['http://127.0.0.1:9/', 'http://[::1', 'file:///etc/passwd'],
  redirect_url: ['https://shop.example/', 'https://a@b.example/', 'x'],
  channels: [['email'], ['sms', 'email'], [''], 'email'],
  token: ['x', 7, 'x'.repeat(51)],
  plugin: ['e_commerce', 'x'],
  currencies: [['USD'], [null], 'USD'],
  pg_names: [['sandbox'], [{}]],
  tokenizable: [true, 'false', 2],
  destination: ['pg', 'wallet', 'bank'],
  language: ['en', 'ar', 'de'],
}

const anything = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }).filter((value) => isStorable(value))

// What JSON bodies may not contain at all is refused before anybody reads fields, which has tests of its own.
const isStorable = (value: unknown): boolean => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value))

const field = fc
  .constantFrom(...Object.entries(PLAUSIBLE))
  .chain(([name, values]) =>
    fc.tuple(fc.constant(name), fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, anything)),
  )

const BASICS = { type: 'e_commerce', amount: '1.00', currency_code: 'USD', pg_codes: ['cards-usd'] }

const body = fc
  .tuple(fc.constantFrom({}, BASICS, BASICS, { session_id: session.session_id }), fc.array(field, { maxLength: 4 }))
  .map(([basics, fields]) => ({ ...basics, ...Object.fromEntries(fields) }))

const countRows = async (): Promise<unknown> => {
  const tables = ['checkouts', 'claims', 'payments', 'operations', 'child_transactions', 'tracking_keys', 'saved_cards']
  const counts = tables.map((table) => `(select count(*) from ${table}) as ${table}`)
  return (await pool.query(`select ${counts.join(', ')}`)).rows[0]
}

/** A detail, or texts by field, however deep. */
function isRefusal(answer: unknown, depth = 0): boolean {
  if (typeof answer === 'string') return answer !== '' && answer.length < 1000
  if (Array.isArray(answer)) return answer.length > 0 && answer.every((text) => typeof text === 'string' && text !== '')
  if (typeof answer !== 'object' || answer === null || depth > 2) return false
  return Object.keys(answer).length > 0 && Object.values(answer).every((value) => isRefusal(value, depth + 1))
}

/** Sends it, and expects one of the answers that there are. */
async function expectAnswered([method, path]: (typeof ROUTES)[number], sent: object): Promise<void> {
  const before = await countRows()
  const { status, headers, body: answered } = await shop.send(path, JSON.stringify(sent), { method })
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect([200, 201, 400, 429], JSON.stringify({ sent, answered })).toContain(status)
  if (status < 300) return
  expect({ isRefusal: isRefusal(answered), answered }).toMatchObject({ isRefusal: true })
  expect(await countRows()).toEqual(before)
}

test('one field that is strange is answered wherever checkouts are made or changed', async () => {
  for (const [name, values] of Object.entries(PLAUSIBLE)) {
    for (const value of values) {
      const [create, replace, patch] = ROUTES
      await expectAnswered(create, { ...BASICS, [name]: value })
      await expectAnswered(replace, { ...BASICS, [name]: value })
      await expectAnswered(patch, { [name]: value })
    }
  }
}, 60_000)

test('any body is answered, in the form of the face, and what was refused leaves nothing', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...ROUTES), body, expectAnswered), { numRuns: 500 })
}, 120_000)

const raw = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('', '{', '[]', 'null', '"text"', '{"a":1,"a":2}', '{"__proto__":{}}', '\ufeff{}', '['.repeat(40)),
)

test('so is what is no object at all, whatever it is called', async () => {
  const types = fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), types, raw, async ([method, path], type, sent) => {
      const headers = { 'content-type': type }
      const { status, body: answered } = await shop.send(path, sent, { method, headers })
      expect(status).toBeLessThan(500)
      expect(status < 300 || isRefusal(answered)).toBe(true)
    }),
    { numRuns: 200 },
  )
}, 60_000)
