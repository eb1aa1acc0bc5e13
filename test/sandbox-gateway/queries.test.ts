import { expect, test } from 'vitest'
import { transaction } from '../../src/db/pool.ts'
import type { ChargeRequest } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'
import { waitForBlocked } from '../helpers/database.ts'

test('who asks while the gateway is deciding is answered with what it decided', async () => {
  const world = await startSandboxWorld()
  const gateway = world.account()
  const request: ChargeRequest = {
    reference: newReference(),
    amount: parseAmount('10.00', 'USD'),
    card: cardOf('4000000001000134'),
    description: 'An order',
    authentication: 'auto',
    returnUrl: 'https://shop.example/back',
    notificationUrl: world.notificationUrl,
    isRepeated: false,
  }
  await connector.purchase?.(gateway, request)
  const { answer } = await transaction(world.pool, async (db) => {
    await db.query('select from sandbox_gateway.operations where reference = $1 for no key update', [request.reference])
    await world.advance(4)
    const asked = connector.inquire?.(gateway, {
      reference: request.reference,
      amount: request.amount,
      operation: 'purchase',
    })
    await waitForBlocked(world.pool, 1)
    return { answer: asked }
  })
  expect(await answer).toMatchObject({ kind: 'approved' })
})
