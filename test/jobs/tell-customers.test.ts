import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createCheckout } from '../../src/checkouts/create.ts'
import { checkoutUrl } from '../../src/checkouts/link.ts'
import { payCheckout } from '../../src/checkouts/pay.ts'
import { startTellingCustomers } from '../../src/jobs/tell-customers.ts'
import { createMailer } from '../../src/notify/smtp.ts'
import { startMailWorker } from '../../src/notify/worker.ts'
import { renderMessage } from '../../src/pages/message-text.ts'
import { sessionIdOf } from '../../src/payments/session-id.ts'
import { makeTold, newCustomer } from '../checkouts/customers.ts'
import { openCheckoutWorld } from '../checkouts/setup.ts'
import { startFlorin } from '../helpers/florin.ts'
import { enterCard } from '../helpers/gateway.ts'
import { serveSmtp } from '../notify/smtp-server.ts'

test('a running server tells customers, and the sandbox shows what', async () => {
  const { app, url, sandbox, addMember } = await startFlorin()
  const { id: merchantId } = await addMember('Tea House')
  const { phone, email, details } = newCustomer()
  const pgCode = 'sandbox-usd'
  const checkout = await createCheckout(app.deps, {
    ...{ merchantId, initiator: null, isShort: false, uniqueOrderNo: false },
    terms: {
      ...{ type: 'e_commerce', paymentType: 'one_off', orderNo: 'A-1', pgCodes: [pgCode], customerId: null },
      ...{ language: 'en', redirectUrl: null, webhookUrl: null, lifeMs: 60_000, dueAt: null, details },
      ...{ amount: 10_000n, currency: 'USD' },
    },
  })
  const instrument = { card: enterCard() }
  const form = { pgCode, tryId: randomUUID(), instrument, keepsCard: false, referencePrefix: 'FL' }
  await payCheckout(app.deps, { checkoutId: checkout.id, ...form })
  const shown = async (to: string) => (await sandbox('GET', `/sandbox/messages?to=${encodeURIComponent(to)}`)).body
  await vi.waitFor(async () => expect(await shown(email)).toHaveLength(2), { timeout: 10_000 })
  const kind = 'payment'
  const paid = 'Tea House has received 100.00 USD, order A-1. Thank you.'
  const link = checkoutUrl(url, sessionIdOf(app.deps.codes, checkout.id))
  const asked = { text: expect.stringContaining('Tea House asks you to pay 100.00 USD, order A-1'), url: link }
  expect(await shown(email)).toMatchObject([
    { channel: 'email', kind, text: `${paid}\n` },
    { channel: 'email', kind, ...asked },
  ])
  expect(await shown(phone)).toMatchObject([
    { channel: 'whatsapp', kind, text: `${paid}\n` },
    { channel: 'sms', kind, text: paid },
    { channel: 'whatsapp', kind, ...asked },
    { channel: 'sms', kind, ...asked },
  ])
})

test('what is told by e-mail is mailed', async () => {
  const world = await openCheckoutWorld()
  const { pool, log, deps } = world
  const smtp = await serveSmtp()
  const mailer = createMailer({ url: smtp.url, from: 'Florin <no-reply@florin.test>' })
  const rendering = { ...deps, baseUrl: () => 'https://pay.example' }
  const workers = [
    startTellingCustomers({ pool, log }, 20),
    startMailWorker({
      pool,
      mailer,
      log,
      intervalMs: 20,
      renderMessage: (message) => renderMessage(rendering, message),
    }),
  ]
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    mailer.close()
  })
  const { customer } = await makeTold(world, { language: 'ar', orderNo: '100-5' })
  await vi.waitFor(() => expect(smtp.mails).toHaveLength(1), { timeout: 10_000 })
  expect(smtp.mails[0]?.to).toBe(customer.email)
  expect(smtp.mails[0]?.text).toMatch(/^Subject: =\?UTF-8\?/m)
})
