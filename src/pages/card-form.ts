// The form in which a payer enters a card. What was entered comes back with its problems, but never the number or the code.
import { isLuhnValid } from '../log.ts'
import { Secret } from '../secret.ts'
import { isPan } from '../vault/pan.ts'
import type { EnteredCard } from './actions.ts'
import type { Form } from './form.ts'
import { type Html, html } from './html.ts'
import { type CarriedField, field, hiddenFields, type Problem } from './parts.ts'

/** What of a form may be shown again. */
export interface Kept {
  readonly expiry: string
  readonly holder: string
}

export type ReadCard =
  | { readonly kind: 'card'; readonly card: EnteredCard; readonly kept: Kept }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[]; readonly kept: Kept }

/** Reads a card; `now` is the business time by which it has expired or not. */
export function readCard(form: Form, now: Date): ReadCard {
  const entered = (name: string): string => form.get(name) ?? ''
  const pan = entered('cardNumber').replace(/[\s-]/g, '')
  const cvv = entered('cvv').trim()
  const holder = entered('holder').trim()
  const expiry = readExpiry(entered('expiry'))
  const kept = { expiry: shown(entered('expiry')), holder: shown(holder) }
  const problems = [
    problem('cardNumber', numberProblem(pan)),
    problem('expiry', typeof expiry === 'string' ? expiry : expiryProblem(expiry, now)),
    problem('cvv', cvvProblem(cvv)),
    problem('holder', holderProblem(holder)),
  ].flat()
  if (problems.length > 0 || typeof expiry === 'string') return { kind: 'problems', problems, kept }
  const card = {
    pan: new Secret(pan),
    cvv: new Secret(cvv),
    holder,
    expiryMonth: expiry.month,
    expiryYear: expiry.year,
  }
  return { kind: 'card', card, kept }
}

const problem = (name: string, message: string | undefined): Problem[] =>
  message === undefined ? [] : [{ field: name, message }]

// Somebody may have put the number into the wrong field: then it is not shown there either.
const shown = (text: string): string => (/\d{5}/.test(text.replace(/[\s-]/g, '')) ? '' : text.slice(0, HOLDER_MAX))

function numberProblem(pan: string): string | undefined {
  if (pan === '') return 'Enter the card number'
  return isPan(pan) && isLuhnValid(pan) ? undefined : 'This is not a card number: check its digits'
}

interface Expiry {
  readonly month: number
  readonly year: number
}

const EXPIRY = /^(\d{1,2})\s*[/.\s-]\s*(\d{2}|\d{4})$|^(\d{2})(\d{2})$/

function readExpiry(text: string): Expiry | string {
  const [, month, year, joinedMonth, joinedYear] = EXPIRY.exec(text.trim()) ?? []
  if (text.trim() === '') return 'Enter the expiry date'
  const read = { month: Number(month ?? joinedMonth), year: Number(year ?? joinedYear) }
  if (!(read.month >= 1 && read.month <= 12)) return 'Enter month and year, such as 08/29'
  return { ...read, year: read.year < 100 ? 2000 + read.year : read.year }
}

const YEARS_MAX = 50

// A card is good until the end of its month, wherever that ends last.
function expiryProblem({ month, year }: Expiry, now: Date): string | undefined {
  if (year > now.getUTCFullYear() + YEARS_MAX) return 'Enter month and year, such as 08/29'
  const isOver = year * 12 + month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1
  return isOver ? 'This card has expired' : undefined
}

function cvvProblem(cvv: string): string | undefined {
  if (cvv === '') return 'Enter the security code'
  return /^\d{3,4}$/.test(cvv) ? undefined : 'The security code has 3 or 4 digits'
}

const HOLDER_MAX = 100

function holderProblem(holder: string): string | undefined {
  if (holder === '') return 'Enter the name on the card'
  return holder.length <= HOLDER_MAX && !/[\p{Cc}\p{Cs}]/u.test(holder)
    ? undefined
    : 'Enter the name as it is on the card'
}

export interface CardForm {
  readonly action: string
  /** What the form carries beside the card. */
  readonly hidden: readonly CarriedField[]
  /** What its button says, such as `Pay 50.00 EUR`. */
  readonly button: string
  readonly problems: readonly Problem[]
  readonly kept?: Kept
}

/** The form. */
export const cardForm = ({ action, hidden, button, problems, kept }: CardForm): Html =>
  html`<form method="post" action="${action}" novalidate>
      ${hiddenFields(hidden)}
      ${field({ name: 'cardNumber', label: 'Card number', autocomplete: 'cc-number', inputmode: 'numeric', maxLength: 30 }, problems)}
      <div class="pair">
        ${field({ name: 'expiry', label: 'Expiry date', hint: 'Month / year', autocomplete: 'cc-exp', inputmode: 'numeric', maxLength: 9, value: kept?.expiry ?? '' }, problems)}
        ${field({ name: 'cvv', label: 'Security code', hint: '3 or 4 digits', autocomplete: 'cc-csc', inputmode: 'numeric', maxLength: 4 }, problems)}
      </div>
      ${field({ name: 'holder', label: 'Name on card', autocomplete: 'cc-name', inputmode: 'text', maxLength: HOLDER_MAX, value: kept?.holder ?? '' }, problems)}
      <button type="submit">${button}</button>
    </form>`
