// The card account transaction, which every movement of a card account's money answers with, and how they are listed.
import Type, { type Static } from 'typebox'
import { invalidField } from '../../errors.ts'
import { toJsonNumber } from '../../http/json.ts'
import {
  type AuthorizationDetails,
  CARD_TRANSACTION_INTENTS,
  CARD_TRANSACTION_STATUSES,
  type CardTransaction,
  type CardTransactionIntent,
} from '../../issuing/card-transaction.ts'
import type { CardTransactionFilter } from '../../issuing/queries.ts'
import { pageQuery, pageTokens } from './paging.ts'
import {
  currencySchema,
  defined,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  idSchema,
  labelMembers,
  moneySchema,
  nullable,
  oneOf,
  parseTime,
  timeSchema,
} from './wire.ts'

const authorizationSchema = Type.Object({
  id: idSchema('Identifies the authorization.'),
  currency: currencySchema('The currency in which the merchant charged.'),
  amount: moneySchema('In that currency.'),
  createdAt: timeSchema('When it was decided.'),
  type: Type.String({ description: 'Payment authorization type.' }),
  responseCode: Type.String(),
  responseMessage: Type.String(),
  cardPresent: Type.Boolean(),
})

const merchantSchema = Type.Object({
  name: Type.String(),
  mcc: Type.String({ description: 'Merchant category code.', examples: ['4121'] }),
  category: Type.String({ examples: ['Taxicabs and limousines'] }),
  country: Type.String({ examples: ['HK'] }),
})

export const transactionSchema = Type.Object({
  id: idSchema('Identifies the transaction.'),
  ...labelMembers,
  refId: Type.String({ description: 'Reference that people can read out.', examples: ['CT34567890'] }),
  cardAccountId: idSchema('The card account whose statement this is on.'),
  cardId: nullable(idSchema('The card that was used; null when none was.')),
  cardLast4: nullable(Type.String({ description: 'Last 4 digits of the card.' })),
  cardEmbossedName: nullable(Type.String({ description: 'Name on the card.' })),
  createdAt: timeSchema('When it was first recorded.'),
  status: oneOf(
    CARD_TRANSACTION_STATUSES,
    'pending: may still change. posted: final. declined: refused. void: cancelled.',
  ),
  postedAt: nullable(timeSchema('When it was posted; null until then.')),
  intent: oneOf(CARD_TRANSACTION_INTENTS),
  authorization: nullable(authorizationSchema),
  merchant: nullable(merchantSchema),
  currency: currencySchema('Base currency of the card account.'),
  amount: moneySchema('In the base currency, never negative; entryType says in which direction.'),
  entryType: oneOf(['CREDIT', 'DEBIT'], 'DEBIT adds value to the account, CREDIT takes it.'),
  description: nullable(Type.String()),
  grossAmount: moneySchema('Total purchase amount in the base currency.'),
})

export type WireTransaction = Static<typeof transactionSchema>

export const EXAMPLE_TRANSACTION: WireTransaction = {
  id: '0195ad8a-4d31-7000-9f6a-3e1d2c4b5a60',
  xid: 'payroll-2025-03-0017',
  xmetadata: { key1: 'value1', key2: ['value2.1', 'value2.2'] },
  refId: 'CT34567890',
  cardAccountId: EXAMPLE_ID,
  cardId: null,
  cardLast4: null,
  cardEmbossedName: null,
  createdAt: EXAMPLE_TIME,
  status: 'posted',
  postedAt: EXAMPLE_TIME,
  intent: 'transfer',
  authorization: null,
  merchant: null,
  currency: 'USD',
  amount: 123,
  entryType: 'CREDIT',
  description: 'Transfer from card account to card account',
  grossAmount: 123,
}

export function renderTransaction(row: CardTransaction): WireTransaction {
  const { currency } = row
  return {
    id: row.id,
    xid: row.xid,
    xmetadata: row.xmetadata,
    refId: row.refId,
    cardAccountId: row.cardAccountId,
    cardId: row.cardId,
    cardLast4: row.cardLast4,
    cardEmbossedName: row.cardEmbossedName,
    createdAt: row.createdAt.toISOString(),
    status: row.status,
    postedAt: row.postedAt?.toISOString() ?? null,
    intent: row.intent,
    authorization: row.authDetails && renderAuthorization(row.authDetails),
    merchant: row.merchant,
    currency,
    amount: toJsonNumber({ amount: row.amount, currency }),
    entryType: row.entryType,
    description: row.description,
    grossAmount: toJsonNumber({ amount: row.grossAmount, currency }),
  }
}

const renderAuthorization = (details: AuthorizationDetails): Static<typeof authorizationSchema> => ({
  ...details,
  amount: toJsonNumber({ amount: BigInt(details.amount), currency: details.currency }),
})

export const transactionListSchema = Type.Object({ ...pageTokens, transactions: Type.Array(transactionSchema) })

export const transactionQuery = Type.Object({
  cardAccountId: idSchema('Whose statement.'),
  cardId: Type.Optional(idSchema('Only transactions of this card.')),
  transactionId: Type.Optional(idSchema('Only this transaction.')),
  status: Type.Optional(oneOf(CARD_TRANSACTION_STATUSES)),
  xid: Type.Optional(Type.String({ maxLength: 256 })),
  intent: Type.Optional(
    Type.Array(Type.String(), {
      description: `One or more of ${CARD_TRANSACTION_INTENTS.join(', ')}: repeated, as intent[], or separated by commas.`,
    }),
  ),
  dateRangeFrom: Type.Optional(timeSchema('First moment of the range.')),
  dateRangeTo: Type.Optional(timeSchema('Last moment of the range.')),
  ...pageQuery,
})

type TransactionQuery = Static<typeof transactionQuery>

export const parseTransactionFilter = (clientId: string, query: TransactionQuery): CardTransactionFilter =>
  defined({
    clientId,
    cardAccountId: query.cardAccountId,
    cardId: query.cardId,
    transactionIds: query.transactionId === undefined ? undefined : [query.transactionId],
    statuses: query.status === undefined ? undefined : [query.status],
    intents: query.intent?.flatMap((text) => text.split(',')).map(parseIntent),
    xid: query.xid,
    from: parseTime(query.dateRangeFrom, 'dateRangeFrom'),
    to: parseTime(query.dateRangeTo, 'dateRangeTo'),
  })

function parseIntent(text: string): CardTransactionIntent {
  const intent = CARD_TRANSACTION_INTENTS.find((known) => known === text.trim())
  if (!intent) throw invalidField('intent', `must be one of ${CARD_TRANSACTION_INTENTS.join(', ')}`)
  return intent
}
