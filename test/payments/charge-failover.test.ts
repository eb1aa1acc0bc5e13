import { expect, test } from 'vitest'
import { sealCredentials } from '../../src/gateways/account.ts'
import { findGatewayAccount, insertGatewayAccount } from '../../src/gateways/queries.ts'
import { newId } from '../../src/ids.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { listOperations } from '../../src/payments/queries.ts'
import { charge, enterCard, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'
import { expectBalancedBooks } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, pool } = world

const first = await findGatewayAccount(pool, world.accountId)
if (!first) throw new Error('the world has no account')
const second = newId()
await insertGatewayAccount(pool, {
  ...first,
  id: second,
  code: 'sandbox-second',
  priority: 20,
  sealedCredentials: sealCredentials(deps.vault, second, { apiKey: 'another-key-of-the-second-account' }),
})

test('a gateway that cannot be reached is followed by the next one, and why is written down', async () => {
  await world.arm('refuse-connect', { gatewayAccount: 'sandbox-usd' })
  const { payment, operation } = await charge(world)
  expect(payment).toMatchObject({ state: 'captured', gatewayAccountId: second })
  expect(operation).toMatchObject({ attempt: 2, state: 'approved' })
  const operations = await listOperations(pool, payment.id)
  expect(operations.map(({ state, attempt }) => [attempt, state])).toEqual([
    [1, 'not_sent'],
    [2, 'approved'],
  ])
  expect(operations[1]?.reason).toContain('after the one before did nothing')
  expect(await world.bookOf(operations[0]?.id ?? '')).toBeUndefined()
  await expectBalancedBooks(world)
})

test('a decline is not followed by another gateway', async () => {
  const { payment, operation } = await charge(world, { card: enterCard('4000000001000043') })
  expect([payment.state, operation.attempt]).toEqual(['declined', 1])
})

test('an unknown outcome is never followed by another gateway', async () => {
  await world.arm('error-did-not', { gatewayAccount: 'sandbox-usd' })
  const step = await charge(world)
  expect(step.operation).toMatchObject({ state: 'unknown', attempt: 1 })
  for (const seconds of [6, 10, 15, 30]) await pass(world, seconds, () => resolveDue(deps))
  expect(await stepOf(world, step)).toMatchObject({ payment: { state: 'declined' }, operation: { attempt: 1 } })
  expect(await listOperations(pool, step.payment.id)).toHaveLength(1)
})
