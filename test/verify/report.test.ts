import { expect, test } from 'vitest'
import { renderReport } from '../../src/verify/report.ts'
import type { VerifyReport } from '../../src/verify/verify.ts'

const line = { accounts: 1n, debits: 0n, credits: 0n, balance: 0n, pending: 0n }

const REPORT: VerifyReport = {
  ok: true,
  checks: [{ name: 'holds_end_once', sentence: 'No hold is ended twice.', rows: [], count: 0 }],
  trialBalance: [
    { ...line, currency: 'JPY', kind: 'card_account', credits: 5000n, balance: 5000n },
    { ...line, currency: 'JPY', kind: 'safeguarding', debits: 5000n, balance: -5000n },
    {
      ...line,
      currency: 'USD',
      kind: 'card_account',
      accounts: 12n,
      credits: 123_456n,
      balance: 123_456n,
      pending: -50n,
    },
    { ...line, currency: 'USD', kind: 'merchant_payable', pending: 50n },
    { ...line, currency: 'USD', kind: 'safeguarding', debits: 123_456n, balance: -123_456n },
  ],
}

test('a report shows each currency with a sum of zero, each check, and a verdict', () => {
  expect(renderReport(REPORT)).toBe(
    `
JPY           accounts  debits  credits  balance  pending
card_account         1       0     5000     5000        0
safeguarding         1    5000        0    -5000        0
sum                       5000     5000        0        0

USD               accounts   debits  credits   balance  pending
card_account            12     0.00  1234.56   1234.56    -0.50
merchant_payable         1     0.00     0.00      0.00     0.50
safeguarding             1  1234.56     0.00  -1234.56     0.00
sum                         1234.56  1234.56      0.00     0.00

✓ No hold is ended twice.

The books are right: 1 checks passed.
`.slice(1),
  )
})

test('a failed check shows the rows that break it, and how many more there are', () => {
  const rows = [
    { hold: '01', endings: '2' },
    { hold: '02', endings: null },
  ]
  const checks = [
    ...REPORT.checks,
    { name: 'a', sentence: 'All is one.', rows: rows.slice(0, 1), count: 1 },
    { name: 'b', sentence: 'All is two.', rows, count: 22 },
  ]
  expect(renderReport({ ok: false, checks, trialBalance: [] })).toBe(
    `
✓ No hold is ended twice.
✗ All is one. 1 row breaks it:
    hold=01 endings=2
✗ All is two. 22 rows break it:
    hold=01 endings=2
    hold=02 endings=-
    and 20 more

The books are wrong: 2 of 3 checks failed.
`.slice(1),
  )
})

test('books in a currency that nobody knows can still be shown', () => {
  const trialBalance = [{ ...line, currency: 'XYZ', kind: 'fx', debits: 1234n, balance: -1234n }]
  expect(renderReport({ ...REPORT, trialBalance })).toContain('-1234')
})
