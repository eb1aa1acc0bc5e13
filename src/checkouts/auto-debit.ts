// Charges a customer who is not there, under the agreement that he concluded with an earlier payment.
import type { Note } from '../books/books.ts'
import { AppError } from '../errors.ts'
import type { Step } from '../payments/finish.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import type { CheckoutView } from './checkout.ts'
import { payCheckout } from './pay.ts'
import { listSavedCards } from './saved-cards.ts'

export interface AutoDebit {
  readonly checkout: CheckoutView
  /** Of the card that was saved under the same agreement. */
  readonly token: string
  readonly tryId: string
  readonly referencePrefix: string
  readonly note?: Note
}

/**
 * Pays the checkout through the first of its accounts. Throws `registration_not_found` for a card that is not the customer's,
 * `agreement_not_found` when it was not saved under the checkout's agreement, and what `payCheckout` throws.
 */
export async function autoDebit(deps: GatewayDeps, { checkout, token, ...naming }: AutoDebit): Promise<Step> {
  const { merchantId, customerId, paymentType, details } = checkout
  const agreementId = details.agreement?.id
  if (paymentType !== 'auto_debit' || customerId === null || agreementId === undefined)
    throw new AppError('agreement_not_found')
  const cards = await listSavedCards(deps, { merchantId, customerId })
  const card = cards.find((saved) => saved.token === token)
  if (!card) throw new AppError('registration_not_found', { field: 'token' })
  if (card.agreementId !== agreementId) throw new AppError('agreement_not_found')
  return payCheckout(deps, {
    ...naming,
    checkoutId: checkout.id,
    pgCode: checkout.pgCodes.includes(card.pgCode) ? card.pgCode : (checkout.pgCodes[0] ?? ''),
    instrument: { token },
    keepsCard: false,
    isRepeated: true,
  })
}
