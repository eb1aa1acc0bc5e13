import { beforeAll, describe, expect, test } from 'vitest'
import {
  availableOf,
  type Florin,
  fundedAccount,
  issueCard,
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

const accounts = async (balances: readonly [number, number], currency = 'USD') => {
  const [source = '', destination = ''] = await Promise.all(
    balances.map((balance) => fundedAccount(client, balance, currency)),
  )
  return { source, destination }
}

const transfer = (source: string, destination: string, more: object = {}, headers: Record<string, string> = {}) =>
  client.post(
    '/cardaccounts/transfer',
    { sourceCardAccountId: source, destinationCardAccountId: destination, amount: 10, currency: 'USD', ...more },
    headers,
  )

const transfersOf = async (cardAccountId: string) =>
  (await statementOf(client, cardAccountId)).filter(({ intent }) => intent === 'transfer')

describe('a transfer', () => {
  test('moves the balance and answers with the source leg', async () => {
    const { source, destination } = await accounts([100, 5])
    const labels = { description: 'März 🧾', xid: `pay-${source}`, xmetadata: { key1: 'v', key2: ['a', 'b'] } }
    const { status, body } = await transfer(source, destination, { amount: 8.29, ...labels })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...labels,
      cardAccountId: source,
      cardId: null,
      cardLast4: null,
      cardEmbossedName: null,
      status: 'posted',
      intent: 'transfer',
      entryType: 'CREDIT',
      authorization: null,
      merchant: null,
      currency: 'USD',
      amount: 8.29,
      grossAmount: 8.29,
    })
    expect(body.refId).toMatch(/^CT[A-Z0-9]{8}$/)
    expect(body.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    expect(body.postedAt).toBe(body.createdAt)
    expect(await availableOf(client, source)).toBe(91.71)
    expect(await availableOf(client, destination)).toBe(13.29)
    expect(await transfersOf(source)).toEqual([body])
    const [received] = await transfersOf(destination)
    expect(received).toMatchObject({
      refId: body.refId,
      entryType: 'DEBIT',
      status: 'posted',
      amount: 8.29,
      xid: null,
      description: 'März 🧾',
    })
    expect(received.id).not.toBe(body.id)
  })

  test('from an account to itself is refused with 400 and leaves nothing', async () => {
    const { source } = await accounts([100, 0])
    const { status, body } = await transfer(source, source)
    expect([status, body.code]).toEqual([400, 'INVALID_PARAMETERS'])
    expect(body.message).toContain('sourceCardAccountId')
    expect(await transfersOf(source)).toEqual([])
  })

  test('takes prepaid accounts only, on either side', async () => {
    const { source } = await accounts([100, 0])
    const linked = await client.post('/cardaccounts', {
      accountType: 'asset-link',
      currency: 'USD',
      assetLink: { accountId: client.accountId },
    })
    const fixed = await client.post('/cardaccounts', {
      accountType: 'fixed-limit',
      currency: 'USD',
      creditAccount: [client.accountId],
      limit: '10000',
    })
    expect([linked.status, fixed.status, fixed.body.limit]).toEqual([200, 200, 10000])
    for (const id of [linked.body.id, fixed.body.id]) {
      expect((await transfer(source, id)).body).toMatchObject({ code: 'INVALID_ACCOUNT_TYPE' })
      expect((await transfer(id, source)).status).toBe(400)
    }
    expect(await availableOf(client, source)).toBe(100)
  })

  test('does not find an unknown account, nor that of another client', async () => {
    const { source } = await accounts([100, 0])
    const foreign = await fundedAccount(other, 50)
    for (const stranger of [foreign, '6a3176fe-7715-4fe0-a548-034912d7f800']) {
      const [to, from] = [await transfer(source, stranger), await transfer(stranger, source)]
      expect([to.status, to.body.code, to.body.field]).toEqual([
        404,
        'CARD_ACCOUNT_NOT_FOUND',
        'destinationCardAccountId',
      ])
      expect([from.status, from.body.field]).toEqual([404, 'sourceCardAccountId'])
    }
    expect(await availableOf(other, foreign)).toBe(50)
  })

  test('moves all that is available and not a cent more', async () => {
    const { source, destination } = await accounts([100, 0])
    const refused = await transfer(source, destination, { amount: 100.01 })
    expect([refused.status, refused.body.code]).toEqual([400, 'INSUFFICIENT_BALANCE'])
    expect(await transfersOf(source)).toEqual([])
    expect((await transfer(source, destination, { amount: 100 })).status).toBe(200)
    expect(await availableOf(client, source)).toBe(0)
  })

  test('cannot move money that a pending purchase holds', async () => {
    const { source, destination } = await accounts([100, 0])
    const card = await issueCard(client, source)
    const charge = { cardAccountId: source, cardId: card.id, amount: 40, currency: 'USD' }
    expect((await client.post('/cards/simulate-authorization', charge)).status).toBe(200)
    expect((await transfer(source, destination, { amount: 100 })).body.code).toBe('INSUFFICIENT_BALANCE')
    expect((await transfer(source, destination, { amount: 60 })).status).toBe(200)
    expect(await availableOf(client, source)).toBe(0)
  })

  test('needs one currency: of the request and of both accounts', async () => {
    const { source, destination } = await accounts([100, 0])
    const dollars = await fundedAccount(client, 0, 'HKD')
    expect((await transfer(source, dollars)).body.code).toBe('CURRENCY_MISMATCH')
    expect((await transfer(dollars, source)).body.code).toBe('CURRENCY_MISMATCH')
    expect((await transfer(source, destination, { currency: 'HKD' })).body.code).toBe('CURRENCY_MISMATCH')
    for (const currency of ['usd', 'US', 'USDX', 'XXX', '', 'BTC', 840, null]) {
      const { status, body } = await transfer(source, destination, { currency })
      expect([status, body.code, body.field]).toEqual([400, 'INVALID_PARAMETERS', 'currency'])
    }
  })

  test.each([
    '"100"',
    '0',
    '0.00',
    '-1',
    '0.001',
    '8.005',
    '1e21',
    '1e-3',
    'null',
    'true',
    '[1]',
    '{}',
    '99999999999999999',
  ])('refuses the amount %s and names the field', async (amount) => {
    const { source, destination } = await accounts([1, 0])
    const ids = `"sourceCardAccountId":"${source}","destinationCardAccountId":"${destination}"`
    const { status, body } = await client.post('/cardaccounts/transfer', `{${ids},"currency":"USD","amount":${amount}}`)
    expect([status, body.code, body.field]).toEqual([400, 'INVALID_PARAMETERS', 'amount'])
    expect(body.message).toContain('amount')
  })

  test.each(['0.29', '1.1', '8.29', '128.29', '1e2', '100.00', '0.07'])(
    'reads the amount %s exactly',
    async (amount) => {
      const { source, destination } = await accounts([1000, 0])
      const ids = `"sourceCardAccountId":"${source}","destinationCardAccountId":"${destination}"`
      const { body } = await client.post('/cardaccounts/transfer', `{${ids},"currency":"USD","amount":${amount}}`)
      expect(body.amount).toBe(Number(amount))
      expect(await availableOf(client, destination)).toBe(Number(amount))
    },
  )

  test('counts decimals as the currency does', async () => {
    const yen = await accounts([100, 0], 'JPY')
    const dinars = await accounts([100, 0], 'KWD')
    const move = (at: { source: string; destination: string }, currency: string, amount: number) =>
      transfer(at.source, at.destination, { currency, amount })
    expect((await move(yen, 'JPY', 0.5)).status).toBe(400)
    expect((await move(yen, 'JPY', 7)).body.amount).toBe(7)
    expect((await move(dinars, 'KWD', 0.001)).body.amount).toBe(0.001)
    expect((await move(dinars, 'KWD', 0.0001)).status).toBe(400)
  })

  test('checks the other members, and takes ids in any case', async () => {
    const { source, destination } = await accounts([100, 0])
    const field = async (more: object) => (await transfer(source, destination, more)).body.field
    expect(await field({ sourceCardAccountId: 'no-uuid' })).toBe('sourceCardAccountId')
    expect(await field({ description: 'x'.repeat(1025) })).toBe('description')
    expect(await field({ idempotencyKey: '' })).toBe('idempotencyKey')
    expect(await field({ idempotencyKey: 'x'.repeat(256) })).toBe('idempotencyKey')
    expect(await field({ xid: 'x'.repeat(257) })).toBe('xid')
    expect((await transfer(source, destination, { description: 'a\u0000b' })).status).toBe(400)
    const { status, body } = await transfer(source.toUpperCase(), destination, { description: 'x'.repeat(1024) })
    expect([status, body.cardAccountId]).toEqual([200, source])
  })
})

describe('labels', () => {
  test('an xid names one resource of a client, whatever its type', async () => {
    const { source, destination } = await accounts([100, 0])
    const xid = `x-${source}`.padEnd(256, '*')
    expect((await client.post('/accounts', { name: 'Named', assets: ['USD'], xid })).body.xid).toBe(xid)
    const refused = await transfer(source, destination, { xid })
    expect([refused.status, refused.body.code]).toEqual([409, 'XID_ALREADY_EXISTS'])
    expect(await transfersOf(source)).toEqual([])
    expect((await other.post('/accounts', { name: 'Named', assets: ['USD'], xid })).status).toBe(200)
  })

  test.each<[string, object]>([
    ['a nested object', { a: { b: 'c' } }],
    ['26 keys', Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`k${i}`, 'v']))],
    ['a value of 1025 characters', { a: 'x'.repeat(1025) }],
    ['a key of 41 characters', { ['k'.repeat(41)]: 'v' }],
    ['a number', { a: 1 }],
    ['a list of numbers', { a: [1] }],
    ['a key with a line break and an object', { 'a\nb': { c: 'd' } }],
  ])('xmetadata with %s is refused', async (_, xmetadata) => {
    const { source, destination } = await accounts([100, 0])
    const { status, body } = await transfer(source, destination, { xmetadata })
    expect([status, body.code]).toEqual([400, 'INVALID_PARAMETERS'])
    expect(body.field).toMatch(/^xmetadata/)
  })

  test('xmetadata at its limits is kept as sent', async () => {
    const { source, destination } = await accounts([100, 0])
    const long = { ['k'.repeat(40)]: 'v'.repeat(1024), list: ['a', 'b'] }
    const xmetadata = { ...long, ...Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`k${i}`, ''])) }
    expect((await transfer(source, destination, { xmetadata })).body.xmetadata).toEqual(xmetadata)
  })
})

test('transfers in both directions and around a ring end, and no money is lost', async () => {
  const ring = await Promise.all([100, 100, 100].map((balance) => fundedAccount(client, balance)))
  const [a = '', b = '', c = ''] = ring
  const pairs = [
    [a, b],
    [b, a],
    [b, c],
    [c, a],
  ] as const
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => pairs.map(([from, to]) => transfer(from, to, { amount: 3 }))).flat(),
  )
  expect(answers.every(({ status }) => status === 200 || status === 400)).toBe(true)
  const balances = await Promise.all(ring.map((id) => availableOf(client, id)))
  expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(300)
  expect(Math.min(...balances)).toBeGreaterThanOrEqual(0)
  const moved = answers.filter(({ status }) => status === 200).length
  const legs = (await Promise.all(ring.map((cardAccountId) => countTransfers(cardAccountId)))).flat()
  expect(legs.reduce((sum, count) => sum + count, 0)).toBe(moved * 2)
})

async function countTransfers(cardAccountId: string): Promise<number> {
  let count = 0
  for (let pageToken: string | undefined; ; ) {
    const query = { cardAccountId, intent: 'transfer', pageSize: '100', ...(pageToken && { pageToken }) }
    const { body } = await client.get('/cardaccounts/transactions', query)
    count += body.transactions.length
    pageToken = body.nextPageToken
    if (!pageToken) return count
  }
}

test('a top-up and a withdrawal move money between account and card account', async () => {
  const cardAccountId = await fundedAccount(client, 0)
  const move = { accountId: client.accountId, cardAccountId, currency: 'USD' }
  const up = await client.post('/cardaccounts/topup', { ...move, amount: 50.5 })
  expect(up.body).toMatchObject({ intent: 'topup', entryType: 'DEBIT', status: 'posted', amount: 50.5 })
  const down = await client.post('/cardaccounts/withdraw', { ...move, amount: 20.25 })
  expect(down.body).toMatchObject({ intent: 'withdraw', entryType: 'CREDIT', amount: 20.25 })
  expect((await client.post('/cardaccounts/withdraw', { ...move, amount: 30.26 })).body.code).toBe(
    'INSUFFICIENT_BALANCE',
  )
  expect((await client.post('/cardaccounts/topup', { ...move, amount: 1, currency: 'HKD' })).body.code).toBe(
    'CURRENCY_MISMATCH',
  )
  const stranger = await client.post('/cardaccounts/topup', { ...move, amount: 1, accountId: other.accountId })
  expect([stranger.status, stranger.body.code]).toEqual([404, 'ACCOUNT_NOT_FOUND'])
  expect(await availableOf(client, cardAccountId)).toBe(30.25)
})
