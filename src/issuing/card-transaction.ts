// The statement of a card account: one row for each leg that a holder or client sees. It explains, the ledger counts.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Metadata } from '../clients/xids.ts'
import { recordEvent } from '../events/events.ts'
import { accountOf, availableOf } from '../ledger/accounts.ts'
import { type CardAccount, ledgerOf } from './card-account.ts'

export const CARD_TRANSACTION_STATUSES = ['pending', 'posted', 'declined', 'void'] as const
export type CardTransactionStatus = (typeof CARD_TRANSACTION_STATUSES)[number]

export const CARD_TRANSACTION_INTENTS = [
  'charge',
  'refund',
  'topup',
  'withdraw',
  'transfer',
  'repay',
  'cashback',
  'interest',
  'fee',
  'other',
] as const
export type CardTransactionIntent = (typeof CARD_TRANSACTION_INTENTS)[number]

/** What the issuer answered to a charge; the amount in minor units of the charge's own currency, as a text. */
export interface AuthorizationDetails {
  readonly id: string
  readonly currency: string
  readonly amount: string
  readonly createdAt: string
  readonly type: string
  readonly responseCode: string
  readonly responseMessage: string
  readonly cardPresent: boolean
}

export interface MerchantDetails {
  readonly name: string
  readonly mcc: string
  readonly category: string
  readonly country: string
}

export interface CardTransaction {
  readonly id: string
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string | null
  readonly paymentId: string | null
  readonly refId: string
  readonly status: CardTransactionStatus
  readonly intent: CardTransactionIntent
  /** The issuing contract's words, opposite to everyday ones: DEBIT adds value to the account, CREDIT takes it. */
  readonly entryType: 'CREDIT' | 'DEBIT'
  readonly currency: string
  /** Minor units of the card account's currency. */
  readonly amount: bigint
  readonly grossAmount: bigint
  readonly description: string | null
  readonly cardLast4: string | null
  readonly cardEmbossedName: string | null
  readonly authDetails: AuthorizationDetails | null
  readonly merchant: MerchantDetails | null
  readonly xid: string | null
  readonly xmetadata: Metadata | null
  readonly createdAt: Date
  readonly postedAt: Date | null
}

export const cardTransactionShelf = tableShelf<CardTransaction>({
  name: 'card_transactions',
  columns: {
    id: 'uuid',
    clientId: 'uuid',
    cardAccountId: 'uuid',
    cardId: 'uuid',
    paymentId: 'uuid',
    refId: 'text',
    status: 'text',
    intent: 'text',
    entryType: 'text',
    currency: 'text',
    amount: 'bigint',
    grossAmount: 'bigint',
    description: 'text',
    cardLast4: 'text',
    cardEmbossedName: 'text',
    authDetails: 'jsonb',
    merchant: 'jsonb',
    xid: 'text',
    xmetadata: 'jsonb',
    createdAt: 'timestamptz',
    postedAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['status', 'amount', 'grossAmount', 'postedAt', 'xid', 'xmetadata'],
})

export const needCardTransaction = (id: string): Need => need(cardTransactionShelf, id)

/** A statement row as a verb describes it; what is absent is null. */
export type NewCardTransaction = Pick<CardTransaction, 'id' | 'refId' | 'status' | 'intent' | 'entryType' | 'amount'> &
  Partial<Omit<CardTransaction, 'clientId' | 'cardAccountId' | 'currency' | 'createdAt' | 'postedAt'>>

/** Writes a new row on the account's statement. */
export function recordCardTransaction(books: Books, account: CardAccountRef, row: NewCardTransaction): CardTransaction {
  return books.insert(cardTransactionShelf, {
    clientId: account.clientId,
    cardAccountId: account.id,
    currency: account.currency,
    cardId: null,
    paymentId: null,
    grossAmount: row.amount,
    description: null,
    cardLast4: null,
    cardEmbossedName: null,
    authDetails: null,
    merchant: null,
    xid: null,
    xmetadata: null,
    createdAt: books.now,
    postedAt: row.status === 'posted' ? books.now : null,
    ...row,
  })
}

/** As much of a card account as its statement needs. */
export type CardAccountRef = Pick<CardAccount, 'id' | 'clientId' | 'currency'>

/** Tells that rows on one account's statement were written or changed, and what can be spent now. */
export function recordStatementEvent(
  books: Books,
  eventId: string,
  account: CardAccountRef,
  rows: readonly CardTransaction[],
): void {
  recordEvent(books, {
    id: eventId,
    type: 'card_account.moved',
    ownerId: account.clientId,
    subjectId: account.id,
    data: {
      available: availableOf(accountOf(books, ledgerOf(account))).toString(),
      currency: account.currency,
      transactions: rows.map(({ id, status, amount, grossAmount, postedAt }) => ({
        id,
        status,
        amount: amount.toString(),
        grossAmount: grossAmount.toString(),
        postedAt: postedAt?.toISOString() ?? null,
      })),
    },
  })
}
