import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { autoDebit } from '../../src/checkouts/auto-debit.ts'
import { listUsedCodes } from '../../src/checkouts/queries.ts'
import { deleteSavedCard, listSavedCards } from '../../src/checkouts/saved-cards.ts'
import { makeCheckout, openCheckoutWorld, pay } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world
const customerId = 'subscriber-1'
const agreement = { id: 'plan-1', type: 'recurring' } as const
const make = (more: object = {}) =>
  makeCheckout(world, { paymentType: 'auto_debit', customerId, details: { agreement }, ...more })
const debit = async (token: string, more: object = {}) =>
  autoDebit(deps, { checkout: await make(more), token, tryId: randomUUID(), referencePrefix: 'FL' })

test('who has agreed with a first payment is charged again without being there', async () => {
  await pay(world, await make())
  const [card] = await listSavedCards(deps, { merchantId, customerId, agreementId: 'plan-1' })
  const token = card?.token ?? ''
  expect((await debit(token)).payment.state).toBe('captured')
  await expect(debit(token, { details: { agreement: { ...agreement, id: 'plan-2' } } })).rejects.toMatchObject({
    code: 'agreement_not_found',
  })
  await expect(debit('nothing')).rejects.toMatchObject({ code: 'registration_not_found' })
  await expect(debit(token, { customerId: 'somebody-else' })).rejects.toMatchObject({ code: 'registration_not_found' })
})

test('a card that an agreement is charged with cannot be deleted, another one can', async () => {
  await pay(world, await makeCheckout(world, { customerId }), { keepsCard: true })
  const [free, bound] = await listSavedCards(deps, { merchantId, customerId })
  const which = { merchantId, customerId, isSandbox: true }
  await expect(deleteSavedCard(deps, { ...which, token: bound?.token ?? '' })).rejects.toMatchObject({
    code: 'registration_in_use',
  })
  await deleteSavedCard(deps, { ...which, token: free?.token ?? '' })
  expect(await listSavedCards(deps, { merchantId, customerId })).toMatchObject([{ token: bound?.token }])
})

test('what a customer has paid by before is known', async () => {
  expect(await listUsedCodes(pool, merchantId, customerId)).toEqual(['purchase'])
  expect(await listUsedCodes(pool, merchantId, 'a stranger')).toEqual([])
})
