// The SQL of challenges, and of the operations that they decide.
import type { Queryable } from '../db/pool.ts'
import type { Operation } from './queries.ts'

export interface Challenge {
  readonly id: string
  readonly accountId: string
  readonly reference: string
  readonly code: string
  readonly triesLeft: number
  readonly returnUrl: string
  readonly expiresAt: Date
  readonly closedAt: Date | null
}

const CHALLENGE = `id, account_id as "accountId", reference, code, tries_left as "triesLeft", return_url as "returnUrl",
  expires_at as "expiresAt", closed_at as "closedAt"`

export async function insertChallenge(db: Queryable, challenge: Omit<Challenge, 'closedAt'>): Promise<void> {
  await db.query(
    `insert into sandbox_gateway.challenges (id, account_id, reference, code, tries_left, return_url, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      ...[challenge.id, challenge.accountId, challenge.reference, challenge.code, challenge.triesLeft],
      ...[challenge.returnUrl, challenge.expiresAt],
    ],
  )
}

/** The challenge with this id, or the one of an operation. */
export async function findChallenge(
  db: Queryable,
  by: { readonly id: string } | { readonly accountId: string; readonly reference: string },
): Promise<Challenge | undefined> {
  const [column, values] =
    'id' in by ? ['id = $1', [by.id]] : ['account_id = $1 and reference = $2', [by.accountId, by.reference]]
  const { rows } = await db.query<Challenge>(
    `select ${CHALLENGE} from sandbox_gateway.challenges where ${column}`,
    values as readonly string[],
  )
  return rows[0]
}

/** Locks the challenge for whoever decides about it. */
export async function lockChallenge(db: Queryable, id: string): Promise<Challenge | undefined> {
  const { rows } = await db.query<Challenge>(
    `select ${CHALLENGE} from sandbox_gateway.challenges where id = $1 for no key update`,
    [id],
  )
  return rows[0]
}

/** Challenges that nobody answered in time. */
export async function listExpiredChallenges(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id
       from sandbox_gateway.challenges
      where closed_at is null and expires_at <= $1
      order by expires_at
      limit $2`,
    [now, limit],
  )
  return rows.map(({ id }) => id)
}

/** Closes the challenge, or takes one of its tries. */
export async function updateChallenge(
  db: Queryable,
  { id, triesLeft, closedAt }: Pick<Challenge, 'id' | 'triesLeft' | 'closedAt'>,
): Promise<void> {
  await db.query('update sandbox_gateway.challenges set tries_left = $2, closed_at = $3 where id = $1', [
    id,
    triesLeft,
    closedAt,
  ])
}

/** Decides about a challenged operation. */
export async function updateChallenged(
  db: Queryable,
  row: Pick<
    Operation,
    'accountId' | 'reference' | 'state' | 'declineCode' | 'declineMessage' | 'approvalCode' | 'eci' | 'captured'
  >,
): Promise<void> {
  await db.query(
    `update sandbox_gateway.operations
        set state = $3, decline_code = $4, decline_message = $5, approval_code = $6, eci = $7, captured = $8
      where account_id = $1 and reference = $2 and state = 'challenged'`,
    [
      ...[row.accountId, row.reference, row.state, row.declineCode, row.declineMessage],
      ...[row.approvalCode, row.eci, row.captured],
    ],
  )
}
