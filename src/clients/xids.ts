// A client's own names (xid) for its resources: each stands for one resource only, whatever the resource's type.
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'

/** What a client may say about a resource: texts, or lists of texts. */
export type Metadata = Readonly<Record<string, string | readonly string[]>>

/** What every resource that a client creates may carry. */
export interface ClientLabels {
  readonly xid?: string
  readonly xmetadata?: Metadata
}

interface Xid {
  readonly clientId: string
  readonly xid: string
  readonly resourceType: string
  readonly resourceId: string
}

export const xidShelf = tableShelf<Xid>({
  name: 'xids',
  columns: { clientId: 'uuid', xid: 'text', resourceType: 'text', resourceId: 'uuid' },
  key: ['clientId', 'xid'],
  mutable: ['resourceType', 'resourceId'],
})

/** The need of a command that may claim an xid. */
export const needXid = (clientId: string, xid: string | undefined): Need[] =>
  xid === undefined ? [] : [need(xidShelf, compositeKey(clientId, xid))]

/** Takes the xid for a resource, in the commit that creates it. Throws `xid_taken`. */
export function claimXid(
  books: Books,
  claim: { clientId: string; xid: string | undefined; resourceType: string; resourceId: string },
): void {
  const { clientId, xid, resourceType, resourceId } = claim
  if (xid === undefined) return
  const holder = books.find(xidShelf, compositeKey(clientId, xid))
  const isFree = !holder || holder.resourceType === RELEASED
  if (!isFree && holder.resourceId !== resourceId) throw new AppError('xid_taken', { field: 'xid' })
  if (isFree) books.put(xidShelf, { clientId, xid, resourceType, resourceId })
}

// The row of an xid that nothing carries any more stays and says so: rows on shelves are never deleted.
const RELEASED = 'released'

/** Gives back the xid of a resource that now carries another one, so that any resource may take it. */
export function releaseXid(books: Books, claim: { clientId: string; xid: string; resourceId: string }): void {
  const { clientId, xid, resourceId } = claim
  const holder = books.find(xidShelf, compositeKey(clientId, xid))
  if (holder?.resourceId === resourceId) books.put(xidShelf, { ...holder, resourceType: RELEASED })
}
