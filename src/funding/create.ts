// Opens a client's account.
import { randomInt } from 'node:crypto'
import { type ClientLabels, claimXid, needXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, siblingId } from '../ids.ts'
import { type FundingAccount, fundingAccountShelf } from './funding-account.ts'

export interface CreateFundingAccountRequest extends ClientLabels {
  readonly clientId: string
  readonly name: string
  readonly assets: readonly string[]
  readonly keys: readonly KeyClaim[]
}

/** Throws `xid_taken`. */
export function createFundingAccount(
  deps: Pick<Deps, 'lane'>,
  request: CreateFundingAccountRequest,
): Promise<FundingAccount> {
  const { clientId, name, xid, xmetadata } = request
  const id = newId()
  const accountNumber = newAccountNumber()
  return deps.lane.run(
    keyed(request.keys, {
      name: 'create account',
      needs: needXid(clientId, xid),
      decide: (books) => {
        claimXid(books, { clientId, xid, resourceType: 'account', resourceId: id })
        const account = books.insert(fundingAccountShelf, {
          id,
          clientId,
          name,
          accountNumber,
          assets: [...new Set(request.assets)],
          description: null,
          xid: xid ?? null,
          xmetadata: xmetadata ?? null,
          createdAt: books.now,
        })
        recordEvent(books, {
          id: siblingId(id, 1),
          type: 'account.created',
          ownerId: clientId,
          subjectId: id,
          data: {},
        })
        return account
      },
    }),
  )
}

// 002-123456-7890123: the shape that the issuing contract shows.
const newAccountNumber = (): string => `002-${digits(6)}-${digits(7)}`

const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')
