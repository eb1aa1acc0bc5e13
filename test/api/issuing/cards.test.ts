import { beforeAll, describe, expect, test } from 'vitest'
import { fingerprintOf } from '../../../src/idempotency/keyed.ts'
import {
  availableOf,
  type Florin,
  fundedAccount,
  issueCard,
  type Json,
  openFlorin,
  statementOf,
  type TestClient,
} from './setup.ts'

let florin: Florin
let client: TestClient
let other: TestClient

beforeAll(async () => {
  florin = await openFlorin()
  ;({ client, other } = florin)
})

const cardOn = async (balance: number, more: object = {}): Promise<{ card: Json; ids: Json }> => {
  const cardAccountId = await fundedAccount(client, balance)
  const card = await issueCard(client, cardAccountId, more)
  return { card, ids: { cardAccountId, cardId: card.id } }
}

const change = async (what: string, ids: object) => client.post(`/cards/${what}`, ids)

describe('a card', () => {
  test('is issued with the documented members and found again', async () => {
    const { card, ids } = await cardOn(0, {
      cardSuffix: '8888',
      cardholderInfo: { firstName: 'Tai Man', mobile: '+85261234567', email: 'tm@example.com', gender: 'MALE' },
    })
    expect(card).toEqual({
      id: ids.cardId,
      cardAccountId: ids.cardAccountId,
      xid: null,
      xmetadata: null,
      type: 'virtual',
      status: 'active',
      embossedName: 'CHAN TAI-MAN',
      network: 'mastercard',
      product: {
        id: client.productId,
        name: 'Everyday',
        imageUrl: 'https://cards.test/platinum.png',
        cardType: 'Platinum',
      },
      expiryMonth: expect.any(Number),
      expiryYear: expect.any(Number),
      last4: '8888',
      replacedBy: null,
      currency: 'USD',
      cardLimit: null,
      dailyAtmLimit: null,
      dailyPurchaseLimit: null,
      dailyLimit: null,
      singleTransactionLimit: null,
      availableLimit: null,
      cardPresentLimit: null,
      cardNotPresentLimit: null,
      mobile: '85261234567',
      cardEmail: 'tm@example.com',
      cardSpendingToday: '0.00',
    })
    for (const query of [ids, { cardId: ids.cardId }, { ...ids, cardEmbossedName: 'tai' }]) {
      expect((await client.get('/cards', query)).body).toEqual({ cards: [card] })
    }
    expect((await other.get('/cards', { cardId: ids.cardId })).body).toEqual({ cards: [] })
    expect((await other.get('/cards', ids)).status).toBe(404)
  })

  test.each<[string, object]>([
    ['embossedName', { embossedName: 'X'.repeat(23) }],
    ['embossedName', { embossedName: 'R2 D2' }],
    ['embossedName', { embossedName: ' - ' }],
    ['type', { type: 'metal' }],
    ['cardSuffix', { cardSuffix: '88888' }],
    ['productId', { productId: 'x' }],
    ['cardholderInfo.email', { cardholderInfo: { email: 'nowhere' } }],
  ])('is not issued with a wrong %s', async (field, more) => {
    const cardAccountId = await fundedAccount(client, 0)
    const body = { type: 'virtual', cardAccountId, productId: client.productId, embossedName: 'A', ...more }
    const refused = await client.post('/cards', body)
    expect([refused.status, refused.body.code, refused.body.field]).toEqual([400, 'INVALID_PARAMETERS', field])
  })

  test("is not issued on another client's account or product", async () => {
    const cardAccountId = await fundedAccount(client, 0)
    const body = { type: 'virtual', cardAccountId, productId: client.productId, embossedName: 'A' }
    expect((await client.post('/cards', { ...body, productId: other.productId })).body.code).toBe('PRODUCT_NOT_FOUND')
    const foreign = await other.post('/cards', { ...body, productId: other.productId })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'CARD_ACCOUNT_NOT_FOUND'])
  })

  test('is issued once under one key', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    const body = { type: 'virtual', cardAccountId, productId: client.productId, embossedName: 'A', xid: cardAccountId }
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => client.post('/cards', body, { 'idempotency-key': cardAccountId })),
    )
    expect(new Set(answers.map(({ body: card }) => JSON.stringify(card))).size).toBe(1)
    expect((await client.get('/cards', { cardAccountId })).body.cards).toHaveLength(1)
  })

  test('is locked, unlocked, suspended, unsuspended and cancelled, and nothing follows that', async () => {
    const { ids } = await cardOn(0)
    const statusAfter = async (what: string) => (await change(what, ids)).body.status
    expect(await statusAfter('lock')).toBe('locked')
    expect(await statusAfter('lock')).toBe('locked')
    expect(await statusAfter('unlock')).toBe('active')
    expect(await statusAfter('suspend')).toBe('suspended')
    const refused = await change('unlock', ids)
    expect([refused.status, refused.body.code]).toEqual([400, 'INVALID_CARD_STATUS'])
    expect(await statusAfter('unsuspend')).toBe('active')
    expect(await statusAfter('cancel')).toBe('cancelled')
    for (const what of ['lock', 'activate', 'unsuspend']) {
      expect((await change(what, ids)).body.code).toBe('INVALID_CARD_STATUS')
    }
    expect((await other.post('/cards/lock', ids)).body.code).toBe('CARD_NOT_FOUND')
  })

  test('that is physical waits for activation', async () => {
    const { card, ids } = await cardOn(0, { type: 'physical' })
    expect(card.status).toBe('pending-activation')
    expect((await change('activate', ids)).body.status).toBe('active')
  })

  test('repeats the answer of a change under its key after another change', async () => {
    const { ids } = await cardOn(0)
    const locked = await change('lock', { ...ids, idempotencyKey: 'once' })
    await change('unlock', ids)
    expect((await change('lock', { ...ids, idempotencyKey: 'once' })).body).toEqual(locked.body)
    expect((await client.get('/cards', ids)).body.cards[0].status).toBe('active')
  })
})

describe('spending limits', () => {
  test('are set, shown, kept by charges and removed', async () => {
    const { ids } = await cardOn(1000)
    const limit = (limits: object) => client.post('/cards/spending-limits', { ...ids, ...limits })
    const { body } = await limit({ singleTransactionLimit: 50, dailyLimit: 80.5 })
    expect(body).toMatchObject({ singleTransactionLimit: 50, dailyLimit: 80.5, availableLimit: 50, cardLimit: null })
    const charge = (amount: number) => client.post('/cards/simulate-authorization', { ...ids, amount, currency: 'USD' })
    expect((await charge(50.01)).body.code).toBe('LIMIT_EXCEEDED')
    expect((await charge(50)).status).toBe(200)
    const [listed] = (await client.get('/cards', ids)).body.cards
    expect(listed).toMatchObject({ cardSpendingToday: '50.00', availableLimit: 30.5 })
    expect((await charge(31)).body.code).toBe('LIMIT_EXCEEDED')
    expect((await limit({ dailyLimit: null })).body).toMatchObject({ dailyLimit: null, singleTransactionLimit: 50 })
    expect((await charge(31)).status).toBe(200)
  })

  test('name the field that is wrong', async () => {
    const { ids } = await cardOn(0)
    const fieldOf = async (limits: object) =>
      (await client.post('/cards/spending-limits', { ...ids, ...limits })).body.field
    expect(await fieldOf({})).toBe('singleTransactionLimit')
    expect(await fieldOf({ cardLimit: '10' })).toBe('cardLimit')
    expect(await fieldOf({ cardLimit: 0.001 })).toBe('cardLimit')
    expect(await fieldOf({ dailyLimit: -1 })).toBe('dailyLimit')
  })
})

describe('a PIN', () => {
  test('is exactly six digits, and is neither stored nor answered', async () => {
    const { ids } = await cardOn(0)
    const setPin = (pin: unknown) => client.post('/cards/change-pin', { ...ids, pin, idempotencyKey: 'pin' })
    for (const pin of ['84848', '8484848', '84848x', 848484]) expect((await setPin(pin)).body.field).toBe('pin')
    const { status, body } = await setPin('848484')
    expect([status, body]).toEqual([200, {}])
    expect((await setPin('848485')).body.code).toBe('IDEMPOTENCY_KEY_REUSED')
    const { rows } = await florin.app.pool.query(
      `select digest from card_pins where card_id = $1
        union all
       select fingerprint from idempotency_keys where key = 'pin'`,
      [ids.cardId],
    )
    const plain = ['848484', { ...ids, pin: '848484' }].map((guess) => fingerprintOf(guess).toString('hex'))
    expect(rows).toHaveLength(2)
    for (const { digest } of rows) expect(plain).not.toContain(digest.toString('hex'))
  })
})

describe('validate-card-info', () => {
  test('knows a card by its last six digits and its expiry, as texts or numbers', async () => {
    const { card, ids } = await cardOn(0)
    const pan = (await florin.app.deps.vault.open(card.id)).reveal()
    const info = {
      productId: client.productId,
      last6: pan.slice(-6),
      expiryMonth: String(card.expiryMonth).padStart(2, '0'),
      expiryYear: String(card.expiryYear),
    }
    const validate = async (more: object) => (await client.post('/cards/validate-card-info', { ...info, ...more })).body
    expect(await validate({})).toEqual({ valid: true, status: 'active' })
    const asNumbers = { last6: Number(info.last6), expiryMonth: card.expiryMonth, expiryYear: card.expiryYear % 100 }
    expect(await validate(asNumbers)).toEqual({ valid: true, status: 'active' })
    await change('lock', ids)
    expect(await validate({})).toEqual({ valid: true, status: 'locked' })
    const wrong = `${(Number(info.last6[0]) + 1) % 10}${info.last6.slice(1)}`
    expect(await validate({ last6: wrong })).toEqual({ valid: false })
    expect(await validate({ expiryYear: card.expiryYear + 1 })).toEqual({ valid: false })
    expect(await validate({ productId: other.productId })).toEqual({ valid: false })
    expect((await validate({ last6: '12345' })).field).toBe('last6')
    expect((await validate({ expiryMonth: '13' })).field).toBe('expiryMonth')
  })
})

describe('the simulator', () => {
  test('authorizes, reverses a part, captures and refunds', async () => {
    const { ids } = await cardOn(100)
    const simulate = (what: string, body: object) => client.post(`/cards/simulate-${what}`, { ...ids, ...body })
    const { body: held } = await simulate('authorization', { amount: 50, currency: 'USD', opts: { countryCode: 344 } })
    expect(await availableOf(client, ids.cardAccountId)).toBe(50)
    const left = await simulate('partial-reversal', { ...held, amount: 28.29 })
    expect([left.status, left.body]).toEqual([200, held])
    expect(await availableOf(client, ids.cardAccountId)).toBe(71.71)
    expect((await simulate('capture', { ...held, amount: 28.3 })).body.field).toBe('amount')
    expect((await simulate('capture', { ...held, amount: 20 })).body).toEqual(held)
    expect(await availableOf(client, ids.cardAccountId)).toBe(80)
    expect((await simulate('full-reversal', held)).body.code).toBe('INVALID_STATE')
    const { body: refund } = await simulate('refund', { amount: 5, currency: 'USD' })
    expect(await availableOf(client, ids.cardAccountId)).toBe(85)
    const [newest, charge] = await statementOf(client, ids.cardAccountId)
    expect(newest).toMatchObject({ id: refund.cardTransactionId, intent: 'refund', entryType: 'DEBIT', amount: 5 })
    expect(charge).toMatchObject({
      id: held.cardTransactionId,
      intent: 'charge',
      status: 'posted',
      amount: 20,
      cardId: ids.cardId,
      authorization: { currency: 'USD', amount: 50, cardPresent: true },
      merchant: { mcc: '5999' },
    })
  })

  test('reverses an authorization as a whole', async () => {
    const { ids } = await cardOn(100)
    const charge = { ...ids, amount: 50, currency: 'USD' }
    const { body: held } = await client.post('/cards/simulate-authorization', charge)
    expect((await client.post('/cards/simulate-full-reversal', { ...ids, ...held })).body).toEqual(held)
    expect(await availableOf(client, ids.cardAccountId)).toBe(100)
    expect((await statementOf(client, ids.cardAccountId))[0]).toMatchObject({ status: 'void', postedAt: null })
  })

  test('says why a charge is declined, and takes three currencies only', async () => {
    const { ids } = await cardOn(10)
    const charge = (amount: number, currency = 'USD') =>
      client.post('/cards/simulate-authorization', { ...ids, amount, currency })
    const declined = await charge(10.01)
    expect([declined.status, declined.body.code]).toEqual([400, 'INSUFFICIENT_BALANCE'])
    expect((await statementOf(client, ids.cardAccountId))[0]).toMatchObject({ status: 'declined', amount: 10.01 })
    expect((await charge(1, 'GBP')).body.field).toBe('currency')
    await change('lock', ids)
    expect((await charge(1)).body.code).toBe('CARD_NOT_ACTIVE')
  })

  test('does not exist outside of the sandbox', async () => {
    const production = await openFlorin({ sandbox: false })
    for (const path of ['/cards/simulate-authorization', '/accounts/simulate-deposit']) {
      const { status, body } = await production.client.post(path, {})
      expect([status, body.code]).toEqual([404, 'NOT_FOUND'])
    }
    expect((await production.client.get('/ping')).body).toMatchObject({ message: 'pong' })
  })
})
