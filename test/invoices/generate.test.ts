import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { findInvoice } from '../../src/invoices/find.ts'
import { type GenerateRequest, generateInvoice } from '../../src/invoices/generate.ts'
import { lettersOf } from '../../src/invoices/link.ts'
import { parseAmount } from '../../src/money.ts'
import { listMessages } from '../../src/pages/queries.ts'
import { openIssuing } from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, merchantId, otherMerchantId, pool } = issuing

const ask = (changes: Partial<GenerateRequest> = {}): GenerateRequest => ({
  merchantId,
  merchantInvoiceId: `INV-${newId()}`,
  amount: parseAmount('125.00', 'EUR'),
  description: 'Two cups of tea',
  customerEmail: `${newId()}@example.com`,
  redirectUrl: 'https://shop.example/return?order=7',
  keys: [],
  ...changes,
})

test('an invoice is mailed in the commit that makes it, and lives a week unless told', async () => {
  const request = ask()
  const { kind, invoice } = await generateInvoice(deps, request)
  expect(kind).toBe('generated')
  expect(invoice).toMatchObject({ state: 'mailsent', isHeld: false, amount: 12_500n, currency: 'EUR', lifeHours: 168 })
  expect(invoice.expiresAt.getTime() - invoice.createdAt.getTime()).toBe(168 * 3_600_000)
  expect(await listMessages(pool, request.customerEmail ?? '', 10)).toMatchObject([
    { kind: 'invoice', channel: 'email', linkId: invoice.linkId, isUsable: true },
  ])
  const short = await generateInvoice(deps, ask({ lifeHours: 1 }))
  expect(short.invoice.expiresAt.getTime() - short.invoice.createdAt.getTime()).toBe(3_600_000)
})

test('without an address it is generated and nobody is told', async () => {
  const { customerEmail: _, ...rest } = ask()
  expect((await generateInvoice(deps, rest)).invoice).toMatchObject({ state: 'generated', mailedAt: null })
})

test('each merchant counts its own invoices', async () => {
  const first = await generateInvoice(deps, ask({ merchantId: otherMerchantId }))
  const second = await generateInvoice(deps, ask({ merchantId: otherMerchantId }))
  expect([first.invoice.number, second.invoice.number]).toEqual([1n, 2n])
})

test('twenty requests at once for one name make one invoice, one number and one mail', async () => {
  const request = ask()
  const before = (await generateInvoice(deps, ask())).invoice.number
  const answers = await Promise.all(Array.from({ length: 20 }, () => generateInvoice(deps, request)))
  expect(answers.filter(({ kind }) => kind === 'generated')).toHaveLength(1)
  expect(answers.filter(({ kind }) => kind === 'repeated')).toHaveLength(19)
  expect(new Set(answers.map(({ invoice }) => invoice.linkId)).size).toBe(1)
  expect(await listMessages(pool, request.customerEmail ?? '', 10)).toHaveLength(1)
  expect((await generateInvoice(deps, ask())).invoice.number).toBe(before + 2n)
})

test('the same name with other terms is a duplicate, which carries the first and changes nothing', async () => {
  const request = ask()
  const { invoice } = await generateInvoice(deps, request)
  const changes: Partial<GenerateRequest>[] = [
    { amount: parseAmount('125.01', 'EUR') },
    { amount: parseAmount('125.00', 'USD') },
    { description: 'Three cups of tea' },
    { customerEmail: 'other@example.com' },
    { redirectUrl: 'https://evil.example' },
    { lifeHours: 168 },
  ]
  for (const change of changes) {
    expect(await generateInvoice(deps, { ...request, ...change })).toEqual({ kind: 'duplicate', invoice })
  }
  expect(await listMessages(pool, 'other@example.com', 1)).toEqual([])
  const ref = { merchantInvoiceId: request.merchantInvoiceId }
  expect(await findInvoice(deps, merchantId, ref)).toEqual(invoice)
})

test('the names of two merchants never meet', async () => {
  const merchantInvoiceId = 'INV-77'
  const [mine, theirs] = [ask({ merchantInvoiceId }), ask({ merchantInvoiceId, merchantId: otherMerchantId })]
  const answers = [await generateInvoice(deps, mine), await generateInvoice(deps, theirs)]
  expect(answers.map(({ kind }) => kind)).toEqual(['generated', 'generated'])
})

test.each<[field: string, changes: Partial<GenerateRequest>]>([
  ['merchantInvoiceId', { merchantInvoiceId: '' }],
  ['merchantInvoiceId', { merchantInvoiceId: 'a|b' }],
  ['merchantInvoiceId', { merchantInvoiceId: 'a\nb' }],
  ['merchantInvoiceId', { merchantInvoiceId: 'a'.repeat(101) }],
  ['customer.email', { customerEmail: 'nobody' }],
  ['customer.email', { customerEmail: 'a@example.com, b@example.com' }],
  ['customer.email', { customerEmail: 'a@example.com\r\nBcc: b@example.com' }],
  ['customer.email', { customerEmail: 'A <a@example.com>' }],
  ['merchantRedirectUrl', { redirectUrl: 'javascript:alert(1)' }],
  ['merchantRedirectUrl', { redirectUrl: 'https://shop.example/a|b' }],
  ['merchantOrderDescription', { description: 'a'.repeat(256) }],
  ['merchantOrderDescription', { description: 'a\0' }],
  ['expirationPeriod', { lifeHours: 0 }],
  ['expirationPeriod', { lifeHours: 1.5 }],
  ['expirationPeriod', { lifeHours: 8785 }],
])('%s is refused in %j', async (field, changes) => {
  await expect(generateInvoice(deps, ask(changes))).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field },
  })
})

test('a key answers its copy with the first invoice', async () => {
  const keys = [{ scope: 'test', key: newId(), fingerprint: Buffer.alloc(32) }]
  const first = await generateInvoice(deps, ask({ keys }))
  expect(await generateInvoice(deps, ask({ keys }))).toEqual(first)
})

test('neither the letters of a link nor the link itself rest in the database', async () => {
  const { invoice } = await generateInvoice(deps, ask())
  const letters = lettersOf(deps.codes, invoice.linkId)
  for (const table of ['invoices', 'messages', 'events', 'idempotency_keys']) {
    const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${table} t`)
    for (const { text } of rows) expect(text).not.toContain(letters)
  }
})
