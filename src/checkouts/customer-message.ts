// Messages to the customer of a checkout: which channels tell what, and to whom.
import { type Channel, PAYMENT_KIND } from '../notify/message.ts'
import type { PlainMessage } from '../notify/queries.ts'
import { type Checkout, type CheckoutDetails, type NotifiedEvent, WHATSAPP_EVENTS } from './checkout.ts'

/** Something that a customer may be told. */
export interface Happening {
  readonly event: NotifiedEvent
  /** What was done to the payment, where something was. */
  readonly operationId: string | null
}

/** Whether the checkout wants the event told by the channel. */
export const isToldBy = ({ notifications }: CheckoutDetails, channel: Channel, event: NotifiedEvent): boolean =>
  (notifications?.[channel] ?? []).includes(event) && (channel !== 'whatsapp' || WHATSAPP_EVENTS.includes(event))

/** The customer's own address for a channel. */
export function addressOf({ customerEmail, customerPhone }: CheckoutDetails, channel: Channel): string | undefined {
  const address = channel === 'email' ? customerEmail : customerPhone
  return address !== undefined && isAddress(address) ? address : undefined
}

/** Everybody who is told by a channel: the customer, and with e-mails those who get copies. */
export function recipientsOf(details: CheckoutDetails, channel: Channel): readonly string[] {
  const copies = channel === 'email' ? (details.emailRecipients ?? []).filter(isAddress) : []
  const address = addressOf(details, channel)
  return [...new Set(address === undefined ? copies : [address, ...copies])]
}

// One line is one address; the table of messages takes no other.
const isAddress = (text: string): boolean => text !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)

/** What says to one recipient what happened; `id` says when it is the same message. */
export const messageTo = (
  { id: subjectId }: Pick<Checkout, 'id'>,
  { event, operationId }: Happening,
  to: Pick<PlainMessage, 'id' | 'channel' | 'recipient'>,
): PlainMessage => ({ ...to, kind: PAYMENT_KIND, subjectId, event, operationId })
