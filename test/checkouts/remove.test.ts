import { expect, test } from 'vitest'
import { cancelCheckout, expireCheckout } from '../../src/checkouts/close.ts'
import { payInCash } from '../../src/checkouts/pay.ts'
import { findCheckout, findCheckoutById, findCheckoutByOrderNo } from '../../src/checkouts/queries.ts'
import { deleteCheckout, restoreCheckout } from '../../src/checkouts/remove.ts'
import { saveCard } from '../../src/checkouts/save-card.ts'
import { listSavedCards } from '../../src/checkouts/saved-cards.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { verify } from '../../src/verify/verify.ts'
import { enterCard, stepOf } from '../helpers/gateway.ts'
import { makeCheckout, openCheckoutWorld, operate, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId, otherMerchantId } = world

test.each([
  ['paid', 'purchase'],
  ['authorized', 'authorize'],
  ['cod', 'cash'],
] as const)('what is %s is only hidden, and comes back as it was', async (state, pgCode) => {
  const checkout = await makeCheckout(world, { pgCodes: [pgCode], orderNo: `kept-${state}` })
  if (state === 'cod') await payInCash(deps, { checkoutId: checkout.id })
  else await pay(world, checkout)
  if (state === 'paid') await operate(world, checkout, { operation: 'refund', amount: '1.00' })
  const before = await sessionOf(world, checkout)
  const request = { merchantId, id: checkout.id }
  await deleteCheckout(deps, request)
  expect(await findCheckout(pool, merchantId, checkout.id)).toBeUndefined()
  expect(await findCheckoutByOrderNo(pool, merchantId, `kept-${state}`)).toBeUndefined()
  for (const again of [deleteCheckout, cancelCheckout, expireCheckout])
    await expect(again(deps, request)).rejects.toMatchObject({ code: 'checkout_not_found' })
  await restoreCheckout(deps, request)
  expect(await sessionOf(world, checkout)).toEqual(before)
})

test('anything else is gone for good, and nothing that is left says whose it was', async () => {
  const details = { customerEmail: 'ada@example.com', customerFirstName: 'Ada', extra: { note: 'secret' } }
  const checkout = await makeCheckout(world, { orderNo: 'gone-1', customerId: 'customer-7', details })
  await pay(world, checkout, { instrument: { card: enterCard('4000000001000050', { holder: 'Ada Lovelace' }) } })
  const request = { merchantId, id: checkout.id }
  await deleteCheckout(deps, request)
  expect(await findCheckoutByOrderNo(pool, merchantId, 'gone-1')).toBeUndefined()
  await expect(restoreCheckout(deps, request)).rejects.toMatchObject({ code: 'checkout_not_found' })
  const tombstone = await findCheckoutById(pool, checkout.id)
  expect(tombstone).toMatchObject({ state: 'deleted', merchantId, amount: 10_000n, orderNo: null, details: {} })
  const { rows } = await pool.query('select card from checkout_attempts where checkout_id = $1', [checkout.id])
  expect(rows).toEqual([{ card: null }])
})

test('a payment of it that succeeds late is kept in suspense, and a person is told', async () => {
  const checkout = await makeCheckout(world)
  await world.arm('error-did')
  const step = await pay(world, checkout)
  await deleteCheckout(deps, { merchantId, id: checkout.id })
  await resolveOperation(deps, step.operation.id)
  expect(await stepOf(world, step)).toMatchObject({ payment: { state: 'declined', captured: 0n } })
  const cases = (await listInbox(pool, 100)).filter(({ operationId }) => operationId === step.operation.id)
  expect(cases).toMatchObject([{ caseKind: 'contradiction' }])
  const { rows } = await pool.query(
    `select credits_posted - debits_posted as kept from accounts where kind = 'suspense' and owner_id = $1`,
    [step.payment.gatewayAccountId],
  )
  expect(rows).toEqual([{ kept: 10_000n }])
})

test('nobody deletes what is another merchant’s', async () => {
  const checkout = await makeCheckout(world)
  const request = { merchantId: otherMerchantId, id: checkout.id }
  for (const verb of [deleteCheckout, restoreCheckout, cancelCheckout])
    await expect(verb(deps, request)).rejects.toMatchObject({ code: 'checkout_not_found' })
})

test('a card can be saved without a charge, and is there to be charged', async () => {
  const customerId = 'customer-9'
  const checkout = await makeCheckout(world, { paymentType: 'save_card', customerId })
  const card = enterCard('4111111111111111', { holder: 'Ada Lovelace' })
  expect(await saveCard(deps, { checkoutId: checkout.id, pgCode: 'purchase', card })).toMatchObject({ state: 'paid' })
  await expect(saveCard(deps, { checkoutId: checkout.id, pgCode: 'purchase', card })).rejects.toMatchObject({
    code: 'claim_paid',
  })
  const [saved] = await listSavedCards(deps, { merchantId, customerId })
  expect(saved).toMatchObject({ last4: '1111', pgCode: 'purchase', isSandbox: true, agreementId: null })
  const next = await makeCheckout(world, { customerId })
  const token = saved?.token ?? ''
  expect((await pay(world, next, { instrument: { token, cvv: card.cvv } })).payment.state).toBe('captured')
  const others = await makeCheckout(world, { customerId: 'customer-10' })
  await expect(pay(world, others, { instrument: { token } })).rejects.toMatchObject({ code: 'registration_not_found' })
})

test('a customer may have his card saved with a payment, and has it when that succeeded', async () => {
  const customerId = 'customer-11'
  const refused = await makeCheckout(world, { customerId })
  await pay(world, refused, { instrument: { card: enterCard('4000000001000050') }, keepsCard: true })
  expect(await listSavedCards(deps, { merchantId, customerId })).toEqual([])
  await pay(world, refused, { keepsCard: true })
  expect(await listSavedCards(deps, { merchantId, customerId })).toMatchObject([{ last4: '1111' }])
})

test('after all of it the books are right', async () => {
  expect((await verify(pool)).checks.filter(({ count }) => count > 0)).toEqual([])
})
