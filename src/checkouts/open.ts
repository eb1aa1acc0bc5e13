// The payer opens a checkout: from then on it is pending. What is over by the clock, or can no longer be paid by any account, is ended
// by his visit.
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import { advanceClaim } from '../payments/claim.ts'
import { isPayable } from '../payments/claim-states.ts'
import { type CheckoutView, checkoutShelf, needCheckout } from './checkout.ts'
import { invalidateCheckout, lapse, viewOf } from './close.ts'
import { recordCheckout } from './events.ts'
import { listOptions } from './options.ts'
import { findCheckoutById } from './queries.ts'

/** The checkout as the payer finds it; undefined when there is none, or it was deleted. */
export async function openCheckout(
  deps: Pick<Deps, 'lane' | 'pool' | 'gateways'>,
  id: string,
): Promise<CheckoutView | undefined> {
  const known = await findCheckoutById(deps.pool, id)
  if (!known || known.deletedAt !== null) return undefined
  if (!isPayable(known.state)) return known
  if ((await listOptions(deps, known)).length === 0)
    return invalidateCheckout(deps, { id, because: 'no gateway account that it names takes it any more' })
  const eventId = newId()
  return deps.lane.run({
    name: 'open checkout',
    needs: needCheckout(id),
    decide: (books) => {
      const checkout = books.get(checkoutShelf, id)
      const claim = lapse(books, checkout, eventId)
      if (claim.state !== 'created') return viewOf(checkout, claim)
      recordCheckout(books, 'checkout.opened', { checkout, eventId })
      return viewOf(checkout, advanceClaim(books, claim, 'pending'))
    },
  })
}
