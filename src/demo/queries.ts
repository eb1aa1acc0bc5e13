// What the demo reads to describe its members.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

export interface ListedCard {
  readonly id: string
  readonly cardAccountId: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly last4: string
  readonly mobile: string | null
  readonly email: string | null
}

/** The newest cards of an account that can be bound and are not. */
export async function listFreshCards(db: Queryable, cardAccountId: string): Promise<ListedCard[]> {
  const { rows } = await db.query<ListedCard>(
    `select c.id, c.card_account_id as "cardAccountId", c.expiry_month as "expiryMonth", c.expiry_year as "expiryYear",
            c.last4, c.mobile, c.email
       from cards c
      where c.shard = $1 and c.card_account_id = $2 and c.status = 'active'
        and not exists (select from bindings b where b.shard = c.shard and b.card_id = c.id and b.status = 'bound')
      order by c.created_at, c.id`,
    [SHARD, cardAccountId],
  )
  return rows
}

/** Minor units that the card account can spend. */
export async function readAvailable(db: Queryable, ledgerAccountId: string): Promise<bigint> {
  const { rows } = await db.query<{ available: bigint }>(
    `select credits_posted - debits_posted - debits_pending as available
       from accounts
      where shard = $1 and id = $2`,
    [SHARD, ledgerAccountId],
  )
  return rows[0]?.available ?? 0n
}
