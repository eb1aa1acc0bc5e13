import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { resolveDue } from '../../src/jobs/resolve.ts'
import type { Step } from '../../src/payments/finish.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { addGatewayAccount, charge, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'

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

/** A way to the gateway on which all connections are cut, and then the next ones, as many as are told. */
async function openFlakyWay(target: URL) {
  let cuts = 0
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    if (cuts-- > 0) return void socket.destroy()
    open.add(socket)
    const gateway = connect(Number(target.port), target.hostname)
    for (const [one, other] of [[socket, gateway] as const, [gateway, socket] as const])
      one
        .on('error', () => other.destroy())
        .on('close', () => other.destroy())
        .pipe(other)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: (count: number): void => {
      cuts = count
      for (const socket of open) socket.destroy()
    },
  }
}

test('an inquiry whose connection is cut is sent again at once', async () => {
  const way = await openFlakyWay(new URL(world.gatewayUrl))
  const id = await addGatewayAccount({ ...world, gatewayUrl: way.url }, { code: 'flaky', currency: 'USD', priority: 1 })
  await world.arm('error-did')
  const { operation } = await charge(world)
  expect(operation).toMatchObject({ state: 'unknown', gatewayAccountId: id })
  way.cut(2)
  expect(await resolveOperation(deps, operation.id)).toMatchObject({ operation: { state: 'approved' } })
})
