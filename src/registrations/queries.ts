// The SQL of kept cards and agreements.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type Agreement, agreementShelf } from './agreement.ts'
import { type Registration, registrationShelf } from './registration.ts'

const REGISTRATION = registrationShelf.selectList
const IS_OF_USE = `(payment_id is null
             or exists (select from payments p
                         where p.shard = registrations.shard and p.id = registrations.payment_id
                           and p.state in ('authorized', 'capturing', 'voiding', 'captured', 'voided', 'refunded')))`

/** The merchant's kept card with this token, if it is of use: not deleted, and kept with a payment that succeeded. */
export async function findRegistration(
  db: Queryable,
  merchantId: string,
  token: string,
): Promise<Registration | undefined> {
  const { rows } = await db.query<Registration>(
    `select ${REGISTRATION}
       from registrations
      where shard = $1 and merchant_id = $2 and token = $3 and deleted_at is null and not is_hidden and ${IS_OF_USE}`,
    [SHARD, merchantId, token],
  )
  return rows[0]
}

/** Removes the numbers of cards that were forgotten, where the server died before it could. Answers how many. */
export async function deleteForgottenPans(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from vault.pans
      where purpose = 'kept'
        and (shard, id) in (select r.shard, r.id
                              from registrations r
                              join vault.pans v on v.shard = r.shard and v.id = r.id
                             where r.shard = $1 and r.deleted_at is not null
                             limit $2)`,
    [SHARD, limit],
  )
  return rowCount ?? 0
}

/** The kept card with this id, unless it is deleted. */
export async function findRegistrationById(db: Queryable, id: string): Promise<Registration | undefined> {
  const { rows } = await db.query<Registration>(
    `select ${REGISTRATION}
       from registrations
      where shard = $1 and id = $2 and deleted_at is null`,
    [SHARD, id],
  )
  return rows[0]
}

/** The token that a payment's answer names: of the card that was kept with it, if it is of use. */
export async function findTokenOfPayment(db: Queryable, paymentId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ token: string }>(
    `select token
       from registrations
      where shard = $1 and payment_id = $2 and deleted_at is null and not is_hidden and ${IS_OF_USE}`,
    [SHARD, paymentId],
  )
  return rows[0]?.token
}

const IS_CONCLUDED = `exists (select from payments p
                     where p.shard = agreements.shard and p.id = agreements.payment_id
                       and p.state in ('authorized', 'capturing', 'captured', 'refunded'))`

/** The agreements to charge the kept card that initial payments made which succeeded, the newest first. */
export async function listAgreements(db: Queryable, merchantId: string, registrationId: string): Promise<Agreement[]> {
  const { rows } = await db.query<Agreement>(
    `select ${agreementShelf.selectList}
       from agreements
      where shard = $1 and merchant_id = $2 and registration_id = $3 and ${IS_CONCLUDED}
      order by created_at desc`,
    [SHARD, merchantId, registrationId],
  )
  return rows
}

/** The agreement that the payment made, and whether that payment succeeded. */
export async function findAgreement(
  db: Queryable,
  merchantId: string,
  paymentId: string,
): Promise<(Agreement & { readonly isConcluded: boolean }) | undefined> {
  const { rows } = await db.query<Agreement & { readonly isConcluded: boolean }>(
    `select ${agreementShelf.selectList}, ${IS_CONCLUDED} as "isConcluded"
       from agreements
      where shard = $1 and merchant_id = $2 and payment_id = $3`,
    [SHARD, merchantId, paymentId],
  )
  return rows[0]
}
