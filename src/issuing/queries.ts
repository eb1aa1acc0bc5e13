// What is read of issuing outside the lane.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

export interface CardProduct {
  readonly id: string
  readonly name: string
  /** The tier, e.g. Platinum. */
  readonly cardType: string
  readonly network: string
  readonly bin: string
  readonly imageUrl: string
}

/** The client's card product. */
export async function findProduct(db: Queryable, clientId: string, id: string): Promise<CardProduct | undefined> {
  const { rows } = await db.query<CardProduct>(
    `select id, name, card_type as "cardType", network, bin, image_url as "imageUrl"
       from card_products
      where shard = $1 and client_id = $2 and id = $3`,
    [SHARD, clientId, id],
  )
  return rows[0]
}
