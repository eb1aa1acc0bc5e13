// Proves the books: recomputes every balance and total from the transfers and looks for whatever breaks a rule.
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import { CHECKOUT_CHECKS } from './checkout-queries.ts'
import { GATEWAY_CHECKS } from './gateway-queries.ts'
import { KEY_CHECKS } from './key-queries.ts'
import { LEDGER_CHECKS } from './ledger-queries.ts'
import { OPERATION_CHECKS } from './operation-queries.ts'
import { PAYMENT_CHECKS } from './payment-queries.ts'
import {
  allowLargeReads,
  type Check,
  type OffendingRow,
  openSnapshot,
  selectOffending,
  selectTrialBalance,
  type TrialBalanceLine,
} from './queries.ts'
import { STATEMENT_CHECKS } from './statement-queries.ts'

export interface CheckResult {
  readonly name: string
  /** What is true when `count` is zero. */
  readonly sentence: string
  /** The first 20 offending rows. */
  readonly rows: readonly OffendingRow[]
  readonly count: number
}

export interface VerifyReport {
  /** Whether no check found anything. */
  readonly ok: boolean
  readonly checks: readonly CheckResult[]
  readonly trialBalance: readonly TrialBalanceLine[]
}

const CHECKS: readonly Check[] = [
  ...LEDGER_CHECKS,
  ...PAYMENT_CHECKS,
  ...OPERATION_CHECKS,
  ...GATEWAY_CHECKS,
  ...CHECKOUT_CHECKS,
  ...STATEMENT_CHECKS,
  ...KEY_CHECKS,
]
const ROWS_MAX = 20

/** Checks everything at one moment, without stopping anybody: one repeatable-read, read-only transaction. */
export const verify = (pool: Pool): Promise<VerifyReport> =>
  transaction(pool, async (tx) => {
    await openSnapshot(tx)
    await allowLargeReads(tx)
    return runChecks(tx)
  })

/** Runs every check in a transaction that the caller has opened. */
export async function runChecks(tx: Queryable): Promise<VerifyReport> {
  const checks: CheckResult[] = []
  for (const check of CHECKS) {
    const { name, sentence } = check
    checks.push({ name, sentence, ...(await selectOffending(tx, check, ROWS_MAX)) })
  }
  return {
    ok: checks.every(({ count }) => count === 0),
    checks,
    trialBalance: await selectTrialBalance(tx),
  }
}
