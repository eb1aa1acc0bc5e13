import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/db/pool.ts'
import { expirePayments, startExpiry } from '../../src/jobs/expire.ts'
import {
  advanceClock,
  authorize,
  expectBalancedBooks,
  type FundedCard,
  fundsOf,
  type Issuing,
  issueBoundCard,
  openIssuing,
  statementOf,
} from '../helpers/seed.ts'

const WEEK = 7 * 24 * 60 * 60

const hold = async (issuing: Issuing): Promise<FundedCard> => {
  const holder = await issueBoundCard(issuing, { balance: '100.00' })
  await authorize(issuing, holder)
  return holder
}

test('held money is free again soon after the authorization ends, without any request', async () => {
  const issuing = await openIssuing()
  const holders = [await hold(issuing), await hold(issuing)]
  const expiry = startExpiry({ deps: issuing.deps, log: issuing.log, intervalMs: 60_000 })
  try {
    await advanceClock(issuing, WEEK)
    expiry.nudge()
    for (const holder of holders) {
      await vi.waitFor(async () => expect(await fundsOf(issuing, holder)).toEqual({ balance: 10_000n, held: 0n }))
      expect(await statementOf(issuing, holder)).toMatchObject([{ status: 'void' }])
    }
  } finally {
    await expiry.stop()
  }
  const { rows } = await issuing.pool.query(
    "select data ->> 'reason' as reason from events where type = 'payment.voided'",
  )
  expect(rows).toEqual([{ reason: 'expired' }, { reason: 'expired' }])
  await expectBalancedBooks(issuing)
})

test('an authorization whose time is not over stays', async () => {
  const issuing = await openIssuing()
  const holder = await hold(issuing)
  await advanceClock(issuing, WEEK - 10)
  expect(await expirePayments(issuing.deps)).toBe(false)
  expect(await fundsOf(issuing, holder)).toMatchObject({ held: 10_000n })
})

test('what lapsed together is voided in one batch, and a full page says that there may be more', async () => {
  const issuing = await openIssuing()
  const holder = await issueBoundCard(issuing, { balance: '10.00' })
  for (let i = 0; i < 4; i++) await authorize(issuing, holder, { amount: '1.00' })
  await advanceClock(issuing, WEEK)
  expect(await expirePayments(issuing.deps, 3)).toBe(true)
  expect(await fundsOf(issuing, holder)).toMatchObject({ held: 100n })
  const { rows } = await issuing.pool.query<{ batches: bigint; n: bigint }>(
    `select count(distinct transaction_id) as batches, count(*) as n from events where type = 'payment.voided'`,
  )
  expect(rows).toEqual([{ batches: 1n, n: 3n }])
  expect(await expirePayments(issuing.deps, 3)).toBe(false)
  expect(await fundsOf(issuing, holder)).toEqual({ balance: 1_000n, held: 0n })
})

test('a failure is complained of once a minute, and expiry goes on when it is over', async () => {
  const issuing = await openIssuing()
  const holder = await hold(issuing)
  await advanceClock(issuing, WEEK)
  const owner = await connect(issuing.ownerUrl)
  onTestFinished(() => owner.end())
  await owner.query('alter table payments rename to payments_elsewhere')
  const isComplaint = (line: string) => line.includes('could not be expired')
  const expiry = startExpiry({ deps: issuing.deps, log: issuing.log, intervalMs: 5 })
  onTestFinished(() => expiry.stop())
  await vi.waitFor(() => expect(issuing.logged.some(isComplaint)).toBe(true))
  for (let tries = 0; tries < 3; tries++) await expect(expirePayments(issuing.deps)).rejects.toThrow('payments')
  await owner.query('alter table payments_elsewhere rename to payments')
  await vi.waitFor(async () => expect(await fundsOf(issuing, holder)).toMatchObject({ held: 0n }))
  expect(issuing.logged.filter(isComplaint)).toHaveLength(1)
})
