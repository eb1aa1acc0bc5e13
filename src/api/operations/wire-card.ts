// A saved card as customers' cards are told.
import type { SavedCard } from '../../checkouts/saved-cards.ts'

const SOON_DAYS = 30
const DAY_MS = 86_400_000

/** The card at a moment; it is good until the end of its month. */
export function savedCardBody(card: SavedCard, now: Date, isPreferred = true): object {
  const endsAt = Date.UTC(card.expiryYear, card.expiryMonth, 1)
  const isExpired = endsAt <= now.getTime()
  return {
    ...(card.agreementId !== null && { agreements: [card.agreementId] }),
    brand: card.brand,
    customer_id: card.customerId,
    cvv_required: card.agreementId === null,
    expiry_month: String(card.expiryMonth).padStart(2, '0'),
    expiry_year: String(card.expiryYear % 100).padStart(2, '0'),
    is_expired: isExpired,
    is_preferred: isPreferred,
    name_on_card: card.holder ?? '',
    number: `**** ${card.last4}`,
    pg_code: card.pgCode,
    pg_name: card.connector,
    token: card.token,
    will_expire_soon: !isExpired && endsAt - now.getTime() <= SOON_DAYS * DAY_MS,
  }
}
