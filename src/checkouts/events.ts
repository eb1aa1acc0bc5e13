// How what becomes of a checkout apart from its payments is told.
import type { Books } from '../books/books.ts'
import { type EventType, recordEvent } from '../events/events.ts'
import type { Checkout } from './checkout.ts'

/** Records a step of the checkout. `eventId` follows from the command, so that deciding again writes the same. */
export const recordCheckout = (
  books: Books,
  type: Extract<EventType, `checkout.${string}`>,
  {
    checkout,
    eventId,
    data = {},
  }: { readonly checkout: Pick<Checkout, 'id' | 'merchantId'>; readonly eventId: string; readonly data?: object },
): void => {
  recordEvent(books, { id: eventId, type, ownerId: checkout.merchantId, subjectId: checkout.id, data: { ...data } })
}
