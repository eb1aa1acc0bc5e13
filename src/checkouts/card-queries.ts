// The SQL of saved cards.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { SavedCard, SavedCardFilter } from './saved-cards.ts'

// A card that was saved with a payment is of use when that succeeded.
const OF_USE =
  "(r.payment_id is null or p.state in ('authorized', 'capturing', 'voiding', 'captured', 'voided', 'refunded'))"
const FIELDS = `s.registration_id as "registrationId", r.token, s.customer_id as "customerId", s.pg_code as "pgCode",
            g.connector, s.is_sandbox as "isSandbox", s.agreement_id as "agreementId", r.brand, r.bin, r.last4,
            r.expiry_month as "expiryMonth", r.expiry_year as "expiryYear", r.holder, s.created_at as "createdAt"`
const SAVED = `${FIELDS}
       from saved_cards s
       join registrations r on r.shard = s.shard and r.id = s.registration_id
       join gateway_accounts g on g.shard = s.shard and g.merchant_id = s.merchant_id and g.code = s.pg_code
       left join payments p on p.shard = r.shard and p.id = r.payment_id
      where s.shard = $1 and s.merchant_id = $2 and s.customer_id = $3 and r.deleted_at is null
        and ${OF_USE}`

/** The customer's cards that are of use, the newest first. */
export async function listSavedCardRows(
  db: Queryable,
  { merchantId, customerId, isSandbox, pgCodes, agreementId }: SavedCardFilter,
): Promise<SavedCard[]> {
  const { rows } = await db.query<SavedCard>(
    `select ${SAVED}
        and ($4::boolean is null or s.is_sandbox = $4)
        and ($5::text[] is null or s.pg_code = any($5))
        and ($6::text is null or s.agreement_id = $6)
      order by s.registration_id desc
      limit case when $6::text is null then 100 else 1 end`,
    [SHARD, merchantId, customerId, isSandbox ?? null, pgCodes ?? null, agreementId ?? null],
  )
  return rows
}

/** The customer's card with this token. */
export async function findSavedCard(
  db: Queryable,
  {
    merchantId,
    customerId,
    token,
  }: { readonly merchantId: string; readonly customerId: string; readonly token: string },
): Promise<SavedCard | undefined> {
  const { rows } = await db.query<SavedCard>(`select ${SAVED} and r.token = $4`, [SHARD, merchantId, customerId, token])
  return rows[0]
}

/** The card that was saved with this payment, or under this registration, where it is of use. */
export async function findCardSavedWith(
  db: Queryable,
  {
    paymentId,
    registrationId,
  }: { readonly paymentId: string | undefined; readonly registrationId?: string | undefined },
): Promise<SavedCard | undefined> {
  const { rows } = await db.query<SavedCard>(
    `select ${FIELDS}
       from registrations r
       join saved_cards s on s.shard = r.shard and s.registration_id = r.id
       join gateway_accounts g on g.shard = s.shard and g.merchant_id = s.merchant_id and g.code = s.pg_code
       left join payments p on p.shard = r.shard and p.id = r.payment_id
      where r.shard = $1 and (r.payment_id = $2 or r.id = $3) and r.deleted_at is null and ${OF_USE}`,
    [SHARD, paymentId ?? null, registrationId ?? null],
  )
  return rows[0]
}
