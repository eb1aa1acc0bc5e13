// What is read of payments outside the lane: columns that never change, and which authorizations have run out.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Card } from '../issuing/card.ts'
import { type Payment, type PaymentRef, paymentShelf } from './payment.ts'

const REF = `id, merchant_id as "merchantId", origin, currency, payer_currency as "payerCurrency", client_id as "clientId",
            card_account_id as "cardAccountId", card_id as "cardId", card_transaction_id as "cardTransactionId"`

const BUSINESS_NOW = `clock_timestamp()
              + make_interval(secs => coalesce((select offset_seconds from business_clock where shard = $1), 0))`

/** The merchant's payment. */
export async function findPaymentRef(db: Queryable, merchantId: string, id: string): Promise<PaymentRef | undefined> {
  const { rows } = await db.query<PaymentRef>(
    `select ${REF}
       from payments
      where shard = $1 and id = $2 and merchant_id = $3 and origin = 'partner-connect'`,
    [SHARD, id, merchantId],
  )
  return rows[0]
}

/** The merchant's payment as it stands by the clock: an authorization whose time is over shows as voided. */
export async function findPayment(db: Queryable, merchantId: string, id: string): Promise<Payment | undefined> {
  const { rows } = await db.query<Readonly<Record<string, unknown>>>(
    `select id, merchant_id, origin, currency, amount, authorized, captured, refunded, payer_currency, rate_numerator,
            rate_denominator, payer_authorized, payer_captured, payer_refunded, client_id, card_account_id, card_id,
            binding_token, card_transaction_id, hold_id, exchange_hold_id, ref_id, description, authorized_on, expires_at,
            created_at, case when state = 'authorized' and expires_at <= ${BUSINESS_NOW} then 'voided' else state end as state
       from payments
      where shard = $1 and id = $2 and merchant_id = $3 and origin = 'partner-connect'`,
    [SHARD, id, merchantId],
  )
  return rows[0] && paymentShelf.toRow(rows[0])
}

/** The network's payment behind a charge on a statement of this client's card account. */
export async function findNetworkPaymentRef(
  db: Queryable,
  {
    clientId,
    cardAccountId,
    cardTransactionId,
  }: { clientId: string; cardAccountId: string; cardTransactionId: string },
): Promise<PaymentRef | undefined> {
  const { rows } = await db.query<PaymentRef>(
    `select ${REF}
       from payments
      where shard = $1 and client_id = $2 and card_account_id = $3 and origin = 'network'
        and id = (select payment_id from card_transactions where shard = $1 and id = $4)`,
    [SHARD, clientId, cardAccountId, cardTransactionId],
  )
  return rows[0]
}

/** A card as a charge over the network needs it; nothing here ever changes. */
export type ChargedCard = Pick<Card, 'id' | 'cardAccountId' | 'currency' | 'last4' | 'embossedName'>

/** The client's card. */
export async function findChargedCard(db: Queryable, clientId: string, id: string): Promise<ChargedCard | undefined> {
  const { rows } = await db.query<ChargedCard>(
    `select id, card_account_id as "cardAccountId", currency, last4, embossed_name as "embossedName"
       from cards
      where shard = $1 and client_id = $2 and id = $3`,
    [SHARD, clientId, id],
  )
  return rows[0]
}

/** Authorizations that business time has passed by, oldest first. */
export async function listLapsedPayments(db: Queryable, limit: number): Promise<PaymentRef[]> {
  const { rows } = await db.query<PaymentRef>(
    `select ${REF}
       from payments
      where shard = $1 and state = 'authorized' and expires_at <= ${BUSINESS_NOW}
      order by expires_at
      limit $2`,
    [SHARD, limit],
  )
  return rows
}
