import { expect, test } from 'vitest'
import { resolveDue } from '../../src/jobs/resolve.ts'
import type { Step } from '../../src/payments/finish.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { charge, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'

const world = await openGatewayWorld()
const { deps, pool } = world

const casesOf = async ({ operation }: Step) =>
  (await listInbox(pool, 100)).filter(({ operationId }) => operationId === operation.id).map(({ caseKind }) => caseKind)

test('an outcome that is not known at the end of the schedule is before a person until the gateway says it', async () => {
  await world.arm('error-did-not')
  const step = await charge(world)
  await pass(world, 8 * 86_400, () => resolveDue(deps))
  expect([(await stepOf(world, step)).operation.nextLookAt, await casesOf(step)]).toEqual([null, ['unknown']])
  await pass(world, 6, () => resolveOperation(deps, step.operation.id))
  expect([(await stepOf(world, step)).operation.state, await casesOf(step)]).toEqual(['not_done', []])
})
