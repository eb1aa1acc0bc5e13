import { expect, test } from 'vitest'
import type { KeyClaim } from '../../src/idempotency/keyed.ts'
import { newId } from '../../src/ids.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { getPayment } from '../../src/payments/find.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { expirePayment, voidPayment } from '../../src/payments/void.ts'
import {
  advanceClock,
  authorize,
  changeStatus,
  expectBalancedBooks,
  type FundedCard,
  fundsOf,
  issueBoundCard,
  openIssuing,
  owedTo,
  statementOf,
} from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, merchantId, otherMerchantId } = issuing

const capture = (paymentId: string, amount: string, { by = merchantId, keys = [] as KeyClaim[] } = {}) =>
  capturePayment(deps, { merchantId: by, paymentId, amount, decimalsMax: 2, keys })

const release = (paymentId: string) => voidPayment(deps, { merchantId, paymentId, keys: [] })

async function hold(amount = '100.00'): Promise<{ holder: FundedCard; id: string }> {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  return { holder, id: (await authorize(issuing, holder, { amount })).id }
}

test('a full capture brings the merchant exactly what was held', async () => {
  const { holder, id } = await hold()
  const owed = await owedTo(issuing, merchantId)
  const { payment, operation } = await capture(id, '100')
  expect(payment).toMatchObject({ id, state: 'captured', captured: 10_000n })
  expect(await owedTo(issuing, merchantId)).toBe(owed + 10_000n)
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 0n, held: 0n })
  expect(await statementOf(issuing, holder)).toMatchObject([
    { status: 'posted', amount: 10_000n, grossAmount: 10_000n, postedAt: operation.settledAt, refId: payment.refId },
  ])
  await expectBalancedBooks(issuing)
})

test('what a partial capture leaves is available at once', async () => {
  const { holder, id } = await hold()
  const owed = await owedTo(issuing, merchantId)
  await capture(id, '60.00')
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 4_000n, held: 0n })
  expect(await owedTo(issuing, merchantId)).toBe(owed + 6_000n)
  expect(await statementOf(issuing, holder)).toMatchObject([{ status: 'posted', amount: 6_000n }])
})

test.each(['0', '-1', '0.001', '1e21', 'ten', '99.995'])(
  'an amount of %s is refused and the hold stays',
  async (amount) => {
    const { holder, id } = await hold()
    await expect(capture(id, amount)).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await fundsOf(issuing, holder)).toMatchObject({ held: 10_000n })
  },
)

test('a cent more than authorised is refused and can be tried again with less', async () => {
  const { id } = await hold()
  await expect(capture(id, '100.01')).rejects.toMatchObject({ code: 'amount_too_large' })
  await expect(capture(id, '1e2')).resolves.toMatchObject({ payment: { state: 'captured' } })
})

test('what is captured cannot be captured or released, what is released neither', async () => {
  const captured = await hold()
  await capture(captured.id, '60.00')
  await expect(capture(captured.id, '60.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expect(capture(captured.id, '40.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expect(release(captured.id)).rejects.toMatchObject({ code: 'payment_state_invalid' })
  const released = await hold()
  await release(released.id)
  await expect(capture(released.id, '1.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expect(release(released.id)).rejects.toMatchObject({ code: 'payment_state_invalid' })
})

test("another merchant's payment, an unknown one and a refund's id are not found", async () => {
  const { id } = await hold()
  await expect(capture(id, '1.00', { by: otherMerchantId })).rejects.toMatchObject({ code: 'payment_not_found' })
  await expect(capture(newId(), '1.00')).rejects.toMatchObject({ code: 'payment_not_found' })
  await capture(id, '100.00')
  const amount = { amount: 100n, currency: 'USD' }
  const why = { description: 'Item X', reason: 'Broken' }
  const { operation } = await refundPayment(deps, { merchantId, paymentId: id, amount, ...why, keys: [] })
  await expect(capture(operation.id, '1.00')).rejects.toMatchObject({ code: 'payment_not_found' })
})

test('twenty captures at once: one wins', async () => {
  const { holder, id } = await hold()
  const owed = await owedTo(issuing, merchantId)
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => capture(id, '50.00')))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await owedTo(issuing, merchantId)).toBe(owed + 5_000n)
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 5_000n, held: 0n })
})

test('of a capture and a release at once exactly one wins, and the ledger agrees', async () => {
  for (let round = 0; round < 5; round++) {
    const { holder, id } = await hold()
    const steps = [capture(id, '100.00'), release(id)]
    const results = await Promise.allSettled(round % 2 === 0 ? steps : steps.reverse())
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const { state } = await getPayment(deps, merchantId, id)
    expect(await fundsOf(issuing, holder)).toEqual({ balance: state === 'captured' ? 0n : 10_000n, held: 0n })
  }
  await expectBalancedBooks(issuing)
})

test('money that is held can be captured although the card was cancelled since', async () => {
  const { holder, id } = await hold()
  await changeStatus(issuing, 'cancel', holder)
  await expect(capture(id, '100.00')).resolves.toMatchObject({ payment: { state: 'captured' } })
})

test('a capture just before the authorization ends works, one after it finds it void and the money free', async () => {
  const WEEK = 7 * 24 * 60 * 60
  const early = await hold()
  await advanceClock(issuing, WEEK - 3)
  await expect(capture(early.id, '100.00')).resolves.toBeDefined()
  const late = await hold()
  await advanceClock(issuing, WEEK)
  expect(await getPayment(deps, merchantId, late.id)).toMatchObject({ state: 'voided' })
  await expect(capture(late.id, '100.00')).rejects.toMatchObject({ code: 'authorization_expired' })
  expect(await fundsOf(issuing, late.holder)).toEqual({ balance: 10_000n, held: 0n })
  expect(await statementOf(issuing, late.holder)).toMatchObject([{ status: 'void' }])
  await expect(capture(late.id, '100.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expect(release(late.id)).rejects.toMatchObject({ code: 'payment_state_invalid' })
})

test('an expiry and captures at once after the end come to one end: void', async () => {
  const { holder, id } = await hold()
  const payment = await getPayment(deps, merchantId, id)
  await advanceClock(issuing, 7 * 24 * 60 * 60)
  const results = await Promise.allSettled([
    capture(id, '100.00'),
    expirePayment(deps, payment),
    expirePayment(deps, payment),
    release(id),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected'])
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 0n })
  await expectBalancedBooks(issuing)
})

test('a capture with the same key again, also at the same time, is the same capture', async () => {
  const { id } = await hold()
  const keys = [{ scope: 'capture', key: id, fingerprint: Buffer.alloc(32, 1) }]
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => capture(id, '60.00', { keys })))
  for (const other of others) expect(other).toEqual(first)
  expect(await capture(id, '60.00', { keys })).toEqual(first)
})

test('a capture in another currency takes its share at the rate of the authorization', async () => {
  const holder = await issueBoundCard(issuing, { currency: 'HKD', balance: '1000.00' })
  const { id } = await authorize(issuing, holder, { amount: '10.01', currency: 'USD' })
  const { payment } = await capture(id, '3.33')
  expect(payment).toMatchObject({ captured: 333n, payerCaptured: 2_597n })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 97_403n, held: 0n })
  await expectBalancedBooks(issuing)
})
