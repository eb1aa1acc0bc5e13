import { createHmac } from 'node:crypto'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { ChargeRequest, Gateway, Outcome } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector, parseNotification } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { FAULT_MODES, type FaultName, magicAmount } from '../../src/sandbox-gateway/modes.ts'
import { Secret } from '../../src/secret.ts'
import { testConnector } from './contract.ts'
import { type Breakage, cardOf, newReference } from './driver.ts'
import { type ImitatedAnswers, imitateGateway, startSandboxWorld } from './world.ts'

const FAULTS: Readonly<Record<Breakage, FaultName>> = {
  refused: 'refuse-connect',
  silence: 'never-answer',
  reset: 'reset-after-doing',
  cut: 'cut-json',
  html: 'html',
  server_error: 'error-did',
  other_amount: 'wrong-amount',
  other_currency: 'wrong-currency',
  other_reference: 'wrong-reference',
  too_many: 'too-many',
  notified_twice: 'callback-twice',
  notified_early: 'callback-early',
}

testConnector('sandbox', async () => {
  const closers: (() => Promise<void>)[] = []
  const world = await startSandboxWorld((close) => closers.push(close))
  const gateway = world.account()
  return {
    connector,
    gateway,
    otherGateway: world.account(),
    cards: {
      approved: cardOf('4111111111111111'),
      declined: cardOf('4000000001000050'),
      challenged: cardOf('4000000000000002', '237'),
    },
    notificationUrl: world.notificationUrl,
    notified: () => world.notified,
    exchanges: () => gateway.exchanges,
    breakNext: (how) => world.arm({ mode: FAULTS[how] }),
    book: async (reference) => {
      const row = await world.book(reference)
      return row && parseAmount(row.amount, row.currency)
    },
    close: async () => {
      for (const close of closers) await close()
    },
  }
})

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const world = await startSandboxWorld((close) => closers.push(close))
const gateway = world.account({ totalMs: 15_000 })
// The same account over a transport that does not wait for the slow faults.
const impatient: Gateway = { ...gateway, http: world.account({ totalMs: 1000 }).http }

const charge = (amount = '10.00', more: Partial<ChargeRequest> = {}): ChargeRequest => ({
  reference: newReference(),
  amount: parseAmount(amount, 'USD'),
  card: cardOf('4111111111111111'),
  description: 'An order',
  authentication: 'auto',
  returnUrl: 'https://shop.example/back?order=1',
  notificationUrl: world.notificationUrl,
  isRepeated: false,
  ...more,
})
const purchase = async (request: ChargeRequest, at: Gateway = gateway): Promise<Outcome> => {
  const outcome = await connector.purchase?.(at, request)
  if (!outcome) throw new Error('there is no purchase')
  return outcome
}
const inquire = ({ reference, amount }: ChargeRequest) =>
  connector.inquire?.(gateway, { reference, amount, operation: 'purchase' })
const eventsOf = (reference: string): string[] =>
  world.notified
    .map(({ body }) => JSON.parse(body) as { eventId: string; reference: string })
    .filter((body) => body.reference === reference)
    .map(({ eventId }) => eventId)

interface Expected {
  readonly outcome: object
  /** What the book says right afterwards; undefined when it has no row. */
  readonly state: string | undefined
  /** What an inquiry says right afterwards. */
  readonly inquiry: string
}

const UNKNOWN = { kind: 'unknown' }
const did = (outcome: object, inquiry = 'approved', state = 'approved'): Expected => ({ outcome, state, inquiry })
const didNot = (outcome: object): Expected => ({ outcome, state: undefined, inquiry: 'not_found' })

const EXPECTED: Readonly<Record<FaultName, Expected>> = {
  'refuse-connect': didNot({ kind: 'not_sent', cause: 'ECONNREFUSED' }),
  'dns-fail': didNot({ kind: 'not_sent', cause: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT/) }),
  'tls-fail': didNot({ kind: 'not_sent', cause: expect.stringMatching(/SSL|EPROTO/) }),
  'never-answer': didNot({ kind: 'unknown', cause: 'no answer in time' }),
  'late-did': did({ kind: 'unknown', cause: 'no answer in time' }),
  'late-did-not': didNot({ kind: 'unknown', cause: 'no answer in time' }),
  'reset-before-read': didNot({ kind: 'unknown', cause: 'ECONNRESET' }),
  'reset-after-doing': did({ kind: 'unknown', cause: 'ECONNRESET' }),
  'reset-mid-answer': did({ kind: 'unknown', cause: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) }),
  'cut-json': did({ kind: 'unknown', cause: 'the answer is not JSON' }),
  html: did({ kind: 'unknown', cause: 'the answer is not JSON' }),
  'wrong-amount': did({ kind: 'unknown', cause: 'the answer has another amount' }),
  'wrong-currency': did({ kind: 'unknown', cause: 'the answer has another currency' }),
  'wrong-reference': did({ kind: 'unknown', cause: 'the answer has another reference' }),
  'error-did': did({ kind: 'unknown', cause: 'status 500' }),
  'error-did-not': didNot({ kind: 'unknown', cause: 'status 500' }),
  unavailable: didNot({ kind: 'unknown', cause: 'status 503' }),
  'too-many': didNot({ kind: 'not_sent', cause: 'too many requests' }),
  'duplicate-id': did({ kind: 'approved' }),
  'callback-early': did({ kind: 'approved' }),
  'callback-twice': did({ kind: 'approved' }),
  'callback-never': did({ kind: 'pending' }, 'pending', 'pending'),
  'not-found-first': did(UNKNOWN, 'not_found'),
  flips: did({ kind: 'pending' }, 'pending', 'pending'),
}

describe.each(FAULT_MODES)('fault $number, $name,', ({ number, name, did: isDone }) => {
  const expected = EXPECTED[name]
  const fires = async (request: ChargeRequest): Promise<void> => {
    const before = (await world.census()).get(number) ?? 0
    const isSlow = name === 'never-answer' || name === 'late-did' || name === 'late-did-not'
    expect(await purchase(request, isSlow ? impatient : gateway)).toMatchObject(expected.outcome)
    expect((await world.census()).get(number)).toBe(before + 1)
    await vi.waitFor(async () => expect((await world.book(request.reference))?.state).toBe(expected.state))
    expect(isDone).toBe(expected.state !== undefined)
    expect(await inquire(request)).toMatchObject({ kind: expected.inquiry })
  }

  test('happens when it is armed, once, and the book is the truth', async () => {
    const request = charge()
    await world.arm({ mode: number })
    await fires(request)
    expect(await purchase(charge())).toMatchObject({ kind: 'approved' })
  })

  test('happens to its amount', async () => {
    await fires(charge(magicAmount(number)))
  })
})

describe('time', () => {
  test('brings the truth of an operation that was not found', async () => {
    const request = charge(magicAmount(23))
    await purchase(request)
    await world.advance(20)
    expect(await inquire(request)).toMatchObject({ kind: 'not_found' })
    await world.advance(10)
    expect(await inquire(request)).toMatchObject({ kind: 'approved' })
    await vi.waitFor(() => expect(new Set(eventsOf(request.reference)).size).toBe(2), 5000)
  })

  test('turns a flipping operation from pending to declined to approved, and both are told', async () => {
    const request = charge(magicAmount(24))
    await purchase(request)
    await world.advance(5)
    expect(await inquire(request)).toMatchObject({ kind: 'pending' })
    await world.advance(5)
    expect(await inquire(request)).toMatchObject({ kind: 'declined' })
    expect(await world.book(request.reference)).toMatchObject({ state: 'pending' })
    await world.advance(10)
    expect(await inquire(request)).toMatchObject({ kind: 'approved' })
    expect(await world.book(request.reference)).toMatchObject({ state: 'approved' })
    await vi.waitFor(() => expect(new Set(eventsOf(request.reference)).size).toBe(2), 5000)
  })

  test('brings an operation to its end whose notification never comes', async () => {
    const request = charge(magicAmount(22))
    await purchase(request)
    await world.advance(5)
    expect(await inquire(request)).toMatchObject({ kind: 'approved' })
    const told = charge()
    await purchase(told)
    await vi.waitFor(() => expect(eventsOf(told.reference)).toHaveLength(1), 5000)
    expect(eventsOf(request.reference)).toEqual([])
  })
})

test('a duplicate id is that of an earlier operation', async () => {
  const [first, second] = [await purchase(charge()), await purchase(charge(magicAmount(19)))]
  expect(second).toMatchObject({
    kind: 'approved',
    gatewayReference: (first as { gatewayReference: string }).gatewayReference,
  })
})

test('a refund that is queued is pending, and reserves what it asks for', async () => {
  const paid = charge('10.00', { card: cardOf('4000000001000183') })
  await purchase(paid)
  const refund = (amount: string) => ({
    reference: newReference(),
    amount: parseAmount(amount, 'USD'),
    charge: { reference: paid.reference, gatewayReference: null },
    notificationUrl: world.notificationUrl,
  })
  const first = refund('6.00')
  expect(await connector.refund?.(gateway, first)).toMatchObject({ kind: 'pending' })
  expect(await connector.refund?.(gateway, refund('4.01'))).toMatchObject({ code: 'amount_too_large' })
  await world.advance(4)
  expect(await connector.inquire?.(gateway, { ...first, operation: 'refund' })).toMatchObject({ kind: 'approved' })
  await vi.waitFor(() => expect(eventsOf(first.reference)).toHaveLength(1), 5000)
})

test('a queued refund that is refused in the end gives back what it had reserved', async () => {
  const paid = charge('10.00', { card: cardOf('4000000001000191') })
  await purchase(paid)
  const refund = () => ({
    reference: newReference(),
    amount: parseAmount('10.00', 'USD'),
    charge: { reference: paid.reference, gatewayReference: null },
    notificationUrl: world.notificationUrl,
  })
  const first = refund()
  expect(await connector.refund?.(gateway, first)).toMatchObject({ kind: 'pending' })
  expect(await connector.refund?.(gateway, refund())).toMatchObject({ kind: 'declined' })
  await world.advance(4)
  expect(await connector.inquire?.(gateway, { ...first, operation: 'refund' })).toMatchObject({ kind: 'declined' })
  expect(await connector.refund?.(gateway, refund())).toMatchObject({ kind: 'pending' })
})

test.each([
  ['a charge that the gateway has not', 'state_invalid', { reference: newReference(), gatewayReference: null }],
])('a follow-up of %s is declined', async (_of, code, of) => {
  const request = { reference: newReference(), amount: parseAmount('1.00', 'USD'), charge: of }
  expect(await connector.refund?.(gateway, { ...request, notificationUrl: world.notificationUrl })).toMatchObject({
    kind: 'declined',
    code,
  })
})

describe('the connector', () => {
  const imitate = async (answers: ImitatedAnswers) => ({ ...gateway, ...(await imitateGateway(answers)) })
  const HERE = [200, '{"url":"."}'] as const

  test.each([
    'http://127.0.0.2:80',
    'https://attacker.example',
    'http://127.0.0.1.attacker.example',
    'file:///etc/passwd',
    '//attacker.example',
    'http://[',
  ])('sends nothing to %s, which a directory names', async (url) => {
    const odd = await imitate({ '/v1/directory': [200, JSON.stringify({ url })] })
    expect(await purchase(charge(), odd)).toMatchObject({
      kind: 'not_sent',
      cause: expect.stringMatching(/^the directory/),
    })
    expect(odd.seen).toEqual(['GET /v1/directory'])
  })

  test.each([
    [500, ''],
    [200, 'x'],
    [200, '{}'],
    [401, '{}'],
  ])('has sent nothing when the directory answers %i %j', async (status, body) => {
    const odd = await imitate({ '/v1/directory': [status, body] })
    expect(await purchase(charge(), odd)).toMatchObject({ kind: 'not_sent' })
  })

  const answer = (changes: object, request: ChargeRequest): string =>
    JSON.stringify({
      id: 'SG1',
      reference: request.reference,
      operation: 'purchase',
      amount: '10.00',
      currency: 'USD',
      status: 'approved',
      ...changes,
    })

  test.each([
    [{ amount: '10.0' }],
    [{ amount: 10 }],
    [{ amount: '10' }],
    [{ amount: '1000' }],
    [{ currency: 'usd' }],
    [{ operation: 'authorize' }],
    [{ reference: undefined }],
    [{ id: '' }],
    [{ status: 'APPROVED' }],
    [{ status: 'declined' }],
    [{ status: 'declined', decline: { code: 'because', message: 'No.' } }],
    [{ status: 'redirect', redirect: { url: 'javascript:alert(1)', method: 'GET', parameters: [] } }],
    [{ status: 'redirect', redirect: { url: 'https://acs.example', method: 'PUT', parameters: [] } }],
    [{ status: 'redirect', redirect: { url: 'https://acs.example', method: 'GET', parameters: [{ name: 'a' }] } }],
  ])('does not believe an answer with %j', async (changes) => {
    const request = charge()
    const odd = await imitate({ '/v1/directory': HERE, '/v1/operations': [200, answer(changes, request)] })
    expect(await purchase(request, odd)).toMatchObject({ kind: 'unknown' })
    expect(await connector.inquire?.(odd, { ...request, operation: 'purchase' })).toMatchObject({ kind: 'unknown' })
  })

  test.each([
    [400, 'invalid_request', 'declined'],
    [422, 'charge_not_found', 'declined'],
    [409, 'reference_reused', 'unknown'],
    [400, 'whatever', 'unknown'],
    [404, 'not_found', 'unknown'],
    [401, 'unauthorized', 'not_sent'],
    [302, 'moved', 'unknown'],
  ])('reads status %i %s as %s', async (status, code, kind) => {
    const request = charge()
    const body = JSON.stringify({ error: { code, message: 'No.' }, reference: request.reference })
    const odd = await imitate({ '/v1/directory': HERE, '/v1/operations': [status, body] })
    expect(await purchase(request, odd)).toMatchObject({ kind })
  })

  test('takes a refusal only when it is about the reference', async () => {
    const body = JSON.stringify({ error: { code: 'invalid_request', message: 'No.' }, reference: newReference() })
    const odd = await imitate({ '/v1/directory': HERE, '/v1/operations': [400, body] })
    expect(await purchase(charge(), odd)).toMatchObject({ kind: 'unknown' })
  })

  test('believes that something was not found only in the words of the gateway', async () => {
    for (const [status, body] of [
      [404, ''],
      [404, '<html>'],
      [404, JSON.stringify({ error: { code: 'not_found' }, reference: newReference() })],
      [410, ''],
    ] as const) {
      const odd = await imitate({ '/v1/operations': [status, body] })
      expect(await connector.inquire?.(odd, { ...charge(), operation: 'purchase' })).toMatchObject({ kind: 'unknown' })
    }
  })

  test('has sent nothing without an API key', async () => {
    expect(await purchase(charge(), { ...gateway, credentials: {} })).toMatchObject({ kind: 'not_sent' })
    expect(await purchase(charge(), { ...gateway, credentials: { apiKey: new Secret('short') } })).toMatchObject({
      kind: 'not_sent',
    })
  })

  test('reads a notification for five minutes', () => {
    const apiKey = 'key_0123456789abcdef'
    const body = '{"eventId":"e","reference":"r","operation":"purchase"}'
    const key = createHmac('sha256', apiKey).update('florin sandbox notification').digest()
    const digest = createHmac('sha256', key).update(`1000.${body}`).digest('hex')
    const read = (nowSeconds: number) =>
      parseNotification(
        { credentials: { apiKey: new Secret(apiKey) } },
        { headers: { 'x-sandbox-signature': `t=1000,v1=${digest}` }, body },
        nowSeconds * 1000,
      )
    expect(read(1000)).toEqual({ eventId: 'e', reference: 'r' })
    expect(read(1300)).toBeDefined()
    expect(read(1301)).toBeUndefined()
    expect(read(699)).toBeUndefined()
  })
})
