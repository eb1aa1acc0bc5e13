import { expect, test } from 'vitest'
import type { KeyClaim } from '../../src/idempotency/keyed.ts'
import { parseAmount } from '../../src/money.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { voidPayment } from '../../src/payments/void.ts'
import {
  authorize,
  type CardPlan,
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

const refund = (
  paymentId: string,
  amount: string,
  { currency = 'USD', by = merchantId, keys = [] as KeyClaim[] } = {},
) =>
  refundPayment(deps, {
    merchantId: by,
    paymentId,
    amount: parseAmount(amount, currency),
    description: 'Item X',
    reason: 'Customer requested',
    keys,
  })

interface Captured {
  readonly holder: FundedCard
  readonly id: string
}

async function charge(
  captured = '100.00',
  { authorized = captured, ...plan }: CardPlan & { authorized?: string } = {},
) {
  const holder = await issueBoundCard(issuing, { balance: '1000.00', ...plan })
  const { id } = await authorize(issuing, holder, { amount: authorized })
  await capturePayment(deps, { merchantId, paymentId: id, amount: captured, keys: [] })
  return { holder, id } satisfies Captured
}

test('a full refund ends the payment', async () => {
  const { holder, id } = await charge()
  const owed = await owedTo(issuing, merchantId)
  const { payment, operation: made } = await refund(id, '100.00')
  expect(payment).toMatchObject({ id, state: 'refunded', refunded: 10_000n })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 100_000n, held: 0n })
  expect(await owedTo(issuing, merchantId)).toBe(owed - 10_000n)
  expect(await statementOf(issuing, holder)).toMatchObject([
    { status: 'posted', intent: 'charge' },
    { id: made.id, status: 'posted', intent: 'refund', entryType: 'DEBIT', amount: 10_000n, paymentId: id },
  ])
  await expect(refund(id, '0.01')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expectBalancedBooks(issuing)
})

test.each([
  ['30.00', '30.00', '40.00'],
  ['33.33', '33.33', '33.34'],
])('refunds of %s, %s and %s are three refunds, and the last one ends the payment', async (...amounts) => {
  const { holder, id } = await charge()
  const made = []
  for (const amount of amounts) made.push(await refund(id, amount))
  expect(made.map(({ payment }) => payment.state)).toEqual(['captured', 'captured', 'refunded'])
  expect(new Set(made.map((one) => one.operation.id)).size).toBe(3)
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 100_000n })
})

test('more than what is left is refused and changes nothing', async () => {
  const { holder, id } = await charge()
  await refund(id, '30.00')
  await expect(refund(id, '70.01')).rejects.toMatchObject({ code: 'amount_too_large' })
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 93_000n })
  expect((await refund(id, '70.00')).payment.state).toBe('refunded')
})

test('what was authorised and not captured cannot be refunded', async () => {
  const { id } = await charge('60.00', { authorized: '100.00' })
  await expect(refund(id, '70.00')).rejects.toMatchObject({ code: 'amount_too_large' })
})

test('only captured payments are refunded', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const { id } = await authorize(issuing, holder)
  await expect(refund(id, '1.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await voidPayment(deps, { merchantId, paymentId: id, keys: [] })
  await expect(refund(id, '1.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
})

test('another currency is refused, another merchant finds nothing', async () => {
  const { id } = await charge()
  await expect(refund(id, '1.00', { currency: 'HKD' })).rejects.toMatchObject({ code: 'currency_mismatch' })
  await expect(refund(id, '1.00', { by: otherMerchantId })).rejects.toMatchObject({ code: 'payment_not_found' })
})

test('of two refunds at once that are too much together one succeeds', async () => {
  const { holder, id } = await charge()
  const results = await Promise.allSettled([refund(id, '60.00'), refund(id, '60.00')])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 96_000n })
})

test('copies of a refund under one key are one refund', async () => {
  const { holder, id } = await charge()
  const keys = [{ scope: 'refund', key: 'r-1', fingerprint: Buffer.alloc(32, 7) }]
  const made = await Promise.all(Array.from({ length: 5 }, () => refund(id, '20.00', { keys })))
  expect(new Set(made.map((one) => one.operation.id)).size).toBe(1)
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 92_000n })
})

test.each(['lock', 'cancel'] as const)('money comes back although the card saw a %s', async (change) => {
  const { holder, id } = await charge()
  await changeStatus(issuing, change, holder)
  expect((await refund(id, '100.00')).payment.state).toBe('refunded')
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 100_000n })
})

test('between two currencies parts bring back exactly what was paid, at the rate of the authorization', async () => {
  const { holder, id } = await charge('10.01', { currency: 'HKD' })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 92_192n, held: 0n })
  const parts = ['0.01', '3.33', '3.33', '3.33', '0.01']
  const made = []
  for (const part of parts) made.push(await refund(id, part))
  const { rows } = await issuing.pool.query(
    'select sum(payer_amount)::bigint as total from refunds where payment_id = $1',
    [id],
  )
  expect(rows).toEqual([{ total: 7_808n }])
  expect(made.at(-1)?.payment).toMatchObject({ state: 'refunded', payerRefunded: 7_808n })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 100_000n, held: 0n })
  await expectBalancedBooks(issuing)
})

test('a refund whose share rounds to nothing moves nothing for the payer and still adds up', async () => {
  const { holder, id } = await charge('0.03', { balance: '1.00' })
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 97n })
  for (let i = 0; i < 3; i++) await refund(id, '0.01')
  expect(await fundsOf(issuing, holder)).toMatchObject({ balance: 100n })
})
