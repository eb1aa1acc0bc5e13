import { beforeAll, expect, test, vi } from 'vitest'
import { type IssuingMessage, renderIssuingEvent } from '../../../src/api/issuing/events.ts'
import type { Pool } from '../../../src/db/pool.ts'
import { listEventsAfter, STREAM_START, type StoredEvent } from '../../../src/events/queries.ts'
import { type Florin, fundedAccount, issueCard, type Json, openFlorin, statementOf } from './setup.ts'

let florin: Florin

beforeAll(async () => {
  florin = await openFlorin()
})

/** What webhooks are told of a resource, oldest first. */
const toldOf = async (subjectId: string): Promise<Json[]> => {
  const { deps, pool } = florin.app
  const messages: IssuingMessage[] = []
  for (const event of await listAllEvents(pool)) {
    if (event.subjectId === subjectId) messages.push(...(await renderIssuingEvent(deps, event)))
  }
  return messages
}

// A reader of events stays behind every transaction that still runs, also one of another database on the same server.
const listAllEvents = (pool: Pool): Promise<StoredEvent[]> =>
  vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ count: bigint }>('select count(*) from events')
      const events = await listEventsAfter(pool, STREAM_START, 10_000)
      expect(BigInt(events.length)).toBe(rows[0]?.count)
      return events
    },
    { timeout: 10_000 },
  )

test('an account is told when it is opened and whenever its balance changes', async () => {
  const { client } = florin
  const { body: account } = await client.post('/accounts', { name: 'Told', assets: ['USD'], xid: 'told' })
  await client.post('/accounts/simulate-deposit', { accountId: account.id, currency: 'USD', amount: 10000.25 })
  expect(await toldOf(account.id)).toEqual([
    { event: 'account.created', data: account },
    {
      event: 'account.balance',
      data: {
        id: account.id,
        xid: 'told',
        xmetadata: null,
        currency: 'USD',
        balance: 10000.25,
        available: 10000.25,
        outstanding: 0,
      },
    },
  ])
})

test('an account is told its balance when it tops up a card account and when money is withdrawn to it', async () => {
  const { client } = florin
  const { body: account } = await client.post('/accounts', { name: 'Funds', assets: ['USD'] })
  await client.post('/accounts/simulate-deposit', { accountId: account.id, currency: 'USD', amount: 100 })
  const cardAccountId = await fundedAccount(client, 0)
  const move = { accountId: account.id, cardAccountId, currency: 'USD' }
  await client.post('/cardaccounts/topup', { ...move, amount: 30.5 })
  await client.post('/cardaccounts/withdraw', { ...move, amount: 10 })
  const balances = (await toldOf(account.id)).filter(({ event }) => event === 'account.balance')
  expect(balances.map(({ data }) => data.available)).toEqual([100, 69.5, 79.5])
})

test('a transaction is told at each step as it was then, with the balance after it', async () => {
  const { client } = florin
  const cardAccountId = await fundedAccount(client, 100)
  const card = await issueCard(client, cardAccountId)
  const ids = { cardAccountId, cardId: card.id }
  const { body: held } = await client.post('/cards/simulate-authorization', { ...ids, amount: 50, currency: 'USD' })
  const [pending] = await statementOf(client, cardAccountId)
  await client.post('/cards/simulate-capture', { ...ids, ...held, amount: 20 })
  const [posted, topup] = await statementOf(client, cardAccountId)
  expect([pending.status, posted.status]).toEqual(['pending', 'posted'])

  const [created, ...moves] = await toldOf(cardAccountId)
  expect(created).toMatchObject({ event: 'cardaccount.created', data: { id: cardAccountId, balance: 0 } })
  expect(moves.filter(({ event }) => event === 'cardaccount.transaction').map(({ data }) => data)).toEqual([
    topup,
    pending,
    posted,
  ])
  const balances = moves.filter(({ event }) => event === 'cardaccount.balance').map(({ data }) => data)
  expect(balances.map(({ available }) => available)).toEqual([100, 50, 80])
  expect(balances[0]).toEqual({
    id: cardAccountId,
    xid: null,
    xmetadata: null,
    currency: 'USD',
    balance: 100,
    available: 100,
    outstanding: 0,
  })
})

test('a card is told when it is issued, without what came later, and whenever its status changes', async () => {
  const { client } = florin
  const cardAccountId = await fundedAccount(client, 10)
  const issued = await issueCard(client, cardAccountId)
  const ids = { cardAccountId, cardId: issued.id }
  await client.post('/cards/spending-limits', { ...ids, cardLimit: 5 })
  await client.post('/cards/lock', ids)
  await client.post('/cards/lock', ids)
  await client.post('/cards/unlock', ids)
  const told = await toldOf(issued.id)
  expect(told[0]).toEqual({ event: 'card.created', data: issued })
  expect(told.slice(1).map(({ event, data }) => [event, data.status])).toEqual([
    ['card.status', 'locked'],
    ['card.status', 'active'],
  ])
})
