import { expect, test } from 'vitest'
import { type Command, refuse } from '../../src/books/command.ts'
import { AppError } from '../../src/errors.ts'
import { depositFunds } from '../../src/funding/deposit.ts'
import { fingerprintOf, type KeyClaim, keyed } from '../../src/idempotency/keyed.ts'
import { topUpCardAccount } from '../../src/issuing/top-up.ts'
import { type TransferBalanceRequest, transferBalance } from '../../src/issuing/transfer-balance.ts'
import { parseAmount } from '../../src/money.ts'
import { advanceClock, fundsOf, type Issuing, issueFundedCard, openIssuing } from '../helpers/seed.ts'

const DAY_SECONDS = 86_400

type Body = Omit<TransferBalanceRequest, 'keys'>

interface Setup {
  readonly issuing: Issuing
  readonly source: { readonly cardAccountId: string }
  readonly body: Body
}

/** Two card accounts, the first of them with this balance, and a transfer of 10.00 between them. */
async function setUp(balance = '100.00'): Promise<Setup> {
  const issuing = await openIssuing()
  const { cardAccountId } = await issueFundedCard(issuing, { balance })
  const source = { cardAccountId }
  const destination = await issueFundedCard(issuing)
  const body = {
    clientId: issuing.clientId,
    sourceCardAccountId: cardAccountId,
    destinationCardAccountId: destination.cardAccountId,
    amount: parseAmount('10.00', 'USD'),
  }
  return { issuing, source, body }
}

const claim = (body: unknown, key = 'key', scope = 'transfer'): KeyClaim => ({
  scope,
  key,
  fingerprint: fingerprintOf(body),
})

const send = ({ issuing }: Setup, body: Body, keys: readonly KeyClaim[] = [claim(body)]) =>
  transferBalance(issuing.deps, { ...body, keys })

test('50 copies of a request at once move money once and all get the same answer', async () => {
  const setup = await setUp()
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(setup, setup.body)))
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 9_000n, held: 0n })
})

test('a copy that comes later gets the answer of the first, to the type', async () => {
  const setup = await setUp()
  const first = await send(setup, setup.body)
  const second = await send(setup, setup.body)
  expect(second).toStrictEqual(first)
  expect(second.createdAt).toBeInstanceOf(Date)
  expect(typeof second.amount).toBe('bigint')
})

test('a key that stands for another request is refused, and both stay as they were', async () => {
  const setup = await setUp()
  const first = await send(setup, setup.body)
  const other = { ...setup.body, amount: parseAmount('11.00', 'USD') }
  await expect(send(setup, other)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
  expect(await send(setup, setup.body)).toEqual(first)
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 9_000n, held: 0n })
})

test('of different requests under one key at once one is carried out', async () => {
  const setup = await setUp()
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => send(setup, { ...setup.body, description: `${i}` })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 9_000n, held: 0n })
})

test('the same key of another scope is another key', async () => {
  const setup = await setUp()
  const { body } = setup
  const first = await send(setup, body, [claim(body, 'key', 'client one')])
  const second = await send(setup, body, [claim(body, 'key', 'client two')])
  expect(second.id).not.toBe(first.id)
})

test('a refusal stays bound to its key, also when the request would succeed by now', async () => {
  const setup = await setUp('5.00')
  const { issuing, body, source } = setup
  const refusal = { code: 'insufficient_funds', details: { field: 'amount' } }
  await expect(send(setup, body)).rejects.toMatchObject(refusal)
  const { clientId, fundingAccountId: accountId } = issuing
  const { amount } = body
  await depositFunds(issuing.deps, { clientId, accountId, amount, keys: [] })
  await topUpCardAccount(issuing.deps, { ...source, clientId, accountId, amount, keys: [] })
  await expect(send(setup, body)).rejects.toMatchObject(refusal)
  expect(await fundsOf(issuing, source)).toEqual({ balance: 1_500n, held: 0n })
  await send(setup, body, [claim(body, 'another key')])
  expect(await fundsOf(issuing, source)).toEqual({ balance: 500n, held: 0n })
})

test('a key is free again 24 hours of business time later, and not before', async () => {
  const setup = await setUp()
  const first = await send(setup, setup.body)
  await advanceClock(setup.issuing, DAY_SECONDS - 60)
  expect(await send(setup, setup.body)).toEqual(first)
  await advanceClock(setup.issuing, 60)
  const other = { ...setup.body, amount: parseAmount('11.00', 'USD') }
  const second = await send(setup, other)
  expect(second.id).not.toBe(first.id)
  expect(await send(setup, other)).toEqual(second)
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 7_900n, held: 0n })
})

test('two keys of one request both bring its answer back', async () => {
  const setup = await setUp()
  const { body } = setup
  const [header, inBody] = [claim(body, 'h', 'header'), claim(body, 'b', 'body')]
  const first = await send(setup, body, [header, inBody])
  for (const keys of [[header, inBody], [inBody, header], [header], [inBody]]) {
    expect(await send(setup, body, keys)).toEqual(first)
  }
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 9_000n, held: 0n })
})

test('a key that is known beside one that is not, or beside another answer, is refused', async () => {
  const setup = await setUp()
  const { body } = setup
  const [one, two, three] = ['one', 'two', 'three'].map((key) => claim(body, key)) as [KeyClaim, KeyClaim, KeyClaim]
  await send(setup, body, [one])
  await send(setup, body, [two])
  await expect(send(setup, body, [one, three])).rejects.toMatchObject({ code: 'idempotency_key_reused' })
  await expect(send(setup, body, [three, one])).rejects.toMatchObject({ code: 'idempotency_key_reused' })
  await expect(send(setup, body, [one, two])).rejects.toMatchObject({ code: 'idempotency_key_reused' })
  expect(await fundsOf(setup.issuing, setup.source)).toEqual({ balance: 8_000n, held: 0n })
})

test('a key stays free when nothing happened', async () => {
  const { issuing } = await setUp()
  const { lane } = issuing.deps
  let attempts = 0
  const command: Command<number> = {
    name: 'second time lucky',
    needs: [],
    decide: () => {
      attempts++
      if (attempts === 1) throw new AppError('xid_taken')
      if (attempts === 2) throw new Error('a bug')
      if (attempts === 3) return refuse('velocity_exceeded', { retryAfterSeconds: 60 })
      return attempts
    },
  }
  const again = () => lane.run(keyed([claim({})], command))
  await expect(again()).rejects.toMatchObject({ code: 'xid_taken' })
  await expect(again()).rejects.toThrow('a bug')
  await expect(again()).rejects.toMatchObject({ code: 'velocity_exceeded' })
  expect(await again()).toBe(4)
  expect(await again()).toBe(4)
})

test('a fingerprint does not depend on the order of members, and on everything else', () => {
  const same = fingerprintOf({ a: 1n, b: { c: 'x', d: [1, 2] } })
  expect(fingerprintOf({ b: { d: [1, 2], c: 'x' }, a: 1n, absent: undefined })).toEqual(same)
  for (const other of [
    { a: '1n', b: { c: 'x', d: [1, 2] } },
    { a: 1, b: { c: 'x', d: [1, 2] } },
    { a: 1n, b: { c: 'x', d: [2, 1] } },
    { a: 1n, b: { c: 'x', d: [1, 2], e: null } },
    { a: 1n, c: 'x', d: [1, 2] },
  ]) {
    expect(fingerprintOf(other)).not.toEqual(same)
  }
})
