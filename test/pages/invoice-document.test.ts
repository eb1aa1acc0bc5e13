// The document of an invoice, over HTTP as its payer gets it.
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openOperations } from '../api/operations/setup.ts'

const world = await openOperations()
const { shop, pay } = world
let count = 0

const make = async (more: object = {}) => {
  const { status, body } = await shop.send('/invoice/v1/invoice/', {
    ...{ type: 'e_commerce', currency_code: 'KWD', pg_codes: ['cards-kwd'], due_date: '2099-12-29' },
    ...{ invoice_number: `D-${++count}`, customer_first_name: 'Ada', customer_last_name: 'Lovelace' },
    invoice_items: [{ sku: 'TEA-1', description: 'Tea, loose', quantity: 1.111, unit_price: 5.234 }],
    ...more,
  })
  expect([status, body]).toEqual([201, expect.anything()])
  return body
}

/** What is between the two lines is data, also a carriage return at its end. */
const STREAM = /stream\n([\s\S]*?)\nendstream/g

/** What is written in Latin letters on the pages, piece by piece. */
function lettersOf(pdf: Buffer): string {
  const streams = [...pdf.toString('latin1').matchAll(STREAM)].map(([, bytes = '']) => Buffer.from(bytes, 'latin1'))
  const texts = streams.map((bytes) => (bytes[0] === 0x78 ? inflateSync(bytes).toString('latin1') : ''))
  return texts
    .flatMap((text) => [...text.matchAll(/\[([^\]]*)\] TJ/g)])
    .map(([, line = '']) => [...line.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => hex).join(''))
    .map((hex) => Buffer.from(hex, 'hex').toString('latin1'))
    .join('')
}

async function look(url: string) {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes }
}

test('an invoice can be read as a PDF by whoever knows its address', async () => {
  const { invoice_pdf_url, checkout_url } = await make({ company_name: 'Analytical Engines', tax_rate: 5 })
  const { status, headers, bytes } = await look(invoice_pdf_url)
  expect([status, headers.get('content-type')]).toEqual([200, 'application/pdf'])
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-robots-tag')).toBe('noindex, nofollow')
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
  const head = await fetch(invoice_pdf_url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/pdf'])
  const letters = lettersOf(bytes)
  for (const said of ['Shop', `D-${count}`, '2099-12-29', 'Open', 'Analytical Engines', 'Ada Lovelace', 'Tea, loose'])
    expect(letters).toContain(said)
  for (const figure of ['TEA-1', '1.111', '5.234', '5.815', '0.291', '6.106 KWD']) expect(letters).toContain(figure)
  expect(letters).toContain(new URL(checkout_url).search)
})

test('a paid invoice says so, and not where to pay', async () => {
  const invoice = await make()
  await pay(invoice, { pgCode: 'cards-kwd' })
  const letters = lettersOf((await look(invoice.invoice_pdf_url)).bytes)
  expect(letters).toContain('Paid')
  expect(letters).not.toContain('Pay online')
})

test('a long invoice has numbered pages, and Arabic is written with letters that belong to the document', async () => {
  const items = Array.from({ length: 100 }, (_, i) => ({
    ...{ sku: `SKU-${i}`, description: `شاي ${'and more '.repeat(20)}`, quantity: 1, unit_price: 1 },
  }))
  const { invoice_pdf_url } = await make({ company_name: 'شركة النور', invoice_items: items })
  const { bytes } = await look(invoice_pdf_url)
  expect(bytes.toString('latin1')).toContain('NotoNaskhArabic')
  const letters = lettersOf(bytes)
  expect(letters).toContain('SKU-99')
  expect(letters).toMatch(/1 \/ (?:[5-9]|1\d)/)
})

test('there is no document of what is no invoice, and none of one that was deleted', async () => {
  const { invoice_pdf_url, session_id } = await make()
  const plain = await shop.checkout()
  await shop.operate('delete', { session_id })
  const urlOf = (id: string): string => invoice_pdf_url.replace(session_id, id)
  for (const id of [plain.session_id, 'f'.repeat(40), 'x', session_id]) {
    const { status, headers } = await look(urlOf(id))
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  }
})
