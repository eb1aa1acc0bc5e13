// Captures in parts, on a card that we issued: each leaves the rest held, and nothing is lost however it goes on.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capturePayment } from '../../src/payments/capture.ts'
import type { Payment } from '../../src/payments/payment.ts'
import { findPaymentRef } from '../../src/payments/queries.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { expirePayment, voidPayment } from '../../src/payments/void.ts'
import { verify } from '../../src/verify/verify.ts'
import { addAccount, makeCheckout, openCheckoutWorld, ourCard, pay } from '../checkouts/setup.ts'
import { advanceClock, expectBalancedBooks, type FundedCard, fundsOf, owedTo, statementOf } from '../helpers/seed.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world
for (const currency of ['USD', 'HKD'])
  await addAccount(world, { code: `held-${currency.toLowerCase()}`, connector: 'house', mode: 'authorize', currency })

async function hold({ amount = '100.00', currency = 'USD', cardCurrency = 'USD', balance = '2000.00' } = {}) {
  const { holder, card } = await ourCard(world, { currency: cardCurrency, balance })
  const checkout = await makeCheckout(world, { amount, currency, pgCodes: [`held-${currency.toLowerCase()}`] })
  const { payment } = await pay(world, checkout, { instrument: { card } })
  return { holder, payment }
}

const capture = (paymentId: string, amount: string) =>
  capturePayment(deps, { merchantId, paymentId, amount, keys: [] }).then((step) => step.payment)
const refund = (payment: Payment, amount: bigint) =>
  refundPayment(deps, {
    ...{ merchantId, paymentId: payment.id, description: '', reason: '', keys: [] },
    amount: { amount, currency: payment.currency },
  }).then((step) => step.payment)
async function expire(payment: Payment): Promise<void> {
  const ref = await findPaymentRef(pool, merchantId, payment.id)
  if (!ref) throw new Error('no payment')
  await expirePayment(deps, ref)
}
const available = async (holder: FundedCard) => {
  const { balance, held } = await fundsOf(world, holder)
  return { balance, held }
}

test('a part that is captured leaves the rest held, until the last part takes it', async () => {
  const { holder, payment } = await hold()
  const owed = await owedTo(world, merchantId)
  expect(await capture(payment.id, '40.00')).toMatchObject({
    state: 'authorized',
    authorized: 10_000n,
    captured: 4_000n,
  })
  expect(await available(holder)).toEqual({ balance: 196_000n, held: 6_000n })
  expect(await owedTo(world, merchantId)).toBe(owed + 4_000n)
  expect(await statementOf(world, holder)).toMatchObject([
    { status: 'pending', amount: 6_000n },
    { status: 'posted', amount: 4_000n },
  ])
  expect(await capture(payment.id, '60.00')).toMatchObject({ state: 'captured', captured: 10_000n })
  expect(await available(holder)).toEqual({ balance: 190_000n, held: 0n })
  await expect(capture(payment.id, '0.01')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await expectBalancedBooks(world)
})

test('no more is captured than is still held, and no more refunded than was captured', async () => {
  const { payment } = await hold()
  await expect(refund(payment, 1n)).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await capture(payment.id, '40.00')
  await expect(capture(payment.id, '60.01')).rejects.toMatchObject({ code: 'amount_too_large' })
  await expect(refund(payment, 5_000n)).rejects.toMatchObject({ code: 'amount_too_large' })
  expect(await refund(payment, 4_000n)).toMatchObject({ state: 'authorized', captured: 4_000n, refunded: 4_000n })
  await expect(refund(payment, 1n)).rejects.toMatchObject({ code: 'amount_too_large' })
  expect(await capture(payment.id, '60.00')).toMatchObject({ state: 'captured', refunded: 4_000n })
  expect(await refund(payment, 6_000n)).toMatchObject({ state: 'refunded' })
  await expectBalancedBooks(world)
})

test('what was captured in part can no longer be voided', async () => {
  const { payment } = await hold()
  await capture(payment.id, '0.01')
  await expect(voidPayment(deps, { merchantId, paymentId: payment.id, keys: [] })).rejects.toMatchObject({
    code: 'already_captured',
  })
})

test('when its time is over the rest goes back, and what was captured stays', async () => {
  const { holder, payment } = await hold()
  await capture(payment.id, '40.00')
  await advanceClock(world, 7 * 86_400)
  await expect(capture(payment.id, '1.00')).rejects.toMatchObject({ code: 'authorization_expired' })
  expect(await available(holder)).toEqual({ balance: 196_000n, held: 0n })
  expect(await refund(payment, 4_000n)).toMatchObject({ state: 'refunded', captured: 4_000n })
  expect(await available(holder)).toEqual({ balance: 200_000n, held: 0n })
  await expectBalancedBooks(world)
})

test('parts in another currency add up to what the whole would have cost', async () => {
  const { holder, payment } = await hold({ amount: '33.33', currency: 'USD', cardCurrency: 'HKD' })
  for (const part of ['0.01', '11.11', '0.01', '22.20']) await capture(payment.id, part)
  expect(await available(holder)).toEqual({ balance: 200_000n - 25_997n, held: 0n })
  await expectBalancedBooks(world)
})

const STEPS = fc.array(
  fc.record({ kind: fc.constantFrom('capture', 'refund', 'expire'), cents: fc.bigInt({ min: 1n, max: 6_000n }) }),
  { minLength: 1, maxLength: 8 },
)
const CURRENCIES = fc.constantFrom(['USD', 'USD'], ['USD', 'HKD'], ['HKD', 'USD'])

test('whatever is captured, refunded and left to expire, the books are right', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, CURRENCIES, async (steps, [currency = '', cardCurrency = '']) => {
      const { payment } = await hold({ currency, cardCurrency })
      for (const { kind, cents } of steps) {
        const amount = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
        const step =
          kind === 'capture'
            ? capture(payment.id, amount)
            : kind === 'refund'
              ? refund(payment, cents)
              : expire(payment)
        await step.catch((error: { code?: string }) => {
          if (error.code === undefined) throw error
        })
      }
    }),
    { numRuns: 40 },
  )
  expect((await verify(pool)).checks.filter(({ rows }) => rows.length > 0)).toEqual([])
})
