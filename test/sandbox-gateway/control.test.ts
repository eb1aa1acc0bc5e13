import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { ChargeRequest, FollowUpRequest } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'
import { createCall } from '../helpers/florin.ts'

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const world = await startSandboxWorld((close) => closers.push(close))
const account = { id: '0198c1de-0000-7000-8000-000000000001', code: 'Kasse №1' }
const gateway = { ...world.account({ totalMs: 15_000 }), account } // Patient: many calls at once are slow, not lost.

const arm = (body: unknown) =>
  world.control('POST', '/sandbox/gateway/faults', typeof body === 'string' ? body : JSON.stringify(body))
const charge = (more: Partial<ChargeRequest> = {}): ChargeRequest => ({
  reference: newReference(),
  amount: parseAmount('10.00', 'USD'),
  merchantReference: 'order-1',
  card: cardOf('4111111111111111'),
  description: 'An order',
  authentication: 'auto',
  returnUrl: 'https://shop.example/back?order=1&x=%22',
  notificationUrl: world.notificationUrl,
  isRepeated: false,
  ...more,
})
const purchase = async (more?: Partial<ChargeRequest>): Promise<string | undefined> =>
  (await connector.purchase?.(gateway, charge(more)))?.kind

beforeEach(async () => {
  await world.control('DELETE', '/sandbox/gateway/faults')
})

describe('faults', () => {
  test('are listed: every mode by number and name, and what is armed', async () => {
    await arm({ mode: 15, count: 2, operation: 'refund', merchantTransactionId: 'order-7', gatewayAccount: 'main' })
    await arm({ mode: 'html', rate: 0.25 })
    const { body } = await world.control('GET', '/sandbox/gateway/faults')
    expect(body.modes).toHaveLength(24)
    expect(body.modes[14]).toMatchObject({ number: 15, name: 'error-did', fired: expect.any(Number) })
    expect(body.armed).toEqual([
      {
        id: expect.any(String),
        mode: 15,
        name: 'error-did',
        count: 2,
        operation: 'refund',
        merchantTransactionId: 'order-7',
        gatewayAccount: 'main',
      },
      { id: expect.any(String), mode: 11, name: 'html', rate: 0.25 },
    ])
  })

  test('happen as often as they were asked for', async () => {
    await arm({ mode: '18', count: 2 })
    expect([await purchase(), await purchase(), await purchase()]).toEqual(['not_sent', 'not_sent', 'approved'])
  })

  test('of which one is left happen to one of many at once', async () => {
    await arm({ mode: 'error-did-not' })
    const kinds = await Promise.all(Array.from({ length: 8 }, () => purchase()))
    expect(kinds.filter((kind) => kind === 'unknown')).toHaveLength(1)
  })

  test('with a rate happen until they are disarmed', async () => {
    await arm({ mode: 'error-did-not', rate: 1 })
    for (let i = 0; i < 4; i++) expect(await purchase()).toBe('unknown')
    expect((await world.control('DELETE', '/sandbox/gateway/faults')).body).toEqual({ disarmed: 1 })
    expect(await purchase()).toBe('approved')
    await arm({ mode: 'error-did-not', rate: 0.3 })
    const kinds = await Promise.all(Array.from({ length: 60 }, () => purchase()))
    const failed = kinds.filter((kind) => kind === 'unknown').length
    expect(failed).toBeGreaterThan(3) // Less likely to be outside than one in a million.
    expect(failed).toBeLessThan(40)
  })

  test('can be disarmed one by one', async () => {
    const { body } = await arm({ mode: 16 })
    await arm({ mode: 18 })
    expect((await world.control('DELETE', `/sandbox/gateway/faults/${body.id}`)).status).toBe(200)
    expect((await world.control('DELETE', `/sandbox/gateway/faults/${body.id}`)).status).toBe(404)
    expect((await world.control('DELETE', '/sandbox/gateway/faults/x')).status).toBe(404)
    expect([await purchase(), await purchase()]).toEqual(['not_sent', 'approved'])
  })

  test.each([
    ['operation', { operation: 'authorize' }, { operation: 'purchase' }],
    ['merchantTransactionId', { merchantTransactionId: 'order-2' }, { merchantTransactionId: 'order-1' }],
    ['gatewayAccount by code', { gatewayAccount: 'other' }, { gatewayAccount: account.code }],
    ['gatewayAccount by id', { gatewayAccount: 'other' }, { gatewayAccount: account.id }],
  ])('narrowed by %s happen to nothing else', async (_by, other, same) => {
    await arm({ mode: 'refuse-connect', ...other })
    await arm({ mode: 'error-did-not', ...other })
    expect(await purchase()).toBe('approved')
    await arm({ mode: 'refuse-connect', ...same })
    await arm({ mode: 'error-did-not', ...same })
    expect([await purchase(), await purchase(), await purchase()]).toEqual(['not_sent', 'unknown', 'approved'])
  })

  test.each([
    ['mode', {}],
    ['mode', { mode: 0 }],
    ['mode', { mode: 25 }],
    ['mode', { mode: 1.5 }],
    ['mode', { mode: 'nothing' }],
    ['mode', { mode: null }],
    ['mode', { mode: [1] }],
    ['count', { mode: 1, count: 0 }],
    ['count', { mode: 1, count: -1 }],
    ['count', { mode: 1, count: 1.5 }],
    ['count', { mode: 1, count: '1' }],
    ['rate', { mode: 1, rate: 0 }],
    ['rate', { mode: 1, rate: 1.01 }],
    ['rate', { mode: 1, rate: '0.5' }],
    ['rate', { mode: 1, rate: 0.5, count: 1 }],
    ['operation', { mode: 1, operation: 'inquiry' }],
    ['operation', { mode: 1, operation: '' }],
    ['merchantTransactionId', { mode: 1, merchantTransactionId: '' }],
    ['merchantTransactionId', { mode: 1, merchantTransactionId: 1 }],
    ['gatewayAccount', { mode: 1, gatewayAccount: '' }],
  ])('are refused with %s named: %j', async (field, body) => {
    const { status, body: answer } = await arm(body)
    expect(status).toBe(400)
    expect(answer.message).toMatch(new RegExp(`^${field} `))
  })

  test.each(['', '[]', '{', '"x"'])('are refused with the body %j', async (body) => {
    expect((await arm(body)).status).toBe(400)
  })

  test('are refused when a member is not known', async () => {
    const { status, body } = await arm({ mode: 1, merchantTransactionID: 'order-1' })
    expect(status).toBe(400)
    expect(body.message).toContain('merchantTransactionID')
  })
})

describe('the book', () => {
  test('has a row for each operation, whatever the caller was told', async () => {
    const held = charge({ merchantReference: 'order-book' })
    await arm({ mode: 'error-did' })
    await connector.authorize?.(gateway, held)
    await connector.authorize?.(gateway, held)
    const captured: FollowUpRequest = {
      reference: newReference(),
      amount: parseAmount('6.5', 'USD'),
      merchantReference: 'order-book',
      charge: { reference: held.reference, gatewayReference: null },
      notificationUrl: world.notificationUrl,
    }
    await connector.capture?.(gateway, { ...captured, isFinal: true })
    await connector.void?.(gateway, { ...captured, reference: newReference(), amount: held.amount })
    const { body } = await world.control('GET', '/sandbox/gateway/book?merchantTransactionId=order-book')
    const common = { merchantTransactionId: 'order-book', gatewayAccount: account.code, currency: 'USD' }
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(body).toEqual([
      {
        ...common,
        at,
        reference: held.reference,
        operation: 'authorize',
        amount: '10.00',
        state: 'approved',
        attempts: 2,
      },
      {
        ...{ ...common, at, reference: captured.reference, operation: 'capture', parentReference: held.reference },
        ...{ amount: '6.50', state: 'approved', attempts: 1 },
      },
      {
        ...{ ...common, at, reference: expect.any(String), operation: 'void', parentReference: held.reference },
        ...{ amount: '10.00', state: 'declined', declineCode: 'state_invalid', attempts: 1 },
      },
    ])
    for (const query of [
      `reference=${captured.reference}`,
      `parentReference=${held.reference}&operation=capture`,
      `merchantTransactionId=order-book&operation=capture&gatewayAccount=${account.id}`,
    ]) {
      expect((await world.control('GET', `/sandbox/gateway/book?${query}`)).body).toEqual([body[1]])
    }
    expect((await world.control('GET', '/sandbox/gateway/book?reference=x')).body).toEqual([])
    expect((await world.control('GET', '/sandbox/gateway/book?operation=x')).status).toBe(400)
  })
})

test.each([
  ['GET', '/sandbox/gateway/faults'],
  ['POST', '/sandbox/gateway/faults'],
  ['DELETE', '/sandbox/gateway/faults'],
  ['GET', '/sandbox/gateway/book'],
])('%s %s is for whoever has the token', async (method, path) => {
  for (const authorization of ['', 'Bearer ', 'Bearer wrong', `Basic ${world.token}`, `Bearer ${world.token}x`]) {
    const { status } = await createCall(world.server.baseUrl, authorization)(method, path)
    expect(status).toBe(401)
  }
})

test('an account sees nothing of another one, even with its references', async () => {
  const request = charge()
  await connector.purchase?.(gateway, request)
  const other = world.account()
  expect(await connector.purchase?.(other, request)).toMatchObject({ kind: 'approved' })
  const refund = {
    ...request,
    reference: newReference(),
    charge: { reference: request.reference, gatewayReference: null },
  }
  expect(await connector.refund?.(other, refund)).toMatchObject({ kind: 'approved' })
  expect(await connector.refund?.(gateway, { ...refund, reference: newReference() })).toMatchObject({
    kind: 'approved',
  })
  const rows = (await world.control('GET', `/sandbox/gateway/book?reference=${request.reference}`)).body
  expect(rows).toHaveLength(2)
})
