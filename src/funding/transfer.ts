// Moves an asset between two accounts of one client.

import { refuse } from '../books/command.ts'
import { tableShelf } from '../books/shelf.ts'
import { type ClientLabels, claimXid, type Metadata, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { accountOf, availableOf, clientFunding, needAccount } from '../ledger/accounts.ts'
import { fundsTransferred } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { fundingAccountOf, needFundingAccount, recordFundingEvent, requireAsset } from './funding-account.ts'

export interface AccountTransfer {
  readonly id: string
  readonly clientId: string
  readonly sourceAccountId: string
  readonly destinationAccountId: string
  readonly asset: string
  /** Minor units. */
  readonly amount: bigint
  readonly refId: string
  readonly description: string | null
  readonly xid: string | null
  readonly xmetadata: Metadata | null
  readonly createdAt: Date
}

export const accountTransferShelf = tableShelf<AccountTransfer>({
  name: 'account_transfers',
  columns: {
    id: 'uuid',
    clientId: 'uuid',
    sourceAccountId: 'uuid',
    destinationAccountId: 'uuid',
    asset: 'text',
    amount: 'bigint',
    refId: 'text',
    description: 'text',
    xid: 'text',
    xmetadata: 'jsonb',
    createdAt: 'timestamptz',
  },
})

export interface TransferFundsRequest extends ClientLabels {
  readonly clientId: string
  readonly sourceAccountId: string
  readonly destinationAccountId: string
  readonly amount: Money
  readonly description?: string
  readonly keys: readonly KeyClaim[]
}

/** Throws `same_account`, `account_not_found`, `currency_mismatch`, `xid_taken`, `insufficient_funds`. */
export async function transferFunds(deps: Pick<Deps, 'lane'>, request: TransferFundsRequest): Promise<AccountTransfer> {
  const { clientId, sourceAccountId, destinationAccountId, amount, xid } = request
  if (sourceAccountId === destinationAccountId) throw new AppError('same_account', { field: 'destinationAccountId' })
  const id = newId()
  const refId = newReference('WT')
  const from = clientFunding(sourceAccountId, amount.currency)
  const to = clientFunding(destinationAccountId, amount.currency)
  return deps.lane.run(
    keyed(request.keys, {
      name: 'transfer funds',
      needs: [
        ...needXid(clientId, xid),
        needFundingAccount(sourceAccountId),
        needFundingAccount(destinationAccountId),
        needAccount(from),
        needAccount(to),
      ],
      decide: (books) => {
        const { currency: asset } = amount
        requireAsset(fundingAccountOf(books, clientId, sourceAccountId, 'sourceAccountId'), asset, 'asset')
        requireAsset(fundingAccountOf(books, clientId, destinationAccountId, 'destinationAccountId'), asset, 'asset')
        if (availableOf(accountOf(books, from)) < amount.amount)
          return refuse('insufficient_funds', { field: 'amount' })
        claimXid(books, { clientId, xid, resourceType: 'transfer', resourceId: id })
        fundsTransferred(books, { operationId: id, from, to, amount: amount.amount })
        recordFundingEvent(books, siblingId(id, 1), clientId, from)
        recordFundingEvent(books, siblingId(id, 2), clientId, to)
        return books.append(accountTransferShelf, {
          id,
          clientId,
          sourceAccountId,
          destinationAccountId,
          asset,
          amount: amount.amount,
          refId,
          description: request.description ?? null,
          xid: xid ?? null,
          xmetadata: request.xmetadata ?? null,
          createdAt: books.now,
        })
      },
    }),
  )
}
