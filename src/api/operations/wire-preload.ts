// What a front end needs to show a checkout on a page of its own, without asking again.
import type { Checkout } from '../../checkouts/checkout.ts'
import type { PayOption } from '../../checkouts/options.ts'
import type { SavedCard } from '../../checkouts/saved-cards.ts'
import { amountText } from './shown.ts'
import { savedCardBody } from './wire-card.ts'

interface Billed {
  readonly checkout: Pick<Checkout, 'amount' | 'currency'>
  readonly options: readonly PayOption[]
}

/** What the payer pays; where he may choose between prices nothing is added until he has chosen. */
export function billingBody({ checkout, options }: Billed): object {
  const [first, ...others] = options.map(({ price }) => price)
  const isOnePrice =
    first && others.every(({ total, currency }) => total === first.total && currency === first.currency)
  const { total, amount, fee, currency } = isOnePrice
    ? first
    : { total: checkout.amount, amount: checkout.amount, fee: 0n, currency: checkout.currency }
  const shown = (label: string, minor: bigint) => {
    const value = amountText(minor, currency)
    return { display: `${value} ${currency}`, value, currency_code: currency, label }
  }
  return { amount: shown('Total', total), sub_total: shown('Amount', amount), fee: shown('Fee', fee) }
}

/** What was asked for with `include_sdk_setup_preload`. */
export interface Preload {
  readonly cards: readonly SavedCard[]
  readonly now: Date
}

const TAKEN_OVER = [
  ...['amount', 'billing', 'currency_code', 'customer_id', 'customer_phone', 'expiration_time', 'language'],
  ...['operation', 'payment_methods', 'payment_type', 'session_id', 'state', 'type'],
]

/** From the answer about the checkout. There is no browser kit, so that only our page can cancel. */
export function preloadBody(answer: Readonly<Record<string, unknown>>, { cards, now }: Preload): object {
  return {
    ...Object.fromEntries(TAKEN_OVER.map((name) => [name, answer[name] ?? null])),
    cancel_url: answer.checkout_url,
    cards: cards.map((card, i) => savedCardBody(card, now, i === 0)),
    flex_methods: [],
    is_amount_editable: false,
    payment_services: [],
    response: null,
    sdk_studio: {},
  }
}
