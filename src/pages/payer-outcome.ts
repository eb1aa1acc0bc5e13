// What a payer sees of how it went: paid, declined, not decided yet, over; and where he goes from there.
import type { Session } from '../checkouts/session.ts'
import { BRAND_NAMES } from '../gateways/brand.ts'
import type { CardBrand } from '../gateways/connector.ts'
import { html } from './html.ts'
import type { Page } from './page.ts'
import { type Fact, facts, money, waitingLinks } from './parts.ts'
import { CONTINUE, DONE, otherLanguage, pageUrl, type Shown, START } from './payer-view.ts'
import { type PageState, type PayerWords, wordsOf } from './words.ts'

export interface Outcome extends Shown {
  readonly state: PageState
  /** The try that paid, or the newest one. */
  readonly attempt?: Session['attempts'][number] | undefined
  readonly referenceNumber?: string | undefined
  /** Where the payer may go on to. */
  readonly onward?: string | undefined
  readonly mayTryAgain?: boolean
  /** Whether the payer has given up. */
  readonly gaveUp?: boolean
  /** Whether he wants the page not to look again by itself. */
  readonly isQuiet?: boolean
}

const CLASSES: Readonly<Partial<Record<PageState, string>>> = {
  paid: 'box good',
  authorized: 'box good',
  cod: 'box good',
  saved: 'box good',
  failed: 'box bad',
}

/** Whether nothing is decided yet. */
export const isWaiting = (state: PageState): boolean => state === 'pending' || state === 'atBank'

/** The page. */
export function outcomePage(outcome: Outcome): Page {
  const { merchantName, state, onward, mayTryAgain, language, gaveUp, isQuiet } = outcome
  const words = wordsOf(language)
  const { title, text } = words.states[state]
  const said = { ...(gaveUp === true && { gave_up: '1' }) }
  const waits = isWaiting(state)
  const links = {
    url: pageUrl(DONE, outcome),
    quietUrl: isQuiet === true ? undefined : pageUrl(DONE, outcome, { quiet: '1' }),
  }
  return {
    ...{ title, language, otherLanguage: otherLanguage(DONE, outcome, said) },
    ...(waits && isQuiet !== true && { waitsAt: links.url }),
    content: html`<section class="sheet">
      <h1>${title}</h1>
      <div class="${CLASSES[state] ?? 'box'}" role="status">${text}</div>
      ${facts(outcomeFacts(outcome, words))}
      ${state === 'atBank' && html`<a class="button" href="${pageUrl(CONTINUE, outcome)}">${words.bank.button}</a>`}
      ${waits && waitingLinks(words, links)}
      ${mayTryAgain === true && html`<a class="button" href="${pageUrl(START, outcome)}">${words.tryAgain}</a>`}
      ${onward !== undefined && html`<a class="button${mayTryAgain === true && ' quiet'}" href="${onward}">${words.continueTo(merchantName)}</a>`}
    </section>`,
  }
}

function outcomeFacts(outcome: Outcome, words: PayerWords): readonly Fact[] {
  const { checkout, merchantName, referenceNumber } = outcome
  return [
    ...amountFacts(outcome, words),
    [words.to, merchantName],
    [words.order, checkout.orderNo ?? undefined],
    ...receiptFacts(outcome, words),
    [words.reference, referenceNumber],
  ]
}

const PAID: ReadonlySet<PageState> = new Set(['paid', 'authorized'])

// What was paid is what the card is charged, with the fee and in its currency; of anything else it is said what was asked for.
function amountFacts({ checkout, state, attempt }: Outcome, words: PayerWords): readonly Fact[] {
  const asked = { amount: checkout.amount, currency: checkout.currency }
  if (checkout.amount === 0n) return []
  if (!attempt || !PAID.has(state)) return [[words.amount, money(asked)]]
  const { fee, currency, payerAuthorized, payerCurrency } = attempt.payment
  const isMore = fee > 0n || payerCurrency !== currency
  return [
    [words.amount, money(asked)],
    [words.fee, fee > 0n && money({ amount: fee, currency })],
    [words.total, isMore && money({ amount: payerAuthorized, currency: payerCurrency })],
  ]
}

function receiptFacts({ state, attempt }: Outcome, words: PayerWords): readonly Fact[] {
  if (!attempt || !PAID.has(state)) return []
  const { account, card, payment } = attempt
  const method = card ? words.savedCard(BRAND_NAMES[card.brand as CardBrand] ?? card.brand, card.last4) : account.name
  return [
    [words.paidWith, method],
    [words.date, words.time(payment.createdAt)],
  ]
}

/** The page for a payer who comes back from elsewhere. It leads on by itself, with a link where browsers do not follow. */
export function momentPage(shown: Pick<Shown, 'checkout' | 'sessionId' | 'language'>): Page {
  const { language } = shown
  const words = wordsOf(language)
  const { title, text } = words.states.oneMoment
  const url = pageUrl(DONE, shown)
  return {
    ...{ title, language, leadsTo: url },
    content: html`<section class="sheet"><h1>${title}</h1><p>${text}</p><a class="button quiet" href="${url}">${words.lookAgain}</a></section>`,
  }
}
