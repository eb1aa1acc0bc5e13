// A child transaction: a capture, refund or void as the Operations face was asked for it, and the Tracking-Key that stands for it.
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'
import type { AdoptionNote } from '../payments/adopt-refund.ts'
import { needOperation, type Operation, operationShelf } from '../payments/operation.ts'
import type { Initiator } from './checkout.ts'

export interface ChildRow {
  readonly operationId: string
  readonly merchantId: string
  /** Of the checkout, or of the payment where there is none. */
  readonly parentId: string
  readonly trackingKey: string | null
  readonly initiator: Initiator | null
  readonly extra: object | null
  readonly source: 'input' | 'dashboard' | 'pg'
  readonly createdAt: Date
}

export const childShelf = tableShelf<ChildRow>({
  name: 'child_transactions',
  columns: {
    operationId: 'uuid',
    merchantId: 'uuid',
    parentId: 'uuid',
    trackingKey: 'text',
    initiator: 'jsonb',
    extra: 'jsonb',
    source: 'text',
    createdAt: 'timestamptz',
  },
})

export interface TrackingKey {
  readonly merchantId: string
  readonly key: string
  readonly operationId: string
}

export const trackingKeyShelf = tableShelf<TrackingKey>({
  name: 'tracking_keys',
  columns: { merchantId: 'uuid', key: 'text', operationId: 'uuid' },
  key: ['merchantId', 'key'],
  mutable: ['operationId'],
})

/** A key of a merchant, and the operation that it stood for when we looked. */
export interface KeyUse {
  readonly merchantId: string
  readonly key: string
  readonly knownOperationId: string | undefined
}

/** What using the key locks. */
export const keyNeeds = ({ merchantId, key, knownOperationId }: KeyUse): Need[] => [
  need(trackingKeyShelf, compositeKey(merchantId, key)),
  ...(knownOperationId === undefined ? [] : [needOperation(knownOperationId)]),
]

/**
 * Whether an operation is a child, or may become one: not when it has failed at once. A refund that was answered as queued stays a child
 * when it is rejected later.
 */
export function isBinding({ kind, state, settledBy }: Pick<Operation, 'kind' | 'state' | 'settledBy'>): boolean {
  const hasFailed = state === 'declined' || state === 'not_sent' || state === 'not_done'
  return !hasFailed || (kind === 'refund' && settledBy !== 'answer' && settledBy !== 'issuer')
}

/** Throws `request_in_progress` when the key stands for an operation by now: nothing was done. */
export function requireFreeKey(books: Books, { merchantId, key, knownOperationId }: KeyUse): void {
  const held = books.find(trackingKeyShelf, compositeKey(merchantId, key))
  if (!held) return
  const isKnown = held.operationId === knownOperationId
  if (!isKnown || isBinding(books.get(operationShelf, held.operationId))) throw new AppError('request_in_progress')
}

/** Lets the key stand for the operation. */
export const bindKey = (books: Books, { merchantId, key }: KeyUse, operationId: string): TrackingKey =>
  books.put(trackingKeyShelf, { merchantId, key, operationId })

/** Makes a refund that was begun at the gateway a child of the checkout that its payment paid. */
export const childOfGateway: AdoptionNote = {
  needs: [],
  write: (books, { payment: { merchantId, claimId, origin }, operation: { id: operationId } }) => {
    if (origin !== 'operations' || claimId === null) return
    books.append(childShelf, {
      ...{ operationId, merchantId, parentId: claimId, trackingKey: null, initiator: null, extra: null },
      ...{ source: 'pg', createdAt: books.now },
    })
  },
}
