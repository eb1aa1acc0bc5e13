import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { cancelInvoice, regenerateInvoice } from '../../src/invoices/change.ts'
import { generateInvoice } from '../../src/invoices/generate.ts'
import { type Guard, invoiceGuard, orderGuard } from '../../src/invoices/guard.ts'
import { parseAmount } from '../../src/money.ts'
import { holdClaim, needClaim } from '../../src/payments/claim.ts'
import { advanceClock, openIssuing } from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, merchantId } = issuing

const generate = async () => {
  const { invoice } = await generateInvoice(deps, {
    merchantId,
    merchantInvoiceId: `INV-${newId()}`,
    amount: parseAmount('1.00', 'EUR'),
    redirectUrl: 'https://shop.example/return',
    lifeHours: 1,
    keys: [],
  })
  return { ...invoice, change: { merchantId, ref: { number: invoice.number }, keys: [] } }
}

/** A payment that does nothing else. */
const pay = ({ needs, check }: Guard) => deps.lane.run({ name: 'pay', needs, decide: (books) => check(books) })

test('an invoice can be paid through its own link while it is neither cancelled nor over', async () => {
  const invoice = await generate()
  await expect(pay(invoiceGuard(deps, invoice))).resolves.toBeUndefined()
  const renewed = await regenerateInvoice(deps, invoice.change)
  await expect(pay(invoiceGuard(deps, invoice))).rejects.toMatchObject({ code: 'invoice_state_invalid' })
  await expect(pay(invoiceGuard(deps, renewed))).resolves.toBeUndefined()
  await advanceClock(issuing, 3600)
  await expect(pay(invoiceGuard(deps, renewed))).rejects.toMatchObject({ code: 'invoice_expired' })
  await cancelInvoice(deps, invoice.change)
  await expect(pay(invoiceGuard(deps, renewed))).rejects.toMatchObject({ code: 'invoice_state_invalid' })
})

test('of a cancellation and a payment at once, only one finds the invoice open', async () => {
  for (let i = 0; i < 10; i++) {
    const invoice = await generate()
    const guard = invoiceGuard(deps, invoice)
    const claiming = deps.lane.run({
      name: 'pay',
      needs: [...guard.needs, needClaim(invoice.id)],
      decide: (books) => {
        guard.check(books)
        holdClaim(books, invoice.id, { paymentId: newId() })
      },
    })
    const results = await Promise.allSettled(
      i % 2 ? [claiming, cancelInvoice(deps, invoice.change)] : [cancelInvoice(deps, invoice.change), claiming],
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  }
})

test('nobody tries card after card on one page', async () => {
  const settings = { ...deps.settings, velocity: { ...deps.settings.velocity, triesPerPage: 3 } }
  const [invoice, other] = [await generate(), await generate()]
  for (const guard of [invoiceGuard({ settings }, invoice), orderGuard({ settings }, newId())]) {
    for (let tries = 0; tries < 3; tries++) await pay(guard)
    await expect(pay(guard)).rejects.toMatchObject({ code: 'velocity_exceeded' })
  }
  await expect(pay(invoiceGuard({ settings }, other))).resolves.toBeUndefined()
})
