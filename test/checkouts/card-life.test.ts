import { expect, test } from 'vitest'
import { lastsLongEnough } from '../../src/checkouts/card-life.ts'
import { newId } from '../../src/ids.ts'
import { enterCard } from '../helpers/gateway.ts'
import { makeCheckout, openCheckoutWorld, pay } from './setup.ts'

const world = await openCheckoutWorld()

const lasts = (month: number, days?: number, now = '2026-06-01T00:00:00Z'): boolean =>
  lastsLongEnough(
    { expiryMonth: month, expiryYear: 2026 },
    { details: days === undefined ? {} : { cardMinExpiryDays: days } },
    new Date(now),
  )

test('a card is good until the end of its month', () => {
  expect([lasts(5), lasts(6)]).toEqual([false, true])
  expect([lasts(12, undefined, '2026-12-31T23:59:59Z'), lasts(12, undefined, '2027-01-01T00:00:00Z')]).toEqual([
    true,
    false,
  ])
})

test('it has to be good for as many days as the checkout wants', () => {
  expect([lasts(6, 29), lasts(6, 30), lasts(7, 30), lasts(7, 61)]).toEqual([true, false, true, false])
})

test('a card that expires too soon pays nothing, and leaves no try', async () => {
  const now = new Date()
  const soon = enterCard(undefined, { expiryMonth: now.getUTCMonth() + 1, expiryYear: now.getUTCFullYear() })
  const checkout = await makeCheckout(world, { details: { cardMinExpiryDays: 60 } })
  await expect(pay(world, checkout, { instrument: { card: soon } })).rejects.toMatchObject({
    ...{ code: 'card_data_wrong', details: { field: 'expiry' } },
  })
  const { rows } = await world.pool.query('select 1 from checkout_attempts where checkout_id = $1', [checkout.id])
  expect(rows).toEqual([])
  expect((await pay(world, checkout, { tryId: newId() })).payment.state).toBe('captured')
})
