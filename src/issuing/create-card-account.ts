// Opens a card account for a client.
import { type ClientLabels, claimXid, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { fundingAccountOf, needFundingAccount } from '../funding/funding-account.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { type CardAccount, type CardAccountType, cardAccountShelf } from './card-account.ts'

export interface CreateCardAccountRequest extends ClientLabels {
  readonly clientId: string
  readonly accountType: CardAccountType
  readonly currency: string
  readonly name?: string
  readonly identityType?: string
  readonly phoneNumber?: string
  readonly email?: string
  /** Required for asset-link and fixed-limit. */
  readonly backingAccountId?: string
  /** Minor units; fixed-limit only. */
  readonly creditLimit?: bigint
  readonly keys: readonly KeyClaim[]
}

/** Throws `account_not_found` for a backing account that is not the client's, `invalid_request` when it is missing, `xid_taken`. */
export async function createCardAccount(
  deps: Pick<Deps, 'lane'>,
  request: CreateCardAccountRequest,
): Promise<CardAccount> {
  const { clientId, accountType, backingAccountId, xid } = request
  if (accountType !== 'prepaid' && !backingAccountId) {
    throw new AppError('invalid_request', {
      field: 'accountType',
      message: `accountType ${accountType} needs a backing account`,
    })
  }
  const id = newId()
  return deps.lane.run(
    keyed(request.keys, {
      name: 'create card account',
      needs: [...needXid(clientId, xid), ...(backingAccountId ? [needFundingAccount(backingAccountId)] : [])],
      decide: (books) => {
        if (backingAccountId) fundingAccountOf(books, clientId, backingAccountId)
        claimXid(books, { clientId, xid, resourceType: 'cardaccount', resourceId: id })
        const account = books.insert(cardAccountShelf, {
          id,
          clientId,
          accountType,
          currency: request.currency,
          name: request.name ?? null,
          identityType: request.identityType ?? null,
          phoneNumber: request.phoneNumber ?? null,
          email: request.email ?? null,
          backingAccountId: backingAccountId ?? null,
          creditLimit: accountType === 'fixed-limit' ? (request.creditLimit ?? 0n) : null,
          xid: xid ?? null,
          xmetadata: request.xmetadata ?? null,
          createdAt: books.now,
        })
        recordEvent(books, {
          id: siblingId(id, 1),
          type: 'card_account.created',
          ownerId: clientId,
          subjectId: id,
          data: {},
        })
        return account
      },
    }),
  )
}
