// Ends a checkout without a payment: called off, out of time, no longer possible, given up by its payer. No gateway hears of it.
import type { Books, Note } from '../books/books.ts'
import { hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { advanceClaim, type Claim, claimShelf } from '../payments/claim.ts'
import { isPayable } from '../payments/claim-states.ts'
import { type Checkout, type CheckoutView, checkoutShelf, needCheckout } from './checkout.ts'
import { recordCheckout } from './events.ts'

type CloseDeps = Pick<Deps, 'lane'>

export interface CloseRequest {
  readonly merchantId: string
  readonly id: string
  readonly note?: Note
}

/** The merchant calls it off; a payment that succeeds all the same goes back. Throws `checkout_not_found`, `checkout_state_invalid`. */
export const cancelCheckout = (deps: CloseDeps, request: CloseRequest): Promise<CheckoutView> =>
  close(deps, request, { to: 'canceled', event: 'checkout.canceled' })

/** The merchant ends its time; a payment that is under way may still succeed. Throws `checkout_not_found`, `checkout_state_invalid`. */
export const expireCheckout = (deps: CloseDeps, request: CloseRequest): Promise<CheckoutView> =>
  close(deps, request, { to: 'expired', event: 'checkout.expired' })

interface Closing {
  readonly to: 'canceled' | 'expired'
  readonly event: 'checkout.canceled' | 'checkout.expired'
}

function close(deps: CloseDeps, { merchantId, id, note }: CloseRequest, { to, event }: Closing): Promise<CheckoutView> {
  const eventId = newId()
  return deps.lane.run({
    name: to === 'canceled' ? 'cancel checkout' : 'expire checkout',
    needs: [...needCheckout(id), ...(note?.needs ?? [])],
    decide: (books) => {
      const checkout = ownCheckout(books, merchantId, id)
      const claim = advanceClaim(books, books.get(claimShelf, id), to)
      recordCheckout(books, event, { checkout, eventId })
      note?.write(books)
      return viewOf(checkout, claim)
    },
  })
}

/** The merchant's checkout in a batch. Throws `checkout_not_found`, also when it was deleted. */
export function ownCheckout(books: Books, merchantId: string, id: string): Checkout {
  const checkout = books.find(checkoutShelf, id)
  if (checkout?.merchantId !== merchantId || checkout.deletedAt !== null) throw new AppError('checkout_not_found')
  return checkout
}

/** A checkout with its claim, as it is told. */
export const viewOf = (checkout: Checkout, { state, heldBy, paidBy }: Claim): CheckoutView => ({
  ...checkout,
  state,
  heldBy,
  paidBy,
})

/**
 * Ends a checkout whose time is over, for whoever touches it next; `eventId` names what is told of it. Answers the claim as it is then.
 */
export function lapse(books: Books, checkout: Checkout, eventId: string): Claim {
  const claim = books.get(claimShelf, checkout.id)
  if (!hasPassed(checkout.expiresAt, books.now)) return claim
  if (checkout.expiryDueAt !== null) books.put(checkoutShelf, { ...checkout, expiryDueAt: null })
  if (!isPayable(claim.state)) return claim
  recordCheckout(books, 'checkout.expired', { checkout, eventId })
  return advanceClaim(books, claim, 'expired')
}

/** Ends the checkout if its time is over. Safe to run at any time and twice. */
export async function lapseCheckout(deps: CloseDeps, id: string): Promise<CheckoutView> {
  const eventId = newId()
  return deps.lane.run({
    name: 'lapse checkout',
    needs: needCheckout(id),
    decide: (books) => {
      const claim = lapse(books, books.get(checkoutShelf, id), eventId)
      return viewOf(books.get(checkoutShelf, id), claim)
    },
  })
}

/** Ends a checkout that cannot be paid any more by any account that it names, and says why. */
export function invalidateCheckout(
  deps: CloseDeps,
  { id, because }: { readonly id: string; readonly because: string },
): Promise<CheckoutView> {
  const eventId = newId()
  return deps.lane.run({
    name: 'invalidate checkout',
    needs: needCheckout(id),
    decide: (books) => {
      const checkout = books.get(checkoutShelf, id)
      const claim = books.get(claimShelf, id)
      if (!isPayable(claim.state)) return viewOf(checkout, claim)
      const over = books.put(checkoutShelf, { ...checkout, invalidatedBecause: because })
      recordCheckout(books, 'checkout.invalided', { checkout, eventId })
      return viewOf(over, advanceClaim(books, claim, 'invalided'))
    },
  })
}

/**
 * The payer gives up: he may come back where more than one try is allowed, and it is expired where not. Throws `checkout_not_found`,
 * `claim_held` while a payment is under way; what is over stays as it is.
 */
export function giveUpCheckout(
  deps: CloseDeps,
  { id, isOnlyTry }: { readonly id: string; readonly isOnlyTry: boolean },
): Promise<CheckoutView> {
  const [eventId, givenUpId] = [newId(), newId()]
  return deps.lane.run({
    name: 'give up checkout',
    needs: needCheckout(id),
    decide: (books) => {
      const checkout = books.find(checkoutShelf, id)
      if (!checkout || checkout.deletedAt !== null) throw new AppError('checkout_not_found')
      const claim = lapse(books, checkout, eventId)
      if (claim.heldBy !== null && claim.paidBy === null) throw new AppError('claim_held', { retryAfterSeconds: 5 })
      if (!isPayable(claim.state) || (claim.state === 'attempted' && !isOnlyTry)) return viewOf(checkout, claim)
      if (isOnlyTry) recordCheckout(books, 'checkout.expired', { checkout, eventId })
      const opened = claim.state === 'created' ? advanceClaim(books, claim, 'pending') : claim
      const left = advanceClaim(books, opened, isOnlyTry ? 'expired' : 'attempted')
      recordCheckout(books, 'checkout.given_up', { checkout, eventId: givenUpId, data: { state: left.state } })
      return viewOf(checkout, left)
    },
  })
}
