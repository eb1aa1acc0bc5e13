// What a payer sees of a checkout before he pays: what is asked for, and the ways to pay it with their prices.
import { type CheckoutView, labelOf } from '../checkouts/checkout.ts'
import { CHECKOUT_PATH } from '../checkouts/link.ts'
import type { PayOption } from '../checkouts/options.ts'
import { isRedirectUrl } from '../http/redirect-url.ts'
import { decimalsOf } from '../money.ts'
import type { Price } from '../payments/price.ts'
import { type Html, html } from './html.ts'
import { onwardTo, type Page, TO_US } from './page.ts'
import { bigAmount, type Fact, facts, fromLeft, hiddenFields, money, moneyText } from './parts.ts'
import { type Language, type PageState, type PayerWords, wordsOf } from './words.ts'

/** A checkout as its payer looks at it. */
export interface Shown {
  readonly checkout: CheckoutView
  readonly sessionId: string
  readonly merchantName: string
  readonly language: Language
  /** A file that the merchant shows its payer. */
  readonly attachment?: { readonly name: string; readonly url: string } | undefined
}

/** Where everything about one checkout is. */
export const START = CHECKOUT_PATH
export const PAY = '/b/checkout/pay/'
export const DONE = '/b/checkout/done/'

/** The address by which a payer goes on after he was sent to prove who he is. */
export const CONTINUE = '/b/checkout/redirect/continue/'

type Place = Pick<Shown, 'sessionId' | 'language' | 'checkout'>
type Query = Readonly<Record<string, string>>

/** The address of a page about the checkout, in the language in which the payer reads. */
export function pageUrl(path: string, { sessionId, language, checkout }: Place, more: Query = {}): string {
  const query = new URLSearchParams({ session_id: sessionId, ...more })
  if (language !== checkout.language) query.set('lang', language)
  return `${path}?${query}`
}

/** The same page in the other language. */
export function otherLanguage(path: string, place: Place, more: Query = {}): NonNullable<Page['otherLanguage']> {
  const language = place.language === 'en' ? 'ar' : 'en'
  return { language, url: pageUrl(path, { ...place, language }, more) }
}

/** Where a checkout's forms may go: back to us, and from there the payer may be sent on to the shop. */
export const formTargets = ({ checkout: { redirectUrl } }: Shown): string =>
  redirectUrl === null || !isRedirectUrl(redirectUrl) ? TO_US : `${TO_US} ${onwardTo(redirectUrl)}`

/** What the pages about a checkout are called on which it can be paid. */
export const titleOf = ({ checkout, merchantName }: Shown, words: PayerWords): string =>
  checkout.amount === 0n ? words.saveCardFor(merchantName) : words.payTo(merchantName)

/** What is asked for; at a price where the way to pay is chosen. */
export function summary(shown: Shown, words: PayerWords, price?: Price): Html {
  const { checkout, attachment } = shown
  const asked = { amount: checkout.amount, currency: checkout.currency }
  return html`<section class="sheet plain">
      <h1>${titleOf(shown, words)}</h1>
      ${checkout.amount === 0n ? html`<p>${words.saveCardLead}</p>` : bigAmount(price ? { amount: price.total, currency: price.currency } : asked)}
      ${facts([
        ...(price ? priceFacts(price, { checkout, words }) : []),
        [words.order, checkout.orderNo ?? undefined],
        [words.vendor, checkout.details.vendorName],
        [
          words.attachment,
          attachment && html`<a href="${attachment.url}" rel="noreferrer"><bdi>${attachment.name}</bdi></a>`,
        ],
        [words.payUntil, words.time(checkout.expiresAt)],
      ])}
    </section>`
}

// What is asked for, and what makes the price another one.
function priceFacts(
  price: Price,
  { checkout, words }: { readonly checkout: CheckoutView; readonly words: PayerWords },
): readonly Fact[] {
  const { fee, total, currency, isExchanged } = price
  if (!isExchanged && fee === 0n) return []
  return [
    [words.amount, money({ amount: checkout.amount, currency: checkout.currency })],
    [words.rate, isExchanged && fromLeft(rateText(price, checkout.currency))],
    [words.fee, fee > 0n && money({ amount: fee, currency })],
    [words.total, money({ amount: total, currency })],
  ]
}

const RATE_DECIMALS = 6

/** `1 USD = 0.308 KWD`. */
export function rateText(
  { numerator, denominator, currency }: Pick<Price, 'numerator' | 'denominator' | 'currency'>,
  from: string,
): string {
  const shift = BigInt(RATE_DECIMALS + decimalsOf(from))
  const digits = ((numerator * 10n ** shift) / (denominator * 10n ** BigInt(decimalsOf(currency)))).toString()
  const padded = digits.padStart(RATE_DECIMALS + 1, '0')
  const decimals = padded.slice(-RATE_DECIMALS).replace(/0+$/, '')
  return `1 ${from} = ${padded.slice(0, -RATE_DECIMALS)}${decimals && `.${decimals}`} ${currency}`
}

export const priceText = (price: Price): string => moneyText({ amount: price.total, currency: price.currency })

/** As the merchant wants it called, in its color nowhere: a page's contrast is ours. */
export const nameOf = ({ checkout }: Pick<Shown, 'checkout'>, { code, name }: PayOption['account']): string =>
  labelOf(checkout.details, code)?.text ?? name

/** The page on which the payer chooses how to pay. */
export function choicePage(shown: Shown, options: readonly PayOption[]): Page {
  const words = wordsOf(shown.language)
  return {
    ...{ title: titleOf(shown, words), language: shown.language, isWide: true, formAction: formTargets(shown) },
    otherLanguage: otherLanguage(START, shown),
    content: html`${summary(shown, words)}
    <section class="sheet">
      <h2>${words.choose}</h2>
      <ul class="ways">${options.map((option) => wayItem(shown, words, option))}</ul>
      ${giveUpForm(shown, words)}
    </section>`,
  }
}

function wayItem(shown: Shown, words: PayerWords, { account, price, kind }: PayOption): Html {
  const { amount, currency } = shown.checkout
  return html`<li><a class="way" href="${pageUrl(START, shown, { pg_code: account.code })}"><bdi>${nameOf(shown, account)}</bdi>
            ${amount > 0n && fromLeft(priceText(price))}
            ${price.fee > 0n && html`<small>${words.fee}: ${money({ amount: price.fee, currency: price.currency })}</small>`}
            ${price.isExchanged && html`<small>${words.rate}: ${fromLeft(rateText(price, currency))}</small>`}
            ${kind === 'cash' && html`<small>${words.cashLead}</small>`}</a></li>`
}

/** The button of a payer who does not want to pay. */
export const giveUpForm = (shown: Shown, words: PayerWords): Html => html`<form method="post" action="${PAY}">
        ${hiddenFields([...carried(shown), { name: 'action', value: 'give-up' }])}
        <button class="quiet" type="submit">${words.giveUp}</button>
      </form>`

/** What every form about a checkout carries. */
export const carried = ({ sessionId, language }: Shown) => [
  { name: 'session_id', value: sessionId },
  { name: 'lang', value: language },
]

/** A page that says one thing to whoever cannot be shown a checkout. */
export function statePage(state: PageState, language: Language): Page {
  const { title, text } = wordsOf(language).states[state]
  return { title, language, content: html`<section class="sheet"><h1>${title}</h1><p>${text}</p></section>` }
}
