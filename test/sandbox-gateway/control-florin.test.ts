import { expect, onTestFinished, test } from 'vitest'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { selectBusinessNow } from '../../src/sandbox/queries.ts'
import { registerSandboxGateway } from '../../src/sandbox-gateway/control.ts'
import { Secret } from '../../src/secret.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'
import { createCall } from '../helpers/florin.ts'
import { createWorld, startServer } from '../http/demo-face.ts'

test('faults, the book and the challenge are served by Florin’s own server, too', async () => {
  const world = await startSandboxWorld()
  const now = () => selectBusinessNow(world.pool)
  const token = new Secret(world.token)
  const florin = await startServer(await createWorld(), {
    extraRoutes: [(scope) => registerSandboxGateway(scope, { pool: world.pool, token, now })],
  })
  onTestFinished(() => florin.server.close())
  const control = createCall(florin.url, `Bearer ${world.token}`)

  expect((await control('POST', '/sandbox/gateway/faults', '{"mode":"nothing"}')).status).toBe(400)
  expect((await control('POST', '/sandbox/gateway/faults', '{"mode":18}')).status).toBe(200)
  const gateway = world.account()
  const request = {
    ...{ reference: newReference(), amount: parseAmount('10.00', 'USD'), card: cardOf('4000000000000002', '237') },
    ...({
      description: '',
      authentication: 'auto',
      returnUrl: 'https://shop.example/back',
      isRepeated: false,
    } as const),
    notificationUrl: world.notificationUrl,
  }
  expect(await connector.purchase?.(gateway, request)).toMatchObject({ kind: 'not_sent' })
  expect((await control('DELETE', '/sandbox/gateway/faults')).status).toBe(200)
  expect((await createCall(florin.url, '')('GET', '/sandbox/gateway/book')).status).toBe(401)

  const outcome = await connector.purchase?.(gateway, request)
  if (outcome?.kind !== 'redirect') throw new Error(`not a redirect: ${outcome?.kind}`)
  const url = `${florin.url}/sandbox/gateway/acs`
  const fields = { challenge: outcome.redirect.parameters[0]?.value ?? '' }
  const post = (more: object) => fetch(url, { method: 'POST', body: new URLSearchParams({ ...fields, ...more }) })
  const page = await (await post({})).text()
  const code = /<code>(\d{6})<\/code>/.exec(page)?.[1] ?? ''
  expect(await (await post({ action: 'approve', code })).text()).toContain('You have approved the payment')
  expect((await control('GET', `/sandbox/gateway/book?reference=${request.reference}`)).body).toMatchObject([
    { state: 'approved' },
  ])
})
