// The SQL of members, partners and the tokens that were exchanged.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { DateOrder, MemberSettings } from './member.ts'

export interface MemberRow extends MemberSettings {
  readonly id: string
  readonly number: bigint
  readonly merchantId: string
  readonly merchantName: string
  readonly partnerNumber: bigint
  readonly username: string
  readonly sealedKey: Buffer
  /** Null when there is none, or it has ended. */
  readonly sealedPreviousKey: Buffer | null
  readonly tokenVersion: number
  readonly isActive: boolean
  readonly dateOrder: DateOrder
}

export interface PartnerRow {
  readonly id: string
  readonly number: bigint
  readonly username: string
  readonly sealedKey: Buffer
  readonly tokenVersion: number
  readonly isActive: boolean
}

const MEMBER = `
  m.id, m.number, m.merchant_id as "merchantId", t.name as "merchantName", p.number as "partnerNumber", m.username,
  m.sealed_key as "sealedKey",
  case
    when m.previous_key_ends_at
         > now() + make_interval(secs => coalesce((select offset_seconds from business_clock c where c.shard = m.shard), 0))
    then m.sealed_previous_key
  end as "sealedPreviousKey",
  m.token_version as "tokenVersion", m.is_active and p.is_active as "isActive", m.requires_hmac as "requiresHmac",
  m.allows_md5 as "allowsMd5", m.date_order as "dateOrder", m.time_zone as "timeZone", m.inquiry_code as "inquiryCode",
  m.legacy_http_200 as "legacyHttp200"`

const MEMBERS = `
       members m
       join merchants t on t.shard = m.shard and t.id = m.merchant_id
       join partners p on p.shard = m.shard and p.id = m.partner_id`

/** The member with this number. */
export async function findMemberByNumber(db: Queryable, number: string): Promise<MemberRow | undefined> {
  const { rows } = await db.query<MemberRow>(
    `select ${MEMBER} from ${MEMBERS}
      where m.shard = $1
        and m.number = $2`,
    [SHARD, number],
  )
  return rows[0]
}

/** The partner's member with this username. */
export async function findMemberByUsername(
  db: Queryable,
  partnerNumber: string,
  username: string,
): Promise<MemberRow | undefined> {
  const { rows } = await db.query<MemberRow>(
    `select ${MEMBER} from ${MEMBERS}
      where m.shard = $1
        and p.number = $2
        and m.username = $3`,
    [SHARD, partnerNumber, username],
  )
  return rows[0]
}

/** The member that this merchant is. */
export async function findMemberOfMerchant(db: Queryable, merchantId: string): Promise<MemberRow | undefined> {
  const { rows } = await db.query<MemberRow>(
    `select ${MEMBER} from ${MEMBERS}
      where m.shard = $1
        and m.merchant_id = $2`,
    [SHARD, merchantId],
  )
  return rows[0]
}

/** The partner with this number. */
export async function findPartnerByNumber(db: Queryable, number: string): Promise<PartnerRow | undefined> {
  const { rows } = await db.query<PartnerRow>(
    `select id, number, username, sealed_key as "sealedKey", token_version as "tokenVersion", is_active as "isActive"
       from partners
      where shard = $1
        and number = $2`,
    [SHARD, number],
  )
  return rows[0]
}

export interface NewPartner {
  readonly id: string
  readonly number: bigint
  readonly username: string
  readonly sealedKey: Buffer
}

/** Adds a partner, created at the database's time. False when its number is taken. */
export async function insertPartner(db: Queryable, partner: NewPartner): Promise<boolean> {
  const { id, number, username, sealedKey } = partner
  const { rowCount } = await db.query(
    `insert into partners (shard, id, number, username, sealed_key, created_at)
     values ($1, $2, $3, $4, $5, now())
         on conflict (shard, number) do nothing`,
    [SHARD, id, number, username, sealedKey],
  )
  return rowCount === 1
}

export interface NewMember extends NewPartner, MemberSettings {
  readonly merchantId: string
  readonly partnerId: string
}

/** Adds a member, created at the database's time. False when its number is taken. */
export async function insertMember(db: Queryable, member: NewMember): Promise<boolean> {
  const { id, number, merchantId, partnerId, username, sealedKey } = member
  const { requiresHmac, allowsMd5, dateOrder, timeZone, inquiryCode, legacyHttp200 } = member
  const { rowCount } = await db.query(
    `insert into members (shard, id, number, merchant_id, partner_id, username, sealed_key, requires_hmac, allows_md5,
            date_order, time_zone, inquiry_code, legacy_http_200, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now())
         on conflict (shard, number) do nothing`,
    [
      ...[SHARD, id, number, merchantId, partnerId, username, sealedKey, requiresHmac, allowsMd5],
      ...[dateOrder, timeZone, inquiryCode, legacyHttp200],
    ],
  )
  return rowCount === 1
}

/** Puts a new key in the place of the current one, which lives on until `previousKeyEndsAt`, and revokes all tokens. */
export async function updateMemberKey(
  db: Queryable,
  { id, sealedKey, previousKeyEndsAt }: { id: string; sealedKey: Buffer; previousKeyEndsAt: Date },
): Promise<void> {
  await db.query(
    `update members
        set sealed_previous_key = sealed_key,
            previous_key_ends_at = $4,
            sealed_key = $3,
            token_version = token_version + 1
      where shard = $1
        and id = $2`,
    [SHARD, id, sealedKey, previousKeyEndsAt],
  )
}

/** Ends the key before the current one, and revokes all tokens. */
export async function updateMemberPreviousKeyEnded(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update members
        set sealed_previous_key = null,
            previous_key_ends_at = null,
            token_version = token_version + 1
      where shard = $1
        and id = $2`,
    [SHARD, id],
  )
}

/** Revokes every token of a member. */
export async function updateMemberTokensRevoked(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update members
        set token_version = token_version + 1
      where shard = $1
        and id = $2`,
    [SHARD, id],
  )
}

/** Puts a new key in the place of a partner's current one, and revokes all its tokens. */
export async function updatePartnerKey(db: Queryable, id: string, sealedKey: Buffer): Promise<void> {
  await db.query(
    `update partners
        set sealed_key = $3,
            token_version = token_version + 1
      where shard = $1
        and id = $2`,
    [SHARD, id, sealedKey],
  )
}

/** Lets a member call, or not. */
export async function updateMemberActive(db: Queryable, id: string, isActive: boolean): Promise<void> {
  await db.query(
    `update members
        set is_active = $3
      where shard = $1
        and id = $2`,
    [SHARD, id, isActive],
  )
}

/** Changes a member's settings, all of them. */
export async function updateMemberSettings(db: Queryable, id: string, settings: MemberSettings): Promise<void> {
  const { requiresHmac, allowsMd5, dateOrder, timeZone, inquiryCode, legacyHttp200 } = settings
  await db.query(
    `update members
        set requires_hmac = $3,
            allows_md5 = $4,
            date_order = $5,
            time_zone = $6,
            inquiry_code = $7,
            legacy_http_200 = $8
      where shard = $1
        and id = $2`,
    [SHARD, id, requiresHmac, allowsMd5, dateOrder, timeZone, inquiryCode, legacyHttp200],
  )
}

/** Remembers that a token was exchanged. False when it was before. */
export async function insertUsedToken(db: Queryable, id: string, expiresAt: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into used_tokens (shard, id, expires_at)
     values ($1, $2, $3)
         on conflict (shard, id) do nothing`,
    [SHARD, id, expiresAt],
  )
  return rowCount === 1
}

/** Forgets exchanged tokens that are too old to be tried again, at most `limit`; how many there were. */
export async function deleteUsedTokens(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from used_tokens
      where shard = $1
        and id in (
              select id
                from used_tokens
               where shard = $1
                 and expires_at < now()
               order by expires_at
               limit $2
            )`,
    [SHARD, limit],
  )
  return rowCount ?? 0
}
