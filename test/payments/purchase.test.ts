import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import type { SpendingLimits } from '../../src/issuing/card.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import {
  advanceClock,
  authorize,
  bindCard,
  buy,
  changeStatus,
  expectBalancedBooks,
  fundsOf,
  issueBoundCard,
  letExpire,
  newestCode,
  type Order,
  openIssuing,
  owedTo,
  statementOf,
  verifyOrder,
} from '../helpers/seed.ts'

const issuing = await openIssuing()

test('a purchase holds the money and shows as a pending charge', async () => {
  const holder = await issueBoundCard(issuing, { balance: '150.00' })
  const owedBefore = await owedTo(issuing, issuing.merchantId)
  const payment = await authorize(issuing, holder, { amount: '100.00' })
  expect(payment).toMatchObject({ state: 'authorized', authorized: 10_000n, currency: 'USD' })
  expect(payment.refId).toMatch(/^CT[A-Z0-9]{8}$/)
  expect(payment.expiresAt.getTime() - payment.createdAt.getTime()).toBe(7 * 24 * 60 * 60_000)
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 15_000n, held: 10_000n })
  expect(await owedTo(issuing, issuing.merchantId)).toBe(owedBefore)
  expect(await statementOf(issuing, holder)).toMatchObject([
    {
      status: 'pending',
      intent: 'charge',
      entryType: 'CREDIT',
      amount: 10_000n,
      refId: payment.refId,
      cardId: holder.card.id,
      postedAt: null,
      authDetails: { currency: 'USD', amount: '10000', responseCode: '00' },
      merchant: { name: 'Tea House', mcc: '5812' },
    },
  ])
  await expectBalancedBooks(issuing)
})

describe('a code is for exactly one purchase: it is refused, held is nothing,', () => {
  test('without verifying, and a second time', async () => {
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    const order = { token: holder.token, amount: '10.00' }
    await expect(buy(issuing, { ...order, code: '000000' })).rejects.toMatchObject({ code: 'otp_required' })
    await verifyOrder(issuing, order)
    const code = await newestCode(issuing, holder)
    await buy(issuing, { ...order, code })
    await expect(buy(issuing, { ...order, code })).rejects.toMatchObject({ code: 'otp_required' })
    expect(await fundsOf(issuing, holder)).toMatchObject({ held: 1_000n })
    expect(await statementOf(issuing, holder)).toHaveLength(1)
  })

  test.each<Partial<Order>>([{ amount: '100.01' }, { currency: 'HKD' }, { description: 'order #123' }])(
    'with other parameters: %j',
    async (change) => {
      const holder = await issueBoundCard(issuing, { balance: '200.00' })
      await verifyOrder(issuing, { token: holder.token })
      const code = await newestCode(issuing, holder)
      for (let tries = 0; tries < 4; tries++) {
        await expect(buy(issuing, { token: holder.token, ...change, code })).rejects.toMatchObject({
          code: 'otp_mismatch',
        })
      }
      expect(await fundsOf(issuing, holder)).toMatchObject({ held: 0n })
      await expect(buy(issuing, { token: holder.token, code })).resolves.toMatchObject({ state: 'authorized' })
    },
  )

  test('with the code of another card', async () => {
    const [one, other] = [await issueBoundCard(issuing), await issueBoundCard(issuing, { balance: '100.00' })]
    await verifyOrder(issuing, one)
    await verifyOrder(issuing, other)
    const code = await newestCode(issuing, one)
    await expect(buy(issuing, { token: other.token, code })).rejects.toMatchObject({ code: 'otp_wrong' })
    expect(await fundsOf(issuing, other)).toMatchObject({ held: 0n })
  })
})

test('of two purchases at once with one code exactly one holds money', async () => {
  const holder = await issueBoundCard(issuing, { balance: '1000.00' })
  await verifyOrder(issuing, holder)
  const order = { token: holder.token, code: await newestCode(issuing, holder) }
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => buy(issuing, order)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await fundsOf(issuing, holder)).toMatchObject({ held: 10_000n })
})

test('all that is available can be held, and not a cent more: that leaves a declined row and nothing else', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const tooMuch = authorize(issuing, holder, { amount: '100.01' })
  await expect(tooMuch).rejects.toMatchObject({ code: 'insufficient_funds' })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 0n })
  expect(await statementOf(issuing, holder)).toMatchObject([
    { status: 'declined', amount: 10_001n, postedAt: null, authDetails: { responseCode: '51' } },
  ])
  await authorize(issuing, holder, { amount: '100.00' })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 10_000n })
  await expect(authorize(issuing, holder, { amount: '0.01' })).rejects.toMatchObject({ code: 'insufficient_funds' })
})

test('of two merchants that charge more together than there is one succeeds', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const other = { ...holder, token: await bindCard(issuing, holder, issuing.otherMerchantId) }
  await verifyOrder(issuing, { token: holder.token, amount: '60.00' })
  const code = await newestCode(issuing, holder)
  await verifyOrder(issuing, { token: other.token, amount: '60.00', by: issuing.otherMerchantId })
  const otherCode = await newestCode(issuing, holder)
  const results = await Promise.allSettled([
    buy(issuing, { token: holder.token, amount: '60.00', code }),
    buy(issuing, { token: other.token, amount: '60.00', by: issuing.otherMerchantId, code: otherCode }),
  ])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await fundsOf(issuing, holder)).toMatchObject({ held: 6_000n })
})

describe('a card is declined', () => {
  test.each(['lock', 'suspend', 'cancel'] as const)('after %s', async (change) => {
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    await verifyOrder(issuing, holder)
    await changeStatus(issuing, change, holder)
    const order = { token: holder.token, code: await newestCode(issuing, holder) }
    await expect(buy(issuing, order)).rejects.toMatchObject({ code: 'card_not_active' })
    expect(await statementOf(issuing, holder)).toMatchObject([{ status: 'declined' }])
  })

  test('when its month is over', async () => {
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    await verifyOrder(issuing, holder)
    await letExpire(issuing, holder)
    const order = { token: holder.token, code: await newestCode(issuing, holder) }
    await expect(buy(issuing, order)).rejects.toMatchObject({ code: 'card_expired' })
  })

  test.each<Partial<SpendingLimits>>([
    { singleTransactionLimit: 9_999n },
    { dailyLimit: 9_999n },
    { dailyPurchaseLimit: 9_999n },
    { cardNotPresentLimit: 9_999n },
    { cardLimit: 9_999n },
  ])('beyond its limits', async (limits) => {
    const holder = await issueBoundCard(issuing, { balance: '500.00', limits })
    await expect(authorize(issuing, holder)).rejects.toMatchObject({ code: 'limit_exceeded' satisfies ErrorCode })
    await expect(authorize(issuing, holder, { amount: '99.99' })).resolves.toMatchObject({ state: 'authorized' })
  })
})

test('a daily limit counts what the day took, not what went back, and starts again with the next day', async () => {
  const holder = await issueBoundCard(issuing, { balance: '1000.00', limits: { dailyLimit: 10_000n } })
  const payment = await authorize(issuing, holder, { amount: '80.00' })
  await expect(authorize(issuing, holder, { amount: '30.00' })).rejects.toMatchObject({ code: 'limit_exceeded' })
  const { merchantId } = issuing
  await capturePayment(issuing.deps, { merchantId, paymentId: payment.id, amount: '60.00', keys: [] })
  await authorize(issuing, holder, { amount: '40.00' })
  await expect(authorize(issuing, holder, { amount: '0.01' })).rejects.toMatchObject({ code: 'limit_exceeded' })
  await advanceClock(issuing, 24 * 60 * 60)
  await expect(authorize(issuing, holder, { amount: '100.00' })).resolves.toMatchObject({ state: 'authorized' })
})

describe('in another currency than the card’s', () => {
  test('the hold is converted at the configured rate, to the nearest minor unit', async () => {
    const holder = await issueBoundCard(issuing, { currency: 'HKD', balance: '1000.00' })
    const payment = await authorize(issuing, holder, { amount: '10.01', currency: 'USD' })
    expect(payment).toMatchObject({
      authorized: 1_001n,
      currency: 'USD',
      payerCurrency: 'HKD',
      payerAuthorized: 7_808n,
    })
    expect(await fundsOf(issuing, holder)).toEqual({ balance: 100_000n, held: 7_808n })
    expect(await statementOf(issuing, holder)).toMatchObject([
      { amount: 7_808n, authDetails: { currency: 'USD', amount: '1001' } },
    ])
    await expectBalancedBooks(issuing)
  })

  test('what would round to nothing costs one minor unit', async () => {
    const holder = await issueBoundCard(issuing, { balance: '1.00' })
    const payment = await authorize(issuing, holder, { amount: '0.01', currency: 'HKD' })
    expect(payment.payerAuthorized).toBe(1n)
  })

  test('without a rate it is declined and nothing is held', async () => {
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    const order = { token: holder.token, currency: 'JPY', amount: '100', code: '000000' }
    await expect(buy(issuing, order)).rejects.toMatchObject({ code: 'currency_not_supported' })
    expect(await fundsOf(issuing, holder)).toMatchObject({ held: 0n })
  })
})
