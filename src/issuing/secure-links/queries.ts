// The SQL of secure links. Expiry is by business time, read in the statement that depends on it.
import { BUSINESS_NOW } from '../../db/business-now.ts'
import type { Queryable } from '../../db/pool.ts'
import { SHARD } from '../../ids.ts'

const NOW = `date_trunc('milliseconds', ${BUSINESS_NOW})`

export interface NewSecureLink {
  readonly id: string
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
  readonly lifeMs: number
}

/** Writes a link to a card of the client that is not cancelled; returns when it expires, undefined without such a card. */
export async function insertSecureLink(db: Queryable, link: NewSecureLink): Promise<Date | undefined> {
  const { rows } = await db.query<{ expiresAt: Date }>(
    `insert into secure_links (shard, id, card_id, expires_at)
     select shard, $2, id, ${NOW} + make_interval(secs => $6::numeric / 1000)
       from cards
      where shard = $1 and client_id = $3 and card_account_id = $4 and id = $5 and status <> 'cancelled'
  returning expires_at as "expiresAt"`,
    [SHARD, link.id, link.clientId, link.cardAccountId, link.cardId, link.lifeMs],
  )
  return rows[0]?.expiresAt
}

/** A link, what it shows beside the number, and whether it may still be opened. */
export interface SecureLink {
  readonly cardId: string
  readonly embossedName: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly isOpen: boolean
}

/** The link with this id. */
export async function findSecureLink(db: Queryable, id: string): Promise<SecureLink | undefined> {
  const { rows } = await db.query<SecureLink>(
    `select l.card_id as "cardId",
            c.embossed_name as "embossedName",
            c.expiry_month as "expiryMonth",
            c.expiry_year as "expiryYear",
            l.opened_at is null and c.status <> 'cancelled' and l.expires_at > ${NOW} as "isOpen"
       from secure_links l
       join cards c on c.shard = l.shard and c.id = l.card_id
      where l.shard = $1 and l.id = $2`,
    [SHARD, id],
  )
  return rows[0]
}

/** Uses the link up. False when it was opened before or has expired: of two callers at once, one gets true. */
export async function updateSecureLinkOpened(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update secure_links
        set opened_at = ${NOW}
      where shard = $1 and id = $2 and opened_at is null and expires_at > ${NOW}`,
    [SHARD, id],
  )
  return rowCount === 1
}
