// Clients' accounts on the wire: opening and listing them, their balances, transfers between them, deposits.
import Type, { type Static } from 'typebox'
import { invalidField } from '../../errors.ts'
import type { CreateFundingAccountRequest } from '../../funding/create.ts'
import type { Deposit, DepositRequest } from '../../funding/deposit.ts'
import type { FundingAccount } from '../../funding/funding-account.ts'
import type { AccountTransferFilter, AssetBalance, FundingAccountFilter } from '../../funding/queries.ts'
import type { AccountTransfer, TransferFundsRequest } from '../../funding/transfer.ts'
import { amountSchema, toJsonNumber } from '../../http/json.ts'
import { isAsset } from '../../money.ts'
import { pageQuery, pageTokens } from './paging.ts'
import {
  defined,
  descriptionSchema,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  idSchema,
  keyMember,
  labelledBody,
  labelMembers,
  moneySchema,
  nullable,
  parseAssetAmount,
  parseLabels,
  parseTime,
  timeSchema,
} from './wire.ts'

const assetSchema = (description: string) => Type.String({ maxLength: 10, description, examples: ['USD'] })

export const createAccountBody = Type.Object({
  assets: Type.Optional(
    Type.Array(assetSchema('Code of a currency or digital asset.'), {
      minItems: 1,
      maxItems: 50,
      description: 'What the account holds; required unless currency is given.',
      examples: [['HKD', 'USD', 'USDC']],
    }),
  ),
  currency: Type.Optional(assetSchema('The same as assets with this one entry.')),
  name: Type.String({ minLength: 1, maxLength: 128, description: 'Need not be unique.' }),
  ...labelledBody,
})

export function parseCreateAccount(
  body: Static<typeof createAccountBody>,
): Omit<CreateFundingAccountRequest, 'clientId' | 'keys'> {
  const { assets, currency, name } = body
  if (!assets && currency === undefined) throw invalidField('assets', 'is required')
  const codes = assets ?? [currency ?? '']
  const unknown = codes.find((code) => !isAsset(code))
  if (unknown !== undefined) {
    throw invalidField(assets ? 'assets' : 'currency', 'must be codes of currencies or assets such as USD or USDC')
  }
  return { name, assets: codes, ...parseLabels(body) }
}

export const accountSchema = Type.Object({
  id: idSchema('Identifies the account.'),
  ...labelMembers,
  name: Type.String(),
  accountNumber: Type.String({ examples: ['002-123456-7890123'] }),
  description: nullable(Type.String()),
  assets: Type.Array(Type.String(), { description: 'Codes of what it holds.' }),
  createdAt: timeSchema('When it was opened.'),
})

export type WireAccount = Static<typeof accountSchema>

export const EXAMPLE_ACCOUNT: WireAccount = {
  id: EXAMPLE_ID,
  xid: 'treasury',
  xmetadata: null,
  name: 'Treasury',
  accountNumber: '002-123456-7890123',
  description: null,
  assets: ['HKD', 'USD', 'USDC'],
  createdAt: EXAMPLE_TIME,
}

export const renderAccount = (account: FundingAccount): WireAccount => ({
  id: account.id,
  xid: account.xid,
  xmetadata: account.xmetadata,
  name: account.name,
  accountNumber: account.accountNumber,
  description: account.description,
  assets: [...account.assets],
  createdAt: account.createdAt.toISOString(),
})

export const accountListSchema = Type.Object({ ...pageTokens, accounts: Type.Array(accountSchema) })

export const accountQuery = Type.Object({
  accountId: Type.Optional(idSchema('Only this account.')),
  name: Type.Optional(Type.String({ maxLength: 128, description: 'The whole name.' })),
  search: Type.Optional(Type.String({ maxLength: 128, description: 'A part of the name or of the account number.' })),
  xid: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100, description: 'One or more.' })),
  ...pageQuery,
})

export const parseAccountFilter = (
  clientId: string,
  { pageSize, pageToken, xid: xids, ...filter }: Static<typeof accountQuery>,
): FundingAccountFilter => defined({ clientId, xids, ...filter })

export const balancesQuery = Type.Object({
  accountId: Type.Optional(idSchema('Only this account.')),
})

export const balancesSchema = Type.Object({
  balances: Type.Array(
    Type.Object({
      accountId: idSchema('The account.'),
      currency: Type.String({ description: 'Code of the currency or asset.' }),
      balance: moneySchema('What it holds.'),
      available: moneySchema('What can be spent of it.'),
    }),
  ),
})

export const renderBalance = ({ accountId, currency, balance, available }: AssetBalance) => ({
  accountId,
  currency,
  balance: toJsonNumber({ amount: balance, currency }),
  available: toJsonNumber({ amount: available, currency }),
})

export const accountTransferBody = Type.Object({
  amount: amountSchema({ description: 'In units of the asset.', examples: [2500] }),
  asset: assetSchema('Code of the currency or asset to move; both accounts must hold it.'),
  sourceAccountId: idSchema('The account that gives.'),
  destinationAccountId: idSchema('The account that receives.'),
  description: Type.Optional(descriptionSchema),
  ...labelledBody,
})

export const parseAccountTransfer = (
  body: Static<typeof accountTransferBody>,
): Omit<TransferFundsRequest, 'clientId' | 'keys'> =>
  defined({
    amount: parseAssetAmount(body.amount, body.asset, 'asset'),
    sourceAccountId: body.sourceAccountId,
    destinationAccountId: body.destinationAccountId,
    description: body.description,
    ...parseLabels(body),
  })

export const accountTransferSchema = Type.Object({
  id: idSchema('Identifies the transfer.'),
  ...labelMembers,
  asset: Type.String(),
  refId: Type.String({ examples: ['WTCXC0VJV0'] }),
  amount: moneySchema('In units of the asset.'),
  sourceAccountId: idSchema('The account that gave.'),
  destinationAccountId: idSchema('The account that received.'),
  description: nullable(Type.String()),
  createdAt: timeSchema('When it happened.'),
})

export type WireAccountTransfer = Static<typeof accountTransferSchema>

export const EXAMPLE_ACCOUNT_TRANSFER: WireAccountTransfer = {
  id: '0195ad8a-4d31-7000-b0c1-d2e3f4a5b6c7',
  xid: null,
  xmetadata: null,
  asset: 'USD',
  refId: 'WTCXC0VJV0',
  amount: 2500,
  sourceAccountId: EXAMPLE_ID,
  destinationAccountId: '9d1c4a52-0c54-4e0b-8a0e-5b6f7c8d9e01',
  description: 'To the travel budget',
  createdAt: EXAMPLE_TIME,
}

export const renderAccountTransfer = (transfer: AccountTransfer): WireAccountTransfer => ({
  id: transfer.id,
  xid: transfer.xid,
  xmetadata: transfer.xmetadata,
  asset: transfer.asset,
  refId: transfer.refId,
  amount: toJsonNumber({ amount: transfer.amount, currency: transfer.asset }),
  sourceAccountId: transfer.sourceAccountId,
  destinationAccountId: transfer.destinationAccountId,
  description: transfer.description,
  createdAt: transfer.createdAt.toISOString(),
})

export const accountTransferListSchema = Type.Object({ ...pageTokens, transfers: Type.Array(accountTransferSchema) })

export const accountTransferQuery = Type.Object({
  accountId: idSchema('The account that gave or received.'),
  id: Type.Optional(idSchema('Only this transfer.')),
  search: Type.Optional(Type.String({ maxLength: 128, description: 'A part of the description or of refId.' })),
  xid: Type.Optional(Type.String({ maxLength: 256 })),
  dateRangeFrom: Type.Optional(timeSchema('First moment of the range.')),
  dateRangeTo: Type.Optional(timeSchema('Last moment of the range.')),
  ...pageQuery,
})

export const parseAccountTransferFilter = (
  clientId: string,
  query: Static<typeof accountTransferQuery>,
): AccountTransferFilter =>
  defined({
    clientId,
    accountId: query.accountId,
    id: query.id,
    search: query.search,
    xid: query.xid,
    from: parseTime(query.dateRangeFrom, 'dateRangeFrom'),
    to: parseTime(query.dateRangeTo, 'dateRangeTo'),
  })

export const depositBody = Type.Object({
  accountId: idSchema('The account that receives.'),
  currency: assetSchema('Code of the currency or asset; the account must hold it.'),
  amount: amountSchema({ description: 'In major units.', examples: [100000] }),
  ...keyMember,
})

export const parseDeposit = (body: Static<typeof depositBody>): Omit<DepositRequest, 'clientId' | 'keys'> => ({
  accountId: body.accountId,
  amount: parseAssetAmount(body.amount, body.currency, 'currency'),
})

export const depositSchema = Type.Object({
  id: idSchema('Identifies the deposit.'),
  accountId: idSchema('The account that received.'),
  currency: Type.String(),
  amount: moneySchema('What was paid in.'),
  available: moneySchema('What can be spent of the account afterwards.'),
})

export const renderDeposit = ({ id, accountId, amount, available }: Deposit) => ({
  id,
  accountId,
  currency: amount.currency,
  amount: toJsonNumber(amount),
  available: toJsonNumber({ amount: available, currency: amount.currency }),
})
