// What happened: one row a business fact, written in the commit that made it true. Webhooks and other readers follow it.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'

/** The facts that are told. A face gives each its own words. */
export type EventType =
  | 'account.created'
  | 'account.moved'
  | 'card_account.created'
  | 'card_account.moved'
  | 'card.created'
  | 'card.status'
  | 'binding.bound'
  | 'payment.begun'
  | 'payment.redirected'
  | 'payment.authorized'
  | 'payment.declined'
  | 'payment.canceled'
  | 'payment.capture_begun'
  | 'payment.captured'
  | 'payment.capture_failed'
  | 'payment.void_begun'
  | 'payment.voided'
  | 'payment.void_failed'
  | 'payment.refund_begun'
  | 'payment.refunded'
  | 'invoice.generated'
  | 'invoice.regenerated'
  | 'invoice.reminded'
  | 'invoice.cancelled'
  | 'payment.refund_failed'
  | 'payout.begun'
  | 'payout.paid'
  | 'payout.failed'
  | 'checkout.created'
  | 'checkout.opened'
  | 'checkout.canceled'
  | 'checkout.expired'
  | 'checkout.given_up'
  | 'checkout.invalided'
  | 'checkout.cod'
  | 'checkout.card_saved'
  | 'checkout.disclosed'
  | 'checkout.deleted'
  | 'merchant.negative_balance'
  | 'case.opened'

export interface Event {
  readonly id: string
  readonly type: EventType
  /** The merchant or client whom it concerns. */
  readonly ownerId: string
  readonly subjectId: string
  /** What was true at that moment and may change later; amounts in minor units as texts. */
  readonly data: Readonly<Record<string, unknown>>
  readonly createdAt: Date
}

export const eventShelf = tableShelf<Event>({
  name: 'events',
  columns: { id: 'uuid', type: 'text', ownerId: 'uuid', subjectId: 'uuid', data: 'jsonb', createdAt: 'timestamptz' },
})

/** Records a fact in the commit of the command. */
export const recordEvent = (books: Books, event: Omit<Event, 'createdAt'>): Event =>
  books.append(eventShelf, { ...event, createdAt: books.now })
