// What a payer sees of a checkout: what is asked for, the ways to pay it with their prices, the form of a card, and how it went.
import type { CheckoutView } from '../checkouts/checkout.ts'
import { CHECKOUT_PATH } from '../checkouts/link.ts'
import type { PayOption } from '../checkouts/options.ts'
import type { SavedCard } from '../checkouts/saved-cards.ts'
import { newId } from '../ids.ts'
import type { Price } from '../payments/price.ts'
import { cardForm, type Kept } from './card-form.ts'
import { type Html, html } from './html.ts'
import { onwardTo, type Page, TO_US } from './page.ts'
import { bigAmount, facts, field, hiddenFields, moneyText, type Problem, problemSummary } from './parts.ts'
import { type Language, type PageState, type PayerWords, wordsOf } from './words.ts'

/** A checkout as its payer looks at it. */
export interface Shown {
  readonly checkout: CheckoutView
  readonly sessionId: string
  readonly merchantName: string
  readonly language: Language
}

/** Where everything about one checkout is. */
export const START = CHECKOUT_PATH
export const PAY = '/b/checkout/pay/'
export const DONE = '/b/checkout/done/'

/** The address of a page about the checkout, in this language. */
export function pageUrl(
  path: string,
  { sessionId, language, checkout }: Pick<Shown, 'sessionId' | 'language' | 'checkout'>,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({ session_id: sessionId, ...more })
  if (language !== checkout.language) query.set('lang', language)
  return `${path}?${query}`
}

// Forms come back to us, and from there the payer may be sent on to the shop.
const formTargets = ({ checkout: { redirectUrl } }: Shown): string =>
  redirectUrl === null ? TO_US : `${TO_US} ${onwardTo(redirectUrl)}`

const other = (language: Language): Language => (language === 'en' ? 'ar' : 'en')

function languageLink(shown: Shown, more: Readonly<Record<string, string>> = {}): Html {
  const language = other(shown.language)
  const query = new URLSearchParams({ session_id: shown.sessionId, ...more, lang: language })
  return html`<p><a href="${`${START}?${query}`}" lang="${language}" hreflang="${language}">${wordsOf(shown.language).otherLanguage}</a></p>`
}

const titleOf = ({ checkout, merchantName }: Shown, words: PayerWords): string =>
  checkout.amount === 0n ? words.saveCardFor(merchantName) : words.payTo(merchantName)

const priceFacts = ({ amount, fee, total, currency }: Price, words: PayerWords): Html =>
  fee === 0n
    ? html``
    : facts([
        [words.amount, moneyText({ amount, currency })],
        [words.fee, moneyText({ amount: fee, currency })],
        [words.total, moneyText({ amount: total, currency })],
      ])

function summary(shown: Shown, words: PayerWords, price?: Price): Html {
  const { checkout } = shown
  const asked = { amount: checkout.amount, currency: checkout.currency }
  const isOther = price !== undefined && price.currency !== checkout.currency
  return html`<section class="sheet plain">
      <h1>${titleOf(shown, words)}</h1>
      ${checkout.amount === 0n ? html`<p>${words.saveCardLead}</p>` : bigAmount(price ? { amount: price.total, currency: price.currency } : asked)}
      ${isOther && facts([[words.amount, moneyText(asked)]])}
      ${price && priceFacts(price, words)}
      ${facts([[words.order, checkout.orderNo ?? undefined]])}
    </section>`
}

const priceText = (price: Price): string => moneyText({ amount: price.total, currency: price.currency })

// As the merchant wants it called, in its color nowhere: a page's contrast is ours.
const nameOf = ({ checkout }: Shown, { code, name }: PayOption['account']): string =>
  checkout.details.branding?.[code]?.text ?? name

/** The page on which the payer chooses how to pay. */
export function choicePage(shown: Shown, options: readonly PayOption[]): Page {
  const words = wordsOf(shown.language)
  const way = ({ account, price, kind }: PayOption): Html => html`<li>
          <a class="way" href="${pageUrl(START, shown, { pg_code: account.code })}"><span>${nameOf(shown, account)}</span>
            ${shown.checkout.amount > 0n && html`<bdi dir="ltr">${priceText(price)}</bdi>`}
            ${price.fee > 0n && html`<small>${words.fee}: <bdi dir="ltr">${moneyText({ amount: price.fee, currency: price.currency })}</bdi></small>`}
            ${kind === 'cash' && html`<small>${words.cashLead}</small>`}</a></li>`
  return {
    ...{ title: titleOf(shown, words), language: shown.language, isWide: true, formAction: formTargets(shown) },
    content: html`${summary(shown, words)}
    <section class="sheet">
      <h2>${words.choose}</h2>
      <ul class="ways">${options.map(way)}</ul>
      ${giveUpForm(shown, words)}
      ${languageLink(shown)}
    </section>`,
  }
}

const giveUpForm = (shown: Shown, words: PayerWords): Html => html`<form method="post" action="${PAY}">
        ${hiddenFields([...carried(shown), { name: 'action', value: 'give-up' }])}
        <button class="quiet" type="submit">${words.giveUp}</button>
      </form>`

const carried = ({ sessionId, language }: Shown) => [
  { name: 'session_id', value: sessionId },
  { name: 'lang', value: language },
]

/** A form that was not accepted: what is wrong with it, or why the card was not. */
export interface Rejected {
  readonly problems: readonly Problem[]
  readonly message?: string
  readonly kept?: Kept
  /** Whether the form of a saved card was sent. */
  readonly token?: string
}

export interface Paying extends Shown {
  readonly option: PayOption
  readonly hasOthers: boolean
  readonly saved: readonly SavedCard[]
}

/** The page on which the payer pays in the way that he chose. Each form has a name of its own, by which a double click is recognized. */
export function payingPage(paying: Paying, rejected?: Rejected): Page {
  const words = wordsOf(paying.language)
  const { option, hasOthers } = paying
  const title = titleOf(paying, words)
  return {
    ...{ title: rejected ? words.errorPrefix + title : title, language: paying.language, isWide: true },
    formAction: formTargets(paying),
    content: html`${summary(paying, words, paying.checkout.amount > 0n ? option.price : undefined)}
    <section class="sheet">
      <h2>${nameOf(paying, option.account)}</h2>
      ${problemSummary(rejected?.problems ?? [], words.card)}
      ${rejected?.message !== undefined && html`<div class="box bad" role="alert" tabindex="-1" autofocus><h2>${words.declined}</h2><p>${words.declinedText}</p></div>`}
      ${option.kind === 'cash' ? cashForm(paying, words) : html`${savedForms(paying, words, rejected)}${newCardForm(paying, words, rejected)}`}
      ${option.kind === 'card' && html`<p class="hint">${words.privacy(paying.merchantName)}</p>`}
      ${hasOthers && html`<p><a href="${pageUrl(START, paying)}">${words.chooseAnother}</a></p>`}
      ${giveUpForm(paying, words)}
      ${languageLink(paying, { pg_code: option.account.code })}
    </section>`,
  }
}

const formFields = (paying: Paying, action: string) => [
  ...carried(paying),
  { name: 'pg_code', value: paying.option.account.code },
  { name: 'try', value: newId() },
  { name: 'action', value: action },
]

const cashForm = (paying: Paying, words: PayerWords): Html => html`<form method="post" action="${PAY}">
        <p>${words.cashLead}</p>
        ${hiddenFields(formFields(paying, 'cash'))}
        <button type="submit">${words.payCash}</button>
      </form>`

function buttonText({ checkout, option }: Paying, words: PayerWords): string {
  return checkout.amount === 0n ? words.saveCard : words.pay(priceText(option.price))
}

function newCardForm(paying: Paying, words: PayerWords, rejected: Rejected | undefined): Html {
  const { checkout, merchantName, saved } = paying
  const mayKeep = checkout.customerId !== null && checkout.paymentType === 'one_off'
  const isRejected = rejected !== undefined && rejected.token === undefined
  return html`${saved.length > 0 && html`<h2>${words.newCard}</h2>`}${cardForm({
    ...{ action: PAY, hidden: formFields(paying, 'card'), button: buttonText(paying, words), words: words.card },
    problems: isRejected ? rejected.problems : [],
    ...(isRejected && rejected.kept && { kept: rejected.kept }),
    ...(mayKeep && {
      more: html`<label class="tick"><input type="checkbox" name="keep" value="yes"><span>${words.keepCard(merchantName)}</span></label>`,
    }),
  })}`
}

// One form a card: its security code is asked for again.
function savedForms(paying: Paying, words: PayerWords, rejected: Rejected | undefined): Html {
  const { saved, checkout } = paying
  if (saved.length === 0 || checkout.amount === 0n) return html``
  const form = (card: SavedCard, i: number): Html => {
    const problems = rejected?.token === card.token ? rejected.problems : []
    const name = i === 0 ? 'savedCvv' : `savedCvv${i}`
    return html`<form method="post" action="${PAY}" novalidate>
        <h3>${words.savedCard(card.last4)}</h3>
        ${hiddenFields([...formFields(paying, 'saved'), { name: 'token', value: card.token }, { name: 'cvvField', value: name }])}
        ${field({ name, label: words.card.cvv, hint: words.card.cvvHint, autocomplete: 'cc-csc', inputmode: 'numeric', maxLength: 4, dir: 'ltr' }, problems)}
        <button type="submit">${buttonText(paying, words)}</button>
      </form>`
  }
  return html`<h2>${words.useSaved}</h2>${saved.map(form)}`
}

export interface Outcome extends Shown {
  readonly state: PageState
  readonly referenceNumber?: string | undefined
  /** Where the payer may go on to. */
  readonly onward?: string | undefined
  readonly mayTryAgain?: boolean
}

const GOOD: ReadonlySet<PageState> = new Set(['paid', 'authorized', 'cod', 'saved'])
const BAD: ReadonlySet<PageState> = new Set(['failed'])

/** How it went, and where the payer goes from here. */
export function outcomePage(outcome: Outcome): Page {
  const { checkout, merchantName, state, referenceNumber, onward, mayTryAgain, language } = outcome
  const words = wordsOf(language)
  const { title, text } = words.states[state]
  const box = GOOD.has(state) ? 'box good' : BAD.has(state) ? 'box bad' : 'box'
  return {
    ...{ title, language },
    ...(state === 'pending' && { refresh: { seconds: 5, url: pageUrl(DONE, outcome) } }),
    content: html`<section class="sheet">
      <h1>${title}</h1>
      <div class="${box}" role="status">${text}</div>
      ${facts([
        [
          words.amount,
          checkout.amount > 0n ? moneyText({ amount: checkout.amount, currency: checkout.currency }) : undefined,
        ],
        [words.to, merchantName],
        [words.order, checkout.orderNo ?? undefined],
        [words.reference, referenceNumber],
      ])}
      ${state === 'pending' && html`<a class="button quiet" href="${pageUrl(DONE, outcome)}">${words.lookAgain}</a>`}
      ${mayTryAgain === true && html`<a class="button" href="${pageUrl(START, outcome)}">${words.tryAgain}</a>`}
      ${onward !== undefined && html`<a class="button quiet" href="${onward}">${words.continueTo(merchantName)}</a>`}
    </section>`,
  }
}

/** A page that says one thing to whoever cannot be shown a checkout. */
export function statePage(state: PageState, language: Language): Page {
  const { title, text } = wordsOf(language).states[state]
  return { title, language, content: html`<section class="sheet"><h1>${title}</h1><p>${text}</p></section>` }
}
