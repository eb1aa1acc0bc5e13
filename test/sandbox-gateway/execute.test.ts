import { afterAll, describe, expect, test } from 'vitest'
import type { ChargeRequest, FollowUpRequest, Outcome } from '../../src/gateways/connector.ts'
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

async function hold(amount: string): Promise<ChargeRequest> {
  const request: ChargeRequest = {
    reference: newReference(),
    amount: parseAmount(amount, 'USD'),
    card: cardOf('4111111111111111'),
    description: 'An order',
    authentication: 'skip',
    returnUrl: 'https://shop.example/back',
    notificationUrl: world.notificationUrl,
    isRepeated: false,
  }
  expect(await connector.authorize?.(gateway, request)).toMatchObject({ kind: 'approved' })
  return request
}

const followUp = (held: ChargeRequest, amount: string): FollowUpRequest => ({
  reference: newReference(),
  amount: parseAmount(amount, 'USD'),
  charge: { reference: held.reference, gatewayReference: null },
  notificationUrl: world.notificationUrl,
})

/** The outcome as one word: `approved`, `pending`, or why it was declined. */
const wordOf = (outcome: Outcome | undefined): string | undefined =>
  outcome?.kind === 'declined' ? outcome.code : outcome?.kind
const part = async (held: ChargeRequest, amount: string) =>
  wordOf(await connector.capture?.(gateway, { ...followUp(held, amount), isFinal: false }))
const final = async (held: ChargeRequest, amount: string) =>
  wordOf(await connector.capture?.(gateway, { ...followUp(held, amount), isFinal: true }))
const release = async (held: ChargeRequest, amount: string) =>
  wordOf(await connector.void?.(gateway, followUp(held, amount)))
const refund = async (held: ChargeRequest, amount: string) =>
  wordOf(await connector.refund?.(gateway, followUp(held, amount)))

interface Charge {
  readonly captured: bigint
  readonly refunded: bigint
}

async function chargeOf({ reference }: ChargeRequest): Promise<Charge | undefined> {
  const { rows } = await world.pool.query<Charge>(
    'select captured, refunded from sandbox_gateway.operations where reference = $1',
    [reference],
  )
  return rows[0]
}

describe('a hold', () => {
  test('is captured in parts; the one that takes the last of it ends it, and so does one that is final', async () => {
    const [all, some] = [await hold('10.00'), await hold('10.00')]
    expect([await part(all, '4.00'), await part(all, '6.00')]).toEqual(['approved', 'approved'])
    expect([await part(all, '0.01'), await release(all, '0.01')]).toEqual(['state_invalid', 'state_invalid'])
    expect([await part(some, '4.00'), await final(some, '1.00')]).toEqual(['approved', 'approved'])
    expect([await part(some, '5.00'), await release(some, '5.00')]).toEqual(['state_invalid', 'state_invalid'])
    expect(await chargeOf(all)).toMatchObject({ captured: 1000n })
    expect(await chargeOf(some)).toMatchObject({ captured: 500n })
  })

  test('is never captured for more than is left of it', async () => {
    const held = await hold('10.00')
    expect(await part(held, '10.01')).toBe('amount_too_large')
    expect([await part(held, '7.00'), await final(held, '3.01')]).toEqual(['approved', 'amount_too_large'])
    expect(await final(held, '3.00')).toBe('approved')
  })

  test('is refunded between its captures, up to what they took', async () => {
    const held = await hold('10.00')
    expect([await refund(held, '1.00'), await part(held, '3.00')]).toEqual(['state_invalid', 'approved'])
    expect([await refund(held, '3.01'), await refund(held, '2.00')]).toEqual(['amount_too_large', 'approved'])
    expect([await part(held, '5.00'), await refund(held, '6.00')]).toEqual(['approved', 'approved'])
    expect(await chargeOf(held)).toEqual({ captured: 800n, refunded: 800n })
    expect(await release(held, '2.00')).toBe('approved')
  })

  test('is voided once for what is left of it, and what was captured stays so', async () => {
    const held = await hold('10.00')
    await part(held, '4.00')
    expect([await release(held, '10.00'), await release(held, '5.99')]).toEqual(['state_invalid', 'state_invalid'])
    expect(await release(held, '6.00')).toBe('approved')
    expect([await release(held, '6.00'), await part(held, '1.00')]).toEqual(['state_invalid', 'state_invalid'])
    expect(await refund(held, '4.00')).toBe('approved')
  })

  test('is not captured twice by parts that come again', async () => {
    const held = await hold('10.00')
    const request = { ...followUp(held, '4.00'), isFinal: false }
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => connector.capture?.(gateway, request)))
    expect(new Set(outcomes.map(wordOf))).toEqual(new Set(['approved']))
    expect(await connector.capture?.(gateway, { ...request, isFinal: true })).toMatchObject({ kind: 'unknown' })
    expect(await chargeOf(held)).toMatchObject({ captured: 400n })
  })
})

describe('a follow-up that is pending', () => {
  /** Asks for a follow-up that is decided later, and in the end refused. */
  async function refuseLater(ask: () => Promise<string | undefined>): Promise<() => Promise<void>> {
    await world.arm({ mode: 'flips' })
    expect(await ask()).toBe('pending')
    return async () => {
      await world.pool.query(
        `update sandbox_gateway.operations
            set decides_to = 'declined', decline_code = 'refused', decides_at = created_at
          where state = 'pending'`,
      )
    }
  }

  test('capture has not taken what a refund could give back', async () => {
    const held = await hold('10.00')
    await part(held, '2.00')
    const refuse = await refuseLater(() => part(held, '8.00'))
    expect([await refund(held, '2.01'), await refund(held, '2.00')]).toEqual(['amount_too_large', 'approved'])
    await refuse()
    expect(await part(held, '8.00')).toBe('approved')
    expect(await chargeOf(held)).toEqual({ captured: 1000n, refunded: 200n })
  })

  test('part that is refused in the end is held again', async () => {
    const held = await hold('10.00')
    const refuse = await refuseLater(() => part(held, '10.00'))
    expect([await part(held, '0.01'), await release(held, '10.00')]).toEqual(['state_invalid', 'state_invalid'])
    await refuse()
    expect(await release(held, '10.00')).toBe('approved')
    expect(await chargeOf(held)).toMatchObject({ captured: 0n })
  })

  test('final capture that is refused in the end leaves held what it would have given up', async () => {
    const held = await hold('10.00')
    await part(held, '3.00')
    const refuse = await refuseLater(() => final(held, '1.00'))
    expect(await part(held, '1.00')).toBe('state_invalid')
    await refuse()
    expect([await part(held, '7.01'), await part(held, '7.00')]).toEqual(['amount_too_large', 'approved'])
  })

  test('part that is refused in the end does not bring back what others gave up', async () => {
    const [captured, voided] = [await hold('10.00'), await hold('10.00')]
    for (const [held, end] of [
      [captured, () => final(captured, '5.00')],
      [voided, () => release(voided, '7.00')],
    ] as const) {
      const refuse = await refuseLater(() => part(held, '3.00'))
      expect(await end()).toBe('approved')
      await refuse()
      expect([await part(held, '0.01'), await release(held, '3.00')]).toEqual(['state_invalid', 'state_invalid'])
    }
    expect(await chargeOf(captured)).toMatchObject({ captured: 500n })
    expect(await chargeOf(voided)).toMatchObject({ captured: 0n })
  })

  test('void that is refused in the end leaves the rest held', async () => {
    const held = await hold('10.00')
    await part(held, '4.00')
    const refuse = await refuseLater(() => release(held, '6.00'))
    expect(await part(held, '1.00')).toBe('state_invalid')
    await refuse()
    expect(await final(held, '6.00')).toBe('approved')
  })
})
