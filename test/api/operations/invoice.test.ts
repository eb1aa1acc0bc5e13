// Invoices: what they come to, who may make them, and that they stay as they are.
import { expect, test } from 'vitest'
import { Secret } from '../../../src/secret.ts'
import { createUser } from '../../../src/users/create.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, other, pay, florin } = world
const PATH = '/invoice/v1/invoice/'
const ITEM = { sku: 'TEA-1', description: 'Tea, loose', quantity: 1.111, unit_price: 5.234 }
let count = 0

const fields = (more: object = {}) => ({
  ...{ type: 'e_commerce', currency_code: 'KWD', pg_codes: ['cards-kwd'], due_date: '2099-12-29' },
  ...{ invoice_number: `A-${++count}`, invoice_items: [ITEM], ...more },
})
const make = (more: object = {}, options = {}) => shop.send(PATH, fields(more), options)
const made = async (more: object = {}) => {
  const { status, body } = await make(more)
  expect([status, body]).toEqual([201, expect.anything()])
  return body
}

test('an invoice is a checkout of what its items come to', async () => {
  const body = await made({ order_no: 'O-1', company_name: 'Florin & Sons', customer_first_name: 'Ada' })
  expect(body).toMatchObject({
    ...{ amount: 5.815, currency_code: 'KWD', state: 'created', order_no: 'O-1', customer_first_name: 'Ada' },
    ...{ invoice_number: `A-${count}`, due_date: '2099-12-29', status: 'sent', company_name: 'Florin & Sons' },
    ...{ subtotal: 5.815, total_excl_tax: 5.815, tax_amount: 0, total_incl_tax: 5.815, shipping_incl_tax: 0 },
    invoice_items: [{ ...ITEM, total_excl_tax: 5.815, tax_amount: 0, total_incl_tax: 5.815 }],
  })
  expect(body.invoice_id).toMatch(/^[0-9a-f]{40}$/)
  expect(body.invoice_pdf_url).toBe(`${florin.app.baseUrl}/b/invoice/${body.session_id}.pdf`)
  expect(await shop.retrieve(body)).toMatchObject({ amount: '5.815', total_incl_tax: 5.815, status: 'sent' })
})

test('discounts, taxes and shipping count on both levels, and are told as they were given', async () => {
  const item = { ...ITEM, quantity: '3', unit_price: '0.335', discount_percentage: 10, tax_rate: '5.5' }
  const more = { discount_amount: '0.50', tax_rate: 10, shipping_excl_tax: 10, shipping_tax_rate: '15.25' }
  const usd = { currency_code: 'USD', pg_codes: ['cards-usd'], shipping_method: 'Courier' }
  expect(await made({ ...usd, ...more, invoice_items: [item, item] })).toMatchObject({
    ...{ subtotal: 1.92, discount_amount: 0.5, total_excl_tax: 1.42, tax_amount: 0.14, tax_rate: 10 },
    ...{ shipping_excl_tax: 10, shipping_tax_rate: 15.25, shipping_incl_tax: 11.53, shipping_method: 'Courier' },
    ...{ total_incl_tax: 13.09, amount: 13.09 },
    invoice_items: [
      { quantity: 3, unit_price: 0.335, discount_percentage: 10, total_excl_tax: 0.91, total_incl_tax: 0.96 },
      { tax_rate: 5.5, tax_amount: 0.05 },
    ],
  })
})

test('an invoice may come as a form', async () => {
  const { status, body } = await make({}, { as: 'form' })
  expect([status, body.amount]).toEqual([201, 5.815])
})

test.each(['total_excl_tax', 'total_incl_tax', 'subtotal', 'amount'])(
  '%s is compared with what it comes to, and so are the figures of an item',
  async (field) => {
    expect((await make({ [field]: '5.8150' })).status).toBe(201)
    const { status, body } = await make({ [field]: 5.814 })
    expect([status, body]).toEqual([400, { [field]: ['This value is not what it comes to, which is 5.815.'] }])
    if (field.startsWith('total')) {
      const wrong = await make({ invoice_items: [ITEM, { ...ITEM, [field]: 5.8151 }] })
      expect([wrong.status, wrong.body]).toEqual([400, { invoice_items: [{}, { [field]: [expect.any(String)] }] }])
    }
  },
)

test.each(['tax_amount', 'shipping_incl_tax'])('%s is compared, too', async (field) => {
  expect((await make({ [field]: 0 })).status).toBe(201)
  const { status, body } = await make({ [field]: '0.001' })
  expect([status, Object.keys(body)]).toEqual([400, [field]])
})

test('one discount of each is enough', async () => {
  const both = { discount_amount: 1, discount_percentage: 1 }
  const problem = ['Please provide only `discount_amount` or `discount_percentage`, not both.']
  const problems = { discount_amount: problem, discount_percentage: problem }
  expect((await make(both)).body).toEqual(problems)
  expect((await make({ invoice_items: [{ ...ITEM, ...both }] })).body).toEqual({ invoice_items: [problems] })
})

test.each([
  ['no items', { invoice_items: undefined }, 'invoice_items'],
  ['an empty list of items', { invoice_items: [] }, 'invoice_items'],
  ['items that are none', { invoice_items: 'tea' }, 'invoice_items'],
  ['more than a hundred items', { invoice_items: Array.from({ length: 101 }, () => ITEM) }, 'invoice_items'],
  ['no number', { invoice_number: undefined }, 'invoice_number'],
  ['a number that is too long', { invoice_number: 'x'.repeat(256) }, 'invoice_number'],
  ['no date', { due_date: undefined }, 'due_date'],
  ['a date that there is not', { due_date: '2026-02-30' }, 'due_date'],
  ['no currency', { currency_code: undefined }, 'currency_code'],
  ['a name that is too long', { company_name: 'x'.repeat(65) }, 'company_name'],
  ['a rate with three decimals', { tax_rate: '1.234' }, 'tax_rate'],
  ['more than all off', { discount_percentage: 101 }, 'discount_percentage'],
  ['more off than there is', { discount_amount: 6 }, 'discount_amount'],
  ['nothing left to pay', { discount_percentage: 100 }, 'invoice_items'],
  ['shipping that costs less than nothing', { shipping_excl_tax: -1 }, 'shipping_excl_tax'],
  ['shipping in too many decimals', { shipping_excl_tax: '1.2345' }, 'shipping_excl_tax'],
  ['an account that only reserves', { pg_codes: ['cards-kwd', 'auth-kwd'] }, 'pg_codes'],
  ['saving a card', { payment_type: 'save_card', customer_id: 'c' }, 'payment_type'],
])('an invoice with %s is refused, and the field is named', async (_, more, field) => {
  const { status, body } = await make(more)
  expect([status, Object.keys(body)]).toEqual([400, [field]])
})

test.each([
  ['quantity', 0],
  ['quantity', -1],
  ['quantity', 'some'],
  ['quantity', '1.1234567'],
  ['unit_price', '1e2'],
  ['unit_price', '1234567890123456'],
  ['unit_price', null],
  ['sku', undefined],
  ['description', ''],
  ['tax_rate', 1000],
  ['discount_percentage', 'half'],
])('an item whose %s is %s is refused in its place', async (field, value) => {
  const { status, body } = await make({ invoice_items: [ITEM, { ...ITEM, [field]: value }] })
  expect([status, body]).toEqual([400, { invoice_items: [{}, { [field]: [expect.any(String)] }] }])
})

test('a number is used once for each merchant, also at the same moment', async () => {
  const asked = fields({ invoice_number: 'ONCE' })
  const answers = await Promise.all([1, 2, 3].map(() => shop.send(PATH, asked)))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.sort()).toEqual([201, 400, 400])
  const problem = { invoice_number: ['An invoice with this invoice_number already exists.'] }
  expect((await shop.send(PATH, asked)).body).toEqual(problem)
  expect((await other.send(PATH, asked)).status).toBe(201)
})

test('an invoice is never changed', async () => {
  const { session_id } = await made()
  const path = `/checkout/v1/pymt-txn/${session_id}/`
  const whole = { type: 'e_commerce', amount: '1.000', currency_code: 'KWD', pg_codes: ['cards-kwd'] }
  for (const [method, body] of [
    ['PATCH', { amount: '1.000' }],
    ['PATCH', { customer_id: 'another' }],
    ['PUT', whole],
  ] as const) {
    const answer = await shop.send(path, body, { method })
    expect([answer.status, answer.body]).toEqual([400, { detail: 'An invoice cannot be changed.' }])
  }
  expect(await shop.retrieve({ session_id })).toMatchObject({ amount: '5.815', subtotal: 5.815 })
})

test('an invoice is overdue when its day is over, paid when it is paid, and canceled when it is called off', async () => {
  const late = await made({ due_date: '02/01/2020' })
  expect(late).toMatchObject({ status: 'overdue', due_date: '2020-01-02' })
  await pay(late, { pgCode: 'cards-kwd' })
  expect(await shop.retrieve(late)).toMatchObject({ status: 'paid', state: 'paid' })
  const off = await made()
  await shop.operate('cancel', off)
  expect(await shop.retrieve(off)).toMatchObject({ status: 'canceled', state: 'canceled' })
  const over = await made()
  await shop.operate('expire', over)
  expect(await shop.retrieve(over)).toMatchObject({ status: 'sent', state: 'expired' })
})

test('a deleted invoice leaves its figures, and nothing that it said', async () => {
  const { session_id } = await made({ invoice_number: 'GONE', company_name: 'Ada & Co', shipping_method: 'Ada’s bike' })
  expect((await shop.operate('delete', { session_id })).status).toBe(200)
  const { rows } = await florin.app.pool.query<{ row: string }>(
    `select checkout_invoices::text as row from checkout_invoices where invoice_number = 'GONE'`,
  )
  expect(rows[0]?.row).toContain('5815')
  expect(rows[0]?.row).not.toMatch(/Ada|Tea|TEA/)
  expect((await make({ invoice_number: 'GONE' })).status).toBe(400)
})

test('a user makes invoices with that permission, by the accounts that he may use', async () => {
  const authorization = shop.as('invoice.add')
  expect((await make({}, { authorization })).status).toBe(403)
  expect((await make({}, { authorization: shop.as('e_commerce.add') })).status).toBe(403)
  const password = new Secret('correct horse')
  const permissions = ['invoice.add', 'gateway.cards-kwd'] as const
  await createUser(florin.app.pool, { merchantId: shop.id, username: 'biller', password, permissions })
  const biller = `Basic ${Buffer.from('biller:correct horse').toString('base64')}`
  const { status, body } = await make({}, { authorization: biller })
  expect([status, body.initiator_id]).toEqual([201, expect.any(Number)])
})

test('an invoice can be paid until thirty days after it is due, unless it says for how long', async () => {
  const due = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
  const untold = await made({ due_date: due })
  expect(untold.due_datetime).toMatch(new RegExp(`^${due.split('-').reverse().join('/')} 00:00`))
  expect(untold.expiration_time).toMatch(/^(39|40) /)
  expect((await made({ due_date: '2020-01-01' })).expiration_time).toBe('1 00:00:00')
  expect((await made({ due_date: due, expiration_time: '00:50:00' })).expiration_time).toBe('00:50:00')
})
