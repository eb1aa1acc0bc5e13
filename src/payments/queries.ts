// What is read of payments outside the lane: columns that never change, and which authorizations have run out.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Card } from '../issuing/card.ts'
import type { Payment, PaymentRef } from './payment.ts'

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
  const { rows } = await db.query<Payment>(
    `select ${REF}, amount, authorized, captured, refunded, rate_numerator as "rateNumerator",
            rate_denominator as "rateDenominator", payer_authorized as "payerAuthorized",
            payer_captured as "payerCaptured", payer_refunded as "payerRefunded", binding_token as "bindingToken",
            hold_id as "holdId", exchange_hold_id as "exchangeHoldId", ref_id as "refId", description,
            authorized_on as "authorizedOn", expires_at as "expiresAt", created_at as "createdAt",
            case when state = 'authorized' and expires_at <= ${BUSINESS_NOW} then 'voided' else state end as state
       from payments
      where shard = $1 and id = $2 and merchant_id = $3 and origin = 'partner-connect'`,
    [SHARD, id, merchantId],
  )
  return rows[0]
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
