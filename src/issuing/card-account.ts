// A card account: the balance that its cards spend. Prepaid ones are moved by transfers; the other modes only exist.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Metadata } from '../clients/xids.ts'
import { AppError } from '../errors.ts'
import { type AccountRef, cardAccountLedger } from '../ledger/accounts.ts'

export const CARD_ACCOUNT_TYPES = ['prepaid', 'asset-link', 'fixed-limit'] as const
export type CardAccountType = (typeof CARD_ACCOUNT_TYPES)[number]

export interface CardAccount {
  readonly id: string
  readonly clientId: string
  readonly accountType: CardAccountType
  readonly currency: string
  readonly name: string | null
  readonly identityType: string | null
  readonly phoneNumber: string | null
  readonly email: string | null
  /** The client's account behind an asset-link or fixed-limit card account. */
  readonly backingAccountId: string | null
  /** Minor units, fixed-limit only. */
  readonly creditLimit: bigint | null
  readonly xid: string | null
  readonly xmetadata: Metadata | null
  readonly createdAt: Date
}

// Decisions read only what never changes, so the row is not locked; who changes the labels locks it.
export const cardAccountShelf = tableShelf<CardAccount>({
  name: 'card_accounts',
  columns: {
    id: 'uuid',
    clientId: 'uuid',
    accountType: 'text',
    currency: 'text',
    name: 'text',
    identityType: 'text',
    phoneNumber: 'text',
    email: 'text',
    backingAccountId: 'uuid',
    creditLimit: 'bigint',
    xid: 'text',
    xmetadata: 'jsonb',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['xid', 'xmetadata'],
  locks: false,
})

export const needCardAccount = (id: string): Need => need(cardAccountShelf, id)

/** The client's card account. Throws `card_account_not_found`, also for another client's: existence is not revealed. */
export function cardAccountOf(books: Books, clientId: string, id: string, field = 'cardAccountId'): CardAccount {
  const account = books.find(cardAccountShelf, id)
  if (account?.clientId !== clientId) throw new AppError('card_account_not_found', { field })
  return account
}

/** Throws unless money can be moved to and from it by transfer: `account_type_invalid`, `currency_mismatch`. */
export function requirePrepaid(account: CardAccount, currency: string, field = 'cardAccountId'): void {
  if (account.accountType !== 'prepaid') {
    throw new AppError('account_type_invalid', { field, message: `${field} must be a prepaid card account.` })
  }
  if (account.currency !== currency) {
    throw new AppError('currency_mismatch', {
      field: 'currency',
      message: `currency must be ${field}'s: ${account.currency}.`,
    })
  }
}

/** The ledger account that holds the card account's money. */
export const ledgerOf = (account: Pick<CardAccount, 'id' | 'currency'>): AccountRef =>
  cardAccountLedger(account.id, account.currency)
