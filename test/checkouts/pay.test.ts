import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { cancelCheckout, expireCheckout, giveUpCheckout } from '../../src/checkouts/close.ts'
import { type CheckoutTerms, updateCheckout } from '../../src/checkouts/create.ts'
import { openCheckout } from '../../src/checkouts/open.ts'
import { payInCash } from '../../src/checkouts/pay.ts'
import { findCheckoutById } from '../../src/checkouts/queries.ts'
import { saveCard } from '../../src/checkouts/save-card.ts'
import { listSavedCards } from '../../src/checkouts/saved-cards.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { enterCard, stepOf } from '../helpers/gateway.ts'
import { advanceClock, expectBalancedBooks, fundsOf, owedTo } from '../helpers/seed.ts'
import { makeCheckout, openCheckoutWorld, ourCard, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world
const REFUSED = enterCard('4000000001000050')
const stateOf = async ({ id }: { id: string }) => (await findCheckoutById(pool, id))?.state

test('a checkout is created, pending when its payer opens it, and paid by a card', async () => {
  const checkout = await makeCheckout(world, { orderNo: 'A-1' })
  expect(checkout.state).toBe('created')
  expect(await openCheckout(deps, checkout.id)).toMatchObject({ state: 'pending' })
  expect((await pay(world, checkout)).payment).toMatchObject({ state: 'captured', claimId: checkout.id })
  const session = await sessionOf(world, checkout)
  expect(session).toMatchObject({ state: 'paid', orderNo: 'A-1', settled: { account: { code: 'purchase' } } })
  expect(session.settled?.card).toMatchObject({ brand: 'VISA', bin: '411111', last4: '1111' })
})

test('an account in authorize mode only holds the money', async () => {
  const checkout = await makeCheckout(world, { pgCodes: ['authorize'] })
  expect((await pay(world, checkout)).payment).toMatchObject({ state: 'authorized', captured: 0n })
  expect(await stateOf(checkout)).toBe('authorized')
})

test('a card of ours pays in the commit that makes the payment', async () => {
  const { holder, card } = await ourCard(world)
  const checkout = await makeCheckout(world, { pgCodes: ['house'] })
  const owed = await owedTo(world, merchantId)
  expect((await pay(world, checkout, { instrument: { card } })).payment.state).toBe('captured')
  expect(await fundsOf(world, holder)).toEqual({ balance: 90_000n, held: 0n })
  expect(await owedTo(world, merchantId)).toBe(owed + 10_000n)
})

test('an account for cards of ours takes no others', async () => {
  const checkout = await makeCheckout(world, { pgCodes: ['house'] })
  await expect(pay(world, checkout)).rejects.toMatchObject({ code: 'gateway_not_available' })
  expect(await stateOf(checkout)).toBe('created')
})

test('a payer whose card is refused may try again, where the account allows it', async () => {
  const checkout = await makeCheckout(world, { pgCodes: ['purchase', 'once'] })
  await pay(world, checkout, { instrument: { card: REFUSED } })
  expect(await stateOf(checkout)).toBe('attempted')
  await pay(world, checkout, { pgCode: 'once', instrument: { card: REFUSED } })
  expect(await stateOf(checkout)).toBe('failed')
  await expect(pay(world, checkout)).rejects.toMatchObject({ code: 'claim_closed' })
  expect((await sessionOf(world, checkout)).attempts).toHaveLength(2)
})

test('the same filled-in form is one payment, however often it is sent', async () => {
  const checkout = await makeCheckout(world)
  const tryId = randomUUID()
  const steps = await Promise.allSettled(Array.from({ length: 5 }, () => pay(world, checkout, { tryId })))
  const first = await pay(world, checkout, { tryId })
  expect(first.payment.state).toBe('captured')
  for (const step of steps)
    if (step.status === 'fulfilled') expect(step.value.payment.id).toBe(first.payment.id)
    else expect(step.reason).toMatchObject({ code: expect.stringMatching(/^claim_(held|paid)$/) })
  expect((await sessionOf(world, checkout)).attempts).toHaveLength(1)
})

test('while one try is not decided no other one begins', async () => {
  const checkout = await makeCheckout(world)
  await world.arm('error-did')
  expect((await pay(world, checkout)).operation.state).toBe('unknown')
  await expect(pay(world, checkout)).rejects.toMatchObject({ code: 'claim_held' })
})

test.each([
  ['failed', 'paid'],
  ['expired', 'paid'],
  ['canceled', 'canceled'],
] as const)('a success that comes after it was %s leaves it %s', async (state, after) => {
  const checkout = await makeCheckout(world, { pgCodes: ['once'] })
  await world.arm('error-did')
  const { operation, payment } = await pay(world, checkout)
  const request = { merchantId, id: checkout.id }
  if (state === 'failed')
    await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  else if (state === 'expired') await expireCheckout(deps, request)
  else await cancelCheckout(deps, request)
  expect(await stateOf(checkout)).toBe(state)
  await resolveOperation(deps, operation.id)
  expect(await stateOf(checkout)).toBe(after)
  await refundSurplus(deps)
  expect((await stepOf(world, { payment, operation })).payment.state).toBe(after === 'paid' ? 'captured' : 'refunded')
  await expectBalancedBooks(world)
})

test.each<[what: string, changes: Partial<CheckoutTerms>]>([
  ['is to be paid', { paymentType: 'one_off', amount: 5000n }],
  ['is another customer’s', { customerId: 'somebody-else' }],
])('a checkout that only keeps a card, and %s by the time that it would, keeps none', async (_what, changes) => {
  const checkout = await makeCheckout(world, { paymentType: 'save_card', customerId: 'keeper' })
  const change = () => updateCheckout(deps, { merchantId, id: checkout.id, isShort: false, changes })
  const gateways: typeof deps.gateways = {
    ...deps.gateways,
    listAccounts: async (id) => {
      await change()
      return deps.gateways.listAccounts(id)
    },
  }
  const saving = saveCard({ ...deps, gateways }, { checkoutId: checkout.id, pgCode: 'purchase', card: enterCard() })
  await expect(saving).rejects.toMatchObject({ code: 'checkout_state_invalid' })
  expect(await stateOf(checkout)).toBe('created')
  for (const customerId of ['keeper', 'somebody-else'])
    expect(await listSavedCards(deps, { merchantId, customerId })).toEqual([])
})

test('when its time is over nobody pays it any more, whether or not a job has looked', async () => {
  const checkout = await makeCheckout(world, { lifeMs: 60_000 })
  await advanceClock(world, 61)
  await expect(pay(world, checkout)).rejects.toMatchObject({ code: 'claim_closed' })
  expect(await openCheckout(deps, checkout.id)).toMatchObject({ state: 'expired' })
})

test('a payer who gives up may come back, unless there is only one try', async () => {
  const [one, two] = [await makeCheckout(world), await makeCheckout(world)]
  expect(await giveUpCheckout(deps, { id: one.id, isOnlyTry: false })).toMatchObject({ state: 'attempted' })
  expect(await giveUpCheckout(deps, { id: two.id, isOnlyTry: true })).toMatchObject({ state: 'expired' })
  expect((await pay(world, one)).payment.state).toBe('captured')
})

test('who pays in cash has promised it, and may still be called off', async () => {
  const checkout = await makeCheckout(world, { pgCodes: ['cash', 'purchase'] })
  expect(await payInCash(deps, { checkoutId: checkout.id })).toMatchObject({ state: 'cod', cashCode: 'cash' })
  await expect(pay(world, checkout, { pgCode: 'purchase' })).rejects.toMatchObject({ code: 'claim_paid' })
  expect(await cancelCheckout(deps, { merchantId, id: checkout.id })).toMatchObject({ state: 'canceled' })
})

test('a fee is paid on top and is the merchant’s, with a card of ours, too', async () => {
  const owed = await owedTo(world, merchantId)
  const checkout = await makeCheckout(world, { pgCodes: ['fee'] })
  const step = await pay(world, checkout)
  expect(step.payment).toMatchObject({ amount: 10_000n, fee: 200n, captured: 10_200n })
  expect(await world.bookOf(step.operation.id)).toMatchObject({ amount: '102.00', currency: 'USD' })
  const { holder, card } = await ourCard(world)
  await pay(world, await makeCheckout(world, { pgCodes: ['fee'] }), { instrument: { card } })
  expect(await fundsOf(world, holder)).toEqual({ balance: 89_800n, held: 0n })
  expect(await owedTo(world, merchantId)).toBe(owed + 20_400n)
})

test('what costs dollars is paid in dinars where the account exchanges', async () => {
  const checkout = await makeCheckout(world, { pgCodes: ['fx'] })
  const { payment, operation } = await pay(world, checkout)
  expect(payment).toMatchObject({
    state: 'captured',
    currency: 'USD',
    captured: 10_000n,
    payerCurrency: 'KWD',
    payerCaptured: 30_800n,
  })
  expect(await world.bookOf(operation.id)).toMatchObject({ amount: '30.800', currency: 'KWD' })
  await expectBalancedBooks(world)
})

test('the account must be one that the checkout names and that takes it', async () => {
  const checkout = await makeCheckout(world)
  await expect(pay(world, checkout, { pgCode: 'authorize' })).rejects.toMatchObject({ code: 'gateway_not_available' })
  await expect(makeCheckout(world, { pgCodes: ['nowhere'] })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(makeCheckout(world, { pgCodes: ['dinars'] })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(makeCheckout(world, { pgCodes: ['closed'] })).rejects.toMatchObject({ code: 'invalid_request' })
})
