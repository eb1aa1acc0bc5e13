// What the gateway says of an operation: in answers, in inquiries, and in the book for those who check it.
import { after, hasPassed } from '../clock.ts'
import type { Redirect } from '../gateways/connector.ts'
import { formatAmount } from '../money.ts'
import type { KeptCard } from './card-queries.ts'
import { DECLINE_MESSAGES } from './cards.ts'
import type { Challenge } from './challenge-queries.ts'
import { FLIPS_TO_DECLINED_MS } from './execute.ts'
import type { Kept } from './keep-card.ts'
import type { Operation } from './queries.ts'

/** An operation as the caller sees it. */
export interface OperationView {
  readonly id: string
  readonly reference: string
  readonly operation: string
  readonly amount: string
  readonly currency: string
  readonly status: 'approved' | 'declined' | 'pending' | 'redirect'
  readonly approvalCode?: string
  readonly eci?: string
  readonly decline?: { readonly code: string; readonly message: string }
  readonly redirect?: Redirect
}

export interface ViewOptions {
  readonly now: Date
  /** Where payers answer challenges, e.g. `https://gateway.example/sandbox/gateway/acs`. */
  readonly acsUrl: string
  /** Of an operation that is challenged. */
  readonly challenge: Challenge | undefined
}

/** What is true of the operation, or for a while what its fault makes the gateway say. */
export function viewOperation(row: Operation, { now, acsUrl, challenge }: ViewOptions): OperationView {
  const view = {
    id: row.gatewayId,
    reference: row.reference,
    operation: row.operation,
    amount: formatAmount(row),
    currency: row.currency,
  }
  const decline = (code: string, message: string): OperationView => ({
    ...view,
    status: 'declined',
    decline: { code, message },
  })
  switch (row.state) {
    case 'approved':
      return {
        ...view,
        status: 'approved',
        ...(row.approvalCode !== null && { approvalCode: row.approvalCode }),
        ...(row.eci !== null && { eci: row.eci }),
      }
    case 'declined':
      return decline(row.declineCode ?? 'refused', row.declineMessage ?? '')
    case 'pending':
      return row.isFlipping && hasPassed(after(row.createdAt, FLIPS_TO_DECLINED_MS), now)
        ? decline('refused', DECLINE_MESSAGES.refused)
        : { ...view, status: 'pending' }
    case 'challenged':
      return {
        ...view,
        status: 'redirect',
        redirect: { url: acsUrl, method: 'POST', parameters: [{ name: 'challenge', value: challenge?.id ?? '' }] },
      }
  }
}

/** What the caller sees of a card that it wanted to be kept. */
export type CardView =
  | (Omit<KeptCard, 'behavior'> & { readonly reference: string; readonly status: 'kept'; readonly token: string })
  | { readonly reference: string; readonly status: 'declined'; readonly decline: { code: string; message: string } }

/** The answer about a card under a reference. */
export function viewCard(reference: string, kept: Exclude<Kept, { kind: 'reference_reused' }>): CardView {
  if (kept.kind === 'declined') {
    return { reference, status: 'declined', decline: { code: kept.code, message: kept.message } }
  }
  const { last4, brand, expiryMonth, expiryYear } = kept.card
  return { reference, status: 'kept', token: kept.token, last4, brand, expiryMonth, expiryYear }
}

/** A row of the book. */
export interface BookRow {
  readonly reference: string
  readonly operation: string
  readonly parentReference?: string
  readonly amount: string
  readonly currency: string
  readonly state: string
  readonly attempts: number
  readonly at: string
  readonly declineCode?: string
  readonly merchantTransactionId?: string
  readonly gatewayAccount?: string
}

/** The truth, whatever faults make the gateway say. */
export const viewInBook = (row: Operation): BookRow => ({
  reference: row.reference,
  operation: row.operation,
  ...(row.parentReference !== null && { parentReference: row.parentReference }),
  amount: formatAmount(row),
  currency: row.currency,
  state: row.state,
  attempts: row.attempts,
  at: row.createdAt.toISOString(),
  ...(row.state === 'declined' && row.declineCode !== null && { declineCode: row.declineCode }),
  ...(row.merchantReference !== null && { merchantTransactionId: row.merchantReference }),
  ...(row.callerCode !== null && { gatewayAccount: row.callerCode }),
})
