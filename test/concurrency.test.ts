// Many callers at once, on one lane and on two, which is what two processes on one database are: what must add up, adds up.
import { afterEach, describe, expect, test } from 'vitest'
import { confirmBinding } from '../src/bindings/confirm.ts'
import type { Deps } from '../src/deps.ts'
import { depositFunds } from '../src/funding/deposit.ts'
import { fingerprintOf } from '../src/idempotency/keyed.ts'
import { createCardAccount } from '../src/issuing/create-card-account.ts'
import { setMetadata } from '../src/issuing/set-metadata.ts'
import { withdrawFromCardAccount } from '../src/issuing/top-up.ts'
import { transferBalance } from '../src/issuing/transfer-balance.ts'
import { parseAmount } from '../src/money.ts'
import { capturePayment } from '../src/payments/capture.ts'
import { refundPayment } from '../src/payments/refund.ts'
import { voidPayment } from '../src/payments/void.ts'
import { verify } from '../src/verify/verify.ts'
import { waitForBlocked } from './helpers/database.ts'
import {
  authorize,
  buy,
  fundsOf,
  type Issuing,
  initiate,
  issueBoundCard,
  issueFundedCard,
  newestCode,
  openIssuing,
  restart,
  verifyOrder,
} from './helpers/seed.ts'

const dollars = (amount: string) => parseAmount(amount, 'USD')

let issuing: Issuing
let lanes: Deps[]

async function open(count: number): Promise<void> {
  issuing = await openIssuing()
  lanes = [issuing.deps]
  while (lanes.length < count) lanes.push((await restart(issuing)).deps)
}

/** Does the work `count` times at once, spread over the lanes. */
const atOnce = <T>(count: number, work: (deps: Deps, i: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(
    Array.from({ length: count }, (_, i) => {
      const deps = lanes[i % lanes.length]
      if (!deps) throw new Error('no lane')
      return work(deps, i)
    }),
  )

/** The values of those that succeeded, and how often each refusal was given. */
function tally<T>(results: readonly PromiseSettledResult<T>[]): { done: T[]; refused: Record<string, number> } {
  const done: T[] = []
  const refused: Record<string, number> = {}
  for (const result of results) {
    if (result.status === 'fulfilled') done.push(result.value)
    else refused[result.reason.code] = (refused[result.reason.code] ?? 0) + 1
  }
  return { done, refused }
}

const transfer = (deps: Deps, source: string, destination: string, amount = '1.00') =>
  transferBalance(deps, {
    clientId: issuing.clientId,
    sourceCardAccountId: source,
    destinationCardAccountId: destination,
    amount: dollars(amount),
    keys: [],
  })

const newAccount = async (): Promise<string> => {
  const { clientId } = issuing
  return (await createCardAccount(issuing.deps, { clientId, accountType: 'prepaid', currency: 'USD', keys: [] })).id
}

afterEach(async () => {
  const { checks } = await verify(issuing.pool)
  expect(checks.filter(({ count }) => count > 0)).toEqual([])
})

describe.each([1, 2])('with %i lane(s)', (count) => {
  test('of 200 debits of 1.00 on a balance of 100.00 exactly 100 succeed', async () => {
    await open(count)
    const { cardAccountId } = await issueFundedCard(issuing, { balance: '100.00' })
    const destination = await newAccount()
    const { done, refused } = tally(await atOnce(200, (deps) => transfer(deps, cardAccountId, destination)))
    expect(done).toHaveLength(100)
    expect(refused).toEqual({ insufficient_funds: 100 })
    expect(await fundsOf(issuing, { cardAccountId })).toEqual({ balance: 0n, held: 0n })
    expect(await fundsOf(issuing, { cardAccountId: destination })).toEqual({ balance: 10_000n, held: 0n })
  })

  test('debits of different kinds share one balance', async () => {
    await open(count)
    const { clientId, fundingAccountId: accountId } = issuing
    const { cardAccountId } = await issueFundedCard(issuing, { balance: '10.00' })
    const destination = await newAccount()
    const { done } = tally(
      await atOnce<unknown>(40, (deps, i) =>
        i % 4 < 2
          ? transfer(deps, cardAccountId, destination)
          : withdrawFromCardAccount(deps, { clientId, accountId, cardAccountId, amount: dollars('1.00'), keys: [] }),
      ),
    )
    expect(done).toHaveLength(10)
    expect(await fundsOf(issuing, { cardAccountId })).toEqual({ balance: 0n, held: 0n })
  })

  test('50 copies of one key move money once and get the same answer', async () => {
    await open(count)
    const { clientId } = issuing
    const { cardAccountId } = await issueFundedCard(issuing, { balance: '100.00' })
    const request = {
      clientId,
      sourceCardAccountId: cardAccountId,
      destinationCardAccountId: await newAccount(),
      amount: dollars('1.00'),
    }
    const keys = [{ scope: clientId, key: 'one', fingerprint: fingerprintOf(request) }]
    const { done } = tally(await atOnce(50, (deps) => transferBalance(deps, { ...request, keys })))
    expect(done).toHaveLength(50)
    for (const answer of done) expect(answer).toEqual(done[0])
    expect(await fundsOf(issuing, { cardAccountId })).toEqual({ balance: 9_900n, held: 0n })
  })

  test('of 20 captures of one payment one wins', async () => {
    await open(count)
    const { merchantId } = issuing
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    const { id } = await authorize(issuing, holder, { amount: '50.00' })
    const results = await atOnce(20, (deps) =>
      capturePayment(deps, { merchantId, paymentId: id, amount: '50.00', keys: [] }),
    )
    expect(tally(results)).toMatchObject({ done: [{}], refused: { payment_state_invalid: 19 } })
    expect(await fundsOf(issuing, holder)).toEqual({ balance: 5_000n, held: 0n })
  })

  test('of a capture and a release at once one wins, whichever it is', async () => {
    await open(count)
    const { merchantId } = issuing
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push((await authorize(issuing, holder, { amount: '1.00' })).id)
    const results = await atOnce<{ payment: { state: string } }>(20, async (deps, i) => {
      const paymentId = ids[i >> 1] ?? ''
      const isCapture = (i + (i >> 1)) % 2 === 0
      return isCapture
        ? capturePayment(deps, { merchantId, paymentId, amount: '1.00', keys: [] })
        : voidPayment(deps, { merchantId, paymentId, keys: [] })
    })
    const { done, refused } = tally(results)
    expect(done).toHaveLength(10)
    expect(refused).toEqual({ payment_state_invalid: 10 })
    const captured = done.filter(({ payment }) => payment.state === 'captured').length
    expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n - 100n * BigInt(captured), held: 0n })
  })

  test('one code pays for one purchase', async () => {
    await open(count)
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    await verifyOrder(issuing, { token: holder.token, amount: '10.00' })
    const code = await newestCode(issuing, holder)
    const results = await atOnce(10, (deps) =>
      buy({ ...issuing, deps }, { token: holder.token, amount: '10.00', code }),
    )
    expect(tally(results)).toMatchObject({ done: [{ state: 'authorized' }], refused: { otp_required: 9 } })
    expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 1_000n })
  })

  test('wrong codes that come at once are all counted', async () => {
    await open(count)
    const { merchantId } = issuing
    const { pan } = await issueFundedCard(issuing)
    const { verificationId } = await initiate(issuing, { pan })
    const results = await atOnce(20, (deps) =>
      confirmBinding(deps, { merchantId, verificationId, code: 'wrong!', keys: [] }),
    )
    expect(tally(results)).toEqual({ done: [], refused: { code_wrong: 5, challenge_blocked: 15 } })
  })

  test('two refunds of 60 do not fit into a capture of 100', async () => {
    await open(count)
    const { merchantId } = issuing
    const holder = await issueBoundCard(issuing, { balance: '100.00' })
    const { id } = await authorize(issuing, holder, { amount: '100.00' })
    await capturePayment(issuing.deps, { merchantId, paymentId: id, amount: '100.00', keys: [] })
    const refund = { merchantId, paymentId: id, amount: dollars('60.00'), description: 'back', reason: 'returned' }
    const results = await atOnce(2, (deps) => refundPayment(deps, { ...refund, keys: [] }))
    expect(tally(results)).toMatchObject({ done: [{}], refused: { amount_too_large: 1 } })
    expect(await fundsOf(issuing, holder)).toEqual({ balance: 6_000n, held: 0n })
  })

  test('transfers back and forth and in a ring all succeed', async () => {
    await open(count)
    const ring: string[] = []
    for (let i = 0; i < 3; i++) ring.push((await issueFundedCard(issuing, { balance: '100.00' })).cardAccountId)
    const [a = '', b = ''] = ring
    const { done } = tally(
      await atOnce(300, (deps, i) => {
        if (i < 100) return transfer(deps, a, b)
        if (i < 200) return transfer(deps, b, a)
        return transfer(deps, ring[i % 3] ?? '', ring[(i + 1) % 3] ?? '')
      }),
    )
    expect(done).toHaveLength(300)
    const left = await Promise.all(ring.map((cardAccountId) => fundsOf(issuing, { cardAccountId })))
    expect(left.reduce((sum, { balance }) => sum + balance, 0n)).toBe(30_000n)
  })

  test('an account that is used for the first time by many at once is opened once', async () => {
    await open(count)
    const { clientId, fundingAccountId: accountId, pool } = issuing
    const { done } = tally(
      await atOnce(20, (deps) => depositFunds(deps, { clientId, accountId, amount: dollars('1.00'), keys: [] })),
    )
    expect(done).toHaveLength(20)
    const { rows } = await pool.query(
      "select credits_posted as credits, seq from accounts where kind = 'client_funding' and owner_id = $1",
      [accountId],
    )
    expect(rows).toEqual([{ credits: 2_000n, seq: 20n }])
  })
})

test('of two xids that two lanes give to one resource at once it carries one, and the other is free', async () => {
  await open(2)
  const { clientId, pool } = issuing
  const id = await newAccount()
  const name = (deps: Deps, i: number) =>
    setMetadata(deps, { clientId, type: 'cardaccount', id, xid: `name ${i}`, keys: [] })
  // While the row is held both lanes read it and neither can write it.
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('select 1 from card_accounts where id = $1 for update', [id])
  const results = atOnce(2, name)
  await waitForBlocked(pool, 2)
  await holder.query('commit')
  holder.release()
  expect(tally(await results).refused).toEqual({})
  const { rows } = await pool.query('select xid from card_accounts where id = $1', [id])
  const taken = await pool.query("select xid from xids where resource_type <> 'released'")
  expect(taken.rows).toEqual(rows)
})
