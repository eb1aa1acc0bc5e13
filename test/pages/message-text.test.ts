import { expect, test } from 'vitest'
import { cancelInvoice, regenerateInvoice, remindOfInvoice } from '../../src/invoices/change.ts'
import { generateInvoice } from '../../src/invoices/generate.ts'
import { invoiceUrl } from '../../src/invoices/link.ts'
import { parseAmount } from '../../src/money.ts'
import { messageText, renderMessage } from '../../src/pages/message-text.ts'
import { listMessages, type MessageDetails } from '../../src/pages/queries.ts'
import {
  advanceClock,
  bindCard,
  buy,
  initiate,
  issueBoundCard,
  issueFundedCard,
  newestCode,
  openIssuing,
  verifyOrder,
} from '../helpers/seed.ts'
import { openPaymentChallenge } from './challenges.ts'

const issuing = await openIssuing()
const { pool, merchantId } = issuing
const deps = { ...issuing.deps, baseUrl: () => 'https://pay.example' }

/** The newest message to an address, as the e-mail worker takes it. */
async function newestTo(to: string): Promise<{ id: string }> {
  const [message] = await listMessages(pool, to, 1)
  if (!message) throw new Error('nothing was sent')
  return message
}

test('a message says the code first, how long it is valid, for whom and how much', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const textOf = async (kind: MessageDetails['kind']) => {
    const message = (await listMessages(pool, holder.mobile, 10)).find((found) => found.kind === kind)
    return message && messageText(deps, message)
  }
  const { last4 } = holder.card
  expect((await textOf('binding-code'))?.text).toMatch(
    new RegExp(
      `^Your code is \\d{6}\\. It is valid for 5 minutes and lets Tea House keep your card ending in ${last4} for payments\\. ` +
        'If you did not ask for it, ignore this message\\.$',
    ),
  )
  await verifyOrder(issuing, holder)
  const replaced = await textOf('purchase-code')
  expect(replaced?.text).toContain(`approves a payment to Tea House with your card ending in ${last4}.`)
  const payment = await buy(issuing, { token: holder.token, code: await newestCode(issuing, holder) })
  await openPaymentChallenge(issuing, payment.id, holder)
  expect((await textOf('3ds-code'))?.text).toContain(
    `a payment of 100.00 USD to Tea House with your card ending in ${last4}.`,
  )
})

test('the e-mail of a code has the code that works', async () => {
  const holder = await issueFundedCard(issuing)
  const { code } = await initiate(issuing, { pan: holder.pan })
  const mail = await renderMessage(deps, await newestTo(holder.email))
  expect(mail).toMatchObject({ subject: 'Your code to add a card', code })
  expect(mail?.text).toContain(`Your code is ${code}.`)
  expect(mail?.text).toContain(`Tea House keep your card ending in ${holder.card.last4}`)
})

test('a code that is used, replaced or over is no longer written to anybody', async () => {
  const holder = await issueFundedCard(issuing, { balance: '100.00' })
  const token = await bindCard(issuing, holder)
  const used = await newestTo(holder.email)
  expect(await renderMessage(deps, used)).toBeUndefined()

  await verifyOrder(issuing, { token })
  const replaced = await newestTo(holder.email)
  await verifyOrder(issuing, { token })
  expect(await renderMessage(deps, replaced)).toBeUndefined()

  const newest = await newestTo(holder.email)
  expect(await renderMessage(deps, newest)).toMatchObject({ subject: 'Your code to approve a payment' })
  await advanceClock(issuing, 300)
  expect(await renderMessage(deps, newest)).toBeUndefined()
})

test('a code that was guessed at too often is no longer written to anybody', async () => {
  const holder = await issueBoundCard(issuing)
  await verifyOrder(issuing, holder)
  for (let tries = 0; tries < 5; tries++) {
    await expect(buy(issuing, { token: holder.token, code: 'none' })).rejects.toMatchObject({ code: 'otp_wrong' })
  }
  expect(await renderMessage(deps, await newestTo(holder.email))).toBeUndefined()
})

test('a message whose code was replaced still has its words, without the card', async () => {
  const holder = await issueBoundCard(issuing)
  await verifyOrder(issuing, holder)
  await verifyOrder(issuing, holder)
  const [, older] = await listMessages(pool, holder.mobile, 2)
  if (!older) throw new Error('no code was sent')
  expect(messageText(deps, older)).toMatchObject({
    text: expect.stringContaining('approves a payment to the merchant with your card.'),
    code: expect.stringMatching(/^\d{6}$/),
  })
})

test('an invoice is asked for with its link, and the link dies with the invoice', async () => {
  const [to, name] = ['payer@example.com', 'INV-1']
  const description = 'Two cups\r\nBcc: everybody@example.com'
  const asked = { merchantId, merchantInvoiceId: name, amount: parseAmount('125.00', 'EUR'), customerEmail: to }
  const { invoice } = await generateInvoice(deps, {
    ...asked,
    description,
    redirectUrl: 'https://shop.example/return',
    keys: [],
  })
  const mail = await renderMessage(deps, await newestTo(to))
  const url = invoiceUrl(deps.codes, 'https://pay.example', invoice)
  expect(mail?.subject).toBe('Invoice INV-1 from Tea House')
  expect(mail?.url).toBe(url)
  expect(mail?.text.split('\n')).toEqual(
    expect.arrayContaining([
      'Tea House asks you to pay 125.00 EUR.',
      'Invoice: INV-1',
      'For: Two cups Bcc: everybody@example.com',
      url,
    ]),
  )
  const asking = await newestTo(to)
  const ref = { merchantId, ref: { merchantInvoiceId: name }, keys: [] }
  await remindOfInvoice(deps, ref)
  expect((await renderMessage(deps, await newestTo(to)))?.subject).toBe('Reminder: invoice INV-1 from Tea House')
  await regenerateInvoice(deps, ref)
  expect(await renderMessage(deps, asking)).toBeUndefined()
  const renewed = await newestTo(to)
  expect((await renderMessage(deps, renewed))?.url).not.toBe(url)
  await cancelInvoice(deps, ref)
  expect(await renderMessage(deps, renewed)).toBeUndefined()
  const cancelled = await renderMessage(deps, await newestTo(to))
  expect(cancelled).toMatchObject({ subject: 'Cancelled: invoice INV-1 from Tea House' })
  expect(cancelled?.text).not.toContain('https://')
})
