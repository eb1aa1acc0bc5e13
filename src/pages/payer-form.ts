// The page on which a checkout is paid in the way that its payer chose: a card that he saved, another one, or cash.
import { keepsCards } from '../checkouts/accounts.ts'
import type { AgreementTerms } from '../checkouts/checkout.ts'
import type { PayOption } from '../checkouts/options.ts'
import type { SavedCard } from '../checkouts/saved-cards.ts'
import { BRAND_NAMES } from '../gateways/brand.ts'
import { newId } from '../ids.ts'
import { decimalsOf } from '../money.ts'
import { cardForm, type Kept } from './card-form.ts'
import { type Html, html } from './html.ts'
import type { Page } from './page.ts'
import { type CarriedField, facts, field, fromLeft, hiddenFields, type Problem, problemSummary } from './parts.ts'
import {
  carried,
  formTargets,
  giveUpForm,
  nameOf,
  otherLanguage,
  PAY,
  pageUrl,
  priceText,
  type Shown,
  START,
  summary,
  titleOf,
} from './payer-view.ts'
import { type Frequency, type PayerWords, wordsOf } from './words.ts'

export interface Paying extends Shown {
  readonly option: PayOption
  readonly hasOthers: boolean
  /** Those of the customer that can be used here. */
  readonly saved: readonly SavedCard[]
}

/** A form that was not accepted: what is wrong with it, or that the card was declined. */
export interface Rejected {
  readonly problems: readonly Problem[]
  readonly isDeclined?: boolean
  readonly kept?: Kept
  /** The saved card that was chosen, where that form was sent; '' where none was. */
  readonly token?: string
}

/** What the fields of a saved card are called. */
export const TOKEN = 'token'
export const SAVED_CVV = 'savedCvv'

/** The page. Each form has a name of its own, by which a double click is recognized. */
export function payingPage(paying: Paying, rejected?: Rejected): Page {
  const words = wordsOf(paying.language)
  const { option, hasOthers, checkout } = paying
  const title = titleOf(paying, words)
  return {
    ...{ title: rejected ? words.errorPrefix + title : title, language: paying.language, isWide: true },
    formAction: formTargets(paying),
    otherLanguage: otherLanguage(START, paying, { pg_code: option.account.code }),
    content: html`${summary(paying, words, checkout.amount > 0n ? option.price : undefined)}
    <section class="sheet">
      <h2><bdi>${nameOf(paying, option.account)}</bdi></h2>
      ${problemSummary(rejected?.problems ?? [], words.card)}
      ${rejected?.isDeclined === true && html`<div class="box bad" role="alert" tabindex="-1" autofocus><h3>${words.declined.title}</h3><p>${words.declined.text}</p></div>`}
      ${option.kind === 'cash' ? cashForm(paying, words) : html`${agreementBox(paying, words)}${cardForms(paying, words, rejected)}`}
      ${hasOthers && html`<p><a href="${pageUrl(START, paying)}">${words.chooseAnother}</a></p>`}
      ${giveUpForm(paying, words)}
    </section>`,
  }
}

const formFields = (paying: Paying, action: string): readonly CarriedField[] => [
  ...carried(paying),
  { name: 'pg_code', value: paying.option.account.code },
  { name: PRICE, value: shownPrice(paying.option) },
  { name: 'try', value: newId() },
  { name: 'action', value: action },
]

/** The field in which a form says what it costs, so that nobody pays what he was not shown. */
export const PRICE = 'price'

/** What a way to pay costs, in minor units, as forms say it. */
export const shownPrice = ({ price: { total, currency } }: PayOption): string => `${total} ${currency}`

const cashForm = (paying: Paying, words: PayerWords): Html => html`<form method="post" action="${PAY}">
        <p>${words.cashLead}</p>
        ${hiddenFields(formFields(paying, 'cash'))}
        <button type="submit">${words.payCash}</button>
      </form>`

// Whoever pays under an agreement is told what he agrees to before he does.
function agreementBox({ checkout, merchantName }: Paying, words: PayerWords): Html {
  const { agreement } = checkout.details
  if (checkout.paymentType !== 'auto_debit') return html``
  return html`<div class="box"><p>${words.agreement(merchantName)}</p>
        ${agreement && facts(agreementFacts(agreement, checkout.currency, words))}</div>`
}

const agreementFacts = (
  { frequency, maxAmountPerCycle, expiryDate }: AgreementTerms,
  currency: string,
  words: PayerWords,
): Parameters<typeof facts>[0] => [
  [words.howOften, frequencyText(frequency, words)],
  [words.atMost, maxAmountPerCycle !== undefined && fromLeft(`${padded(maxAmountPerCycle, currency)} ${currency}`)],
  [words.until, expiryDate !== undefined && fromLeft(expiryDate)],
]

// Kept as it was written, without zeros that it does not need.
function padded(decimal: string, currency: string): string {
  const [whole = '', part = ''] = decimal.split('.')
  const decimals = part.padEnd(decimalsOf(currency), '0')
  return decimals === '' ? whole : `${whole}.${decimals}`
}

const frequencyText = (frequency: string | undefined, { frequencies }: PayerWords): string | undefined =>
  frequency !== undefined && Object.hasOwn(frequencies, frequency) ? frequencies[frequency as Frequency] : undefined

// Of a customer who has saved cards the form of another one is folded, until he wants it or has used it.
function cardForms(paying: Paying, words: PayerWords, rejected: Rejected | undefined): Html {
  const privacy = html`<p class="hint">${words.privacy(paying.merchantName)}</p>`
  const form = newCardForm(paying, words, rejected)
  if (paying.saved.length === 0) return html`${form}${privacy}`
  const isOpen = rejected !== undefined && rejected.token === undefined
  return html`${savedCardForm(paying, words, rejected)}
      <details${isOpen && html` open`}><summary>${words.newCard}</summary>${form}${privacy}</details>`
}

const buttonText = ({ checkout, option }: Paying, words: PayerWords): string =>
  checkout.amount === 0n ? words.saveCard : words.pay(priceText(option.price))

function newCardForm(paying: Paying, words: PayerWords, rejected: Rejected | undefined): Html {
  const { checkout, merchantName, option } = paying
  const mayKeep = checkout.customerId !== null && checkout.paymentType === 'one_off' && keepsCards(option.account)
  const isRejected = rejected !== undefined && rejected.token === undefined
  return cardForm({
    ...{ action: PAY, hidden: formFields(paying, 'card'), button: buttonText(paying, words), words: words.card },
    problems: isRejected ? rejected.problems : [],
    ...(isRejected && rejected.kept && { kept: rejected.kept }),
    ...(mayKeep && {
      more: html`<label class="tick"><input type="checkbox" name="keep" value="yes"><span>${words.keepCard(merchantName)}</span></label>`,
    }),
  })
}

// The security code is asked for again: it is never kept.
function savedCardForm(paying: Paying, words: PayerWords, rejected: Rejected | undefined): Html {
  const problems = rejected?.token === undefined ? [] : rejected.problems
  const notChosen = problems.find((problem) => problem.field === TOKEN)
  const chosen = rejected?.token ?? paying.saved[0]?.token
  return html`<form method="post" action="${PAY}" novalidate>
        ${hiddenFields(formFields(paying, 'saved'))}
        <fieldset${notChosen && html` aria-describedby="${TOKEN}-problem"`}><legend>${words.savedCards}</legend>
          ${notChosen && html`<span class="problem" id="${TOKEN}-problem">${notChosen.message}</span>`}
          ${paying.saved.map((card, i) => savedCardChoice(card, { words, i, isChosen: card.token === chosen }))}
        </fieldset>
        ${field({ name: SAVED_CVV, label: words.card.cvv, hint: words.card.cvvHint, autocomplete: 'cc-csc', inputmode: 'numeric', maxLength: 4, dir: 'ltr' }, problems)}
        <button type="submit">${buttonText(paying, words)}</button>
      </form>`
}

interface Choice {
  readonly words: PayerWords
  readonly i: number
  readonly isChosen: boolean
}

// The first one has the name of the field as its id: the problem of the field leads to it.
const savedCardChoice = (
  { token, brand, last4, expiryMonth, expiryYear }: SavedCard,
  { words, i, isChosen }: Choice,
): Html =>
  html`<label class="way tick"><input type="radio" id="${TOKEN}${i > 0 && i}" name="${TOKEN}" value="${token}" required${isChosen && html` checked`}>
            <span>${words.savedCard(BRAND_NAMES[brand], last4)}</span><small>${words.savedUntil(expiryText(expiryMonth, expiryYear))}</small></label>`

const expiryText = (month: number, year: number): string =>
  `${String(month).padStart(2, '0')}/${String(year % 100).padStart(2, '0')}`
