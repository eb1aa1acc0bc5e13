// Money between a client's account and one of its prepaid card accounts: top up puts it on, withdraw takes it back.
import { refuse } from '../books/command.ts'
import { type ClientLabels, claimXid, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { fundingAccountOf, needFundingAccount, recordFundingEvent, requireAsset } from '../funding/funding-account.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { accountOf, availableOf, cardAccountLedger, clientFunding, needAccount } from '../ledger/accounts.ts'
import { toppedUp, withdrawn } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { cardAccountOf, needCardAccount, requirePrepaid } from './card-account.ts'
import { type CardTransaction, recordCardTransaction, recordStatementEvent } from './card-transaction.ts'

export interface FundCardAccountRequest extends ClientLabels {
  readonly clientId: string
  /** The client's account that gives (top up) or takes (withdraw). */
  readonly accountId: string
  readonly cardAccountId: string
  readonly amount: Money
  readonly description?: string
  readonly keys: readonly KeyClaim[]
}

/** Throws `card_account_not_found`, `account_not_found`, `account_type_invalid`, `currency_mismatch`, `xid_taken`, `insufficient_funds`. */
export const topUpCardAccount = (deps: Pick<Deps, 'lane'>, request: FundCardAccountRequest): Promise<CardTransaction> =>
  moveFunds(deps, request, 'topup')

/** Throws like `topUpCardAccount`. Held money cannot be withdrawn. */
export const withdrawFromCardAccount = (
  deps: Pick<Deps, 'lane'>,
  request: FundCardAccountRequest,
): Promise<CardTransaction> => moveFunds(deps, request, 'withdraw')

function moveFunds(
  deps: Pick<Deps, 'lane'>,
  request: FundCardAccountRequest,
  intent: 'topup' | 'withdraw',
): Promise<CardTransaction> {
  const { clientId, accountId, cardAccountId, amount, xid } = request
  const id = newId()
  const refId = newReference('CT')
  const funding = clientFunding(accountId, amount.currency)
  const card = cardAccountLedger(cardAccountId, amount.currency)
  const [from, to] = intent === 'topup' ? [funding, card] : [card, funding]
  return deps.lane.run(
    keyed(request.keys, {
      name: intent,
      needs: [
        ...needXid(clientId, xid),
        needCardAccount(cardAccountId),
        needFundingAccount(accountId),
        needAccount(from),
        needAccount(to),
      ],
      decide: (books) => {
        const account = cardAccountOf(books, clientId, cardAccountId)
        requirePrepaid(account, amount.currency)
        requireAsset(fundingAccountOf(books, clientId, accountId), amount.currency)
        if (availableOf(accountOf(books, from)) < amount.amount)
          return refuse('insufficient_funds', { field: 'amount' })
        claimXid(books, { clientId, xid, resourceType: 'transaction', resourceId: id })
        const move = intent === 'topup' ? toppedUp : withdrawn
        move(books, { operationId: id, from, to, amount: amount.amount })
        const row = recordCardTransaction(books, account, {
          id,
          refId,
          status: 'posted',
          intent,
          entryType: intent === 'topup' ? 'DEBIT' : 'CREDIT',
          amount: amount.amount,
          description: request.description ?? null,
          xid: xid ?? null,
          xmetadata: request.xmetadata ?? null,
        })
        recordStatementEvent(books, siblingId(id, 1), account, [row])
        recordFundingEvent(books, siblingId(id, 2), clientId, funding)
        return row
      },
    }),
  )
}
