// A case: what a person has to look at, because a gateway's word and our books do not go together by themselves.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { recordEvent } from '../events/events.ts'
import { siblingId } from '../ids.ts'
import type { Operation } from './operation.ts'

/**
 * `unknown`: the gateway was asked to the end of the schedule. `late_truth`: it said so after we had given up; booked.
 * `contradiction`: no payment can hold what it says; the money is in suspense. `surplus`: an obligation was paid twice.
 */
export type CaseKind = (typeof CASE_KINDS)[number]

export const CASE_KINDS = ['unknown', 'late_truth', 'contradiction', 'surplus'] as const

export interface Case {
  readonly id: string
  readonly kind: CaseKind
  readonly paymentId: string
  readonly operationId: string
  readonly merchantId: string
  readonly summary: string
  readonly openedAt: Date
  readonly closedAt: Date | null
  readonly resolution: string | null
}

export const caseShelf = tableShelf<Case>({
  name: 'cases',
  columns: {
    id: 'uuid',
    kind: 'text',
    paymentId: 'uuid',
    operationId: 'uuid',
    merchantId: 'uuid',
    summary: 'text',
    openedAt: 'timestamptz',
    closedAt: 'timestamptz',
    resolution: 'text',
  },
  key: ['id'],
  mutable: ['closedAt', 'resolution'],
})

const NUMBERS: Readonly<Record<CaseKind, number>> = { unknown: 20, late_truth: 21, contradiction: 22, surplus: 23 }

/** The id of an operation's case of this kind: there is one at most. */
export const caseIdOf = (operationId: string, kind: CaseKind): string => siblingId(operationId, NUMBERS[kind])

export const needCase = (operationId: string, kind: CaseKind): Need => need(caseShelf, caseIdOf(operationId, kind))

/** Opens a case and tells the merchant that there is one. */
export function openCase(books: Books, operation: Operation, kind: CaseKind, summary: string): Case {
  const { id: operationId, paymentId, merchantId } = operation
  const id = caseIdOf(operationId, kind)
  recordEvent(books, {
    id,
    type: 'case.opened',
    ownerId: merchantId,
    subjectId: paymentId,
    data: { kind, operationId, summary },
  })
  return books.insert(caseShelf, {
    id,
    kind,
    paymentId,
    operationId,
    merchantId,
    summary,
    openedAt: books.now,
    closedAt: null,
    resolution: null,
  })
}
