// What is read of issuing outside the lane.
import { BUSINESS_NOW } from '../db/business-now.ts'
import { type Page, type PageRequest, selectPage, whereAll } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Card, CardStatus } from './card.ts'
import type { CardAccount } from './card-account.ts'
import type { CardTransaction, CardTransactionIntent, CardTransactionStatus } from './card-transaction.ts'

export interface CardProduct {
  readonly id: string
  readonly name: string
  /** The tier, e.g. Platinum. */
  readonly cardType: string
  readonly network: string
  readonly bin: string
  readonly imageUrl: string
}

/** The client's card product. */
export async function findProduct(db: Queryable, clientId: string, id: string): Promise<CardProduct | undefined> {
  const { rows } = await db.query<CardProduct>(
    `select id, name, card_type as "cardType", network, bin, image_url as "imageUrl"
       from card_products
      where shard = $1 and client_id = $2 and id = $3`,
    [SHARD, clientId, id],
  )
  return rows[0]
}

/** A card account and what can be spent of it, in minor units. */
export interface CardAccountWithFunds extends CardAccount {
  readonly available: bigint
}

export interface CardAccountFilter {
  readonly clientId: string
  readonly cardAccountId?: string
  readonly accountType?: string
  readonly currency?: string
  /** A part of the name, in any case. */
  readonly name?: string
  readonly xid?: string
}

const CARD_ACCOUNT_COLUMNS = `t.id, t.client_id as "clientId", t.account_type as "accountType", t.currency,
                              t.name, t.identity_type as "identityType", t.phone_number as "phoneNumber",
                              t.email, t.backing_account_id as "backingAccountId",
                              t.credit_limit as "creditLimit", t.xid, t.xmetadata,
                              t.created_at as "createdAt"`

/** The client's card accounts with their funds. */
export const listCardAccounts = (
  db: Queryable,
  filter: CardAccountFilter,
  page: PageRequest,
): Promise<Page<CardAccountWithFunds>> =>
  selectPage<CardAccountWithFunds>(db, {
    select: `select ${CARD_ACCOUNT_COLUMNS},
                    coalesce(l.credits_posted - l.debits_posted - l.debits_pending, 0) as available
               from card_accounts t
               left join accounts l
                 on l.shard = t.shard and l.kind = 'card_account' and l.owner_id = t.id and l.currency = t.currency`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.client_id = ?', filter.clientId],
      ['t.id = ?', filter.cardAccountId],
      ['t.account_type = ?', filter.accountType],
      ['t.currency = ?', filter.currency],
      ['strpos(lower(t.name), lower(?)) > 0', filter.name],
      ['t.xid = ?', filter.xid],
    ],
    page,
  })

/** The client's card account. */
export async function findCardAccount(db: Queryable, clientId: string, id: string): Promise<CardAccount | undefined> {
  const { rows } = await db.query<CardAccount>(
    `select ${CARD_ACCOUNT_COLUMNS}
       from card_accounts t
      where t.shard = $1 and t.client_id = $2 and t.id = $3`,
    [SHARD, clientId, id],
  )
  return rows[0]
}

/** What the card accounts of one group can spend together, in minor units. */
export interface GroupBalance {
  readonly group: string
  readonly currency: string
  readonly available: bigint
}

/** Sums of the client's card accounts by currency and, when a key is given, by what their metadata says under it. */
export async function sumCardAccounts(db: Queryable, clientId: string, groupKey?: string): Promise<GroupBalance[]> {
  const { rows } = await db.query<{ group: string; currency: string; available: string }>(
    `select coalesce(case jsonb_typeof(t.xmetadata -> $3)
                       when 'array' then (select string_agg(entry, ',' order by n)
                                            from jsonb_array_elements_text(t.xmetadata -> $3) with ordinality as e(entry, n))
                       else t.xmetadata ->> $3
                     end, '') as "group",
            t.currency,
            sum(coalesce(l.credits_posted - l.debits_posted - l.debits_pending, 0))::text as available
       from card_accounts t
       left join accounts l
         on l.shard = t.shard and l.kind = 'card_account' and l.owner_id = t.id and l.currency = t.currency
      where t.shard = $1 and t.client_id = $2
      group by 1, 2
      order by 1, 2`,
    [SHARD, clientId, groupKey ?? null],
  )
  return rows.map((row) => ({ ...row, available: BigInt(row.available) }))
}

export interface CardTransactionFilter {
  readonly clientId: string
  readonly cardAccountId?: string
  readonly cardId?: string
  readonly transactionIds?: readonly string[]
  readonly statuses?: readonly CardTransactionStatus[]
  readonly intents?: readonly CardTransactionIntent[]
  readonly xid?: string
  /** Both ends belong to the range. */
  readonly from?: Date
  readonly to?: Date
}

/** Rows of the client's statements. */
export const listCardTransactions = (
  db: Queryable,
  filter: CardTransactionFilter,
  page: PageRequest,
): Promise<Page<CardTransaction>> =>
  selectPage<CardTransaction>(db, {
    select: `select t.id, t.client_id as "clientId", t.card_account_id as "cardAccountId",
                    t.card_id as "cardId", t.payment_id as "paymentId", t.ref_id as "refId", t.status,
                    t.intent, t.entry_type as "entryType", t.currency, t.amount,
                    t.gross_amount as "grossAmount", t.description, t.card_last4 as "cardLast4",
                    t.card_embossed_name as "cardEmbossedName", t.auth_details as "authDetails",
                    t.merchant, t.xid, t.xmetadata, t.created_at as "createdAt", t.posted_at as "postedAt"
               from card_transactions t`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.card_account_id = ?', filter.cardAccountId],
      ['t.client_id = ?', filter.clientId],
      ['t.card_id = ?', filter.cardId],
      ['t.id = any(?::uuid[])', filter.transactionIds],
      ['t.status = any(?::text[])', filter.statuses],
      ['t.intent = any(?::text[])', filter.intents],
      ['t.xid = ?', filter.xid],
      ['t.created_at >= ?', filter.from],
      ['t.created_at <= ?', filter.to],
    ],
    page,
  })

/** A card, its product, and the day on which its spending is counted now. */
export interface CardWithProduct extends Card {
  readonly product: CardProduct
  /** Business time, `YYYY-MM-DD`. */
  readonly today: string
}

export interface CardFilter {
  readonly clientId: string
  readonly cardAccountId?: string
  readonly cardId?: string
  readonly productId?: string
  readonly status?: CardStatus
  readonly last4?: string
  readonly expiryMonth?: number
  readonly expiryYear?: number
  /** A part of the name on the card, in any case. */
  readonly embossedName?: string
  readonly xid?: string
}

/** The client's cards. */
export const listCards = (db: Queryable, filter: CardFilter, page: PageRequest): Promise<Page<CardWithProduct>> =>
  selectPage<CardWithProduct>(db, {
    select: `select t.id, t.client_id as "clientId", t.card_account_id as "cardAccountId",
                    t.product_id as "productId", t.currency, t.type, t.status,
                    t.embossed_name as "embossedName", t.last4, t.expiry_month as "expiryMonth",
                    t.expiry_year as "expiryYear", t.mobile, t.email,
                    t.single_transaction_limit as "singleTransactionLimit", t.daily_limit as "dailyLimit",
                    t.daily_purchase_limit as "dailyPurchaseLimit",
                    t.card_present_limit as "cardPresentLimit",
                    t.card_not_present_limit as "cardNotPresentLimit", t.card_limit as "cardLimit",
                    t.spent_on as "spentOn", t.spent_today as "spentToday",
                    t.spent_in_total as "spentInTotal", t.xid, t.xmetadata, t.created_at as "createdAt",
                    ${TODAY} as today,
                    json_build_object('id', p.id, 'name', p.name, 'cardType', p.card_type, 'network', p.network,
                                      'bin', p.bin, 'imageUrl', p.image_url) as product
               from cards t
               join card_products p on p.shard = t.shard and p.id = t.product_id`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.client_id = ?', filter.clientId],
      ['t.card_account_id = ?', filter.cardAccountId],
      ['t.id = ?', filter.cardId],
      ['t.product_id = ?', filter.productId],
      ['t.status = ?', filter.status],
      ['t.last4 = ?', filter.last4],
      ['t.expiry_month = ?', filter.expiryMonth],
      ['t.expiry_year = ?', filter.expiryYear],
      ['strpos(lower(t.embossed_name), lower(?)) > 0', filter.embossedName],
      ['t.xid = ?', filter.xid],
    ],
    page,
  })

const TODAY = `to_char(${BUSINESS_NOW}
                 at time zone 'UTC', 'YYYY-MM-DD')`

/** The day of business time, to which spending is counted, as `YYYY-MM-DD`. */
export async function findBusinessDay(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ today: string }>(`select ${TODAY} as today`)
  const [row] = rows
  if (!row) throw new Error('the database did not say what day it is')
  return row.today
}

/** What carries a client's xid and metadata. */
export type LabelledType = 'account' | 'cardaccount' | 'card' | 'transaction'

const LABELLED_TABLES: Readonly<Record<LabelledType, string>> = {
  account: 'funding_accounts',
  cardaccount: 'card_accounts',
  card: 'cards',
  transaction: 'card_transactions',
}

/** The xid that a resource of the client has now: null for none, undefined when there is no such resource. */
export async function findXidOf(
  db: Queryable,
  target: { readonly clientId: string; readonly type: LabelledType; readonly id: string },
): Promise<string | null | undefined> {
  const filters = whereAll([
    ['shard = ?', SHARD],
    ['id = ?', target.id],
    ['client_id = ?', target.clientId],
  ])
  const { rows } = await db.query<{ xid: string | null }>(
    `select xid from ${LABELLED_TABLES[target.type]} where ${filters.text}`,
    filters.values,
  )
  return rows[0]?.xid
}

/** Adds a card product of a client. */
export async function insertProduct(
  db: Queryable,
  product: CardProduct & { readonly clientId: string },
): Promise<void> {
  const { id, clientId, name, cardType, network, bin, imageUrl } = product
  await db.query(
    `insert into card_products (shard, id, client_id, name, card_type, network, bin, image_url, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
    [SHARD, id, clientId, name, cardType, network, bin, imageUrl],
  )
}
