// /v1/accounts.
import type { Deps } from '../../deps.ts'
import { createFundingAccount } from '../../funding/create.ts'
import { depositFunds } from '../../funding/deposit.ts'
import { getFundingAccount } from '../../funding/find.ts'
import { listAccountTransfers, listAssetBalances, listFundingAccounts } from '../../funding/queries.ts'
import { transferFunds } from '../../funding/transfer.ts'
import { type Route, route } from '../../http/face.ts'
import { parsePage, renderPageTokens } from './paging.ts'
import { commandOf, EXAMPLE_ID } from './wire.ts'
import {
  accountListSchema,
  accountQuery,
  accountSchema,
  accountTransferBody,
  accountTransferListSchema,
  accountTransferQuery,
  accountTransferSchema,
  balancesQuery,
  balancesSchema,
  createAccountBody,
  depositBody,
  depositSchema,
  EXAMPLE_ACCOUNT,
  EXAMPLE_ACCOUNT_TRANSFER,
  parseAccountFilter,
  parseAccountTransfer,
  parseAccountTransferFilter,
  parseCreateAccount,
  parseDeposit,
  renderAccount,
  renderAccountTransfer,
  renderBalance,
  renderDeposit,
} from './wire-accounts.ts'

export const accountRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  balancesRoute(deps),
  transferRoute(deps),
  transfersRoute(deps),
]

/** Only in the sandbox. */
export const depositRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/accounts/simulate-deposit',
    summary: 'Pay money into an account (sandbox)',
    body: depositBody,
    response: depositSchema,
    examples: {
      body: { accountId: EXAMPLE_ID, currency: 'USD', amount: 100000 },
      response: {
        id: EXAMPLE_ACCOUNT_TRANSFER.id,
        accountId: EXAMPLE_ID,
        currency: 'USD',
        amount: 100000,
        available: 100000,
      },
    },
    handle: async (call) => renderDeposit(await depositFunds(deps, commandOf(call, parseDeposit(call.body)))),
  })

const createRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/accounts',
    summary: 'Open an account',
    body: createAccountBody,
    response: accountSchema,
    examples: {
      body: { assets: ['HKD', 'USD', 'USDC'], name: 'Treasury', xid: 'treasury' },
      response: EXAMPLE_ACCOUNT,
    },
    handle: async (call) =>
      renderAccount(await createFundingAccount(deps, commandOf(call, parseCreateAccount(call.body)))),
  })

const listRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/accounts',
    summary: 'List accounts, newest first',
    query: accountQuery,
    response: accountListSchema,
    examples: { response: { accounts: [EXAMPLE_ACCOUNT] } },
    handle: async (call) => {
      const filter = parseAccountFilter(call.principal.id, call.query)
      const page = await listFundingAccounts(deps.pool, filter, parsePage(call))
      return { ...renderPageTokens(call, page), accounts: page.rows.map(renderAccount) }
    },
  })

const balancesRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/accounts/balances',
    summary: 'Get the balances of one account, or of all',
    query: balancesQuery,
    response: balancesSchema,
    examples: {
      response: { balances: [{ accountId: EXAMPLE_ID, currency: 'USD', balance: 10000.25, available: 10000.25 }] },
    },
    handle: async ({ principal, query }) => {
      if (query.accountId !== undefined) await getFundingAccount(deps, principal.id, query.accountId)
      const balances = await listAssetBalances(deps.pool, { clientId: principal.id, ...query })
      return { balances: balances.map(renderBalance) }
    },
  })

const transferRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/accounts/transfers',
    summary: 'Transfer an asset between two accounts',
    body: accountTransferBody,
    response: accountTransferSchema,
    examples: {
      body: {
        amount: 2500,
        asset: 'USD',
        sourceAccountId: EXAMPLE_ID,
        destinationAccountId: EXAMPLE_ACCOUNT_TRANSFER.destinationAccountId,
        description: 'To the travel budget',
      },
      response: EXAMPLE_ACCOUNT_TRANSFER,
    },
    handle: async (call) =>
      renderAccountTransfer(await transferFunds(deps, commandOf(call, parseAccountTransfer(call.body)))),
  })

const transfersRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/accounts/transfers',
    summary: 'List the transfers of an account, newest first',
    query: accountTransferQuery,
    response: accountTransferListSchema,
    examples: { response: { transfers: [EXAMPLE_ACCOUNT_TRANSFER] } },
    handle: async (call) => {
      const filter = parseAccountTransferFilter(call.principal.id, call.query)
      const request = parsePage(call)
      await getFundingAccount(deps, call.principal.id, call.query.accountId)
      const page = await listAccountTransfers(deps.pool, filter, request)
      return { ...renderPageTokens(call, page), transfers: page.rows.map(renderAccountTransfer) }
    },
  })
