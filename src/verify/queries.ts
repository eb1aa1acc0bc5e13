// How verify reads: one snapshot, each check as a query for rows that should not exist, and the trial balance.
import type { Queryable } from '../db/pool.ts'

/** A rule of the books, and the query for what breaks it. */
export interface Check {
  readonly name: string
  /** What is true when the query finds nothing. */
  readonly sentence: string
  /** Selects the offending rows: ids first, then what disagrees. */
  readonly sql: string
}

/** An offending row: column names and values as text. */
export type OffendingRow = Readonly<Record<string, string | null>>

/** Turns the transaction, in which nothing was read yet, into a snapshot that cannot write. */
export async function openSnapshot(tx: Queryable): Promise<void> {
  await tx.query('set transaction isolation level repeatable read, read only')
}

/**
 * Gives the transaction's statements as long as they need, and the memory in which millions of rows are joined. Nested loops
 * are what the planner would take for a database without statistics yet, and they would take minutes.
 */
export async function allowLargeReads(tx: Queryable): Promise<void> {
  await tx.query(
    `select set_config('statement_timeout', '0', true), set_config('work_mem', '64MB', true), set_config('jit', 'off', true),
            set_config('enable_nestloop', 'off', true)`,
  )
}

/** How many rows the check finds, and the first `limit` of them. */
export async function selectOffending(
  tx: Queryable,
  check: Check,
  limit: number,
): Promise<{ readonly count: number; readonly rows: readonly OffendingRow[] }> {
  const { rows } = await tx.query<{ count: bigint; row: OffendingRow }>(
    `select first.count,
            (select json_object_agg(key, value) from json_each_text(first.content)) as row
       from (select count(*) over () as count, row_to_json(offending) as content
               from (${check.sql}) as offending
              limit ${limit}) as first`,
  )
  return { count: Number(rows[0]?.count ?? 0n), rows: rows.map(({ row }) => row) }
}

/** All accounts of one kind and currency: totals of their stored counters in minor units. */
export interface TrialBalanceLine {
  readonly currency: string
  readonly kind: string
  readonly accounts: bigint
  readonly debits: bigint
  readonly credits: bigint
  /** Credits less debits: what Florin owes. Over all kinds of a currency it sums to zero, and so does `pending`. */
  readonly balance: bigint
  /** Pending credits less pending debits. */
  readonly pending: bigint
}

type RawLine = Record<keyof TrialBalanceLine, string>

/** One line a currency and kind, in that order. */
export async function selectTrialBalance(tx: Queryable): Promise<TrialBalanceLine[]> {
  const { rows } = await tx.query<RawLine>(
    `select currency, kind,
            count(*)::text as accounts,
            sum(debits_posted)::text as debits,
            sum(credits_posted)::text as credits,
            (sum(credits_posted) - sum(debits_posted))::text as balance,
            (sum(credits_pending) - sum(debits_pending))::text as pending
       from accounts
      group by currency, kind
      order by currency collate "C", kind collate "C"`,
  )
  return rows.map(({ currency, kind, accounts, debits, credits, balance, pending }) => ({
    currency,
    kind,
    accounts: BigInt(accounts),
    debits: BigInt(debits),
    credits: BigInt(credits),
    balance: BigInt(balance),
    pending: BigInt(pending),
  }))
}

/** SQL for `siblingId(id, n)` of src/ids.ts. */
export const siblingSql = (id: string, n: number): string =>
  `(left(${id}::text, 34) || lpad(to_hex(('x' || right(${id}::text, 2))::bit(8)::integer # ${n}), 2, '0'))::uuid`
