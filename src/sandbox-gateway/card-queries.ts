// The SQL of cards that the gateway keeps.
import type { Queryable } from '../db/pool.ts'
import type { CardBrand } from '../gateways/connector.ts'
import type { CardBehavior } from './cards.ts'

/** What is kept of a card instead of its number. */
export interface KeptCard {
  readonly last4: string
  readonly brand: CardBrand
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly behavior: CardBehavior
}

export interface CardRow {
  readonly token: string
  /** Null once it is forgotten. */
  readonly kept: KeptCard | null
}

const CARD = `token, case when forgotten_at is null then jsonb_build_object('last4', last4, 'brand', brand,
  'expiryMonth', expiry_month, 'expiryYear', expiry_year, 'behavior', behavior) end as kept`

/** Keeps the card; false when the account has used its reference before. */
export async function insertCard(
  db: Queryable,
  card: KeptCard & { accountId: string; reference: string; token: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into sandbox_gateway.cards
       (account_id, reference, token, last4, brand, expiry_month, expiry_year, behavior, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (account_id, reference) do nothing`,
    [
      ...[card.accountId, card.reference, card.token, card.last4, card.brand, card.expiryMonth, card.expiryYear],
      ...[JSON.stringify(card.behavior), card.now],
    ],
  )
  return rowCount === 1
}

/** The account's card under a reference, or with a token. */
export async function findCard(
  db: Queryable,
  by: { readonly accountId: string; readonly reference?: string; readonly token?: string },
): Promise<CardRow | undefined> {
  const { rows } = await db.query<CardRow>(
    `select ${CARD}
       from sandbox_gateway.cards
      where account_id = $1 and (reference = $2 or token = $3)`,
    [by.accountId, by.reference ?? null, by.token ?? null],
  )
  return rows[0]
}

/** Erases the account's card with this token; false when there is none. */
export async function eraseCard(
  db: Queryable,
  { accountId, token, now }: { accountId: string; token: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sandbox_gateway.cards
        set last4 = null, brand = null, expiry_month = null, expiry_year = null, behavior = null, forgotten_at = $3
      where account_id = $1 and token = $2 and forgotten_at is null`,
    [accountId, token, now],
  )
  return rowCount === 1
}
