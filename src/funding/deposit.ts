// Money paid in by a client. In the sandbox a call says so; elsewhere whoever watches the bank account will.
import type { Deps } from '../deps.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { accountOf, availableOf, clientFunding, needAccount, safeguarding } from '../ledger/accounts.ts'
import { deposited } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { fundingAccountOf, needFundingAccount, recordFundingEvent, requireAsset } from './funding-account.ts'

export interface DepositRequest {
  readonly clientId: string
  readonly accountId: string
  readonly amount: Money
  readonly keys: readonly KeyClaim[]
}

export interface Deposit {
  readonly id: string
  readonly accountId: string
  readonly amount: Money
  /** What the account can spend afterwards, in minor units. */
  readonly available: bigint
}

/** Throws `account_not_found`, `currency_mismatch`. */
export function depositFunds(deps: Pick<Deps, 'lane'>, request: DepositRequest): Promise<Deposit> {
  const { clientId, accountId, amount } = request
  const id = newId()
  const from = safeguarding(amount.currency)
  const to = clientFunding(accountId, amount.currency)
  return deps.lane.run(
    keyed(request.keys, {
      name: 'deposit',
      needs: [needFundingAccount(accountId), needAccount(from), needAccount(to)],
      decide: (books) => {
        requireAsset(fundingAccountOf(books, clientId, accountId), amount.currency)
        deposited(books, { operationId: id, from, to, amount: amount.amount })
        recordFundingEvent(books, siblingId(id, 1), clientId, to)
        return { id, accountId, amount, available: availableOf(accountOf(books, to)) }
      },
    }),
  )
}
