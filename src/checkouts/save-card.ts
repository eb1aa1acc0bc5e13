// Keeps a customer's card where nothing is charged: a checkout of amount zero, which is paid by it.
import { needVelocity } from '../bindings/velocity.ts'
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { CardData } from '../gateways/connector.ts'
import { newId } from '../ids.ts'
import { findOurCard, guessesAt, mayBeBelieved } from '../payments/charge-our-card.ts'
import { advanceClaim } from '../payments/claim.ts'
import { isPayable } from '../payments/claim-states.ts'
import { keepRegistration, sealRegistration } from '../registrations/registration.ts'
import { lastsLongEnough } from './card-life.ts'
import { type CheckoutView, checkoutShelf, needCheckout } from './checkout.ts'
import { lapse, viewOf } from './close.ts'
import { recordCheckout } from './events.ts'
import { requireAccount, requireSame } from './pay.ts'
import { findCheckoutById } from './queries.ts'
import { savedCardShelf } from './saved-card.ts'

export interface SaveCard {
  readonly checkoutId: string
  readonly pgCode: string
  readonly card: CardData
}

/**
 * The card is kept, and the checkout is paid. Throws `checkout_not_found`, `gateway_not_available`, `claim_paid`, `claim_closed`,
 * `checkout_state_invalid` when it was changed meanwhile, and `card_data_wrong` for a card of ours whose data is wrong, or one that
 * expires sooner than the checkout accepts.
 */
export async function saveCard(
  deps: Pick<Deps, 'lane' | 'pool' | 'gateways' | 'vault' | 'settings'>,
  { checkoutId, pgCode, card }: SaveCard,
): Promise<CheckoutView> {
  const checkout = await findCheckoutById(deps.pool, checkoutId)
  if (!checkout || checkout.deletedAt !== null) throw new AppError('checkout_not_found')
  const { merchantId, customerId } = checkout
  if (checkout.amount > 0n || customerId === null) throw new Error(`checkout ${checkoutId} is to be paid`)
  const account = await requireAccount(deps, checkout, pgCode)
  const ours = await findOurCard(deps, card)
  if (ours === 'never issued') throw new AppError('card_data_wrong', { field: 'cardNumber' })
  const kept = sealRegistration(deps.vault, card, { mode: 'CC', isHidden: false })
  const eventId = newId()
  const guesses = ours ? guessesAt(ours.card) : undefined
  return deps.lane.run({
    name: 'save card',
    needs: [...needCheckout(checkoutId), ...(guesses === undefined ? [] : [needVelocity(guesses)])],
    decide: (books) => {
      const current = books.get(checkoutShelf, checkoutId)
      const claim = lapse(books, current, eventId)
      if (claim.state === 'paid') throw new AppError('claim_paid')
      if (!isPayable(claim.state)) throw new AppError('claim_closed')
      // By now it may be one that is to be paid, which a card that is only kept does not.
      requireSame(books, checkout)
      if (!lastsLongEnough(card, current, books.now)) throw new AppError('card_data_wrong', { field: 'expiry' })
      const max = deps.settings.velocity.cardDataPerCard
      if (ours && guesses !== undefined && !mayBeBelieved(books, { guesses, max, isRight: ours.isRight }))
        return refuse('card_data_wrong', { field: 'cardNumber' })
      const { id: registrationId } = keepRegistration(books, kept, { merchantId, paymentId: null })
      books.append(savedCardShelf, {
        ...{ registrationId, merchantId, customerId, pgCode, isSandbox: account.isSandbox },
        ...{ agreementId: null, createdAt: books.now },
      })
      recordCheckout(books, 'checkout.card_saved', { checkout: current, eventId, data: { registrationId } })
      books.put(checkoutShelf, { ...current, details: { ...current.details, registrationId } })
      const opened = claim.state === 'created' ? advanceClaim(books, claim, 'pending') : claim
      return viewOf(current, advanceClaim(books, opened, 'paid'))
    },
  })
}
