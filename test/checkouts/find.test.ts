import { expect, test } from 'vitest'
import { findSession, getSessionOfOperation } from '../../src/checkouts/find.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { charge, enterCard } from '../helpers/gateway.ts'
import { authorize, issueBoundCard } from '../helpers/seed.ts'
import { makeCheckout, openCheckoutWorld, operate, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, merchantId, otherMerchantId } = world

test('a payment that another face made is a session, and is operated like one', async () => {
  const { payment } = await charge(world, { kind: 'authorize', more: { origin: 'partner-connect' } })
  expect(await sessionOf(world, payment)).toMatchObject({ state: 'authorized', checkout: null, children: [] })
  await operate(world, payment, { operation: 'capture', amount: '60.00' })
  expect(await sessionOf(world, payment)).toMatchObject({
    state: 'authorized',
    children: [{ operation: { kind: 'capture', amount: 6_000n } }],
  })
})

test('its own rules hold whichever face operates it', async () => {
  const { payment } = await charge(world, { more: { origin: 'transaction-services' } })
  await operate(world, payment, { operation: 'refund', amount: '10.00' })
  await expect(operate(world, payment, { operation: 'refund', amount: '10.00' })).rejects.toMatchObject({
    code: 'already_refunded',
  })
})

test('what another face did to it is a child, too', async () => {
  const holder = await issueBoundCard(world, { balance: '200.00' })
  const { id } = await authorize(world, holder)
  await operate(world, { id }, { operation: 'capture' })
  await refundPayment(deps, {
    ...{ merchantId, paymentId: id, amount: { amount: 100n, currency: 'USD' } },
    ...{ description: '', reason: '', keys: [] },
  })
  const { children, state } = await sessionOf(world, { id })
  expect(children.map(({ operation: { kind } }) => kind)).toEqual(['capture', 'refund'])
  expect(state).toBe('authorized')
})

test('a declined payment of another face has failed', async () => {
  const { payment } = await charge(world, {
    card: enterCard('4000000001000050'),
    more: { origin: 'transaction-services' },
  })
  expect(await sessionOf(world, payment)).toMatchObject({ state: 'failed', settled: null, children: [] })
})

test('of several checkouts under one number the newest is meant', async () => {
  await makeCheckout(world, { orderNo: 'twice', amount: '1.00' })
  const newer = await makeCheckout(world, { orderNo: 'twice', amount: '2.00' })
  expect(await findSession(deps, { merchantId, orderNo: 'twice' })).toMatchObject({ id: newer.id })
})

test('children, tries, and what is another merchant’s are no sessions', async () => {
  const checkout = await makeCheckout(world)
  const step = await pay(world, checkout)
  const refund = await operate(world, checkout, { operation: 'refund', amount: '1.00' })
  for (const id of [step.payment.id, refund.operation.id])
    expect(await findSession(deps, { merchantId, id })).toBeUndefined()
  expect(await findSession(deps, { merchantId: otherMerchantId, id: checkout.id })).toBeUndefined()
  expect(await getSessionOfOperation(deps, refund.operation.id)).toMatchObject({
    session: { id: checkout.id },
    child: { operation: { id: refund.operation.id } },
  })
})

test('what the gateway answered is shown without what is secret', async () => {
  const checkout = await makeCheckout(world)
  await pay(world, checkout)
  const { settled } = await sessionOf(world, checkout)
  expect(settled?.response).toMatchObject({ status: 'approved', amount: '100.00' })
  expect(JSON.stringify(settled?.response)).not.toContain('4111111111111111')
})
