import { beforeAll, describe, expect, test } from 'vitest'
import { type Florin, fundedAccount, issueCard, type Json, openFlorin, type TestClient } from './setup.ts'

let florin: Florin
let client: TestClient
let other: TestClient

beforeAll(async () => {
  florin = await openFlorin()
  ;({ client, other } = florin)
})

const list = (query: Record<string, string> | string) => client.get('/cardaccounts/transactions', query)
const idsOf = ({ body }: { body: Json }): string[] => body.transactions.map(({ id }: Json) => id)

const topUp = async (cardAccountId: string, amount: number, more: object = {}): Promise<Json> => {
  const funds = { accountId: client.accountId, cardAccountId, amount, currency: 'USD' }
  return (await client.post('/cardaccounts/topup', { ...funds, ...more })).body
}

describe('the list of transactions', () => {
  test('is newest first and filters by intent, status, card, id, xid and time', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    const elsewhere = await fundedAccount(client, 0)
    const first = await topUp(cardAccountId, 100, { xid: `first-${cardAccountId}` })
    const legs = { sourceCardAccountId: cardAccountId, destinationCardAccountId: elsewhere }
    const moved = await client.post('/cardaccounts/transfer', { ...legs, amount: 1, currency: 'USD' })
    const card = await issueCard(client, cardAccountId)
    const charge = { cardAccountId, cardId: card.id, amount: 5, currency: 'USD' }
    const { body: held } = await client.post('/cards/simulate-authorization', charge)
    const all = [held.cardTransactionId, moved.body.id, first.id]

    expect(idsOf(await list({ cardAccountId }))).toEqual(all)
    expect(idsOf(await list({ cardAccountId, intent: 'transfer' }))).toEqual([all[1]])
    for (const intents of [
      'intent=transfer&intent=topup',
      'intent[]=transfer&intent[]=topup',
      'intent=transfer,topup',
    ]) {
      expect(idsOf(await list(`cardAccountId=${cardAccountId}&${intents}`))).toEqual([all[1], all[2]])
    }
    expect(idsOf(await list({ cardAccountId, status: 'pending' }))).toEqual([all[0]])
    expect(idsOf(await list({ cardAccountId, cardId: card.id }))).toEqual([all[0]])
    expect(idsOf(await list({ cardAccountId, transactionId: first.id.toUpperCase() }))).toEqual([first.id])
    expect(idsOf(await list({ cardAccountId, xid: first.xid }))).toEqual([first.id])
    const range = { dateRangeFrom: first.createdAt, dateRangeTo: moved.body.createdAt }
    expect(idsOf(await list({ cardAccountId, ...range }))).toEqual([all[1], all[2]])
    expect(idsOf(await list({ cardAccountId, dateRangeTo: '2020-01-01T00:00:00+0800' }))).toEqual([])
  })

  test('can be walked in both directions while rows arrive: none twice, none lost', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    const oldest = await Promise.all(Array.from({ length: 9 }, (_, i) => topUp(cardAccountId, i + 1)))
    const seen: string[][] = []
    let page = await list({ cardAccountId, pageSize: '2' })
    expect(page.body).not.toHaveProperty('prevPageToken')
    for (;;) {
      seen.push(idsOf(page))
      await topUp(cardAccountId, 100)
      if (!page.body.nextPageToken) break
      page = await list({ cardAccountId, pageSize: '2', pageToken: page.body.nextPageToken })
    }
    expect(seen.map((ids) => ids.length)).toEqual([2, 2, 2, 2, 1])
    expect(new Set(seen.flat())).toEqual(new Set(oldest.map(({ id }) => id)))
    const back = await list({ cardAccountId, pageSize: '2', pageToken: page.body.prevPageToken })
    expect(idsOf(back)).toEqual(seen[3])
    const newer = await list({ cardAccountId, pageSize: '100', pageToken: back.body.prevPageToken })
    expect(idsOf(newer).slice(-6)).toEqual(seen.slice(0, 3).flat())
    expect(idsOf(newer)).toHaveLength(6 + 5)
    expect(newer.body).not.toHaveProperty('prevPageToken')
  })

  test('refuses a page token that is not its own', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    for (const amount of [1, 2, 3]) await topUp(cardAccountId, amount)
    const { body } = await list({ cardAccountId, pageSize: '1' })
    const refused = async (query: Record<string, string>) => {
      const { status, body } = await list(query)
      expect([status, body.code, body.field]).toEqual([400, 'INVALID_PARAMETERS', 'pageToken'])
    }
    await refused({ cardAccountId, pageToken: 'nonsense' })
    await refused({ cardAccountId, pageToken: '' })
    await refused({ cardAccountId, pageToken: body.nextPageToken.slice(0, -4) })
    await refused({ cardAccountId, pageToken: `${body.nextPageToken}A` })
    const [direction, , ...rest] = Buffer.from(body.nextPageToken, 'base64url').toString().split(' ')
    const inYear10000 = Buffer.from([direction, Date.UTC(10_000, 0), ...rest].join(' ')).toString('base64url')
    await refused({ cardAccountId, pageToken: inYear10000 })
    await refused({ cardAccountId, pageToken: body.nextPageToken, intent: 'topup' })
    await refused({ cardAccountId: await fundedAccount(client, 0), pageToken: body.nextPageToken })
    const sized = await list({ cardAccountId, pageToken: body.nextPageToken, pageSize: '2' })
    expect(idsOf(sized)).toHaveLength(2)
  })

  test('has pages of twenty, of at most a hundred, and refuses sizes that are none', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    await Promise.all(Array.from({ length: 101 }, () => topUp(cardAccountId, 1)))
    expect(idsOf(await list({ cardAccountId }))).toHaveLength(20)
    expect(idsOf(await list({ cardAccountId, pageSize: '1000' }))).toHaveLength(100)
    for (const pageSize of ['0', '-1', 'ten', '1.5', '']) {
      const { status, body } = await list({ cardAccountId, pageSize })
      expect([status, body.field]).toEqual([400, 'pageSize'])
    }
  })

  test('names the parameter that is wrong, and does not show the accounts of others', async () => {
    const cardAccountId = await fundedAccount(client, 0)
    const fieldOf = async (query: Record<string, string>) => (await list(query)).body.field
    expect(await fieldOf({})).toBe('cardAccountId')
    expect(await fieldOf({ cardAccountId: 'x' })).toBe('cardAccountId')
    expect(await fieldOf({ cardAccountId, intent: 'topup,theft' })).toBe('intent')
    expect(await fieldOf({ cardAccountId, status: 'gone' })).toBe('status')
    for (const dateRangeFrom of [
      'yesterday',
      '2025-02-30T00:00:00Z',
      '2025-01-01T25:00:00Z',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
    ]) {
      expect(await fieldOf({ cardAccountId, dateRangeFrom })).toBe('dateRangeFrom')
    }
    expect(idsOf(await list({ cardAccountId, dateRangeFrom: '2024-02-29T23:30:00.123-11' }))).toEqual([])
    const foreign = await other.get('/cardaccounts/transactions', { cardAccountId })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'CARD_ACCOUNT_NOT_FOUND'])
  })
})

describe('card accounts', () => {
  test('are created in both documented ways; only the contact of the person is kept', async () => {
    const short = { accountId: client.accountId, accountType: 'prepaid', currency: 'USD' }
    expect((await client.post('/cardaccounts', short)).status).toBe(200)
    const { status, body } = await client.post('/cardaccounts', {
      name: 'Travel',
      phoneNumber: '+85255551234',
      identityType: 'individual',
      accountType: 'prepaid',
      currency: 'HKD',
      xid: 'travel-1',
      xmetadata: { team: 'sales' },
      individual: {
        firstName: 'Jane',
        lastName: 'Doe',
        email: 'jane@example.com',
        annualIncome: '100000',
        document: {},
      },
    })
    expect([status, body]).toEqual([
      200,
      {
        id: body.id,
        xid: 'travel-1',
        xmetadata: { team: 'sales' },
        name: 'Travel',
        accountType: 'prepaid',
        identityType: 'individual',
        phoneNumber: '+85255551234',
        status: 'active',
        currency: 'HKD',
        balance: 0,
        available: 0,
        outstanding: 0,
        limit: 0,
        createdAt: body.createdAt,
      },
    ])
    expect((await client.get('/cardaccounts', { xid: 'travel-1' })).body.cardaccounts).toEqual([body])
    expect((await other.get('/cardaccounts')).body.cardaccounts).toEqual([])
  })

  test('need what their type needs', async () => {
    const fieldOf = async (body: object) =>
      (await client.post('/cardaccounts', { currency: 'USD', ...body })).body.field
    expect(await fieldOf({})).toBe('accountType')
    expect(await fieldOf({ accountType: 'prepaid', currency: 'usd' })).toBe('currency')
    expect(await fieldOf({ accountType: 'asset-link' })).toBe('assetLink.accountId')
    expect(await fieldOf({ accountType: 'fixed-limit' })).toBe('creditAccount')
    const credit = { accountType: 'fixed-limit', creditAccount: [client.accountId] }
    expect(await fieldOf({ ...credit, limit: '10.001' })).toBe('limit')
    expect(await fieldOf({ accountType: 'prepaid', phoneNumber: '55' })).toBe('phoneNumber')
    const stranger = { accountType: 'asset-link', currency: 'USD', assetLink: { accountId: other.accountId } }
    expect((await client.post('/cardaccounts', stranger)).status).toBe(404)
  })

  test('show the balance less what is held', async () => {
    const cardAccountId = await fundedAccount(client, 100)
    const card = await issueCard(client, cardAccountId)
    await client.post('/cards/simulate-authorization', { cardAccountId, cardId: card.id, amount: 30, currency: 'USD' })
    const { body } = await client.get('/cardaccounts', { cardAccountId })
    expect(body.cardaccounts[0]).toMatchObject({ balance: 70, available: 70, outstanding: 0, limit: 0 })
  })

  test('are summed by currency, and by a key of their metadata', async () => {
    const { client: fresh } = await openFlorin()
    await fundedAccount(fresh, 10.25, 'USD', { xmetadata: { team: 'a' } })
    await fundedAccount(fresh, 20, 'USD', { xmetadata: { team: 'a' } })
    await fundedAccount(fresh, 7, 'JPY', { xmetadata: { team: ['b', 'c'] } })
    await fundedAccount(fresh, 1, 'USD')
    const sums = async (query: Record<string, string>) =>
      (await fresh.get('/cardaccounts/aggregate-balance', query)).body.cardaccounts
    expect(await sums({})).toEqual([
      { group: '', currency: 'JPY', balance: 7, value: 7 },
      { group: '', currency: 'USD', balance: 31.25, value: 31.25 },
    ])
    expect(await sums({ groupKey: 'team' })).toEqual([
      { group: '', currency: 'USD', balance: 1, value: 1 },
      { group: 'a', currency: 'USD', balance: 30.25, value: 30.25 },
      { group: 'b,c', currency: 'JPY', balance: 7, value: 7 },
    ])
  })
})
