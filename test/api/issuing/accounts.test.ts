import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Florin, fundedAccount, issueCard, type Json, openFlorin, type TestClient } from './setup.ts'

let florin: Florin
let client: TestClient
let other: TestClient

beforeAll(async () => {
  florin = await openFlorin()
  ;({ client, other } = florin)
})

const openAccount = async (assets: readonly string[] = ['USD', 'BTC']): Promise<Json> =>
  (await client.post('/accounts', { name: 'Budget', assets })).body

const deposit = (accountId: string, currency: string, amount: number | string) =>
  client.post('/accounts/simulate-deposit', `{"accountId":"${accountId}","currency":"${currency}","amount":${amount}}`)

const balancesOf = async (accountId: string): Promise<Json> =>
  (await client.get('/accounts/balances', { accountId })).body.balances

describe('accounts', () => {
  test('are opened with assets or with one currency, and listed', async () => {
    const { body } = await client.post('/accounts', { name: 'Treasury', assets: ['HKD', 'USDC'], xid: 'treasury' })
    expect(body).toEqual({
      id: body.id,
      xid: 'treasury',
      xmetadata: null,
      name: 'Treasury',
      accountNumber: expect.stringMatching(/^\d{3}-\d{6}-\d{7}$/),
      description: null,
      assets: ['HKD', 'USDC'],
      createdAt: expect.any(String),
    })
    const { body: short } = await client.post('/accounts', { name: 'Cash', currency: 'USD' })
    expect(short.assets).toEqual(['USD'])
    const found = async (query: string) =>
      (await client.get('/accounts', query)).body.accounts.map(({ id }: Json) => id)
    expect(await found('xid=treasury&xid=unknown')).toEqual([body.id])
    expect(await found('xid[]=treasury')).toEqual([body.id])
    expect(await found('name=Cash')).toEqual([short.id])
    expect(await found('search=treas')).toEqual([body.id])
    expect(await found(`search=${body.accountNumber}`)).toEqual([body.id])
    expect(await found(`accountId=${short.id}`)).toEqual([short.id])
    expect((await other.get('/accounts', { accountId: short.id })).body).toEqual({ accounts: [] })
    const first = await client.get('/accounts', { pageSize: '1' })
    const second = await client.get('/accounts', { pageSize: '1', pageToken: first.body.nextPageToken })
    expect([first, second].map(({ body: page }) => page.accounts[0].id)).toEqual([short.id, body.id])
  })

  test.each<[string, object]>([
    ['name', { assets: ['USD'] }],
    ['name', { assets: ['USD'], name: 'x'.repeat(129) }],
    ['assets', { name: 'x' }],
    ['assets', { name: 'x', assets: [] }],
    ['assets', { name: 'x', assets: ['USD', 'GOLD'] }],
    ['currency', { name: 'x', currency: 'usd' }],
  ])('are refused for a wrong %s', async (field, body) => {
    const refused = await client.post('/accounts', body)
    expect([refused.status, refused.body.field]).toEqual([400, field])
  })

  test('show the balance of each asset, to the last decimal', async () => {
    const { id } = await openAccount()
    expect(await balancesOf(id)).toEqual([
      { accountId: id, currency: 'USD', balance: 0, available: 0 },
      { accountId: id, currency: 'BTC', balance: 0, available: 0 },
    ])
    const { body } = await deposit(id, 'USD', '128.29')
    expect(body).toEqual({ id: body.id, accountId: id, currency: 'USD', amount: 128.29, available: 128.29 })
    expect((await deposit(id, 'BTC', '0.00000001')).body.available).toBe(0.00000001)
    expect((await balancesOf(id)).map(({ available }: Json) => available)).toEqual([128.29, 0.00000001])
    expect((await deposit(id, 'HKD', 1)).body.code).toBe('CURRENCY_MISMATCH')
    expect((await deposit(id, 'USD', '"1"')).body.field).toBe('amount')
    expect((await deposit(id, 'GOLD', 1)).body.field).toBe('currency')
    const stranger = await other.get('/accounts/balances', { accountId: id })
    expect([stranger.status, stranger.body.code]).toEqual([404, 'ACCOUNT_NOT_FOUND'])
  })

  test('pass assets to each other, and list that from both sides', async () => {
    const [from, to] = [(await openAccount()).id, (await openAccount()).id]
    await deposit(from, 'USD', 100)
    const move = (more: object) =>
      client.post('/accounts/transfers', {
        sourceAccountId: from,
        destinationAccountId: to,
        asset: 'USD',
        amount: 40,
        ...more,
      })
    const { body } = await move({ description: 'Rent', xid: 'rent-1', idempotencyKey: 'rent-1' })
    expect(body).toMatchObject({ asset: 'USD', amount: 40, sourceAccountId: from, xid: 'rent-1', description: 'Rent' })
    expect(body.refId).toMatch(/^WT[A-Z0-9]{8}$/)
    expect((await move({ description: 'Rent', xid: 'rent-1', idempotencyKey: 'rent-1' })).body).toEqual(body)
    expect((await balancesOf(to))[0].available).toBe(40)
    expect((await move({ amount: 60.01 })).body.code).toBe('INSUFFICIENT_BALANCE')
    expect((await move({ destinationAccountId: from })).status).toBe(400)
    expect((await move({ asset: 'HKD' })).body).toMatchObject({ code: 'CURRENCY_MISMATCH', field: 'asset' })
    expect((await move({ asset: 'GOLD' })).body.field).toBe('asset')
    expect((await move({ destinationAccountId: other.accountId })).status).toBe(404)
    for (const accountId of [from, to]) {
      const listed = async (query: object) => (await client.get('/accounts/transfers', { accountId, ...query })).body
      expect(await listed({})).toEqual({ transfers: [body] })
      expect(await listed({ id: body.id, xid: 'rent-1', search: 'ren', dateRangeFrom: body.createdAt })).toEqual({
        transfers: [body],
      })
      expect(await listed({ search: 'food' })).toEqual({ transfers: [] })
    }
    expect((await other.get('/accounts/transfers', { accountId: from })).status).toBe(404)
  })
})

describe('xmetadata/set', () => {
  const set = (type: string, id: string, labels: object) =>
    client.post('/xmetadata/set', { target: { type, id }, ...labels })

  test('labels accounts, card accounts, cards and transactions', async () => {
    const cardAccountId = await fundedAccount(client, 10)
    const card = await issueCard(client, cardAccountId)
    const { transactions } = (await client.get('/cardaccounts/transactions', { cardAccountId })).body
    const targets = {
      account: client.accountId,
      cardaccount: cardAccountId,
      card: card.id,
      transaction: transactions[0].id,
    }
    for (const [type, id] of Object.entries(targets)) {
      const labels = { xid: `${type} ${id}`, xmetadata: { type, list: ['a'] } }
      expect((await set(type, id, labels)).body).toEqual({ target: { type, id }, ...labels })
    }
    const lists = [
      (await client.get('/accounts', { xid: `account ${client.accountId}` })).body.accounts,
      (await client.get('/cardaccounts', { xid: `cardaccount ${cardAccountId}` })).body.cardaccounts,
      (await client.get('/cards', { xid: `card ${card.id}` })).body.cards,
      (await client.get('/cardaccounts/transactions', { cardAccountId, xid: `transaction ${transactions[0].id}` })).body
        .transactions,
    ]
    expect(lists.map(([found]) => found?.xmetadata.type)).toEqual(['account', 'cardaccount', 'card', 'transaction'])
  })

  test('replaces what is given, keeps what is not, and removes what is null', async () => {
    const id = await fundedAccount(client, 0)
    await set('cardaccount', id, { xid: `a ${id}`, xmetadata: { a: '1', b: '2' } })
    expect((await set('cardaccount', id, { xmetadata: { c: '3' } })).body).toMatchObject({
      xid: `a ${id}`,
      xmetadata: { c: '3' },
    })
    expect((await set('cardaccount', id, { xid: null })).body).toMatchObject({ xid: null, xmetadata: { c: '3' } })
  })

  test('refuses unknown targets, wrong labels and nothing at all', async () => {
    const id = await fundedAccount(client, 0)
    expect((await set('card', id, { xid: 'x' })).body.code).toBe('CARD_NOT_FOUND')
    expect((await set('boat', id, { xid: 'x' })).body.field).toBe('target.type')
    expect((await set('cardaccount', 'x', { xid: 'x' })).body.field).toBe('target.id')
    expect((await set('cardaccount', id, {})).status).toBe(400)
    expect((await set('cardaccount', id, { xmetadata: { a: { b: 'c' } } })).status).toBe(400)
    const foreign = await other.post('/xmetadata/set', { target: { type: 'cardaccount', id }, xid: 'theirs' })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'CARD_ACCOUNT_NOT_FOUND'])
  })
})

describe('webhooks', () => {
  test('are told of what happens in the words of the contract, until they are removed', async () => {
    const received: Json[] = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        received.push(JSON.parse(body))
        response.end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      receiver.close()
    })
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/florin`
    const created = await client.post('/webhooks', { url, events: ['cardaccount.transaction'], idempotencyKey: 'hook' })
    expect(created.body).toMatchObject({ name: created.body.id, url, status: 'created', secret: expect.any(String) })
    const { secret, ...webhook } = created.body
    const listed = (await client.get('/webhooks')).body.webhooks
    expect(listed).toEqual([webhook])

    const cardAccountId = await fundedAccount(client, 12.5)
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 })
    const { transactions } = (await client.get('/cardaccounts/transactions', { cardAccountId })).body
    expect(received[0]).toMatchObject({ event: 'cardaccount.transaction', data: transactions[0] })

    await vi.waitFor(
      async () => {
        const { body: stats } = await client.get('/webhooks/stats', { webhookId: webhook.id })
        expect(stats).toEqual([
          {
            id: webhook.id,
            status: 'healthy',
            queuedMessages: 0,
            lastSuccessfulDeliveryTime: expect.any(String),
            lastFailedDeliveryTime: null,
          },
        ])
      },
      { timeout: 10_000 },
    )
    expect((await other.post('/webhooks/remove', { webhookId: webhook.id })).body.code).toBe('WEBHOOK_NOT_FOUND')
    expect((await client.post('/webhooks/remove', { webhookId: webhook.id })).body.status).toBe('removed')
    expect((await client.get('/webhooks')).body.webhooks).toEqual([])
  })

  test('need an address that may be called and at least one event', async () => {
    const create = async (body: object) => (await client.post('/webhooks', body)).body
    expect((await create({ url: 'ftp://example.com', events: ['*'] })).field).toBe('url')
    expect((await create({ url: 'https://example.com', events: [] })).field).toBe('events')
    expect((await create({ events: ['*'] })).field).toBe('url')
  })
})
