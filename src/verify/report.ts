// What `florin verify` prints: the trial balance of each currency, a line a check, and the rows that break one.
import { formatAmount, isAsset } from '../money.ts'
import type { TrialBalanceLine } from './queries.ts'
import type { CheckResult, VerifyReport } from './verify.ts'

/** The report as text for a terminal, every line ended. Amounts have their currency's decimals. */
export function renderReport(report: VerifyReport): string {
  const { ok, checks, trialBalance } = report
  const failed = checks.filter(({ count }) => count > 0).length
  return [
    ...[...new Set(trialBalance.map(({ currency }) => currency))].flatMap((currency) => [
      ...renderTrialBalance(
        currency,
        trialBalance.filter((line) => line.currency === currency),
      ),
      '',
    ]),
    ...checks.flatMap(renderCheck),
    '',
    ok
      ? `The books are right: ${checks.length} checks passed.`
      : `The books are wrong: ${failed} of ${checks.length} checks failed.`,
    '',
  ].join('\n')
}

type Totals = Pick<TrialBalanceLine, 'debits' | 'credits' | 'balance' | 'pending'>

function renderTrialBalance(currency: string, lines: readonly TrialBalanceLine[]): string[] {
  const sum = lines.reduce<Totals>(
    (total, line) => ({
      debits: total.debits + line.debits,
      credits: total.credits + line.credits,
      balance: total.balance + line.balance,
      pending: total.pending + line.pending,
    }),
    { debits: 0n, credits: 0n, balance: 0n, pending: 0n },
  )
  const amounts = ({ debits, credits, balance, pending }: Totals): string[] =>
    [debits, credits, balance, pending].map((amount) => toText(amount, currency))
  return alignColumns([
    [currency, 'accounts', 'debits', 'credits', 'balance', 'pending'],
    ...lines.map((line) => [line.kind, line.accounts.toString(), ...amounts(line)]),
    ['sum', '', ...amounts(sum)],
  ])
}

// A report on broken books must not break on them: an unknown currency shows its minor units.
const toText = (amount: bigint, currency: string): string =>
  isAsset(currency) ? formatAmount({ amount, currency }) : amount.toString()

function alignColumns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((cells) => cells[i]?.length ?? 0)))
  return table.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function renderCheck({ sentence, count, rows }: CheckResult): string[] {
  if (count === 0) return [`✓ ${sentence}`]
  const more = count - rows.length
  return [
    `✗ ${sentence} ${count === 1 ? '1 row breaks it' : `${count} rows break it`}:`,
    ...rows.map(
      (row) =>
        `    ${Object.entries(row)
          .map(([column, value]) => `${column}=${value ?? '-'}`)
          .join(' ')}`,
    ),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}
