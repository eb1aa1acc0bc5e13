// A gateway's own id of an operation belongs to one operation: who has it, and what is believed of an answer that names it.
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import type { Finding, Finish } from './finish.ts'
import { type Operation, operationShelf } from './operation.ts'

/** A gateway's own id for one of our operations; an answer that carries another's is not believed. */
interface GatewayReference {
  readonly gatewayAccountId: string
  readonly gatewayReference: string
  readonly operationId: string
}

export const gatewayReferenceShelf = tableShelf<GatewayReference>({
  name: 'gateway_references',
  columns: { gatewayAccountId: 'uuid', gatewayReference: 'text', operationId: 'uuid' },
  key: ['gatewayAccountId', 'gatewayReference'],
  mutable: ['operationId'],
})

export const needGatewayReference = (gatewayAccountId: string, gatewayReference: string): Need =>
  need(gatewayReferenceShelf, compositeKey(gatewayAccountId, gatewayReference))

// Notes whose id it is, or answers the other operation that has it already.
function takeGatewayReference(books: Books, row: GatewayReference): string | undefined {
  const known = books.find(gatewayReferenceShelf, compositeKey(row.gatewayAccountId, row.gatewayReference))
  if (!known) books.put(gatewayReferenceShelf, row)
  return known && known.operationId !== row.operationId ? known.operationId : undefined
}

/**
 * What of a finding can be believed of the operation. An answer that carries another operation's id contradicts itself: what it says is
 * not known of this one. An inquiry goes by our own reference, so its id is right: an operation that had it from an answer only was
 * fooled, and is asked about again.
 */
export function believable(books: Books, operation: Operation, { finding, by, rival }: Finish): Finding {
  const { id: operationId, gatewayAccountId } = operation
  if (gatewayAccountId === null || !('gatewayReference' in finding) || finding.gatewayReference === undefined)
    return finding
  const row = { gatewayAccountId, gatewayReference: finding.gatewayReference, operationId }
  const holder = takeGatewayReference(books, row)
  if (holder === undefined) return finding
  const known = by === 'inquiry' && holder === rival ? books.get(operationShelf, rival) : undefined
  const isItsOwn = known?.gatewayReference === finding.gatewayReference // Otherwise it goes by another id by now.
  if (!known || (isItsOwn && (known.settledBy === 'inquiry' || known.settledBy === 'person')))
    return { kind: 'unknown', cause: 'the answer names another operation' }
  if (isItsOwn) books.put(operationShelf, { ...known, gatewayReference: null, nextLookAt: books.now })
  books.put(gatewayReferenceShelf, row)
  return finding
}
