import { expect, test } from 'vitest'
import { expireCheckout } from '../../src/checkouts/close.ts'
import { inquireSession } from '../../src/checkouts/inquire.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { advanceClock } from '../helpers/seed.ts'
import { makeCheckout, openCheckoutWorld, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, merchantId } = world
const inquire = async (checkout: { id: string }) => inquireSession(deps, await sessionOf(world, checkout))
const minutes = (count: number) => advanceClock(world, count * 60 + 1)

/** A checkout whose first try is not known: the gateway did it. */
async function unknown() {
  const checkout = await makeCheckout(world, { lifeMs: 30 * 86_400_000 })
  await world.arm('error-did')
  const { operation } = await pay(world, checkout)
  return { checkout, operation }
}

test('a gateway is asked, and what it says is how things stand', async () => {
  const { checkout } = await unknown()
  await minutes(10)
  expect(await inquire(checkout)).toMatchObject({ state: 'paid' })
})

test('of several tries a success at the older one wins', async () => {
  const { checkout, operation } = await unknown()
  await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  await world.arm('refuse-connect')
  await pay(world, checkout)
  await expireCheckout(deps, { merchantId, id: checkout.id })
  await minutes(10)
  const session = await inquire(checkout)
  expect(session).toMatchObject({ state: 'paid', settled: { operation: { id: operation.id } } })
})

test('what is paid is answered at once, as often as anybody asks, and what was never tried cannot be asked about', async () => {
  const checkout = await makeCheckout(world)
  await expect(inquire(checkout)).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await pay(world, checkout)
  for (let i = 0; i < 5; i++) expect(await inquire(checkout)).toMatchObject({ state: 'paid' })
})

test('one payment is asked about after ten minutes, every half an hour, three times a day', async () => {
  const checkout = await makeCheckout(world, { lifeMs: 30 * 86_400_000 })
  await world.arm('error-did-not')
  await pay(world, checkout)
  const throttled = { code: 'rate_limited', details: { retryAfterSeconds: expect.any(Number) } }
  await expect(inquire(checkout)).rejects.toMatchObject(throttled)
  for (const wait of [10, 30, 30]) {
    await minutes(wait)
    await inquire(checkout)
    await expect(inquire(checkout)).rejects.toMatchObject(throttled)
  }
  await minutes(30)
  await expect(inquire(checkout)).rejects.toMatchObject(throttled)
  await minutes(24 * 60)
  await inquire(checkout)
})

test('a merchant asks thirty times a minute about all of its payments', async () => {
  await minutes(2)
  const checkouts = await Promise.all(
    Array.from({ length: 31 }, () => makeCheckout(world, { lifeMs: 30 * 86_400_000 })),
  )
  for (const checkout of checkouts) await expireCheckout(deps, { merchantId, id: checkout.id })
  await minutes(10)
  const asked = await Promise.allSettled(checkouts.map((checkout) => inquire(checkout)))
  expect(asked.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: { code: 'rate_limited' } }])
})
