// Card accounts on the wire: creating and listing them, moving money to, from and between them.
import Type, { type Static } from 'typebox'
import { invalidField } from '../../errors.ts'
import { amountSchema, JsonNumber, toJsonNumber } from '../../http/json.ts'
import { CARD_ACCOUNT_TYPES, type CardAccount } from '../../issuing/card-account.ts'
import type { CreateCardAccountRequest } from '../../issuing/create-card-account.ts'
import type { CardAccountFilter, GroupBalance } from '../../issuing/queries.ts'
import type { FundCardAccountRequest } from '../../issuing/top-up.ts'
import type { TransferBalanceRequest } from '../../issuing/transfer-balance.ts'
import { isCurrency, parseAmount } from '../../money.ts'
import { pageQuery, pageTokens } from './paging.ts'
import {
  currencySchema,
  defined,
  descriptionSchema,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  idSchema,
  labelledBody,
  labelMembers,
  moneySchema,
  nullable,
  oneOf,
  parseLabels,
  parseMoney,
  timeSchema,
} from './wire.ts'

const PHONE_NUMBER = '^\\+?[1-9][0-9]{6,14}$'

export const phoneSchema = Type.String({
  pattern: PHONE_NUMBER,
  description: 'E.164, with or without the plus.',
  examples: ['+85255551234'],
})

/** Who holds the card. Only the name and the ways to reach the person are used and kept; other members are ignored. */
export const personSchema = Type.Object(
  {
    firstName: Type.Optional(Type.String({ maxLength: 128 })),
    lastName: Type.Optional(Type.String({ maxLength: 128 })),
    mobile: Type.Optional(phoneSchema),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
  },
  {
    description:
      'The person behind the card. Only firstName, lastName, mobile and email are used; the other documented members ' +
      '(documents, income, address and so on) are accepted and not stored.',
  },
)

/** The digits of a phone number: codes are sent to it in this form. */
export const parsePhone = (text: string | undefined): string | undefined => text?.replace('+', '')

export const createCardAccountBody = Type.Object({
  accountType: oneOf(
    CARD_ACCOUNT_TYPES,
    'Cannot be changed later. Money moves to and from prepaid card accounts only.',
  ),
  currency: currencySchema(),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  phoneNumber: Type.Optional(phoneSchema),
  identityType: Type.Optional(Type.String({ minLength: 1, maxLength: 32, examples: ['individual'] })),
  individual: Type.Optional(personSchema),
  accountId: Type.Optional(idSchema('The account that funds it.')),
  assetLink: Type.Optional(Type.Object({ accountId: idSchema('asset-link: the account whose assets back it.') })),
  creditAccount: Type.Optional(Type.Array(idSchema('fixed-limit: the credit account.'), { minItems: 1, maxItems: 10 })),
  limit: Type.Optional(
    Type.Union([Type.String({ maxLength: 40 }), amountSchema()], { description: 'fixed-limit: the credit limit.' }),
  ),
  settlementAccount: Type.Optional(idSchema('fixed-limit: the account for repayment.')),
  ...labelledBody,
})

type CreateCardAccountBody = Static<typeof createCardAccountBody>

export function parseCreateCardAccount(
  body: CreateCardAccountBody,
): Omit<CreateCardAccountRequest, 'clientId' | 'keys'> {
  const { accountType, currency, individual, limit } = body
  if (!isCurrency(currency)) throw invalidField('currency', 'must be an ISO 4217 code in capital letters')
  const fullName = [individual?.firstName, individual?.lastName].filter(Boolean).join(' ')
  return defined({
    accountType,
    currency,
    name: body.name ?? (fullName || undefined),
    identityType: body.identityType ?? (individual && 'individual'),
    phoneNumber: parsePhone(body.phoneNumber ?? individual?.mobile),
    email: individual?.email,
    backingAccountId: backingAccountOf(body),
    creditLimit: limit === undefined ? undefined : parseAmount(textOf(limit), currency, 'limit').amount,
    ...parseLabels(body),
  })
}

function backingAccountOf(body: CreateCardAccountBody): string | undefined {
  const { accountType, accountId } = body
  switch (accountType) {
    case 'prepaid':
      return accountId
    case 'asset-link': {
      const linked = body.assetLink?.accountId ?? accountId
      if (!linked) throw invalidField('assetLink.accountId', 'is required for accountType asset-link')
      return linked
    }
    case 'fixed-limit': {
      const credit = body.creditAccount?.[0] ?? body.settlementAccount ?? accountId
      if (!credit) throw invalidField('creditAccount', 'is required for accountType fixed-limit')
      return credit
    }
  }
}

const textOf = (value: string | JsonNumber): string => (value instanceof JsonNumber ? value.text : value)

export const cardAccountSchema = Type.Object({
  id: idSchema('Identifies the card account.'),
  ...labelMembers,
  name: nullable(Type.String()),
  accountType: oneOf(CARD_ACCOUNT_TYPES),
  identityType: nullable(Type.String()),
  phoneNumber: nullable(Type.String({ description: 'E.164.' })),
  status: oneOf(['active']),
  currency: currencySchema(),
  balance: moneySchema('What the cards can spend; pending charges are taken off.'),
  available: moneySchema('The same as balance: a prepaid card account has no credit.'),
  outstanding: moneySchema('What is owed: always 0.'),
  limit: moneySchema('The credit limit; 0 for prepaid.'),
  createdAt: timeSchema('When it was opened.'),
})

export type WireCardAccount = Static<typeof cardAccountSchema>

export const EXAMPLE_CARD_ACCOUNT: WireCardAccount = {
  id: EXAMPLE_ID,
  xid: 'employee-0017',
  xmetadata: { team: 'sales' },
  name: 'Travel',
  accountType: 'prepaid',
  identityType: 'individual',
  phoneNumber: '+85255551234',
  status: 'active',
  currency: 'USD',
  balance: 825.3,
  available: 825.3,
  outstanding: 0,
  limit: 0,
  createdAt: EXAMPLE_TIME,
}

/** `available` in minor units: 0 for an account that was just opened. */
export function renderCardAccount(account: CardAccount, available: bigint): WireCardAccount {
  const { currency } = account
  const spendable = toJsonNumber({ amount: available, currency })
  return {
    id: account.id,
    xid: account.xid,
    xmetadata: account.xmetadata,
    name: account.name,
    accountType: account.accountType,
    identityType: account.identityType,
    phoneNumber: account.phoneNumber && `+${account.phoneNumber}`,
    status: 'active',
    currency,
    balance: spendable,
    available: spendable,
    outstanding: 0,
    limit: toJsonNumber({ amount: account.creditLimit ?? 0n, currency }),
    createdAt: account.createdAt.toISOString(),
  }
}

export const cardAccountListSchema = Type.Object({ ...pageTokens, cardaccounts: Type.Array(cardAccountSchema) })

export const cardAccountQuery = Type.Object({
  cardAccountId: Type.Optional(idSchema('Only this card account.')),
  accountType: Type.Optional(oneOf(CARD_ACCOUNT_TYPES)),
  currency: Type.Optional(currencySchema()),
  name: Type.Optional(Type.String({ maxLength: 128, description: 'A part of the name.' })),
  xid: Type.Optional(Type.String({ maxLength: 256 })),
  ...pageQuery,
})

export const parseCardAccountFilter = (
  clientId: string,
  { pageSize, pageToken, ...filter }: Static<typeof cardAccountQuery>,
): CardAccountFilter => ({ clientId, ...filter })

/** The body of topup and withdraw. */
export const fundBody = Type.Object({
  accountId: idSchema('The account that funds the top-up, or that takes what is withdrawn.'),
  cardAccountId: idSchema('The card account, which must be prepaid.'),
  amount: amountSchema({ description: 'In major units.', examples: [50000] }),
  currency: currencySchema("Must be the card account's."),
  description: Type.Optional(descriptionSchema),
  ...labelledBody,
})

export const parseFund = (body: Static<typeof fundBody>): Omit<FundCardAccountRequest, 'clientId' | 'keys'> =>
  defined({
    accountId: body.accountId,
    cardAccountId: body.cardAccountId,
    amount: parseMoney(body.amount, body.currency),
    description: body.description,
    ...parseLabels(body),
  })

export const transferBody = Type.Object({
  sourceCardAccountId: idSchema('The card account that the money leaves; it must be prepaid.'),
  destinationCardAccountId: idSchema('The card account that receives the money; it must be prepaid.'),
  amount: amountSchema({ description: 'In major units.', examples: [123] }),
  currency: currencySchema('The currency of both card accounts.'),
  description: Type.Optional(descriptionSchema),
  ...labelledBody,
})

export const parseTransfer = (body: Static<typeof transferBody>): Omit<TransferBalanceRequest, 'clientId' | 'keys'> =>
  defined({
    sourceCardAccountId: body.sourceCardAccountId,
    destinationCardAccountId: body.destinationCardAccountId,
    amount: parseMoney(body.amount, body.currency),
    description: body.description,
    ...parseLabels(body),
  })

export const aggregateQuery = Type.Object({
  groupKey: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 40,
      description: 'A key of card account metadata to group by; without it all card accounts are one group.',
    }),
  ),
})

export const aggregateSchema = Type.Object({
  cardaccounts: Type.Array(
    Type.Object({
      group: Type.String({ description: 'The value of the metadata key; empty for card accounts without it.' }),
      currency: currencySchema(),
      balance: moneySchema('Sum of the balances.'),
      value: moneySchema('The same sum, in the currency of the group.'),
    }),
  ),
})

export function renderGroupBalance({ group, currency, available }: GroupBalance) {
  const balance = toJsonNumber({ amount: available, currency })
  return { group, currency, balance, value: balance }
}
