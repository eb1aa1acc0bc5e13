// Moves a balance from one prepaid card account to another of the same client: two statement legs, one transfer.
import { refuse } from '../books/command.ts'
import { type ClientLabels, claimXid, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { accountOf, availableOf, cardAccountLedger, needAccount } from '../ledger/accounts.ts'
import { balanceTransferred } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { cardAccountOf, needCardAccount, requirePrepaid } from './card-account.ts'
import { type CardTransaction, recordCardTransaction, recordStatementEvent } from './card-transaction.ts'

export interface TransferBalanceRequest extends ClientLabels {
  readonly clientId: string
  readonly sourceCardAccountId: string
  readonly destinationCardAccountId: string
  readonly amount: Money
  readonly description?: string
  readonly keys: readonly KeyClaim[]
}

/**
 * Returns the source's leg. Both legs share the reference; xid and xmetadata are on the source's.
 * Throws `same_account`, `card_account_not_found`, `account_type_invalid`, `currency_mismatch`, `xid_taken`, `insufficient_funds`.
 */
export async function transferBalance(
  deps: Pick<Deps, 'lane'>,
  request: TransferBalanceRequest,
): Promise<CardTransaction> {
  const { clientId, sourceCardAccountId, destinationCardAccountId, amount, xid } = request
  if (sourceCardAccountId === destinationCardAccountId) {
    throw new AppError('same_account', {
      field: 'destinationCardAccountId',
      message: 'sourceCardAccountId and destinationCardAccountId must differ.',
    })
  }
  const id = newId()
  const destinationLegId = siblingId(id, 1)
  const refId = newReference('CT')
  const from = cardAccountLedger(sourceCardAccountId, amount.currency)
  const to = cardAccountLedger(destinationCardAccountId, amount.currency)
  return deps.lane.run(
    keyed(request.keys, {
      name: 'transfer balance',
      needs: [
        ...needXid(clientId, xid),
        needCardAccount(sourceCardAccountId),
        needCardAccount(destinationCardAccountId),
        needAccount(from),
        needAccount(to),
      ],
      decide: (books) => {
        const source = cardAccountOf(books, clientId, sourceCardAccountId, 'sourceCardAccountId')
        const destination = cardAccountOf(books, clientId, destinationCardAccountId, 'destinationCardAccountId')
        requirePrepaid(source, amount.currency, 'sourceCardAccountId')
        requirePrepaid(destination, amount.currency, 'destinationCardAccountId')
        if (availableOf(accountOf(books, from)) < amount.amount)
          return refuse('insufficient_funds', { field: 'amount' })
        claimXid(books, { clientId, xid, resourceType: 'transaction', resourceId: id })
        balanceTransferred(books, { operationId: id, from, to, amount: amount.amount })
        const leg = {
          refId,
          status: 'posted',
          intent: 'transfer',
          amount: amount.amount,
          description: request.description ?? null,
        } as const
        const sourceLeg = recordCardTransaction(books, source, {
          ...leg,
          id,
          entryType: 'CREDIT',
          xid: xid ?? null,
          xmetadata: request.xmetadata ?? null,
        })
        const destinationLeg = recordCardTransaction(books, destination, {
          ...leg,
          id: destinationLegId,
          entryType: 'DEBIT',
        })
        recordStatementEvent(books, siblingId(id, 2), source, [sourceLeg])
        recordStatementEvent(books, siblingId(id, 3), destination, [destinationLeg])
        return sourceLeg
      },
    }),
  )
}
