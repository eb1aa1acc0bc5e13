import { beforeAll, describe, expect, test } from 'vitest'
import { advanceBusinessClock } from '../../../src/sandbox/queries.ts'
import { availableOf, type Florin, fundedAccount, openFlorin, statementOf, type TestClient } from './setup.ts'

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

describe('an idempotency key', () => {
  test('makes repeated requests one transfer, also after a restart', async () => {
    const { source, destination } = await accounts([100, 0])
    const key = { idempotencyKey: `key-${source}` }
    const first = await transfer(source, destination, { ...key, amount: 10 })
    expect((await transfer(source, destination, { ...key, amount: 10.0 })).body).toEqual(first.body)
    const restarted = await florin.restart()
    const body = { sourceCardAccountId: source, destinationCardAccountId: destination, currency: 'USD', amount: 10 }
    expect((await restarted.client.post('/cardaccounts/transfer', { ...body, ...key })).body).toEqual(first.body)
    expect(await availableOf(client, source)).toBe(90)
  })

  test('is the same in the header and in the body; two different ones are both taken', async () => {
    const { source, destination } = await accounts([100, 0])
    const [one, two] = [`one-${source}`, `two-${source}`]
    const first = await transfer(source, destination, { idempotencyKey: one }, { 'idempotency-key': two })
    expect((await transfer(source, destination, { idempotencyKey: two })).body).toEqual(first.body)
    expect((await transfer(source, destination, {}, { 'idempotency-key': one })).body).toEqual(first.body)
    const both = await transfer(source, destination, { idempotencyKey: one }, { 'idempotency-key': one })
    expect(both.body).toEqual(first.body)
    expect(await availableOf(client, source)).toBe(90)
  })

  test('for another request is refused with 409', async () => {
    const { source, destination } = await accounts([100, 0])
    const idempotencyKey = `key-${source}`
    await transfer(source, destination, { idempotencyKey })
    const reused = await transfer(source, destination, { idempotencyKey, amount: 11 })
    expect([reused.status, reused.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect(await availableOf(client, source)).toBe(90)
  })

  test('means nothing to another client or another endpoint', async () => {
    const { source, destination } = await accounts([100, 0])
    const [theirs, theirsToo] = [await fundedAccount(other, 100), await fundedAccount(other, 0)]
    const idempotencyKey = `key-${source}`
    await transfer(source, destination, { idempotencyKey })
    const body = { sourceCardAccountId: theirs, destinationCardAccountId: theirsToo, amount: 10, currency: 'USD' }
    expect((await other.post('/cardaccounts/transfer', { ...body, idempotencyKey })).status).toBe(200)
    const withdrawal = { accountId: client.accountId, cardAccountId: source, amount: 10, currency: 'USD' }
    expect((await client.post('/cardaccounts/withdraw', { ...withdrawal, idempotencyKey })).status).toBe(200)
    expect(await availableOf(client, source)).toBe(80)
  })

  test('on fifty requests at once moves the money once, and all get the same answer', async () => {
    const { source, destination } = await accounts([100, 0])
    const idempotencyKey = `key-${source}`
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => transfer(source, destination, { idempotencyKey })),
    )
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await availableOf(client, source)).toBe(90)
    expect(await transfersOf(destination)).toHaveLength(1)
  })

  test('keeps a refusal: after a top-up the same key is still refused, a new one is not', async () => {
    const { source, destination } = await accounts([0, 0])
    const idempotencyKey = `key-${source}`
    const refused = await transfer(source, destination, { idempotencyKey })
    const funds = { accountId: client.accountId, cardAccountId: source, amount: 10, currency: 'USD' }
    expect((await client.post('/cardaccounts/topup', funds)).status).toBe(200)
    const repeated = await transfer(source, destination, { idempotencyKey })
    expect([repeated.status, repeated.body]).toEqual([400, refused.body])
    expect((await transfer(source, destination, { idempotencyKey: `${idempotencyKey}-2` })).status).toBe(200)
  })

  test('is not used up by a request that could not be read', async () => {
    const { source, destination } = await accounts([100, 0])
    const idempotencyKey = `key-${source}`
    expect((await transfer(source, destination, { idempotencyKey, amount: '10' })).status).toBe(400)
    expect((await transfer(source, destination, { idempotencyKey })).status).toBe(200)
  })
})

test('an idempotency key is remembered for 24 hours and then free', async () => {
  const { source, destination } = await accounts([100, 0])
  const idempotencyKey = `day-${source}`
  const first = await transfer(source, destination, { idempotencyKey })
  const advance = (seconds: number) => advanceBusinessClock(florin.app.pool, { seconds, offsetSecondsMax: 2 ** 30 })
  await advance(24 * 3600 - 60)
  expect((await transfer(source, destination, { idempotencyKey })).body).toEqual(first.body)
  await advance(60)
  const next = await transfer(source, destination, { idempotencyKey })
  expect(next.status).toBe(200)
  expect(next.body.id).not.toBe(first.body.id)
  expect(await availableOf(client, source)).toBe(80)
})
