// What is read of clients' accounts outside the lane.
import { type Page, type PageRequest, selectPage, whereAll } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { FundingAccount } from './funding-account.ts'
import type { AccountTransfer } from './transfer.ts'

export interface FundingAccountFilter {
  readonly clientId: string
  readonly accountId?: string
  readonly name?: string
  /** A part of the name or of the account number, in any case. */
  readonly search?: string
  readonly xids?: readonly string[]
}

const ACCOUNT_COLUMNS = `t.id, t.client_id as "clientId", t.name, t.account_number as "accountNumber",
                         t.assets, t.description, t.xid, t.xmetadata, t.created_at as "createdAt"`

/** The client's accounts. */
export const listFundingAccounts = (
  db: Queryable,
  filter: FundingAccountFilter,
  page: PageRequest,
): Promise<Page<FundingAccount>> =>
  selectPage<FundingAccount>(db, {
    select: `select ${ACCOUNT_COLUMNS} from funding_accounts t`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.client_id = ?', filter.clientId],
      ['t.id = ?', filter.accountId],
      ['t.name = ?', filter.name],
      ["strpos(lower(t.name || ' ' || t.account_number), lower(?)) > 0", filter.search],
      ['t.xid = any(?::text[])', filter.xids],
    ],
    page,
  })

/** The client's account. */
export async function findFundingAccount(
  db: Queryable,
  clientId: string,
  id: string,
): Promise<FundingAccount | undefined> {
  const { rows } = await db.query<FundingAccount>(
    `select ${ACCOUNT_COLUMNS} from funding_accounts t where t.shard = $1 and t.client_id = $2 and t.id = $3`,
    [SHARD, clientId, id],
  )
  return rows[0]
}

/** What an account holds of one of its assets, in minor units. */
export interface AssetBalance {
  readonly accountId: string
  readonly currency: string
  readonly balance: bigint
  readonly available: bigint
}

/** Every asset of the client's accounts, or of one of them, those with nothing on them included. */
export async function listAssetBalances(
  db: Queryable,
  filter: { readonly clientId: string; readonly accountId?: string },
): Promise<AssetBalance[]> {
  const where = whereAll([
    ['t.shard = ?', SHARD],
    ['t.client_id = ?', filter.clientId],
    ['t.id = ?', filter.accountId],
  ])
  const { rows } = await db.query<AssetBalance>(
    `select t.id as "accountId",
            asset.code as currency,
            coalesce(l.credits_posted - l.debits_posted, 0) as balance,
            coalesce(l.credits_posted - l.debits_posted - l.debits_pending, 0) as available
       from funding_accounts t
      cross join jsonb_array_elements_text(t.assets) with ordinality as asset(code, n)
       left join accounts l
         on l.shard = t.shard and l.kind = 'client_funding' and l.owner_id = t.id and l.currency = asset.code
      where ${where.text}
      order by t.created_at desc, t.id desc, asset.n`,
    where.values,
  )
  return rows
}

export interface AccountTransferFilter {
  readonly clientId: string
  /** The account that gave or received. */
  readonly accountId: string
  readonly id?: string
  /** A part of the description or of the reference, in any case. */
  readonly search?: string
  readonly xid?: string
  /** Both ends belong to the range. */
  readonly from?: Date
  readonly to?: Date
}

/** Transfers from and to one of the client's accounts. */
export const listAccountTransfers = (
  db: Queryable,
  filter: AccountTransferFilter,
  page: PageRequest,
): Promise<Page<AccountTransfer>> =>
  selectPage<AccountTransfer>(db, {
    select: `select t.id, t.client_id as "clientId", t.source_account_id as "sourceAccountId",
                    t.destination_account_id as "destinationAccountId", t.asset, t.amount,
                    t.ref_id as "refId", t.description, t.xid, t.xmetadata, t.created_at as "createdAt"
               from account_transfers t`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['? in (t.source_account_id, t.destination_account_id)', filter.accountId],
      ['t.client_id = ?', filter.clientId],
      ['t.id = ?', filter.id],
      ["strpos(lower(concat(t.ref_id, ' ', t.description)), lower(?)) > 0", filter.search],
      ['t.xid = ?', filter.xid],
      ['t.created_at >= ?', filter.from],
      ['t.created_at <= ?', filter.to],
    ],
    page,
  })
