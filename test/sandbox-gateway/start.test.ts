import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ChargeRequest } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { selectBusinessNow } from '../../src/sandbox/queries.ts'
import { startSandboxGateway } from '../../src/sandbox-gateway/start.ts'
import { Secret } from '../../src/secret.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { type SandboxWorld, startSandboxWorld } from '../gateways/world.ts'

const charge = (world: SandboxWorld): ChargeRequest => ({
  reference: newReference(),
  amount: parseAmount('10.00', 'USD'),
  card: cardOf('4111111111111111'),
  description: 'An order',
  authentication: 'auto',
  returnUrl: 'https://shop.example/back',
  notificationUrl: world.notificationUrl,
  isRepeated: false,
})

const options = (world: SandboxWorld, port = 0) => ({
  ...{ pool: world.pool, host: '127.0.0.1', port, token: new Secret(world.token), log: pino({ level: 'silent' }) },
  now: () => selectBusinessNow(world.pool),
})

test('two servers on one database have one book, one set of faults and one set of accounts', async () => {
  const world = await startSandboxWorld()
  const other = await startSandboxGateway(options(world))
  onTestFinished(() => other.close())
  const here = world.account()
  const there = { ...here, baseUrl: other.baseUrl }
  const request = charge(world)
  await world.arm({ mode: 'error-did' })
  expect(await connector.purchase?.(there, request)).toMatchObject({ kind: 'unknown' })
  expect(await connector.inquire?.(here, { ...request, operation: 'purchase' })).toMatchObject({ kind: 'approved' })
  const [first, second] = await Promise.all([
    connector.purchase?.(here, { ...request, reference: request.reference.replace(/^./, 'f') }),
    connector.purchase?.(there, { ...request, reference: request.reference.replace(/^./, 'f') }),
  ])
  expect(first).toEqual(second)
})

test('what it did is there after a restart', async () => {
  const world = await startSandboxWorld()
  const request = charge(world)
  const first = await startSandboxGateway(options(world))
  const gateway = { ...world.account(), baseUrl: first.baseUrl }
  const outcome = await connector.purchase?.(gateway, request)
  await first.close()
  const second = await startSandboxGateway(options(world))
  onTestFinished(() => second.close())
  expect(
    await connector.inquire?.({ ...gateway, baseUrl: second.baseUrl }, { ...request, operation: 'purchase' }),
  ).toEqual(outcome)
})

test('closing does not wait for an answer that is held back', async () => {
  const world = await startSandboxWorld()
  const server = await startSandboxGateway({ ...options(world), holdMs: 600_000 })
  await world.arm({ mode: 'late-did' })
  const gateway = { ...world.account({ totalMs: 20_000 }), baseUrl: server.baseUrl }
  const request = charge(world)
  const answer = connector.purchase?.(gateway, request)
  await vi.waitFor(async () => expect(await world.book(request.reference)).toBeDefined(), 10_000)
  await server.close()
  expect(await answer).toMatchObject({ kind: 'unknown', cause: expect.not.stringContaining('in time') })
})

test('a port that is taken is an error, and leaves nothing running', async () => {
  const world = await startSandboxWorld()
  const port = Number(new URL(world.server.baseUrl).port)
  await expect(startSandboxGateway(options(world, port))).rejects.toThrow(/EADDRINUSE/)
})

test('challenges are where payers reach them', async () => {
  const world = await startSandboxWorld()
  const server = await startSandboxGateway({ ...options(world), publicUrl: () => 'https://pay.example' })
  onTestFinished(() => server.close())
  const request = { ...charge(world), card: cardOf('4000000000000002', '237') }
  expect(await connector.purchase?.({ ...world.account(), baseUrl: server.baseUrl }, request)).toMatchObject({
    redirect: { url: 'https://pay.example/sandbox/gateway/acs' },
  })
})
