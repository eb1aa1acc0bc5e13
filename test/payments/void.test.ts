import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { getPayment } from '../../src/payments/find.ts'
import { expirePayment, voidPayment } from '../../src/payments/void.ts'
import {
  authorize,
  expectBalancedBooks,
  fundsOf,
  issueBoundCard,
  openIssuing,
  owedTo,
  statementOf,
} from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, merchantId, otherMerchantId } = issuing

const release = (paymentId: string, by = merchantId) => voidPayment(deps, { merchantId: by, paymentId, keys: [] })

test('a release gives the whole hold back and counts it against no limit', async () => {
  const holder = await issueBoundCard(issuing, {
    balance: '100.00',
    limits: { dailyLimit: 10_000n, cardLimit: 10_000n },
  })
  const { id } = await authorize(issuing, holder)
  expect((await release(id)).payment).toMatchObject({ id, state: 'voided', bindingToken: holder.token })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 0n })
  expect(await statementOf(issuing, holder)).toMatchObject([{ status: 'void', postedAt: null }])
  await expect(authorize(issuing, holder)).resolves.toMatchObject({ state: 'authorized' })
  expect(await owedTo(issuing, merchantId)).toBe(0n)
  await expectBalancedBooks(issuing)
})

test('a release between two currencies frees both sides', async () => {
  const holder = await issueBoundCard(issuing, { currency: 'HKD', balance: '100.00' })
  const { id } = await authorize(issuing, holder, { amount: '10.01' })
  await release(id)
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 0n })
  const { rows } = await issuing.pool.query('select kind from accounts where currency = $1 and credits_pending > 0', [
    'HKD',
  ])
  expect(rows).toEqual([])
  await expectBalancedBooks(issuing)
})

test("another merchant's payment and an unknown one are not found", async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const { id } = await authorize(issuing, holder)
  await expect(release(id, otherMerchantId)).rejects.toMatchObject({ code: 'payment_not_found' })
  await expect(release(newId())).rejects.toMatchObject({ code: 'payment_not_found' })
  expect(await getPayment(deps, merchantId, id)).toMatchObject({ state: 'authorized' })
})

test('an authorization whose time is not over is left alone', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const payment = await authorize(issuing, holder)
  await expirePayment(deps, payment)
  expect(await getPayment(deps, merchantId, payment.id)).toEqual(payment)
})
