// Who did what to which payment: rows that are only ever added.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import type { Actor } from '../principals/principal.ts'

export interface AuditEntry {
  readonly id: string
  readonly merchantId: string
  readonly actorKind: Actor['kind']
  readonly actorId: string
  readonly actorName: string
  /** Such as `payment.refund`. */
  readonly action: string
  /** The checkout, or the payment where there is none. */
  readonly objectId: string
  /** `begun`: a gateway was asked, and the operation says how that ends. */
  readonly result: 'done' | 'begun'
  readonly remoteAddress: string
  /** What was asked, and nothing secret. */
  readonly data: object
  readonly createdAt: Date
}

export const auditShelf = tableShelf<AuditEntry>({
  name: 'audit_entries',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    actorKind: 'text',
    actorId: 'text',
    actorName: 'text',
    action: 'text',
    objectId: 'uuid',
    result: 'text',
    remoteAddress: 'text',
    data: 'jsonb',
    createdAt: 'timestamptz',
  },
})

/** Somebody who acts, and from where. */
export interface By {
  readonly actor: Actor
  readonly remoteAddress: string
}

/** Writes an entry in the commit of what was done. Its id must not change when the command is decided again. */
export const recordAudit = (
  books: Books,
  { actor, remoteAddress }: By,
  entry: Pick<AuditEntry, 'id' | 'merchantId' | 'action' | 'objectId' | 'result' | 'data'>,
): AuditEntry =>
  books.append(auditShelf, {
    ...entry,
    ...{ actorKind: actor.kind, actorId: actor.id, actorName: actor.name, remoteAddress, createdAt: books.now },
  })
