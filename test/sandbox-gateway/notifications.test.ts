import { afterAll, expect, test, vi } from 'vitest'
import type { ChargeRequest } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const world = await startSandboxWorld((close) => closers.push(close))
const gateway = world.account()

const purchase = async (more: Partial<ChargeRequest> = {}): Promise<string> => {
  const request: ChargeRequest = {
    reference: newReference(),
    amount: parseAmount('10.00', 'USD'),
    card: cardOf('4111111111111111'),
    description: 'An order',
    authentication: 'auto',
    returnUrl: 'https://shop.example/back',
    notificationUrl: world.notificationUrl,
    isRepeated: false,
    ...more,
  }
  await connector.purchase?.(gateway, request)
  return request.reference
}
const about = (reference: string) => world.notified.filter(({ body }) => body.includes(reference))
const arrive = (reference: string, count: number) =>
  vi.waitFor(() => expect(about(reference)).toHaveLength(count), 10_000)

interface Sending {
  readonly attempts: number
  readonly due_at: Date | null
  readonly arrived_at: Date | null
}

async function sendingOf(reference: string): Promise<Sending | undefined> {
  const { rows } = await world.pool.query<Sending>(
    'select attempts, due_at, arrived_at from sandbox_gateway.notifications where reference = $1',
    [reference],
  )
  return rows[0]
}

// The clock may be moved while a try is under way, so it is moved until the try after it has come.
const passTimeUntil = (
  reference: string,
  is: (sending: Sending | undefined) => boolean,
): Promise<Sending | undefined> =>
  vi.waitFor(
    async () => {
      await world.advance(301)
      const sending = await sendingOf(reference)
      expect(is(sending)).toBe(true)
      return sending
    },
    { timeout: 20_000, interval: 300 },
  )

test('a notification that is not taken comes again, the same one with a fresh signature, and then no more', async () => {
  world.answerStatus = 500
  const reference = await purchase()
  await arrive(reference, 1)
  await passTimeUntil(reference, (sending) => sending?.attempts === 2)
  world.answerStatus = 204
  await passTimeUntil(reference, (sending) => sending?.due_at === null)
  expect((await sendingOf(reference))?.arrived_at).not.toBeNull()
  const count = about(reference).length
  expect(count).toBeGreaterThanOrEqual(3)
  await world.advance(1000)
  await arrive(await purchase(), 1)
  expect(about(reference)).toHaveLength(count)
  const events = about(reference).map((incoming) => connector.parseNotification?.(gateway, incoming))
  expect(new Set(events.map((event) => event?.eventId)).size).toBe(1)
  expect(events.every((event) => event?.reference === reference)).toBe(true)
})

test.each([302, 404, 500])('it is given up after six tries that are answered %i', async (status) => {
  world.answerStatus = status
  const reference = await purchase()
  const sending = await passTimeUntil(reference, (found) => found?.due_at === null)
  world.answerStatus = 200
  expect(sending).toMatchObject({ attempts: 6, arrived_at: null })
  expect(about(reference)).toHaveLength(6)
})

test('a decline is told, too; what is pending is told when it is decided', async () => {
  await arrive(await purchase({ card: cardOf('4000000001000050') }), 1)
  const later = await purchase({ card: cardOf('4000000001000142') })
  await arrive(await purchase(), 1)
  expect(about(later)).toEqual([])
  await world.advance(4)
  await arrive(later, 1)
})

test('a receiver that is inside somebody’s network is not called', async () => {
  const reference = await purchase({ notificationUrl: 'http://10.0.0.1/notifications' })
  await arrive(await purchase(), 1)
  await vi.waitFor(
    async () => expect(await sendingOf(reference)).toMatchObject({ attempts: 1, arrived_at: null }),
    10_000,
  )
})
