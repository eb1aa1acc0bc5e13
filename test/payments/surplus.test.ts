import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import type { Step } from '../../src/payments/finish.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { listOperations } from '../../src/payments/queries.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { type ChargePlan, charge, enterCard, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'

const world = await openGatewayWorld()
const { deps, pool } = world

// A first try that was thought to have failed, a second that paid, and then the first is found to have paid, too.
async function payTwice(plan: ChargePlan): Promise<Step> {
  const more = { claimId: newId() }
  await world.arm('error-did')
  const { operation } = await charge(world, { ...plan, more })
  await settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  await charge(world, { more })
  return resolveOperation(deps, operation.id)
}

const isSurplus = async ({ operation }: Step): Promise<boolean> =>
  (await listInbox(pool, 100)).some((item) => item.operationId === operation.id && item.caseKind === 'surplus')

test('an authorization that is surplus is released', async () => {
  const surplus = await payTwice({ kind: 'authorize' })
  await refundSurplus(deps)
  expect((await stepOf(world, surplus)).payment.state).toBe('voided')
  expect(await isSurplus(surplus)).toBe(false)
})

test('a refund of surplus that the gateway decides later is asked for once, and closes the case when it is done', async () => {
  const surplus = await payTwice({ card: enterCard('4000000001000183') })
  for (let i = 0; i < 3; i++) await refundSurplus(deps)
  expect(await isSurplus(surplus)).toBe(true)
  await pass(world, 6, () => resolveDue(deps))
  await refundSurplus(deps)
  expect((await stepOf(world, surplus)).payment.state).toBe('refunded')
  expect(await isSurplus(surplus)).toBe(false)
  expect(await listOperations(pool, surplus.payment.id)).toHaveLength(2)
})

test('surplus that the gateway will not send back is left to a person', async () => {
  const surplus = await payTwice({ card: enterCard('4000000001000175') })
  for (let i = 0; i < 3; i++) await refundSurplus(deps)
  expect((await stepOf(world, surplus)).payment.state).toBe('captured')
  expect(await isSurplus(surplus)).toBe(true)
  expect(await listOperations(pool, surplus.payment.id)).toHaveLength(2)
})
