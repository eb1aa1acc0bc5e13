// Files that go with checkouts, as merchants send them.
import { expect, test } from 'vitest'
import type { Answer } from '../../helpers/florin.ts'
import { openOperations } from './setup.ts'

const { florin, shop, other } = await openOperations()
const PDF = Buffer.from('%PDF-1.7\nthe bill')
const UPLOAD = '/checkout/v1/upload-attachment/'

interface Sending {
  readonly path?: string
  readonly method?: string
  readonly key?: string
}

async function sendForm(
  fields: Readonly<Record<string, string | readonly [name: string, bytes: Buffer]>>,
  { path = UPLOAD, method = 'POST', key = shop.apiKey }: Sending = {},
): Promise<Pick<Answer, 'status' | 'body'>> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new Blob([new Uint8Array(value[1])]), value[0])
  }
  const headers = { authorization: `Api-Key ${key}` }
  const response = await fetch(`${florin.url}/b${path}`, { method, headers, body: form })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const readFile = async (url: string): Promise<string> => (await fetch(url)).text()

test('a file is stored, and is read at its address', async () => {
  const { status, body } = await sendForm({ file: ['Bill 7.pdf', PDF] })
  expect(status).toBe(200)
  expect(body).toEqual({ original_filename: 'Bill 7.pdf', file_url: expect.stringMatching(/^http.*\.pdf$/) })
  expect(await readFile(body.file_url)).toBe(PDF.toString())
})

test('a file of a checkout is shown with it, and has a short address when one is wanted', async () => {
  const session = await shop.checkout({ order_no: 'with-file' })
  const { body } = await sendForm({
    ...{ file: ['bill.pdf', PDF], order_no: 'with-file', shortify_attachment_url: 'true' },
  })
  const { attachment, attachment_short_url } = await shop.retrieve(session)
  expect({ attachment, attachment_short_url }).toEqual({
    attachment: body.file_url,
    attachment_short_url: body.attachment_short_url,
  })
  expect(await readFile(attachment_short_url)).toBe(PDF.toString())
})

test('a file comes with the checkout itself, stays through changes, and gives way to another one', async () => {
  const fields = { type: 'e_commerce', amount: '10', currency_code: 'USD', pg_codes: 'cards-usd' }
  const path = '/checkout/v1/pymt-txn/'
  const { status, body } = await sendForm({ ...fields, attachment: ['bill.pdf', PDF] }, { path })
  expect(status).toBe(201)
  expect(await readFile(body.attachment)).toBe(PDF.toString())
  const one = `${path}${body.session_id}/`
  const patched = await shop.send(one, { amount: '11' }, { method: 'PATCH' })
  expect(patched.body).toMatchObject({ attachment: body.attachment, amount: '11.00' })
  const put = await shop.send(one, { ...fields, pg_codes: ['cards-usd'] }, { method: 'PUT' })
  expect(put.body).toMatchObject({ attachment: body.attachment, amount: '10.00' })
  const [text, change] = [Buffer.from('the second bill'), { path: one, method: 'PATCH' }]
  const changed = await sendForm({ attachment: ['second.txt', text] }, change)
  expect(changed.status).toBe(200)
  expect(await readFile(changed.body.attachment)).toBe(text.toString())
  expect((await fetch(body.attachment)).status).toBe(404)
})

test.each([
  ['json', 'application/json'],
  ['form', 'application/x-www-form-urlencoded;charset=UTF-8'],
] as const)('a file is sent in a multipart form and not as %s', async (as, type) => {
  const { status, body } = await shop.send(UPLOAD, { file: 'bill.pdf' }, { as })
  expect([status, body]).toEqual([415, { detail: `Unsupported media type "${type}" in request.` }])
})

test('a file comes with an invoice, too, and may be as large as elsewhere', async () => {
  const items = [{ sku: 'TEA-1', description: 'Tea', quantity: 1, unit_price: '5.00' }]
  const head = { type: 'e_commerce', currency_code: 'USD', pg_codes: 'cards-usd', invoice_number: 'F-1' }
  const fields = { ...head, due_date: '2099-12-29', invoice_items: JSON.stringify(items) }
  const bill = Buffer.concat([PDF, Buffer.alloc(100_000, ' ')])
  const { status, body } = await sendForm(
    { ...fields, attachment: ['bill.pdf', bill] },
    { path: '/invoice/v1/invoice/' },
  )
  expect(status).toBe(201)
  expect(await readFile(body.attachment)).toBe(bill.toString())
})

test('a file that was stored before is named by its address, an address elsewhere is kept as it is', async () => {
  const stored = (await sendForm({ file: ['bill.pdf', PDF] })).body.file_url
  const named = await shop.checkout({ attachment_upload_url: stored, shortify_attachment_url: true })
  expect(named.attachment).toBe(stored)
  expect(await readFile(named.attachment_short_url)).toBe(PDF.toString())
  const elsewhere = 'https://shop.example/bills/7.pdf'
  expect((await shop.checkout({ attachment_upload_url: elsewhere })).attachment).toBe(elsewhere)
  const taken = await other.checkout({ attachment_upload_url: stored })
  expect(taken).not.toHaveProperty('attachment_short_url')
})

const ALLOWED = 'pdf, jpeg, png, doc, docx, jpg, xls, xlsx, txt'
const NONE = 'You must provide either `session_id` or `order_no` to identify the PaymentTransaction.'
const BOTH = 'Please provide only `order_no` or `session_id`, not both.'

test.each([
  { sent: {}, told: { file: 'No file was submitted.' } },
  {
    sent: { file: ['a.zip', PDF] },
    told: { file: `File extension 'zip' is not allowed. Allowed extensions are: ${ALLOWED}.` },
  },
  { sent: { file: ['a.pdf', PDF], session_id: 'a', order_no: 'b' }, told: { session_id: BOTH, order_no: BOTH } },
  {
    sent: { file: ['a.pdf', PDF], order_no: 'foo' },
    told: { order_no: 'No PaymentTransaction found with `order_no` of foo.' },
  },
  {
    sent: { file: ['a.pdf', PDF], session_id: 'foo' },
    told: { session_id: 'No PaymentTransaction found with `session_id` of foo.' },
  },
  { sent: { file: ['a.pdf', PDF], shortify_attachment_url: 'true' }, told: { attachment_short_url: NONE } },
] as const)('an upload is refused with $told', async ({ sent, told }) => {
  expect(await sendForm(sent)).toEqual({ status: 400, body: told })
})

test('a file that is too large is refused in words, one that is far too large by its length', async () => {
  const large = Buffer.concat([PDF, Buffer.alloc(2_621_440)])
  const { status, body } = await sendForm({ file: ['a.pdf', large] })
  expect({ status, file: typeof body.file }).toEqual({ status: 400, file: 'string' })
  expect((await sendForm({ file: ['a.pdf', Buffer.concat([large, large])] })).status).toBe(413)
})

test('what is wrong with the file of a checkout is told under its field, with whatever else is wrong', async () => {
  const form = { type: 'nothing', amount: '1', currency_code: 'USD', pg_codes: 'cards-usd' }
  const { status, body } = await sendForm({ ...form, attachment: ['a.exe', PDF] }, { path: '/checkout/v1/pymt-txn/' })
  expect(status).toBe(400)
  expect(Object.keys(body).sort()).toEqual(['attachment', 'type'])
})
