import { afterAll, describe, expect, test } from 'vitest'
import type { CardData, ChargeRequest, Outcome, TokenizeOutcome } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { TEST_CARDS } from '../../src/sandbox-gateway/cards.ts'
import { FAULT_MODES } from '../../src/sandbox-gateway/modes.ts'
import type { Secret } from '../../src/secret.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const world = await startSandboxWorld((close) => closers.push(close))
const gateway = world.account({ totalMs: 15_000 })

const keep = async (card: CardData, reference = newReference()): Promise<TokenizeOutcome> => {
  const outcome = await connector.tokenize?.(gateway, { reference, card })
  if (!outcome) throw new Error('there is no tokenize')
  return outcome
}
const tokenOf = async (card: CardData): Promise<Secret<string>> => {
  const outcome = await keep(card)
  if (outcome.kind !== 'tokenized') throw new Error(`not kept: ${JSON.stringify(outcome)}`)
  return outcome.token
}
const charge = (card: ChargeRequest['card'], more: Partial<ChargeRequest> = {}): ChargeRequest => ({
  ...{ reference: newReference(), amount: parseAmount('10.00', 'USD'), card },
  ...{ description: 'An order', authentication: 'auto', isRepeated: false },
  ...{ returnUrl: 'https://shop.example/back', notificationUrl: world.notificationUrl },
  ...more,
})
/** The outcome without what differs each time. */
const sortOf = async (request: ChargeRequest): Promise<object> => {
  const outcome = (await connector.authorize?.(gateway, request)) as Outcome
  return {
    kind: outcome.kind,
    ...('code' in outcome && { code: outcome.code }),
    ...('eci' in outcome && { eci: outcome.eci }),
  }
}

/** Everything that the gateway has written down. */
async function readAll(): Promise<string> {
  const { rows: tables } = await world.pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'sandbox_gateway'::regnamespace and relkind = 'r'`,
  )
  const texts = tables.map(async ({ name }) => {
    const { rows } = await world.pool.query(`select t::text from sandbox_gateway.${name} t`)
    return JSON.stringify(rows)
  })
  return (await Promise.all(texts)).join('\n')
}

/** Four digits that are no part of an id or of a time, where any digits may stand. */
const alone = (digits: string): RegExp => new RegExp(`(?<![\\w.-])${digits}(?![\\w.-])`)

test('neither the number nor the code of a kept card rests with the gateway, and nothing of one that is forgotten', async () => {
  const card = cardOf('4242424242424242', '9173')
  const token = await tokenOf({ ...card, expiryYear: 2071 })
  expect(await sortOf(charge({ token }))).toMatchObject({ kind: 'approved' })
  const before = await readAll()
  expect(before).toContain(token.reveal())
  expect(before).toMatch(alone('2071'))
  expect(before).not.toContain('424242')
  expect(before).not.toMatch(alone('9173'))
  await connector.forget?.(gateway, token)
  expect(await readAll()).not.toMatch(alone('2071'))
})

test('what is forgotten is not kept again by a copy of its request that comes late', async () => {
  const reference = newReference()
  const card = cardOf('4111111111111111')
  const outcome = await keep(card, reference)
  if (outcome.kind !== 'tokenized') throw new Error('not kept')
  await connector.forget?.(gateway, outcome.token)
  expect(await keep(card, reference)).toMatchObject({ kind: 'declined', code: 'card_invalid' })
  expect(await sortOf(charge({ token: outcome.token }))).toEqual({ kind: 'declined', code: 'card_invalid' })
})

test.each([
  ['has no right check digit', cardOf('4111111111111112'), 'card_invalid'],
  ['has no brand', cardOf('9999999999999995'), 'card_invalid'],
  ['has expired', { ...cardOf('4111111111111111'), expiryYear: 2020 }, 'card_expired'],
  ['comes with a wrong code', cardOf('4000000000000051', '746'), 'cvv_wrong'],
])('a card that %s is not kept, and its reference is as good as new', async (_what, card, code) => {
  const reference = newReference()
  expect(await keep(card, reference)).toMatchObject({ kind: 'declined', code, message: expect.stringMatching(/./) })
  expect(await keep(cardOf('4111111111111111'), reference)).toMatchObject({ kind: 'tokenized', last4: '1111' })
  expect(await keep(cardOf('4242424242424242'), reference)).toMatchObject({ kind: 'unknown', cause: 'status 409' })
})

test('a kept card expires', async () => {
  const now = new Date()
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1))
  const expiry = { expiryMonth: now.getUTCMonth() + 1, expiryYear: now.getUTCFullYear() }
  const token = await tokenOf({ ...cardOf('4111111111111111'), ...expiry })
  expect(await sortOf(charge({ token }))).toMatchObject({ kind: 'approved' })
  await world.advance(Math.ceil((next.getTime() - now.getTime()) / 1000))
  expect(await sortOf(charge({ token }))).toEqual({ kind: 'declined', code: 'card_expired' })
})

test.each(TEST_CARDS)(
  'the card $number does by its token what it does by its number',
  async ({ number, cvv = '123' }) => {
    const card = cardOf(number, cvv)
    const token = await tokenOf(card)
    for (const authentication of ['auto', 'required', 'skip'] as const) {
      expect(await sortOf(charge({ token }, { authentication }))).toEqual(
        await sortOf(charge(card, { authentication })),
      )
    }
    const repeated = { isRepeated: true, authentication: 'required' } as const
    expect(await sortOf(charge({ token }, repeated))).toEqual(await sortOf(charge(card, repeated)))
  },
)

test('what follows a charge by token meets what the card says', async () => {
  const paid = charge({ token: await tokenOf(cardOf('4000000001000175')) })
  expect(await connector.purchase?.(gateway, paid)).toMatchObject({ kind: 'approved' })
  const refund = { ...paid, reference: newReference(), charge: { reference: paid.reference, gatewayReference: null } }
  expect(await connector.refund?.(gateway, refund)).toMatchObject({ kind: 'declined', code: 'refused' })
})

test('a reference that charged one token is not believed for another', async () => {
  const [one, other] = [await tokenOf(cardOf('4111111111111111')), await tokenOf(cardOf('4111111111111111'))]
  const request = charge({ token: one })
  expect(await sortOf(request)).toMatchObject({ kind: 'approved' })
  expect(await sortOf({ ...request, card: { token: other } })).toEqual({ kind: 'unknown' })
})

describe('the API', () => {
  const send = async (path: string, body: object): Promise<{ status: number; message: unknown }> => {
    const answer = await gateway.http.send({
      ...{ method: 'POST', url: `${gateway.baseUrl}${path}`, body: JSON.stringify(body) },
      headers: {
        authorization: `Bearer ${gateway.credentials.apiKey?.reveal()}`,
        'content-type': 'application/json',
      },
    })
    return {
      status: answer.status,
      message: (JSON.parse(answer.body) as { error?: { message?: string } }).error?.message,
    }
  }
  const card = { number: '4111111111111111', expiryMonth: 12, expiryYear: 2099 }
  const common = { reference: newReference(), amount: '1.00', currency: 'USD', returnUrl: 'https://shop.example' }

  test.each([
    ['purchase', { card, cardToken: 'SC1' }, 'Either card or cardToken is required'],
    ['purchase', {}, 'Either card or cardToken is required'],
    ['purchase', { cardToken: '' }, 'cardToken has the wrong format'],
    ['purchase', { cardToken: 'SC1', chargeReference: newReference() }, 'chargeReference is not for charges'],
    ['refund', { cardToken: 'SC1', chargeReference: newReference() }, 'cardToken is for charges'],
    ['payout', { cardToken: 'SC1' }, 'cardToken is for charges'],
  ])('refuses a %s with %j', async (operation, instrument, message) => {
    expect(await send(`/v1/operations/${operation}`, { ...common, ...instrument })).toEqual({ status: 400, message })
  })

  test.each([
    ['/v1/cards', { card }, 'reference is required'],
    ['/v1/cards', { reference: newReference() }, 'card is required'],
    [
      '/v1/cards',
      { reference: newReference(), card: { ...card, number: '411111' } },
      'card.number has the wrong format',
    ],
    ['/v1/cards/forget', {}, 'token is required'],
  ])('refuses %s with %j', async (path, body, message) => {
    expect(await send(path, body)).toEqual({ status: 400, message })
  })
})

describe('faults', () => {
  const isOfMoney = ({ happensToCards }: (typeof FAULT_MODES)[number]): boolean => !happensToCards

  test.each(FAULT_MODES.filter(isOfMoney))('$name waits for money, and is not armed for cards', async ({ number }) => {
    const armed = await world.control('POST', '/sandbox/gateway/faults', JSON.stringify({ mode: number }))
    expect(await keep(cardOf('4111111111111111'))).toMatchObject({ kind: 'tokenized' })
    expect((await world.control('DELETE', `/sandbox/gateway/faults/${armed.body.id}`)).body).toEqual({ disarmed: 1 })
    const refused = await world.control(
      ...(['POST', '/sandbox/gateway/faults', JSON.stringify({ mode: number, operation: 'tokenize' })] as const),
    )
    expect(refused).toMatchObject({ status: 400, body: { message: expect.stringMatching(/^mode /) } })
  })

  test('that are armed for cards do not happen to money', async () => {
    await world.arm({ mode: 'refuse-connect', operation: 'tokenize' })
    await world.arm({ mode: 'error-did-not', operation: 'tokenize' })
    expect(await sortOf(charge(cardOf('4111111111111111')))).toMatchObject({ kind: 'approved' })
    expect(await keep(cardOf('4111111111111111'))).toMatchObject({ kind: 'not_sent', cause: 'ECONNREFUSED' })
    expect(await keep(cardOf('4111111111111111'))).toMatchObject({ kind: 'unknown', cause: 'status 500' })
    expect(await keep(cardOf('4111111111111111'))).toMatchObject({ kind: 'tokenized' })
  })
})
