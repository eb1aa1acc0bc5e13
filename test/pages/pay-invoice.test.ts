import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { cancelInvoice, regenerateInvoice } from '../../src/invoices/change.ts'
import { getInvoice } from '../../src/invoices/find.ts'
import { type GenerateRequest, generateInvoice } from '../../src/invoices/generate.ts'
import type { InvoiceView } from '../../src/invoices/invoice.ts'
import { invoiceUrl } from '../../src/invoices/link.ts'
import { parseAmount } from '../../src/money.ts'
import { advanceClock, fundsOf, issueFundedCard } from '../helpers/seed.ts'
import { setClaim } from '../invoices/setup.ts'
import { cardFields, formIn, servePages, visit } from './serve.ts'

const served = await servePages()
const { deps, merchantId, url, shop, asked } = served

async function generate(changes: Partial<GenerateRequest> = {}): Promise<InvoiceView & { readonly url: string }> {
  const { invoice } = await generateInvoice(deps, {
    merchantId,
    merchantInvoiceId: `INV-${newId()}`,
    amount: parseAmount('125.00', 'USD'),
    description: 'Two cups of tea',
    redirectUrl: `${shop.url}/return?reference=7`,
    keys: [],
    ...changes,
  })
  return { ...invoice, url: invoiceUrl(deps.codes, url, invoice) }
}

const refOf = ({ number }: InvoiceView) => ({ merchantId, ref: { number }, keys: [] })
const stateOf = async ({ number }: InvoiceView) => (await getInvoice(deps, merchantId, { number })).state

async function openForm(invoice: { readonly url: string }) {
  const page = await visit(invoice.url)
  expect(page.status).toBe(200)
  const form = formIn(page)
  return {
    page,
    pay: (fields: Readonly<Record<string, string>>) => visit(url + form.action, { ...form.fields, ...fields }),
  }
}

test('an invoice says who asks for how much, what for and until when', async () => {
  const { page } = await openForm(await generate())
  const words = page.html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  expect(words).toContain('Pay Tea House 125.00 USD')
  expect(words).toMatch(/For Two cups of tea Pay until \d+ \w+ \d{4}, \d\d:\d\d UTC/)
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'")
})

test('paying goes on to the page that brings the payer back to the shop, with the query string of its URL', async () => {
  const invoice = await generate()
  const holder = await issueFundedCard(served, { balance: '1000.00' })
  const { pay } = await openForm(invoice)
  const paid = await pay(cardFields(served, holder))
  expect(paid.status).toBe(303)
  const back = await visit(url + paid.headers.get('location'))
  expect(back.html).toContain('Payment complete')
  const form = formIn(back)
  expect(form).toMatchObject({ action: `${shop.url}/return?reference=7`, fields: { status: 'Y' } })
  expect(back.headers.get('content-security-policy')).toContain(`form-action ${shop.url} http:;`)
  expect(await stateOf(invoice)).toBe('processed')
  expect((await fundsOf(served, holder)).balance).toBe(87_500n)
  const again = await visit(invoice.url)
  expect([again.status, again.html]).toEqual([410, expect.stringContaining('This is paid')])
})

test('what is charged is the invoice, not what a form says', async () => {
  const invoice = await generate()
  const holder = await issueFundedCard(served, { balance: '1000.00' })
  const { pay } = await openForm(invoice)
  await pay({
    ...cardFields(served, holder),
    amount: '0.01',
    currency: 'JPY',
    merchantRedirectUrl: 'https://evil.example',
  })
  expect(asked.at(-1)).toMatchObject({
    claimId: invoice.id,
    order: {
      merchantTransactionId: invoice.merchantInvoiceId,
      amount: { amount: 12_500n, currency: 'USD' },
      details: { redirectUrl: invoice.redirectUrl, invoiceNumber: String(invoice.number) },
    },
  })
})

test('a double click pays once, and both see that it is paid', async () => {
  const invoice = await generate()
  const holder = await issueFundedCard(served, { balance: '1000.00' })
  const { pay } = await openForm(invoice)
  const card = cardFields(served, holder)
  const answers = await Promise.all([pay(card), pay(card), pay(card)])
  expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('location')}`)).size).toBe(1)
  expect((await fundsOf(served, holder)).balance).toBe(87_500n)
})

test('of two payers at once one pays, and the other is told', async () => {
  const invoice = await generate()
  const holders = [
    await issueFundedCard(served, { balance: '1000.00' }),
    await issueFundedCard(served, { balance: '1000.00' }),
  ]
  const forms = [await openForm(invoice), await openForm(invoice)]
  const answers = await Promise.all(holders.map((holder, i) => forms[i]?.pay(cardFields(served, holder))))
  expect(answers.map((answer) => answer?.status).sort()).toEqual([303, 410])
  const balances = await Promise.all(holders.map(async (holder) => (await fundsOf(served, holder)).balance))
  expect(new Set(balances)).toEqual(new Set([87_500n, 100_000n]))
})

test('a declined card says why, and another one may be tried with the same form', async () => {
  const invoice = await generate()
  const [poor, rich] = [
    await issueFundedCard(served, { balance: '1.00' }),
    await issueFundedCard(served, { balance: '1000.00' }),
  ]
  const { pay } = await openForm(invoice)
  const declined = await pay(cardFields(served, poor, 'POOR MAN'))
  expect(declined.status).toBe(402)
  expect(declined.html).toContain('The available balance is too low.')
  expect(declined.html).toContain('value="POOR MAN"')
  expect(await stateOf(invoice)).toBe('generated')
  const form = formIn(declined)
  expect((await visit(url + form.action, { ...form.fields, ...cardFields(served, rich) })).status).toBe(303)
  expect(await stateOf(invoice)).toBe('processed')
})

test('neither the number nor the code comes back in a page or gets into the log', async () => {
  const holder = await issueFundedCard(served, { balance: '1.00' })
  const card = cardFields(served, holder)
  const { pay } = await openForm(await generate())
  const pages = [await pay({ ...card, expiry: '01/20' }), await pay(card), await pay({ ...card, cvv: '' })]
  expect(pages.map(({ status }) => status)).toEqual([422, 402, 422])
  const { asked: _, ...rest } = served
  for (const text of [...pages.map(({ html }) => html), rest.logged.join()]) {
    expect(text.replace(/[\s-]/g, '')).not.toContain(holder.pan)
    expect(text).not.toContain(`"${card.cvv}"`)
  }
})

test('a form with problems says all of them and keeps the rest', async () => {
  const { pay } = await openForm(await generate())
  const { status, html } = await pay({ cardNumber: '4000 0000 0000 0052', expiry: '01/20', cvv: '1', holder: 'CHAN' })
  expect(status).toBe(422)
  expect(html).toContain('<title>Error: Pay Tea House</title>')
  for (const name of ['cardNumber', 'expiry', 'cvv']) expect(html).toContain(`<a href="#${name}">`)
  expect(html).toContain('value="CHAN"')
  expect(html.replace(/\s/g, '')).not.toContain('4000000000000052')
  expect(html).not.toMatch(/"[\d ]*0052"/)
})

test('a card that nobody can carry is the payer’s to change', async () => {
  const { pay } = await openForm(await generate())
  const foreign = { cardNumber: '4000000000000051', expiry: '12/30', cvv: '745', holder: 'CHAN' }
  const { status, html } = await pay(foreign)
  expect([status, html]).toEqual([422, expect.stringContaining('This card cannot be used here')])
})

test('a cancelled, expired or replaced invoice is not paid, also by a form that was open before', async () => {
  const holder = await issueFundedCard(served, { balance: '1000.00' })
  const card = cardFields(served, holder)
  const cancelled = await generate()
  const open = await openForm(cancelled)
  await cancelInvoice(deps, refOf(cancelled))
  expect([(await visit(cancelled.url)).status, (await open.pay(card)).status]).toEqual([410, 410])

  const replaced = await generate()
  const before = await openForm(replaced)
  await regenerateInvoice(deps, refOf(replaced))
  expect([(await visit(replaced.url)).status, (await before.pay(card)).status]).toEqual([404, 404])

  const expired = await generate({ lifeHours: 1 })
  const late = await openForm(expired)
  await advanceClock(served, 3600)
  const pages = [await visit(expired.url), await late.pay(card)]
  expect(pages.map(({ status }) => status)).toEqual([410, 410])
  for (const { html } of pages) expect(html).toContain('expired')
  expect((await fundsOf(served, holder)).balance).toBe(100_000n)
})

test('while somebody pays, an invoice says so and looks again', async () => {
  const invoice = await generate()
  await setClaim(served, invoice.id, { state: 'held', paymentId: newId() })
  const { status, html } = await visit(invoice.url)
  expect([status, html]).toEqual([409, expect.stringContaining('A payment is under way')])
  expect(html).toContain(`href="/transaction/PayInvoice?inv=${invoice.number}&amp;ct=`)
})

test('letters that are missing, wrong, doubled or of another invoice open nothing', async () => {
  const [invoice, other] = [await generate(), await generate()]
  const letters = invoice.url.slice(-16)
  const base = `${url}/transaction/PayInvoice`
  const { number } = invoice
  for (const query of [
    '',
    `?inv=${number}`,
    `?ct=${letters}`,
    `?inv=${number}&ct=`,
    `?inv=${number}&ct=${letters.slice(0, -1)}`,
    `?inv=${number}&ct=${letters}&ct=${letters}`,
    `?inv=${other.number}&ct=${letters}`,
    `?inv=${number}&ct=${other.url.slice(-16)}`,
    `?inv=${number}%00&ct=${letters}`,
  ]) {
    expect((await visit(base + query)).status, query).toBe(404)
  }
})

test('HTML in what a merchant writes stays text', async () => {
  const invoice = await generate({ description: '<img src=x onerror=alert(1)>', customerName: '"><b>' })
  const { page } = await openForm(invoice)
  expect(page.html).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(page.html).not.toContain('<img')
  expect(page.html).not.toContain('<b>')
})

test.each([
  ['application/json', '{}', 415],
  ['text/plain', 'a=b', 415],
  ['application/x-www-form-urlencoded', 'inv=1&inv=2', 400],
  ['application/x-www-form-urlencoded', `a=${'b'.repeat(70_000)}`, 413],
])('a body that is no form, as %s, gets a page that says so', async (type, body, status) => {
  const response = await fetch(`${url}/transaction/PayInvoice`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
})

test.each([
  ['claim_held', 409, 'A payment is under way'],
  ['claim_paid', 410, 'This is paid'],
  ['velocity_exceeded', 429, 'Too many tries'],
  ['outcome_unknown', 503, 'do not pay again'],
  ['overloaded', 503, 'We are busy'],
  ['internal', 500, 'Something went wrong'],
] as const)('%s is said in words for payers', async (code, status, words) => {
  const { pay } = await openForm(await generate())
  served.answerWith(code)
  const answer = await pay({ cardNumber: '4000000000000051', expiry: '12/30', cvv: '745', holder: 'CHAN' })
  served.answerWith(undefined)
  expect([answer.status, answer.html]).toEqual([status, expect.stringContaining(words)])
})
