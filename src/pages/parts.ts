// Pieces of which pages are made: amounts, facts, fields with their problems, and forms that only carry somebody on.
import type { Redirect } from '../gateways/connector.ts'
import { isRedirectUrl } from '../http/redirect-url.ts'
import { formatAmount, type Money } from '../money.ts'
import { type Html, html } from './html.ts'
import { notice, onwardTo, type Page } from './page.ts'
import { type CardWords, type Language, type PayerWords, wordsOf } from './words.ts'

/** `50.00 EUR`. */
export const moneyText = (amount: Money): string => `${formatAmount(amount)} ${amount.currency}`

/** An amount as the first thing that is seen. */
export const bigAmount = (amount: Money): Html =>
  html`<p class="amount"><bdi dir="ltr">${formatAmount(amount)} <small>${amount.currency}</small></bdi></p>`

/** An amount among words of any language. */
export const money = (amount: Money): Html => fromLeft(moneyText(amount))

/** A text that is written from the left in every language. */
export const fromLeft = (text: string): Html => html`<bdi dir="ltr">${text}</bdi>`

/** The name of a fact and what it is; without a value it is left out. */
export type Fact = readonly [name: string, value: string | Html | undefined | false]

/** A list of facts. Each value is written in the direction that its own letters have. Without facts there is no list. */
export function facts(rows: readonly Fact[]): Html {
  const told = rows.flatMap(([name, value]) =>
    value ? [html`<div><dt>${name}</dt><dd>${apart(value)}</dd></div>`] : [],
  )
  return told.length === 0 ? html`` : html`<dl class="facts">${told}</dl>`
}

const apart = (value: string | Html): Html => (typeof value === 'string' ? html`<bdi>${value}</bdi>` : value)

/** What is wrong with a field of a form. */
export interface Problem {
  readonly field: string
  readonly message: string
}

/** What is wrong with a form, before it: read out at once, and each problem leads to its field. */
export const problemSummary = (problems: readonly Problem[], words: CardWords = wordsOf('en').card): Html =>
  problems.length === 0
    ? html``
    : html`<div class="box bad" role="alert" tabindex="-1" autofocus>
        <h2>${problems.length === 1 ? words.oneProblem : words.problems}</h2>
        <ul>${problems.map(({ field, message }) => html`<li><a href="#${field}">${message}</a></li>`)}</ul>
      </div>`

export interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly autocomplete: string
  readonly inputmode: 'numeric' | 'text'
  readonly maxLength: number
  readonly className?: string
  /** Numbers are written from the left in every language. */
  readonly dir?: 'ltr'
}

/** A labelled field with its problem, if it has one. What was entered stays, unless the caller leaves it out. */
export function field(spec: Field, problems: readonly Problem[]): Html {
  const { name, label, hint, value, autocomplete, inputmode, maxLength, className, dir } = spec
  const problem = problems.find((found) => found.field === name)
  const described = [...(hint ? [`${name}-hint`] : []), ...(problem ? [`${name}-problem`] : [])].join(' ')
  return html`<div class="field">
        <label for="${name}">${label}</label>
        ${hint !== undefined && html`<span class="hint" id="${name}-hint">${hint}</span>`}
        ${problem && html`<span class="problem" id="${name}-problem">${problem.message}</span>`}
        <input id="${name}" name="${name}" type="text" inputmode="${inputmode}" autocomplete="${autocomplete}" maxlength="${maxLength}"
          spellcheck="false" autocapitalize="off" required${dir !== undefined && html` dir="${dir}"`}${value !== undefined && html` value="${value}"`}${className !== undefined && html` class="${className}"`}${problem && html` aria-invalid="true"`}${described !== '' && html` aria-describedby="${described}"`}>
      </div>`
}

export interface CarriedField {
  readonly name: string
  readonly value: string
}

export const hiddenFields = (fields: readonly CarriedField[]): readonly Html[] =>
  fields.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`)

/**
 * A page that carries the payer on to a URL with these fields, by itself where scripts run and with a button where not. The query
 * string of the URL stays. A URL that a browser must not be sent to makes a notice of it.
 */
export function carryOnPage(
  page: Pick<Page, 'title' | 'content' | 'language'> & { readonly button: string },
  { url, fields }: { readonly url: string; readonly fields: readonly CarriedField[] },
): Page {
  if (!isRedirectUrl(url)) return noWayPage(page)
  return {
    title: page.title,
    ...(page.language && { language: page.language }),
    content: html`<section class="sheet">${page.content}
      <form method="post" action="${url}">
        ${hiddenFields(fields)}
        <button type="submit">${page.button}</button>
      </form></section>`,
    formAction: onwardTo(url),
    submitsItself: true,
  }
}

/** A page that sends the payer to where a gateway wants to see him. */
export function redirectPage({ url, method, parameters }: Redirect, language: Language = 'en'): Page {
  const { title, text, button } = wordsOf(language).bank
  const content = html`<h1>${title}</h1><p>${text}</p>`
  if (method === 'POST') return carryOnPage({ title, content, button, language }, { url, fields: parameters })
  if (!isRedirectUrl(url)) return noWayPage({ title, language })
  const target = new URL(url)
  for (const { name, value } of parameters) target.searchParams.append(name, value)
  return {
    title,
    language,
    content: html`<section class="sheet">${content}<a class="button" href="${target.href}">${button}</a></section>`,
    leadsTo: target.href,
  }
}

const noWayPage = ({ title, language = 'en' }: Pick<Page, 'title' | 'language'>): Page => ({
  ...notice(title, wordsOf(language).bank.noWay),
  language,
})

/**
 * What is said below a page that waits. It says that it looks again by itself; where that takes opening it again, the payer may have it
 * stop. `quietUrl` is missing where he has.
 */
export const waitingLinks = (
  { lookAgain, looksAgain, stopLooking }: Pick<PayerWords, 'lookAgain' | 'looksAgain' | 'stopLooking'>,
  { url, quietUrl }: { readonly url: string; readonly quietUrl?: string | undefined },
): Html =>
  html`${quietUrl !== undefined && html`<p>${looksAgain}</p>`}<a class="button quiet" href="${url}">${lookAgain}</a>${quietUrl !== undefined && html`<noscript><p><a href="${quietUrl}">${stopLooking}</a></p></noscript>`}`
