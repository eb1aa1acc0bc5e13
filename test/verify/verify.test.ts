import { beforeAll, describe, expect, inject, test } from 'vitest'
import { connect } from '../../src/db/pool.ts'
import { transferBalance } from '../../src/issuing/transfer-balance.ts'
import { parseAmount } from '../../src/money.ts'
import { runChecks, verify } from '../../src/verify/verify.ts'
import { withDatabase } from '../helpers/global-setup.ts'
import { type Issuing, issueFundedCard, openIssuing } from '../helpers/seed.ts'
import { FAULTS } from './faults.ts'
import type { Fault } from './ledger-faults.ts'
import { openWorked, type Worked } from './workload.ts'

let worked: Worked

beforeAll(async () => {
  worked = await openWorked()
})

describe('on books that are right', () => {
  test('verify finds nothing after everything that can happen to money has happened', async () => {
    const { ok, checks } = await verify(worked.pool)
    expect(checks.filter(({ count }) => count > 0)).toEqual([])
    expect(ok).toBe(true)
  })

  test('the workload leaves payments and operations in every state', async () => {
    const { rows } = await worked.pool.query<{ what: string }>(
      `select distinct concat_ws(' ', direction, state) as what from payments
       union
       select distinct concat_ws(' ', kind, state) from operations
       union
       select distinct concat_ws(' ', 'case', kind, case when closed_at is null then 'open' else 'closed' end) from cases`,
    )
    const seen = rows.map(({ what }) => what)
    expect(EVERYTHING.filter((what) => !seen.includes(what))).toEqual([])
  })

  test('the trial balance of each currency sums to zero, and what is pending, too', async () => {
    const { trialBalance } = await verify(worked.pool)
    const currencies = [...new Set(trialBalance.map(({ currency }) => currency))]
    expect(currencies).toEqual(['EUR', 'HKD', 'JPY', 'KWD', 'USD'])
    for (const currency of currencies) {
      const lines = trialBalance.filter((line) => line.currency === currency)
      expect(lines.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n)
      expect(lines.reduce((sum, { pending }) => sum + pending, 0n)).toBe(0n)
    }
    expect(trialBalance.find(({ currency, kind }) => currency === 'JPY' && kind === 'card_account')).toEqual({
      currency: 'JPY',
      kind: 'card_account',
      accounts: 1n,
      debits: 0n,
      credits: 5000n,
      balance: 5000n,
      pending: 0n,
    })
    const held = trialBalance.find(({ currency, kind }) => currency === 'USD' && kind === 'card_account')
    expect(held?.pending).toBe(-5860n)
  })

  test('verify sees one moment while money moves', async () => {
    const issuing = await openIssuing()
    const from = await issueFundedCard(issuing, { balance: '300.00' })
    const to = await issueFundedCard(issuing)
    const moving = Promise.all(
      Array.from({ length: 300 }, () =>
        transferBalance(issuing.deps, {
          clientId: issuing.clientId,
          sourceCardAccountId: from.cardAccountId,
          destinationCardAccountId: to.cardAccountId,
          amount: parseAmount('1.00', 'USD'),
          keys: [],
        }),
      ),
    )
    const seen = await Promise.all([verify(issuing.pool), verify(issuing.pool), verify(issuing.pool)])
    await moving
    for (const report of [...seen, await verify(issuing.pool)]) expect(failed(report)).toEqual([])
  })

  test('an empty database has nothing to report', async () => {
    const { pool } = await openIssuing()
    const { ok, trialBalance } = await verify(pool)
    expect({ ok, trialBalance }).toEqual({ ok: true, trialBalance: [] })
  })
})

describe('on books that are wrong', () => {
  test.each(FAULTS.map((fault) => [fault.fault, fault] as const))('verify reports %s', async (_, fault) => {
    const report = await plant(worked, fault)
    expect(failed(report)).toEqual([...fault.breaks].sort())
    if (fault.count !== undefined) {
      const check = report.checks.find(({ name }) => name === fault.breaks[0])
      expect(check?.count).toBe(fault.count)
      expect(check?.rows.length).toBe(Math.min(fault.count, 20))
    }
  })

  test('each check has a fault of its own', async () => {
    const { checks } = await verify(worked.pool)
    const shown = new Set(FAULTS.flatMap(({ breaks }) => breaks))
    expect(checks.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  test('an offending row names its ids and shows amounts exactly', async () => {
    const { checks } = await plant(worked, {
      fault: 'an amount beyond what a double holds',
      breaks: [],
      sql: () => [
        `update accounts set debits_posted = debits_posted + 9007199254740993, credits_posted = credits_posted + 9007199254740993
          where kind = 'network_settlement' and currency = 'USD'`,
      ],
    })
    const [row] = checks.find(({ name }) => name === 'account_counters')?.rows ?? []
    expect(row).toMatchObject({
      account: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'network_settlement',
      debits_posted: '9007199254741093',
      debits_posted_recomputed: '100',
    })
  })
})

const EVERYTHING = [
  ...['authorizing', 'authorized', 'captured', 'voided', 'refunded', 'declined', 'canceled'].map((s) => `charge ${s}`),
  ...['charge capturing', 'charge voiding', 'payout paying', 'payout paid', 'payout declined'],
  ...['redirected', 'pending', 'unknown', 'approved', 'declined', 'not_sent', 'not_done'].map((s) => `purchase ${s}`),
  ...['authorize approved', 'capture approved', 'capture declined', 'capture unknown'],
  ...['void approved', 'void declined', 'void unknown', 'refund approved', 'refund declined', 'refund pending'],
  ...['refund unknown', 'payout approved', 'payout declined', 'payout unknown'],
  ...['unknown open', 'late_truth open', 'contradiction open', 'contradiction closed', 'surplus closed'].map(
    (kind) => `case ${kind}`,
  ),
]

const failed = ({ checks }: { checks: readonly { name: string; count: number }[] }): string[] =>
  checks
    .filter(({ count }) => count > 0)
    .map(({ name }) => name)
    .sort()

// As a superuser, for whom foreign keys can be silent, and never committed, so that the next fault meets right books.
async function plant(world: Worked, { sql }: Fault) {
  const { adminUrl } = inject('server')
  const client = await connect(withDatabase(adminUrl, databaseOf(world)))
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    for (const statement of sql(world)) {
      const { command, rowCount } = await client.query(statement)
      if (/^(INSERT|UPDATE|DELETE)$/.test(command) && !rowCount) throw new Error(`nothing was planted: ${statement}`)
    }
    return await runChecks(client)
  } finally {
    await client.query('rollback')
    await client.end()
  }
}

const databaseOf = ({ url }: Issuing): string => new URL(url).pathname.slice(1)
