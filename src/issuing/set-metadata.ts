// Gives a resource another xid or other metadata. A resource has one xid: taking a new one gives the old one back.
import { type Books, type Need, needLocked } from '../books/books.ts'
import type { Command } from '../books/command.ts'
import type { Shelf } from '../books/shelf.ts'
import { claimXid, type Metadata, needXid, releaseXid } from '../clients/xids.ts'
import type { Deps } from '../deps.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { fundingAccountShelf } from '../funding/funding-account.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { cardShelf } from './card.ts'
import { cardAccountShelf } from './card-account.ts'
import { cardTransactionShelf } from './card-transaction.ts'
import { findXidOf, type LabelledType } from './queries.ts'

export interface SetMetadataRequest {
  readonly clientId: string
  readonly type: LabelledType
  readonly id: string
  /** Undefined leaves it as it is, null removes it. */
  readonly xid?: string | null
  /** Undefined leaves it as it is; otherwise it replaces all of it. */
  readonly xmetadata?: Metadata | null
  readonly keys: readonly KeyClaim[]
}

/** What the resource carries afterwards. */
export interface Labels {
  readonly xid: string | null
  readonly xmetadata: Metadata | null
}

interface Labelled extends Labels {
  readonly id: string
  readonly clientId: string
}

interface Target {
  readonly shelf: Shelf<Labelled>
  readonly absent: ErrorCode
}

// Each shelf writes whole rows of its own type; here only the labels of a row change, whatever its type.
const TARGETS: Readonly<Record<LabelledType, Target>> = {
  account: { shelf: fundingAccountShelf as unknown as Shelf<Labelled>, absent: 'account_not_found' },
  cardaccount: { shelf: cardAccountShelf as unknown as Shelf<Labelled>, absent: 'card_account_not_found' },
  card: { shelf: cardShelf as unknown as Shelf<Labelled>, absent: 'card_not_found' },
  transaction: { shelf: cardTransactionShelf as unknown as Shelf<Labelled>, absent: 'resource_not_found' },
}

const TRIES_MAX = 5

/** Throws `account_not_found`, `card_account_not_found`, `card_not_found` or `resource_not_found`, and `xid_taken`. */
export async function setMetadata(deps: Pick<Deps, 'lane' | 'pool'>, request: SetMetadataRequest): Promise<Labels> {
  // A command names the rows it locks beforehand, and the xid to give back is one of them: it is read first, and the
  // command refuses to decide when it has changed since.
  for (let tries = 1; ; tries++) {
    const xidBefore = (await findXidOf(deps.pool, request)) ?? null
    try {
      return await deps.lane.run(keyed(request.keys, relabel(request, xidBefore)))
    } catch (error) {
      if (tries === TRIES_MAX || !(error instanceof AppError && error.code === 'request_in_progress')) throw error
    }
  }
}

function relabel(request: SetMetadataRequest, xidBefore: string | null): Command<Labels> {
  const { clientId, type, id, xid, xmetadata } = request
  const { shelf, absent } = TARGETS[type]
  return {
    name: 'set metadata',
    needs: [...xidNeeds(clientId, [xid, xidBefore]), needLocked(shelf, id)],
    decide: (books) => {
      const row = books.find(shelf, id)
      if (row?.clientId !== clientId) throw new AppError(absent, { field: 'target.id' })
      if (row.xid !== xidBefore) throw new AppError('request_in_progress')
      const labels = {
        xid: xid === undefined ? row.xid : xid,
        xmetadata: xmetadata === undefined ? row.xmetadata : xmetadata,
      }
      if (labels.xid !== row.xid) moveXid(books, request, { from: row.xid, to: labels.xid })
      books.put(shelf, { ...row, ...labels })
      return labels
    },
  }
}

const xidNeeds = (clientId: string, xids: readonly (string | null | undefined)[]): Need[] =>
  xids.flatMap((xid) => needXid(clientId, xid ?? undefined))

function moveXid(
  books: Books,
  { clientId, type, id }: SetMetadataRequest,
  { from, to }: { from: string | null; to: string | null },
): void {
  if (to !== null) claimXid(books, { clientId, xid: to, resourceType: type, resourceId: id })
  if (from !== null) releaseXid(books, { clientId, xid: from, resourceId: id })
}
