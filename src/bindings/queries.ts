// What is read of bindings outside the lane: columns that never change, or that only explain.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** What a card shows of itself to a merchant. */
export interface CardFace {
  readonly cardId: string
  /** The brand's image. */
  readonly imageUrl: string
  /** The product's tier, e.g. Platinum. */
  readonly cardType: string
  readonly mobile: string | null
  readonly email: string | null
  readonly expiryMonth: number
  readonly expiryYear: number
}

export async function findCardFace(db: Queryable, cardId: string): Promise<CardFace | undefined> {
  const { rows } = await db.query<CardFace>(
    `select c.id as "cardId", p.image_url as "imageUrl", p.card_type as "cardType", c.mobile, c.email,
            c.expiry_month as "expiryMonth", c.expiry_year as "expiryYear"
       from cards c
       join card_products p on p.shard = c.shard and p.id = c.product_id
      where c.shard = $1 and c.id = $2`,
    [SHARD, cardId],
  )
  return rows[0]
}

/** The binding and card for which a verification was opened, if it is this merchant's. */
export async function findVerification(
  db: Queryable,
  merchantId: string,
  challengeId: string,
): Promise<{ bindingId: string; cardId: string } | undefined> {
  const { rows } = await db.query<{ bindingId: string; cardId: string }>(
    `select b.id as "bindingId", b.card_id as "cardId"
       from challenges ch
       join bindings b on b.shard = ch.shard and b.id = ch.subject_id
      where ch.shard = $1 and ch.id = $2 and ch.kind = 'binding-code' and b.merchant_id = $3`,
    [SHARD, challengeId, merchantId],
  )
  return rows[0]
}

/** A bound card as a charge needs it; nothing here ever changes. */
export interface BoundCard {
  readonly bindingId: string
  readonly token: string
  readonly merchantId: string
  readonly cardId: string
  readonly cardAccountId: string
  readonly clientId: string
  readonly currency: string
  readonly merchant: {
    readonly name: string
    readonly mcc: string
    readonly category: string
    readonly country: string
  }
}

/** The card that this merchant bound under the token. */
export async function findBoundCard(db: Queryable, merchantId: string, token: string): Promise<BoundCard | undefined> {
  const { rows } = await db.query<BoundCard>(
    `select b.id as "bindingId", b.token, b.merchant_id as "merchantId", c.id as "cardId", c.card_account_id as "cardAccountId",
            c.client_id as "clientId", c.currency,
            json_build_object('name', m.name, 'mcc', m.mcc, 'category', m.category, 'country', m.country) as merchant
       from bindings b
       join cards c on c.shard = b.shard and c.id = b.card_id
       join merchants m on m.shard = b.shard and m.id = b.merchant_id
      where b.shard = $1 and b.token = $2 and b.merchant_id = $3 and b.status = 'bound'`,
    [SHARD, token, merchantId],
  )
  return rows[0]
}
