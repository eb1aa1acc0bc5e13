// /v1/cardaccounts.
import type { Deps } from '../../deps.ts'
import { type Route, route } from '../../http/face.ts'
import { createCardAccount } from '../../issuing/create-card-account.ts'
import { getCardAccount } from '../../issuing/find.ts'
import { listCardAccounts, listCardTransactions, sumCardAccounts } from '../../issuing/queries.ts'
import { topUpCardAccount, withdrawFromCardAccount } from '../../issuing/top-up.ts'
import { transferBalance } from '../../issuing/transfer-balance.ts'
import { parsePage, renderPageTokens } from './paging.ts'
import { commandOf, EXAMPLE_ID } from './wire.ts'
import {
  aggregateQuery,
  aggregateSchema,
  cardAccountListSchema,
  cardAccountQuery,
  cardAccountSchema,
  createCardAccountBody,
  EXAMPLE_CARD_ACCOUNT,
  fundBody,
  parseCardAccountFilter,
  parseCreateCardAccount,
  parseFund,
  parseTransfer,
  renderCardAccount,
  renderGroupBalance,
  transferBody,
} from './wire-card-accounts.ts'
import {
  EXAMPLE_TRANSACTION,
  parseTransactionFilter,
  renderTransaction,
  transactionListSchema,
  transactionQuery,
  transactionSchema,
} from './wire-transactions.ts'

export const cardAccountRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  topUpRoute(deps),
  withdrawRoute(deps),
  transferRoute(deps),
  transactionsRoute(deps),
  aggregateRoute(deps),
]

const createRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cardaccounts',
    summary: 'Create a card account',
    body: createCardAccountBody,
    response: cardAccountSchema,
    examples: {
      body: {
        accountType: 'prepaid',
        currency: 'USD',
        name: 'Travel',
        phoneNumber: '+85255551234',
        xid: 'employee-0017',
      },
      response: { ...EXAMPLE_CARD_ACCOUNT, balance: 0, available: 0 },
    },
    handle: async (call) =>
      renderCardAccount(await createCardAccount(deps, commandOf(call, parseCreateCardAccount(call.body))), 0n),
  })

const listRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/cardaccounts',
    summary: 'List card accounts with their balances, newest first',
    query: cardAccountQuery,
    response: cardAccountListSchema,
    examples: { response: { cardaccounts: [EXAMPLE_CARD_ACCOUNT] } },
    handle: async (call) => {
      const filter = parseCardAccountFilter(call.principal.id, call.query)
      const page = await listCardAccounts(deps.pool, filter, parsePage(call))
      const cardaccounts = page.rows.map((account) => renderCardAccount(account, account.available))
      return { ...renderPageTokens(call, page), cardaccounts }
    },
  })

const topUpRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cardaccounts/topup',
    summary: 'Top up a prepaid card account from an account',
    body: fundBody,
    response: transactionSchema,
    examples: {
      body: { accountId: EXAMPLE_ID, cardAccountId: EXAMPLE_ID, amount: 50000, currency: 'HKD' },
      response: { ...EXAMPLE_TRANSACTION, intent: 'topup', entryType: 'DEBIT' },
    },
    handle: async (call) => renderTransaction(await topUpCardAccount(deps, commandOf(call, parseFund(call.body)))),
  })

const withdrawRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cardaccounts/withdraw',
    summary: 'Take money from a prepaid card account back to an account',
    body: fundBody,
    response: transactionSchema,
    examples: {
      body: { accountId: EXAMPLE_ID, cardAccountId: EXAMPLE_ID, amount: 10.5, currency: 'USD' },
      response: { ...EXAMPLE_TRANSACTION, intent: 'withdraw', amount: 10.5, grossAmount: 10.5 },
    },
    handle: async (call) =>
      renderTransaction(await withdrawFromCardAccount(deps, commandOf(call, parseFund(call.body)))),
  })

const transferRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cardaccounts/transfer',
    summary: 'Balance transfer between two prepaid card accounts',
    description: "Answers with the source's transaction; the destination gets one of its own with the same refId.",
    body: transferBody,
    response: transactionSchema,
    examples: {
      body: {
        sourceCardAccountId: EXAMPLE_ID,
        destinationCardAccountId: '9d1c4a52-0c54-4e0b-8a0e-5b6f7c8d9e01',
        amount: 123,
        currency: 'USD',
        description: 'Transfer from card account to card account',
        idempotencyKey: 'xeev1she5eegh9daiviethahchoo1muW',
        xid: 'payroll-2025-03-0017',
        xmetadata: { key1: 'value1', key2: ['value2.1', 'value2.2'] },
      },
      response: EXAMPLE_TRANSACTION,
    },
    handle: async (call) => renderTransaction(await transferBalance(deps, commandOf(call, parseTransfer(call.body)))),
  })

const transactionsRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/cardaccounts/transactions',
    summary: 'List the transactions of a card account, newest first',
    query: transactionQuery,
    response: transactionListSchema,
    examples: { response: { transactions: [EXAMPLE_TRANSACTION] } },
    handle: async (call) => {
      const filter = parseTransactionFilter(call.principal.id, call.query)
      const request = parsePage(call)
      await getCardAccount(deps, call.principal.id, call.query.cardAccountId)
      const page = await listCardTransactions(deps.pool, filter, request)
      return { ...renderPageTokens(call, page), transactions: page.rows.map(renderTransaction) }
    },
  })

const aggregateRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/cardaccounts/aggregate-balance',
    summary: 'Sum the balances of card accounts by currency',
    query: aggregateQuery,
    response: aggregateSchema,
    examples: { response: { cardaccounts: [{ group: 'sales', currency: 'USD', balance: 1650.6, value: 1650.6 }] } },
    handle: async (call) => {
      const groups = await sumCardAccounts(deps.pool, call.principal.id, call.query.groupKey)
      return { cardaccounts: groups.map(renderGroupBalance) }
    },
  })
