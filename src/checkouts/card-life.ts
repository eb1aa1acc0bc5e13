// How long a card has to be good for to pay a checkout.
import { DAY_MS } from '../clock.ts'
import type { Checkout } from './checkout.ts'

/** Whether the card is good for as many days as the checkout wants; a card is good until the end of its month. */
export const lastsLongEnough = (
  { expiryMonth, expiryYear }: { readonly expiryMonth: number; readonly expiryYear: number },
  { details: { cardMinExpiryDays = 0 } }: Pick<Checkout, 'details'>,
  now: Date,
): boolean => Date.UTC(expiryYear, expiryMonth) > now.getTime() + cardMinExpiryDays * DAY_MS
