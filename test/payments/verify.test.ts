import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { listMessages } from '../../src/pages/queries.ts'
import {
  advanceClock,
  bindCard,
  buy,
  changeStatus,
  fundsOf,
  initiate,
  issueBoundCard,
  issueFundedCard,
  letExpire,
  newestCode,
  openIssuing,
  otherThan,
  statementOf,
  verifyOrder,
} from '../helpers/seed.ts'

const issuing = await openIssuing()

test('verifying sends a code to every address and looks at neither funds nor limits', async () => {
  const holder = await issueBoundCard(issuing, { limits: { singleTransactionLimit: 1n } })
  await verifyOrder(issuing, { token: holder.token, amount: '1000000.00' })
  for (const to of [holder.mobile, holder.email]) {
    const [message] = await listMessages(issuing.pool, to, 10)
    expect(message).toMatchObject({ kind: 'purchase-code', merchantName: 'Tea House', last4: holder.card.last4 })
  }
  expect(await statementOf(issuing, holder)).toEqual([])
})

test('of two codes only the newer one works', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const order = { token: holder.token, amount: '10.00' }
  await verifyOrder(issuing, order)
  const older = await newestCode(issuing, holder)
  await verifyOrder(issuing, order)
  const newer = await newestCode(issuing, holder)
  expect(newer).not.toBe(older)
  await expect(buy(issuing, { ...order, code: older })).rejects.toMatchObject({ code: 'otp_wrong' })
  await expect(buy(issuing, { ...order, code: newer })).resolves.toMatchObject({ state: 'authorized' })
})

test('five wrong codes kill the code, and verifying again brings another', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const order = { token: holder.token, amount: '10.00' }
  await verifyOrder(issuing, order)
  const code = await newestCode(issuing, holder)
  for (let tries = 0; tries < 5; tries++) {
    await expect(buy(issuing, { ...order, code: otherThan(code) })).rejects.toMatchObject({ code: 'otp_wrong' })
  }
  await expect(buy(issuing, { ...order, code })).rejects.toMatchObject({ code: 'otp_blocked' })
  await verifyOrder(issuing, order)
  const next = await newestCode(issuing, holder)
  await expect(buy(issuing, { ...order, code: next })).resolves.toMatchObject({ state: 'authorized' })
})

test('a code is good until its life is over and not from then on', async () => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  const order = { token: holder.token, amount: '10.00' }
  await verifyOrder(issuing, order)
  await advanceClock(issuing, 298)
  await buy(issuing, { ...order, code: await newestCode(issuing, holder) })
  await verifyOrder(issuing, order)
  await advanceClock(issuing, 300)
  const code = await newestCode(issuing, holder)
  await expect(buy(issuing, { ...order, code })).rejects.toMatchObject({ code: 'otp_expired' })
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 1_000n })
})

test('a card that is not bound, or bound by another merchant, does not exist', async () => {
  const holder = await issueFundedCard(issuing)
  const foreign = await bindCard(issuing, holder, issuing.otherMerchantId)
  const token = newId()
  await initiate(issuing, { pan: holder.pan, token })
  for (const unknown of [foreign, token, newId(), holder.card.id]) {
    await expect(verifyOrder(issuing, { token: unknown })).rejects.toMatchObject({ code: 'binding_not_found' })
  }
})

test('a card that cannot be charged gets no code', async () => {
  const locked = await issueBoundCard(issuing)
  await changeStatus(issuing, 'lock', locked)
  await expect(verifyOrder(issuing, locked)).rejects.toMatchObject({ code: 'card_not_active' })
  const old = await issueBoundCard(issuing)
  await letExpire(issuing, old)
  await expect(verifyOrder(issuing, old)).rejects.toMatchObject({ code: 'card_expired' })
  const [message] = await listMessages(issuing.pool, locked.mobile, 1)
  expect(message?.kind).toBe('binding-code')
})

test('a currency without a rate to the card is not supported', async () => {
  const { token } = await issueBoundCard(issuing)
  await expect(verifyOrder(issuing, { token, currency: 'JPY', amount: '100' })).rejects.toMatchObject({
    code: 'currency_not_supported',
  })
})

test('a card gets no more codes a day than allowed, and a code that was sent stays good', async () => {
  const velocity = { ...issuing.deps.settings.velocity, purchaseCodesPerCard: 2 }
  const careful = await openIssuing({ settings: { velocity } })
  const holder = await issueBoundCard(careful, { balance: '100.00' })
  const order = { token: holder.token, amount: '10.00' }
  await verifyOrder(careful, order)
  await verifyOrder(careful, order)
  const code = await newestCode(careful, holder)
  await expect(verifyOrder(careful, order)).rejects.toMatchObject({
    code: 'velocity_exceeded',
    details: { retryAfterSeconds: expect.any(Number) },
  })
  expect(await newestCode(careful, holder)).toBe(code)
  await expect(buy(careful, { ...order, code })).resolves.toMatchObject({ state: 'authorized' })
})
