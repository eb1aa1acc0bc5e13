// Looking up a client's account. What is another client's does not exist for this one.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { FundingAccount } from './funding-account.ts'
import { findFundingAccount } from './queries.ts'

/** Throws `account_not_found`. */
export async function getFundingAccount(
  deps: Pick<Deps, 'pool'>,
  clientId: string,
  id: string,
): Promise<FundingAccount> {
  const account = await findFundingAccount(deps.pool, clientId, id)
  if (!account) throw new AppError('account_not_found', { field: 'accountId' })
  return account
}
