// A client's account, which funds its card accounts: one ledger account for each asset it holds.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Metadata } from '../clients/xids.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type AccountRef, accountOf, availableOf } from '../ledger/accounts.ts'

export interface FundingAccount {
  readonly id: string
  readonly clientId: string
  readonly name: string
  readonly accountNumber: string
  /** Codes of the currencies and digital assets it can hold. */
  readonly assets: readonly string[]
  readonly description: string | null
  readonly xid: string | null
  readonly xmetadata: Metadata | null
  readonly createdAt: Date
}

// Decisions read only what never changes, so the row is not locked; who changes the labels locks it.
export const fundingAccountShelf = tableShelf<FundingAccount>({
  name: 'funding_accounts',
  columns: {
    id: 'uuid',
    clientId: 'uuid',
    name: 'text',
    accountNumber: 'text',
    assets: 'jsonb',
    description: 'text',
    xid: 'text',
    xmetadata: 'jsonb',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['xid', 'xmetadata'],
  locks: false,
})

export const needFundingAccount = (id: string): Need => need(fundingAccountShelf, id)

/** The client's account. Throws `account_not_found`, also for another client's: existence is not revealed. */
export function fundingAccountOf(books: Books, clientId: string, id: string, field = 'accountId'): FundingAccount {
  const account = books.find(fundingAccountShelf, id)
  if (account?.clientId !== clientId) throw new AppError('account_not_found', { field })
  return account
}

/** Throws `currency_mismatch` when the account does not hold the asset. */
export function requireAsset(account: FundingAccount, asset: string, field = 'currency'): void {
  if (!account.assets.includes(asset)) {
    throw new AppError('currency_mismatch', { field, message: `The account does not hold ${asset}.` })
  }
}

/** Tells that money of the client's account moved, and what can be spent of it now. */
export function recordFundingEvent(books: Books, eventId: string, clientId: string, funding: AccountRef): void {
  const { ownerId: subjectId, currency } = funding
  const available = availableOf(accountOf(books, funding)).toString()
  recordEvent(books, {
    id: eventId,
    type: 'account.moved',
    ownerId: clientId,
    subjectId,
    data: { currency, available },
  })
}
