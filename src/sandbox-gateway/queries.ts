// The SQL of the sandbox gateway's book: accounts and operations.
import type { Queryable } from '../db/pool.ts'
import type { DeclineCode, GatewayOperation } from '../gateways/connector.ts'

export type OperationState = 'approved' | 'declined' | 'pending' | 'challenged'

/** A row of the book. Amounts are minor units. */
export interface Operation {
  readonly accountId: string
  readonly reference: string
  readonly operation: GatewayOperation
  readonly parentReference: string | null
  readonly amount: bigint
  readonly currency: string
  readonly state: OperationState
  readonly declineCode: DeclineCode | null
  readonly declineMessage: string | null
  readonly gatewayId: string
  readonly approvalCode: string | null
  readonly eci: string | null
  readonly captured: bigint
  readonly refunded: bigint
  /** Of a charge: what was not captured is given up. */
  readonly isClosed: boolean
  /** Of a capture: it gives up what it leaves. */
  readonly isFinal: boolean
  readonly cardLast4: string | null
  readonly cardBehavior: string | null
  readonly decidesAt: Date | null
  readonly decidesTo: 'approved' | 'declined' | null
  readonly hiddenUntil: Date | null
  readonly isFlipping: boolean
  readonly attempts: number
  readonly fingerprint: Buffer
  readonly notificationUrl: string | null
  readonly merchantReference: string | null
  readonly callerAccount: string | null
  readonly callerCode: string | null
  readonly createdAt: Date
}

const COLUMNS = `account_id as "accountId", reference, operation, parent_reference as "parentReference", amount, currency, state,
  decline_code as "declineCode", decline_message as "declineMessage", gateway_id as "gatewayId",
  approval_code as "approvalCode", eci, captured, refunded, is_closed as "isClosed", is_final as "isFinal",
  card_last4 as "cardLast4", card_behavior as "cardBehavior", decides_at as "decidesAt", decides_to as "decidesTo",
  hidden_until as "hiddenUntil", is_flipping as "isFlipping", attempts, fingerprint, notification_url as "notificationUrl",
  merchant_reference as "merchantReference", caller_account as "callerAccount", caller_code as "callerCode",
  created_at as "createdAt"`

/** Makes the account, if it is new. */
export async function insertAccount(
  db: Queryable,
  account: { id: string; signingKey: Buffer; now: Date },
): Promise<void> {
  await db.query(
    `insert into sandbox_gateway.accounts (id, signing_key, created_at)
     values ($1, $2, $3)
         on conflict (id) do nothing`,
    [account.id, account.signingKey, account.now],
  )
}

/** Writes the operation; false when the account has used its reference before, or is using it at this moment. */
export async function insertOperation(db: Queryable, row: Omit<Operation, 'attempts'>): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into sandbox_gateway.operations (
       account_id, reference, operation, parent_reference, amount, currency, state, decline_code, decline_message,
       gateway_id, approval_code, eci, captured, refunded, is_closed, is_final, card_last4, card_behavior, decides_at,
       decides_to, hidden_until, is_flipping, fingerprint, notification_url, merchant_reference, caller_account, caller_code,
       created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
             $25, $26, $27, $28)
         on conflict (account_id, reference) do nothing`,
    [
      ...[row.accountId, row.reference, row.operation, row.parentReference, row.amount, row.currency, row.state],
      ...[row.declineCode, row.declineMessage, row.gatewayId, row.approvalCode, row.eci, row.captured, row.refunded],
      ...[
        row.isClosed,
        row.isFinal,
        row.cardLast4,
        row.cardBehavior,
        row.decidesAt,
        row.decidesTo,
        row.hiddenUntil,
        row.isFlipping,
      ],
      ...[
        row.fingerprint,
        row.notificationUrl,
        row.merchantReference,
        row.callerAccount,
        row.callerCode,
        row.createdAt,
      ],
    ],
  )
  return rowCount === 1
}

/** Counts one more arrival of the reference and returns what became of the first; undefined when there was none. */
export async function updateAttempts(
  db: Queryable,
  accountId: string,
  reference: string,
): Promise<Operation | undefined> {
  const { rows } = await db.query<Operation>(
    `update sandbox_gateway.operations
        set attempts = attempts + 1
      where account_id = $1 and reference = $2
  returning ${COLUMNS}`,
    [accountId, reference],
  )
  return rows[0]
}

/** The account's operation with this reference. */
export async function findOperation(
  db: Queryable,
  accountId: string,
  reference: string,
): Promise<Operation | undefined> {
  const { rows } = await db.query<Operation>(
    `select ${COLUMNS} from sandbox_gateway.operations where account_id = $1 and reference = $2`,
    [accountId, reference],
  )
  return rows[0]
}

/** The same, locked until the transaction ends. */
export async function lockOperation(
  db: Queryable,
  accountId: string,
  reference: string,
): Promise<Operation | undefined> {
  const { rows } = await db.query<Operation>(
    `select ${COLUMNS} from sandbox_gateway.operations where account_id = $1 and reference = $2 for no key update`,
    [accountId, reference],
  )
  return rows[0]
}

/** The id of the account's newest other operation. */
export async function findOtherGatewayId(
  db: Queryable,
  accountId: string,
  reference: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ gatewayId: string }>(
    `select gateway_id as "gatewayId"
       from sandbox_gateway.operations
      where account_id = $1 and reference <> $2
      order by created_at desc
      limit 1`,
    [accountId, reference],
  )
  return rows[0]?.gatewayId
}

/** How much of what a charge has captured is not decided yet. */
export async function selectPendingCaptures(
  db: Queryable,
  { accountId, reference }: Pick<Operation, 'accountId' | 'reference'>,
): Promise<bigint> {
  const { rows } = await db.query<{ amount: bigint }>(
    `select coalesce(sum(amount), 0)::bigint as amount
       from sandbox_gateway.operations
      where account_id = $1 and parent_reference = $2 and operation = 'capture' and state = 'pending'`,
    [accountId, reference],
  )
  return rows[0]?.amount ?? 0n
}

/** Books what a follow-up takes from its charge or gives back to it. */
export async function updateCharge(
  db: Queryable,
  charge: Pick<Operation, 'accountId' | 'reference' | 'captured' | 'refunded' | 'isClosed'>,
): Promise<void> {
  await db.query(
    `update sandbox_gateway.operations
        set captured = $3, refunded = $4, is_closed = $5
      where account_id = $1 and reference = $2`,
    [charge.accountId, charge.reference, charge.captured, charge.refunded, charge.isClosed],
  )
}

/**
 * Ends what was pending and is due by `now`, one reference with what follows it or up to `limit`: the state that was decided
 * takes effect, a follow-up that is refused gives back what it had taken, and whoever waits is notified. Returns how many. One
 * reference is waited for, so that whoever reads it next sees what another has just decided; of many, those that are busy are
 * left out.
 */
export async function settleOperations(
  db: Queryable,
  { now, limit, only }: { now: Date; limit?: number; only?: { accountId: string; reference: string } },
): Promise<number> {
  const { rows } = await db.query<{ settled: number }>(
    `with due as (
       select account_id, reference, decides_to
         from sandbox_gateway.operations
        where state = 'pending' and decides_at <= $1
          and ($3::text is null or (account_id = $3 and $4 in (reference, parent_reference)))
        order by decides_at
        limit $2
          for no key update ${only ? '' : 'skip locked'}
     ), settled as (
       update sandbox_gateway.operations o
          set state = due.decides_to, decides_at = null, decides_to = null,
              captured = case when o.operation = 'purchase' and due.decides_to = 'approved' then o.amount else o.captured end
         from due
        where o.account_id = due.account_id and o.reference = due.reference
    returning o.account_id, o.reference, o.operation, o.parent_reference, o.amount, o.is_final, o.state,
              o.notification_url
     ), given_back as (
       select account_id, parent_reference,
              coalesce(sum(amount) filter (where operation = 'capture'), 0)::bigint as captured,
              coalesce(sum(amount) filter (where operation = 'refund'), 0)::bigint as refunded,
              bool_or(operation = 'void' or (operation = 'capture' and is_final)) as reopens
         from settled
        where state = 'declined' and parent_reference is not null
        group by account_id, parent_reference
     ), charges as (
       update sandbox_gateway.operations o
          set captured = o.captured - given_back.captured,
              refunded = o.refunded - given_back.refunded,
              is_closed = o.is_closed and not given_back.reopens
         from given_back
        where o.account_id = given_back.account_id and o.reference = given_back.parent_reference
     ), told as (
       insert into sandbox_gateway.notifications (id, account_id, reference, url, due_at)
       select gen_random_uuid(), account_id, reference, notification_url, $1
         from settled
        where notification_url is not null
     )
     select count(*)::int as settled from settled`,
    [now, limit ?? null, only?.accountId ?? null, only?.reference ?? null],
  )
  return rows[0]?.settled ?? 0
}

export interface BookFilter {
  readonly reference?: string
  readonly parentReference?: string
  readonly operation?: string
  readonly merchantTransactionId?: string
  /** The caller's id or code of its account. */
  readonly gatewayAccount?: string
}

/** The book, oldest first. */
export async function listBook(db: Queryable, filter: BookFilter): Promise<Operation[]> {
  const { rows } = await db.query<Operation>(
    `select ${COLUMNS}
       from sandbox_gateway.operations
      where ($1::text is null or reference = $1)
        and ($2::text is null or parent_reference = $2)
        and ($3::text is null or operation = $3)
        and ($4::text is null or merchant_reference = $4)
        and ($5::text is null or $5 in (caller_account, caller_code))
      order by created_at, reference`,
    [
      ...[filter.reference ?? null, filter.parentReference ?? null, filter.operation ?? null],
      ...[filter.merchantTransactionId ?? null, filter.gatewayAccount ?? null],
    ],
  )
  return rows
}
