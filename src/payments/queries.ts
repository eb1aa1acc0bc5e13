// What is read of payments outside the lane: columns that never change, how things stand, and what is due.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Card } from '../issuing/card.ts'
import type { Step } from './finish.ts'
import type { FollowUpRef } from './follow-up.ts'
import { type Operation, operationShelf } from './operation.ts'
import { type CardPaymentRef, type Payment, paymentShelf } from './payment.ts'

const REF = `p.id, p.merchant_id as "merchantId", p.origin, p.direction, p.currency, p.payer_currency as "payerCurrency",
            p.client_id as "clientId", p.card_account_id as "cardAccountId", p.card_id as "cardId",
            p.card_transaction_id as "cardTransactionId", p.gateway_account_id as "gatewayAccountId",
            p.claim_id as "claimId", p.source_payment_id as "sourcePaymentId"`

const FOLLOW_UP_REF = `${REF},
            (select json_build_object('operationId', o.id, 'gatewayReference', o.gateway_reference)
               from operations o
              where o.shard = p.shard and o.payment_id = p.id and o.kind in ('authorize', 'purchase') and o.state = 'approved'
            ) as authorization`

/** The merchant's payment. */
export async function findPaymentRef(db: Queryable, merchantId: string, id: string): Promise<FollowUpRef | undefined> {
  const { rows } = await db.query<FollowUpRef>(
    `select ${FOLLOW_UP_REF}
       from payments p
      where p.shard = $1 and p.id = $2 and p.merchant_id = $3`,
    [SHARD, id, merchantId],
  )
  return rows[0]
}

// An authorization whose time is over shows as voided, whether or not a job has noticed and the gateway has answered it.
const PAYMENT_BY_THE_CLOCK = paymentShelf.selectList.replace(
  'state as "state"',
  `case
              when state not in ('authorized', 'voiding') or expires_at > ${BUSINESS_NOW} then state
              when captured = 0 then 'voided'
              when refunded >= least(captured, amount) then 'refunded'
              else 'captured'
            end as "state"`,
)

/** The merchant's payment as it stands by the clock. */
export async function findPayment(db: Queryable, merchantId: string, id: string): Promise<Payment | undefined> {
  const { rows } = await db.query<Payment>(
    `select ${PAYMENT_BY_THE_CLOCK}
       from payments
      where shard = $1 and id = $2 and merchant_id = $3`,
    [SHARD, id, merchantId],
  )
  return rows[0]
}

/** An operation with the columns of its payment that never change. Throws an Error when there is none: a bug. */
export async function getOperationRef(db: Queryable, operationId: string): Promise<{ readonly ref: FollowUpRef }> {
  const { rows } = await db.query<FollowUpRef>(
    `select ${FOLLOW_UP_REF}
       from operations k
       join payments p on p.shard = k.shard and p.id = k.payment_id
      where k.shard = $1 and k.id = $2`,
    [SHARD, operationId],
  )
  const [ref] = rows
  if (!ref) throw new Error(`there is no operation ${operationId}`)
  return { ref }
}

/** The operation, if there is one. */
export async function findOperation(db: Queryable, id: string): Promise<Operation | undefined> {
  const { rows } = await db.query<Operation>(
    `select ${operationShelf.selectList}
       from operations
      where shard = $1 and id = $2`,
    [SHARD, id],
  )
  return rows[0]
}

/** An operation and its payment as they stand. Throws an Error when there is none: a bug. */
export async function getStep(db: Queryable, operationId: string): Promise<Step> {
  const operation = await findOperation(db, operationId)
  if (!operation) throw new Error(`there is no operation ${operationId}`)
  return { operation, payment: await getPaymentRow(db, operation.paymentId) }
}

/** The newest operation that was to get the payment authorized or paid out, and the payment, as they stand. */
export async function getPaymentStep(db: Queryable, paymentId: string): Promise<Step> {
  const { rows } = await db.query<Operation>(
    `select ${operationShelf.selectList}
       from operations
      where shard = $1 and payment_id = $2 and kind in ('authorize', 'purchase', 'payout')
      order by attempt desc
      limit 1`,
    [SHARD, paymentId],
  )
  const [operation] = rows
  if (!operation) throw new Error(`payment ${paymentId} has no operation`)
  return { operation, payment: await getPaymentRow(db, paymentId) }
}

/** Payments by their ids, each with the newest operation that was to get it authorized or paid out, as they stand by the clock. */
export async function listPaymentSteps(
  db: Queryable,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, Step>> {
  const operations = await db.query<Operation>(
    `select distinct on (payment_id) ${operationShelf.selectList}
       from operations
      where shard = $1 and payment_id = any($2) and kind in ('authorize', 'purchase', 'payout')
      order by payment_id, attempt desc`,
    [SHARD, paymentIds],
  )
  const payments = await db.query<Payment>(
    `select ${PAYMENT_BY_THE_CLOCK}
       from payments
      where shard = $1 and id = any($2)`,
    [SHARD, paymentIds],
  )
  const operationOf = new Map(operations.rows.map((operation) => [operation.paymentId, operation]))
  return new Map(
    payments.rows.map((payment) => {
      const operation = operationOf.get(payment.id)
      if (!operation) throw new Error(`payment ${payment.id} has no operation`)
      return [payment.id, { payment, operation }]
    }),
  )
}

/** Everything that was done to a payment, oldest first. */
export async function listOperations(db: Queryable, paymentId: string): Promise<Operation[]> {
  const { rows } = await db.query<Operation>(
    `select ${operationShelf.selectList}
       from operations
      where shard = $1 and payment_id = $2
      order by id`,
    [SHARD, paymentId],
  )
  return rows
}

async function getPaymentRow(db: Queryable, id: string): Promise<Payment> {
  const { rows } = await db.query<Payment>(
    `select ${PAYMENT_BY_THE_CLOCK}
       from payments
      where shard = $1 and id = $2`,
    [SHARD, id],
  )
  const [payment] = rows
  if (!payment) throw new Error(`there is no payment ${id}`)
  return payment
}

/** The network's payment behind a charge on a statement of this client's card account. */
export async function findNetworkPaymentRef(
  db: Queryable,
  {
    clientId,
    cardAccountId,
    cardTransactionId,
  }: { clientId: string; cardAccountId: string; cardTransactionId: string },
): Promise<(CardPaymentRef & Pick<FollowUpRef, 'authorization'>) | undefined> {
  const { rows } = await db.query<CardPaymentRef & Pick<FollowUpRef, 'authorization'>>(
    `select ${FOLLOW_UP_REF}
       from payments p
      where p.shard = $1 and p.client_id = $2 and p.card_account_id = $3 and p.origin = 'network'
        and p.id = (select payment_id from card_transactions where shard = $1 and id = $4)`,
    [SHARD, clientId, cardAccountId, cardTransactionId],
  )
  return rows[0]
}

/** A card as a charge that names it by its number needs it; what of it may change is decided on the locked row. */
export type ChargedCard = Pick<
  Card,
  | 'id'
  | 'clientId'
  | 'cardAccountId'
  | 'currency'
  | 'last4'
  | 'embossedName'
  | 'mobile'
  | 'email'
  | 'expiryMonth'
  | 'expiryYear'
>

const CHARGED_CARD = `id, client_id as "clientId", card_account_id as "cardAccountId", currency, last4,
            embossed_name as "embossedName", mobile, email, expiry_month as "expiryMonth", expiry_year as "expiryYear"`

/** The client's card. */
export async function findChargedCard(db: Queryable, clientId: string, id: string): Promise<ChargedCard | undefined> {
  const card = await findIssuedCard(db, id)
  return card?.clientId === clientId ? card : undefined
}

/** The card, whoever's it is. */
export async function findIssuedCard(db: Queryable, id: string): Promise<ChargedCard | undefined> {
  const { rows } = await db.query<ChargedCard>(
    `select ${CHARGED_CARD}
       from cards
      where shard = $1 and id = $2`,
    [SHARD, id],
  )
  return rows[0]
}

/** Whether a number that starts like this is one that we could have issued. */
export async function isOurBin(db: Queryable, pan: string): Promise<boolean> {
  const { rows } = await db.query<{ isOurs: boolean }>(
    `select exists (select from card_products where shard = $1 and $2 like bin || '%') as "isOurs"`,
    [SHARD, pan.slice(0, 8)],
  )
  return rows[0]?.isOurs === true
}

/** Authorizations that business time has passed by, oldest first. */
export async function listLapsedPayments(db: Queryable, limit: number): Promise<FollowUpRef[]> {
  const { rows } = await db.query<FollowUpRef>(
    `select ${FOLLOW_UP_REF}
       from payments p
      where p.shard = $1 and p.state = 'authorized' and p.expires_at <= ${BUSINESS_NOW}
      order by p.expires_at
      limit $2`,
    [SHARD, limit],
  )
  return rows
}

/** The 3-D Secure challenge of a payment by one of our cards. */
export interface PaymentChallenge {
  readonly operationId: string
  readonly merchantId: string
  readonly challengeId: string
  readonly status: 'open' | 'used' | 'blocked'
  readonly attempts: number
  readonly attemptsMax: number
  readonly expiresAt: Date
  /** Whether the payment waits for the answer, though it may be too late for one. */
  readonly isWaiting: boolean
  /** Whether an answer counts. */
  readonly isOpen: boolean
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
  readonly last4: string
  readonly mobile: string | null
  readonly email: string | null
}

/** The challenge of this payment; undefined when it has none. */
export async function findPaymentChallenge(db: Queryable, paymentId: string): Promise<PaymentChallenge | undefined> {
  const { rows } = await db.query<PaymentChallenge>(
    `select o.id as "operationId", p.merchant_id as "merchantId", ch.id as "challengeId", ch.status, ch.attempts,
            ch.attempts_max as "attemptsMax", ch.expires_at as "expiresAt", o.state = 'redirected' as "isWaiting",
            o.state = 'redirected' and ch.status = 'open' and ch.expires_at > ${BUSINESS_NOW} as "isOpen",
            p.amount, p.currency, c.last4, c.mobile, c.email
       from challenges ch
       join payments p on p.shard = ch.shard and p.id = ch.subject_id
       join operations o on o.shard = p.shard and o.id = p.id
       join cards c on c.shard = p.shard and c.id = p.card_id
      where ch.shard = $1 and ch.subject_id = $2 and ch.kind = '3ds-code'`,
    [SHARD, paymentId],
  )
  return rows[0]
}
