// What a payment costs the database where our own issuer decides: every commit is a wait for the disk.
import { expect, test } from 'vitest'
import { Secret } from '../../../src/secret.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop } = world
const { pan, cvv, expiryMonth, expiryYear } = await florin.addFundedCard('1000.00')
const CARD = enterCard(pan, { cvv: new Secret(cvv), expiryMonth, expiryYear })

const countCommits = async (): Promise<number> => {
  const text = await (await fetch(`${florin.url}/metrics`)).text()
  const [, count = ''] = /^florin_lane_batch_size_count (\d+)$/m.exec(text) ?? []
  expect(count).not.toBe('')
  return Number(count)
}

type Life = Readonly<Record<string, (session: { session_id: string }) => Promise<unknown>>>

/** How many commits each step of a payment makes. Of a few lives the cheapest counts: what workers do meanwhile only adds. */
async function costsOf(pgCode: string, life: Life): Promise<Record<string, number>> {
  const pay = (session: { session_id: string }) => world.pay(session, { pgCode, card: CARD })
  const costs: Record<string, number> = {}
  for (let i = 0; i < 3; i++) {
    let last = await countCommits()
    const note = async (name: string): Promise<void> => {
      const count = await countCommits()
      costs[name] = Math.min(count - last, costs[name] ?? Number.POSITIVE_INFINITY)
      last = count
    }
    const session = await shop.checkout({ amount: '10.00', pg_codes: [pgCode] })
    await note('create')
    for (const [name, step] of Object.entries({ pay, ...life })) {
      await step(session)
      await note(name)
    }
  }
  return costs
}

const operate =
  (operation: string, more: object = {}, state = 'refunded') =>
  async (session: { session_id: string }): Promise<void> => {
    const answer = await shop.operate(operation, session, more)
    expect(answer).toMatchObject({ status: 200, body: { txn: { state } } })
  }

const retrieve =
  (state: string) =>
  async (session: { session_id: string }): Promise<void> => {
    expect(await shop.retrieve(session)).toMatchObject({ state })
  }

test('a purchase is made in one commit, paid in two, refunded in one each, and looked at for nothing', async () => {
  const life = {
    retrieve: retrieve('paid'),
    inquire: async (session: { session_id: string }) => expect((await shop.inquire(session)).status).toBe(200),
    refundPart: operate('refund', { amount: '3' }),
    refundRest: operate('refund'),
  }
  const costs = await costsOf('house-usd', life)
  expect(costs).toEqual({ create: 1, pay: expect.any(Number), retrieve: 0, inquire: 0, refundPart: 1, refundRest: 1 })
  expect(costs.pay).toBeLessThanOrEqual(2)
})

test('an authorization costs as much, and so does what follows it', async () => {
  const taken = { capture: operate('capture', { amount: '6' }, 'paid'), refund: operate('refund') }
  const costs = await costsOf('house-auth-usd', { retrieve: retrieve('authorized'), ...taken })
  expect(costs).toEqual({ create: 1, pay: expect.any(Number), retrieve: 0, capture: 1, refund: 1 })
  expect(costs.pay).toBeLessThanOrEqual(2)
  const released = await costsOf('house-auth-usd', { void: operate('void', {}, 'voided') })
  expect(released).toMatchObject({ create: 1, void: 1 })
})

test('what is refused, or answered again by its key, costs nothing but what it was refused for', async () => {
  const tracked = { headers: { 'tracking-key': `key-${Math.random()}` } }
  const session = await shop.checkout({ amount: '10.00', pg_codes: ['house-usd'] })
  await world.pay(session, { pgCode: 'house-usd', card: CARD })
  await shop.operate('refund', session, { amount: '1' }, tracked)
  const before = await countCommits()
  for (let i = 0; i < 5; i++) await shop.operate('refund', session, { amount: '1' }, tracked)
  for (const wrong of [{ amount: '-1' }, { amount: 'x' }, { session_id: 'x' }])
    expect(await shop.operate('refund', session, wrong)).toMatchObject({ status: 400 })
  for (let i = 0; i < 5; i++)
    expect(await shop.send('/checkout/v1/pymt-txn/', { amount: 'x' })).toMatchObject({ status: 400 })
  expect((await countCommits()) - before).toBeLessThan(5)
})
