// The SQL of merchants: businesses that take payments.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

export interface Merchant {
  readonly id: string
  readonly name: string
  /** Merchant category code, four digits. */
  readonly mcc: string
  /** The category in words. */
  readonly category: string
  /** ISO 3166 alpha-2. */
  readonly country: string
  readonly createdAt: Date
}

/** Adds a merchant, created at the database's time. */
export async function insertMerchant(db: Queryable, merchant: Omit<Merchant, 'createdAt'>): Promise<void> {
  const { id, name, mcc, category, country } = merchant
  await db.query(
    `insert into merchants (shard, id, name, mcc, category, country, created_at)
     values ($1, $2, $3, $4, $5, $6, now())`,
    [SHARD, id, name, mcc, category, country],
  )
}

/** The merchant with this id. */
export async function findMerchant(db: Queryable, id: string): Promise<Merchant | undefined> {
  const { rows } = await db.query<Merchant>(
    `select id, name, mcc, category, country, created_at as "createdAt"
       from merchants
      where shard = $1
        and id = $2`,
    [SHARD, id],
  )
  return rows[0]
}
