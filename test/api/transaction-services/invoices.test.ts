import { beforeAll, expect, test, vi } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { createPayer, type Payer } from '../../helpers/payer.ts'
import { INVOICES, KEY, newName, type ServicesMember } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let shop: Shop

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  shop = await openShop(member)
})

const PAY = 'Pay 50.00 USD'
const CONTINUE = 'Continue to Tea House'

const entered = (cardNumber = '4111111111111111') => ({ cardNumber, expiry: '12/32', cvv: '123', holder: 'Ada Bauer' })

interface Made {
  readonly name: string
  readonly number: string
  readonly email: string
  readonly url: string
}

async function make(fields: Record<string, string> = {}): Promise<Made> {
  const answer = await member.invoice({ merchantRedirectUrl: shop.redirectUrl, ...fields })
  expect(answer.result.code).toBe('00010')
  const { merchantInvoiceId, invoiceId, customerEmail, transactionUrl } = answer.invoiceDetails
  return { name: merchantInvoiceId, number: invoiceId, email: customerEmail, url: transactionUrl }
}

const mailsTo = async (email: string): Promise<{ kind: string; url?: string; text: string }[]> =>
  (await florin.sandbox('GET', `/sandbox/messages?to=${encodeURIComponent(email)}`)).body

const purchases = async (name: string): Promise<unknown[]> => {
  const { body } = await florin.sandbox('GET', '/sandbox/gateway/book')
  return body.filter(
    ({ merchantTransactionId, state }: { merchantTransactionId: string; state: string }) =>
      merchantTransactionId?.startsWith(name) && state === 'approved',
  )
}

async function openPage(url: string): Promise<Payer> {
  const payer = createPayer()
  await payer.open(url)
  return payer
}

test('an invoice is mailed, opened by its link, paid with a card, and processed', async () => {
  const merchantInvoiceId = newName('INV')
  const email = `${merchantInvoiceId.toLowerCase()}@florin.example`
  const made = await member.invoice({
    merchantInvoiceId,
    merchantRedirectUrl: shop.redirectUrl,
    notificationUrl: shop.notificationUrl,
    merchantOrderDescription: 'January & February <tea>',
    'customer.email': email,
    'customer.givenName': 'Ada',
  })
  expect(made).toMatchObject({
    memberId: member.memberId,
    status: 'mailsent',
    result: { code: '00010', description: 'Invoice generated successfully' },
    statusInvoiceResult: made.result,
    invoiceDetails: {
      amount: '50.00',
      currency: 'USD',
      createdDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      createdTime: expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      merchantInvoiceId,
      customerEmail: email,
      merchantOrderDescription: 'January & February <tea>',
      status: 'mailsent',
      paymentId: '',
      transactionUrl: expect.stringMatching(/\/transaction\/PayInvoice\?inv=\d+&ct=[A-Za-z]{16}$/),
    },
  })
  const [mail] = await mailsTo(email)
  expect(mail).toMatchObject({ kind: 'invoice', url: made.invoiceDetails.transactionUrl })
  const payer = await openPage(mail?.url ?? '')
  expect(payer.page().status).toBe(200)
  expect(payer.page().html).toContain('January &amp; February &lt;tea&gt;')
  expect(payer.page().headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  await payer.submit(PAY, entered())
  await payer.submit(CONTINUE)
  const { url, fields } = shop.newestVisit()
  expect(url).toBe('/return?reference=7&lang=d%C3%A9')
  expect(fields).toMatchObject({ merchantTransactionId: merchantInvoiceId, status: 'Y', resultCode: '00001' })
  const { paymentId = '' } = fields
  expect(await member.inquireInvoice(merchantInvoiceId)).toMatchObject({
    status: 'processed',
    result: { code: '00026' },
    invoiceDetails: { status: 'processed', paymentId },
  })
  expect(await member.inquire(paymentId)).toMatchObject({ status: 'capturesuccess', amount: '50.00' })
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess'])

  expect((await openPage(mail?.url ?? '')).page()).toMatchObject({
    status: 410,
    html: expect.stringContaining('This is paid'),
  })
  for (const verb of ['cancel', 'remind'] as const) {
    expect((await member.aboutInvoice(verb, { merchantInvoiceId })).result.code).toBe('20011')
  }
  expect((await member.regenerateInvoice(made.invoiceDetails.invoiceId)).result.code).toBe('20011')
})

test('the same invoice again is the same one, with other terms it is a duplicate', async () => {
  const fields = { merchantInvoiceId: newName('INV'), 'customer.email': `${newName('p')}@florin.example` }
  const [first, again] = [await member.invoice(fields), await member.invoice(fields)]
  expect(again.invoiceDetails).toEqual(first.invoiceDetails)
  const other = await member.invoice({ ...fields, amount: '60.00' })
  expect([other.result.code, other.invoiceDetails.amount]).toEqual(['20008', '50.00'])
  expect(await mailsTo(fields['customer.email'])).toHaveLength(1)
})

test('an invoice is reminded of under the same link, by its number or its name', async () => {
  const { name, number, email, url } = await make()
  expect((await member.aboutInvoice('remind', { invoiceId: number })).result.code).toBe('00012')
  expect((await member.aboutInvoice('remind', { merchantInvoiceId: name })).result.code).toBe('00012')
  const mails = await mailsTo(email)
  expect(mails.map(({ kind }) => kind)).toEqual(['invoice-reminder', 'invoice-reminder', 'invoice'])
  expect(new Set(mails.map((mail) => mail.url))).toEqual(new Set([url]))
  const another = await make()
  const disagreeing = await member.aboutInvoice('remind', { invoiceId: number, merchantInvoiceId: another.name })
  expect(disagreeing.result.code).toBe('20002')
  expect((await member.aboutInvoice('remind', {})).result.code).toBe('20001')
})

test('a cancelled invoice tells its customer, and neither its page nor a form that was open pays it', async () => {
  const { name, email, url } = await make()
  const open = await openPage(url)
  expect((await member.aboutInvoice('cancel', { merchantInvoiceId: name })).result.code).toBe('00011')
  expect((await mailsTo(email))[0]).toMatchObject({ kind: 'invoice-cancelled' })
  await open.submit(PAY, entered())
  expect(open.page().status).toBe(410)
  expect((await openPage(url)).page().status).toBe(410)
  expect(await purchases(name)).toEqual([])
  expect((await member.aboutInvoice('remind', { merchantInvoiceId: name })).result.code).toBe('20011')
  expect((await member.inquireInvoice(name)).status).toBe('cancelled')
})

test('another link kills the one before', async () => {
  const { name, number, email, url } = await make()
  const open = await openPage(url)
  const renewed = await member.regenerateInvoice(number)
  expect(renewed.result.code).toBe('00013')
  const { transactionUrl } = renewed.invoiceDetails
  expect(transactionUrl).not.toBe(url)
  expect((await mailsTo(email))[0]).toMatchObject({ kind: 'invoice', url: transactionUrl })
  expect((await openPage(url)).page().status).toBe(404)
  await open.submit(PAY, entered())
  expect([404, 410]).toContain(open.page().status)
  const payer = await openPage(transactionUrl)
  await payer.submit(PAY, entered())
  expect(payer.page().html).toContain('Payment complete')
  expect(await purchases(name)).toHaveLength(1)
})

test('an invoice expires by the clock, and lives again under another link', async () => {
  const { name, number, url } = await make({ expirationPeriod: '2' })
  const open = await openPage(url)
  await florin.advance(2 * 3600 - 5)
  expect((await openPage(url)).page().status).toBe(200)
  await florin.advance(6)
  expect((await openPage(url)).page().status).toBe(410)
  await open.submit(PAY, entered())
  expect(open.page().status).toBe(410)
  expect((await member.inquireInvoice(name)).status).toBe('expired')
  expect((await member.aboutInvoice('remind', { invoiceId: number })).result.code).toBe('20011')
  const renewed = await member.regenerateInvoice(number)
  expect(renewed.status).toBe('mailsent')
  expect((await openPage(renewed.invoiceDetails.transactionUrl)).page().status).toBe(200)
})

test('of two browsers at once one pays, and nothing is charged twice', async () => {
  const { name, url } = await make()
  const [one, two] = [await openPage(url), await openPage(url)]
  await Promise.all([one.submit(PAY, entered()), two.submit(PAY, entered('5423110020223322'))])
  const shown = [one, two].map(({ page }) => page().html)
  expect(shown.filter((html) => html.includes('Payment complete'))).toHaveLength(1)
  expect(shown.filter((html) => /under way|This is paid/.test(html))).toHaveLength(1)
  expect(await purchases(name)).toHaveLength(1)
  const { paymentId } = (await member.inquireInvoice(name)).invoiceDetails
  expect((await member.inquire(paymentId)).captureamount).toBe('50.00')
})

test('after a decline another card pays with the same page', async () => {
  const { name, url } = await make({ notificationUrl: shop.notificationUrl })
  const payer = await openPage(url)
  await payer.submit(PAY, entered('4000000001000050'))
  expect(payer.page()).toMatchObject({ status: 402, html: expect.stringContaining('Your card was declined') })
  expect((await member.inquireInvoice(name)).status).toBe('mailsent')
  await payer.submit(PAY, entered('5423110020223322'))
  await payer.submit(CONTINUE)
  const { merchantTransactionId, paymentId, status } = shop.newestVisit().fields
  expect([status, merchantTransactionId]).toEqual(['Y', expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{12}$`))])
  expect((await member.inquireInvoice(name)).invoiceDetails).toMatchObject({ status: 'processed', paymentId })
})

test('after a decline another card pays an invoice whose name is as long as names may be', async () => {
  const merchantInvoiceId = newName('Rechnung-Ü').padEnd(100, 'x')
  const { url } = await make({ merchantInvoiceId })
  const payer = await openPage(url)
  await payer.submit(PAY, entered('4000000001000050'))
  await payer.submit(PAY, entered())
  expect(payer.page().html).toContain('Payment complete')
})

test('an invoice may be paid with 3-D Secure, and a payer who gives up there may try again', async () => {
  const { name, url } = await make()
  const payer = await openPage(url)
  await payer.submit(PAY, { ...entered('4000000000000002'), cvv: '237' })
  await payer.submit('Continue to your bank')
  expect((await openPage(url)).page().status).toBe(409)
  expect((await member.aboutInvoice('cancel', { merchantInvoiceId: name })).result.code).toBe('20011')
  await payer.submit('cancel')
  await payer.submit('Back to the shop')
  expect(payer.page().html).toContain('Payment cancelled')
  const again = await openPage(url)
  await again.submit(PAY, { ...entered('4000000000000002'), cvv: '237' })
  await again.submit('Continue to your bank')
  await again.submit('approve', { code: /<code>(\d{6})</.exec(again.page().html)?.[1] ?? '' })
  await again.submit('Back to the shop')
  expect(again.page().html).toContain('Payment complete')
  expect((await member.inquireInvoice(name)).status).toBe('processed')
})

test('while a payment is not known nobody else pays, and when it certainly was not made another card does', async () => {
  const { name, url } = await make({ notificationUrl: shop.notificationUrl })
  await florin.sandbox('POST', '/sandbox/gateway/faults', { mode: 'error-did-not', merchantTransactionId: name })
  const payer = await openPage(url)
  await payer.submit(PAY, entered())
  expect(payer.page().html).toContain('We are waiting for your bank')
  expect((await openPage(url)).page().status).toBe(409)
  await florin.advanceUntil(60, async () => (await openPage(url)).page().status === 200)
  const again = await openPage(url)
  await again.submit(PAY, entered())
  expect(again.page().html).toContain('Payment complete')
  await vi.waitFor(async () => expect((await member.inquireInvoice(name)).status).toBe('processed'))
  expect(await purchases(name)).toHaveLength(1)
})

test('a link with letters that are missing or guessed opens nothing', async () => {
  const { url } = await make()
  for (const wrong of [
    url.replace(/ct=.*/, 'ct=AAAAAAAAAAAAAAAA'),
    url.replace(/&ct=.*/, ''),
    url.replace(/inv=\d+/, 'inv=999999'),
    url.replace(/ct=/, 'ct=A'),
  ]) {
    expect((await openPage(wrong)).page().status).toBe(404)
  }
})

test('an e-mail address that would be a header, and a name that would be two fields, are refused', async () => {
  for (const email of ['a@b.example\r\nBcc: c@d.example', 'a@b.example, c@d.example', 'nobody']) {
    expect((await member.invoice({ 'customer.email': email })).result.code).toBe('20002')
  }
  expect((await member.invoice({ 'customer.email': '' })).result.code).toBe('20001')
  expect((await member.invoice({ merchantInvoiceId: 'A|1.00' })).result.code).toBe('20002')
  expect((await member.invoice({ merchantRedirectUrl: 'javascript:alert(1)' })).result.code).toBe('20002')
})

test('the URL is hashed as it is and not as it is encoded, and the link has the number of its invoice', async () => {
  const merchantRedirectUrl = 'https://shop.example/return?a=b'
  const merchantInvoiceId = newName('INV')
  const terms = { merchantInvoiceId, amount: '50.00', currency: 'USD', 'customer.email': 'ada@florin.example' }
  const generate = async (hashed: string) => {
    const proof = member.proof(member.memberId, KEY, merchantInvoiceId, '50.00', hashed)
    return (await member.send(`${INVOICES}/generate`, { ...terms, merchantRedirectUrl, ...proof })).body
  }
  expect((await generate(encodeURIComponent(merchantRedirectUrl))).result.code).toBe('20007')
  const { result, invoiceDetails } = await generate(merchantRedirectUrl)
  expect(result.code).toBe('00010')
  expect(invoiceDetails.systemInvoiceId).toBe(invoiceDetails.invoiceId)
  expect(new URL(invoiceDetails.transactionUrl).searchParams.get('inv')).toBe(invoiceDetails.invoiceId)
})

test('invoices are their member’s alone, and their configuration is answered to either checksum', async () => {
  const other = await florin.addMember()
  const { name } = await make()
  expect((await other.inquireInvoice(name)).result.code).toBe('10026')
  expect((await other.aboutInvoice('cancel', { merchantInvoiceId: name })).result.code).toBe('10026')
  const merchantRedirectUrl = 'https://shop.example/return'
  for (const fields of [
    member.proof(member.memberId, KEY),
    { merchantRedirectUrl, ...member.proof(member.memberId, KEY, merchantRedirectUrl) },
  ]) {
    const { body } = await member.send(`${INVOICES}/getinvoiceconfigdetails`, fields)
    expect(body).toMatchObject({ memberId: member.memberId, expirationPeriod: '168', result: { code: '00022' } })
  }
})
