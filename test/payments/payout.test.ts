import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { parseAmount } from '../../src/money.ts'
import { type PayoutRequest, payOut } from '../../src/payments/payout.ts'
import { findPayment } from '../../src/payments/queries.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { Secret } from '../../src/secret.ts'
import { charge, enterCard, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'
import { expectBalancedBooks, fundsOf, issueFundedCard, owedTo } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, merchantId, pool } = world

const pay = (amount: string, to: PayoutRequest['to']) =>
  payOut(deps, {
    merchantId,
    origin: 'transaction-services',
    amount: parseAmount(amount, 'USD'),
    description: 'Winnings',
    to,
    merchantReference: newId(),
    attachment: { needs: [], write: () => undefined },
  })

test('a payout takes no more than what is available to the merchant', async () => {
  await charge(world, { amount: '100.00' })
  const owed = await owedTo(world, merchantId)
  await expect(pay('100.01', { card: enterCard() })).rejects.toMatchObject({ code: 'payable_too_low' })
  const { payment, operation } = await pay('60.00', { card: enterCard() })
  expect(payment).toMatchObject({ direction: 'payout', state: 'paid', captured: 6_000n })
  expect(await world.bookOf(operation.id)).toMatchObject({ operation: 'payout', amount: '60.00' })
  expect(await owedTo(world, merchantId)).toBe(owed - 6_000n)
  await expect(pay('40.01', { card: enterCard() })).rejects.toMatchObject({ code: 'payable_too_low' })
  await expectBalancedBooks(world)
})

test('a payout that the gateway refuses gives the money back to the merchant', async () => {
  await charge(world, { amount: '10.00' })
  const owed = await owedTo(world, merchantId)
  const { payment } = await pay('10.00', { card: enterCard('4000000001000043') })
  expect(payment.state).toBe('declined')
  expect(await owedTo(world, merchantId)).toBe(owed)
  await expectBalancedBooks(world)
})

test('a payout whose outcome is not known holds the money until it is', async () => {
  await charge(world, { amount: '100.00' })
  await world.arm('error-did', { operation: 'payout' })
  const step = await pay('100.00', { card: enterCard() })
  expect(step).toMatchObject({ payment: { state: 'paying' }, operation: { state: 'unknown' } })
  await expect(pay('100.00', { card: enterCard() })).rejects.toMatchObject({ code: 'payable_too_low' })
  await pass(world, 6, () => resolveDue(deps))
  expect((await stepOf(world, step)).payment.state).toBe('paid')
})

test('a payout to the payer of an earlier payment and its refunds share what came in by it', async () => {
  const { payment } = await charge(world, { amount: '50.00' })
  await charge(world, { amount: '200.00' })
  expect((await pay('30.00', { paymentId: payment.id })).payment.state).toBe('paid')
  await expect(pay('20.01', { paymentId: payment.id })).rejects.toMatchObject({ code: 'amount_too_large' })
  const refund = (amount: string) =>
    refundPayment(deps, {
      ...{ merchantId, paymentId: payment.id, amount: parseAmount(amount, 'USD') },
      ...{ description: 'Back', reason: 'returned', keys: [] },
    })
  await expect(refund('20.01')).rejects.toMatchObject({ code: 'amount_too_large' })
  expect((await refund('20.00')).operation.state).toBe('approved')
  expect(await findPayment(pool, merchantId, payment.id)).toMatchObject({ paidOut: 3_000n, refunded: 2_000n })
  await expectBalancedBooks(world)
})

test('a payout to a card that we issued is there with the commit', async () => {
  const holder = await issueFundedCard(world, { balance: '1.00' })
  await charge(world, { amount: '25.00' })
  const { card } = holder
  const expiry = `${card.expiryYear}-${String(card.expiryMonth).padStart(2, '0')}`
  const { expiryMonth, expiryYear } = card
  const cvv = new Secret(deps.vault.cvv(card.id, expiry))
  const paid = await pay('25.00', { card: enterCard(holder.pan, { expiryMonth, expiryYear, cvv }) })
  expect(paid).toMatchObject({ payment: { state: 'paid', cardId: card.id }, operation: { settledBy: 'issuer' } })
  expect(await fundsOf(world, holder)).toEqual({ balance: 2_600n, held: 0n })
  await expectBalancedBooks(world)
})
