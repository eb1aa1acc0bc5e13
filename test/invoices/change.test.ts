import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { cancelInvoice, regenerateInvoice, remindOfInvoice } from '../../src/invoices/change.ts'
import { findInvoice, findInvoiceByLink } from '../../src/invoices/find.ts'
import { generateInvoice } from '../../src/invoices/generate.ts'
import type { InvoiceView } from '../../src/invoices/invoice.ts'
import { lettersOf } from '../../src/invoices/link.ts'
import { parseAmount } from '../../src/money.ts'
import { listMessages } from '../../src/pages/queries.ts'
import { advanceClock, openIssuing } from '../helpers/seed.ts'
import { setClaim } from './setup.ts'

const issuing = await openIssuing()
const { deps, merchantId, otherMerchantId, pool } = issuing

async function generate({ lifeHours }: { lifeHours?: number } = {}): Promise<InvoiceView & { to: string }> {
  const to = `${newId()}@example.com`
  const { invoice } = await generateInvoice(deps, {
    merchantId,
    merchantInvoiceId: `INV-${newId()}`,
    amount: parseAmount('125.00', 'EUR'),
    customerEmail: to,
    redirectUrl: 'https://shop.example/return',
    ...(lifeHours !== undefined && { lifeHours }),
    keys: [],
  })
  return { ...invoice, to }
}

const change = ({ number }: Pick<InvoiceView, 'number'>, by = merchantId) => ({
  merchantId: by,
  ref: { number },
  keys: [],
})

const byLink = ({ number, linkId }: InvoiceView) =>
  findInvoiceByLink(deps, { number: String(number), letters: lettersOf(deps.codes, linkId) })

const kindsTo = async (to: string) => (await listMessages(pool, to, 10)).map(({ kind }) => kind)

test('regenerating kills the old link and opens a new one for a new life', async () => {
  const before = await generate({ lifeHours: 2 })
  await advanceClock(issuing, 3600)
  const after = await regenerateInvoice(deps, { ...change(before), redirectUrl: 'https://shop.example/other' })
  expect(after).toMatchObject({ id: before.id, number: before.number, redirectUrl: 'https://shop.example/other' })
  expect(after.expiresAt.getTime()).toBeGreaterThan(before.expiresAt.getTime() + 3_500_000)
  expect(await byLink(before)).toBeUndefined()
  expect(await byLink(after)).toEqual(after)
  expect(await kindsTo(before.to)).toEqual(['invoice', 'invoice'])
})

test('an expired invoice reads as expired by the clock, and is alive again when it is regenerated', async () => {
  const invoice = await generate({ lifeHours: 1 })
  await advanceClock(issuing, 3598)
  expect(await byLink(invoice)).toMatchObject({ state: 'mailsent' })
  await advanceClock(issuing, 2)
  expect(await byLink(invoice)).toMatchObject({ state: 'expired' })
  await expect(remindOfInvoice(deps, change(invoice))).rejects.toMatchObject({ code: 'invoice_expired' })
  const again = await regenerateInvoice(deps, { ...change(invoice), lifeHours: 24 })
  expect(again).toMatchObject({ state: 'mailsent', lifeHours: 24 })
})

test('a reminder brings the same link, and only so many of them', async () => {
  const careful = {
    ...deps,
    settings: { ...deps.settings, velocity: { ...deps.settings.velocity, remindersPerInvoice: 2 } },
  }
  const invoice = await generate()
  await remindOfInvoice(careful, change(invoice))
  await remindOfInvoice(careful, change(invoice))
  await expect(remindOfInvoice(careful, change(invoice))).rejects.toMatchObject({ code: 'velocity_exceeded' })
  const messages = await listMessages(pool, invoice.to, 10)
  expect(messages.map(({ kind }) => kind)).toEqual(['invoice-reminder', 'invoice-reminder', 'invoice'])
  expect(new Set(messages.map(({ linkId }) => linkId))).toEqual(new Set([invoice.linkId]))
})

test('a cancelled invoice can be cancelled again, and nothing else', async () => {
  const invoice = await generate()
  expect(await cancelInvoice(deps, change(invoice))).toMatchObject({ state: 'cancelled' })
  expect(await cancelInvoice(deps, change(invoice))).toMatchObject({ state: 'cancelled' })
  for (const verb of [remindOfInvoice, regenerateInvoice])
    await expect(verb(deps, change(invoice))).rejects.toMatchObject({ code: 'invoice_state_invalid' })
  expect(await kindsTo(invoice.to)).toEqual(['invoice-cancelled', 'invoice'])
  expect(await byLink(invoice)).toMatchObject({ state: 'cancelled' })
})

test('a paid invoice is processed and stays so, whatever its merchant or the clock does', async () => {
  const invoice = await generate({ lifeHours: 1 })
  await setClaim(issuing, invoice.id, { state: 'paid', paymentId: newId() })
  for (const verb of [cancelInvoice, remindOfInvoice, regenerateInvoice])
    await expect(verb(deps, change(invoice))).rejects.toMatchObject({ code: 'invoice_paid' })
  await advanceClock(issuing, 7200)
  expect(await byLink(invoice)).toMatchObject({ state: 'processed', isHeld: false })
  expect(await kindsTo(invoice.to)).toEqual(['invoice'])
})

test('while a payment is under way an invoice cannot be cancelled, and says so', async () => {
  const invoice = await generate()
  const paymentId = newId()
  await setClaim(issuing, invoice.id, { state: 'held', paymentId })
  await expect(cancelInvoice(deps, change(invoice))).rejects.toMatchObject({ code: 'invoice_state_invalid' })
  expect(await byLink(invoice)).toMatchObject({ state: 'mailsent', isHeld: true })
  await setClaim(issuing, invoice.id, { state: 'free', paymentId })
  expect(await cancelInvoice(deps, change(invoice))).toMatchObject({ state: 'cancelled' })
})

test("another merchant's invoice does not exist", async () => {
  const invoice = await generate()
  const { merchantInvoiceId } = invoice
  for (const verb of [cancelInvoice, remindOfInvoice, regenerateInvoice])
    await expect(
      verb(deps, { merchantId: otherMerchantId, ref: { merchantInvoiceId }, keys: [] }),
    ).rejects.toMatchObject({ code: 'invoice_not_found' })
  expect(await findInvoice(deps, otherMerchantId, { merchantInvoiceId })).toBeUndefined()
})

test('what happened is told once each, also when a key repeats it', async () => {
  const invoice = await generate()
  const keys = [{ scope: 'test', key: newId(), fingerprint: Buffer.alloc(32) }]
  await remindOfInvoice(deps, { ...change(invoice), keys })
  await remindOfInvoice(deps, { ...change(invoice), keys })
  await regenerateInvoice(deps, change(invoice))
  await cancelInvoice(deps, change(invoice))
  await cancelInvoice(deps, change(invoice))
  const { rows } = await pool.query('select type, owner_id from events where subject_id = $1 order by id', [invoice.id])
  expect(rows.map(({ type }) => type)).toEqual([
    'invoice.generated',
    'invoice.reminded',
    'invoice.regenerated',
    'invoice.cancelled',
  ])
  expect(rows.every(({ owner_id }) => owner_id === merchantId)).toBe(true)
})
