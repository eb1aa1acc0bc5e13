// The SQL of notifications that wait for their receivers. Their times are business times, like all of the gateway's.
import type { Queryable } from '../db/pool.ts'

export interface NewNotification {
  readonly id: string
  readonly accountId: string
  readonly reference: string
  readonly url: string
  /** How often it has to arrive. */
  readonly copies: number
  readonly dueAt: Date
}

export async function insertNotification(db: Queryable, notification: NewNotification): Promise<void> {
  await db.query(
    `insert into sandbox_gateway.notifications (id, account_id, reference, url, copies, due_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      ...[notification.id, notification.accountId, notification.reference, notification.url],
      ...[notification.copies, notification.dueAt],
    ],
  )
}

/** One to send, and what it says and is signed with. */
export interface DueNotification {
  readonly id: string
  readonly reference: string
  readonly operation: string
  /** Of what follows a charge: its reference. */
  readonly chargeReference: string | null
  readonly amount: bigint
  readonly currency: string
  readonly url: string
  readonly copies: number
  readonly attempts: number
  readonly signingKey: Buffer
}

/** Takes what is due, or one id whether due or not, and keeps others away from it until `leasedUntil`. */
export async function claimNotifications(
  db: Queryable,
  { now, leasedUntil, limit, id }: { now: Date; leasedUntil: Date; limit: number; id?: string },
): Promise<DueNotification[]> {
  const { rows } = await db.query<DueNotification>(
    `with claimed as (
       select id
         from sandbox_gateway.notifications
        where due_at is not null and (id = $4 or ($4::uuid is null and due_at <= $1))
        order by due_at
        limit $3
          for update skip locked
     )
     update sandbox_gateway.notifications n
        set attempts = n.attempts + 1, due_at = $2
       from claimed, sandbox_gateway.operations o, sandbox_gateway.accounts a
      where n.id = claimed.id
        and o.account_id = n.account_id and o.reference = n.reference
        and a.id = n.account_id
  returning n.id, n.reference, o.operation, o.parent_reference as "chargeReference", o.amount, o.currency, n.url, n.copies, n.attempts::int as attempts, a.signing_key as "signingKey"`,
    [now, leasedUntil, limit, id ?? null],
  )
  return rows
}

/** Notes an arrival: one copy less, and the next is due at once. */
export async function markArrived(db: Queryable, id: string, now: Date): Promise<void> {
  await db.query(
    `update sandbox_gateway.notifications
        set copies = copies - 1, arrived_at = $2::timestamptz, due_at = case when copies > 1 then $2::timestamptz end
      where id = $1`,
    [id, now],
  )
}

/** Notes a failure: due again, or given up without a time. */
export async function markMissed(db: Queryable, id: string, dueAt: Date | null): Promise<void> {
  await db.query('update sandbox_gateway.notifications set due_at = $2 where id = $1', [id, dueAt])
}
