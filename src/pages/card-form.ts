// The form in which a payer enters a card. What was entered comes back with its problems, but never the number or the code.
import { isLuhnValid } from '../log.ts'
import { Secret } from '../secret.ts'
import { isPan } from '../vault/pan.ts'
import type { EnteredCard } from './actions.ts'
import type { Form } from './form.ts'
import { type Html, html } from './html.ts'
import { type CarriedField, field, hiddenFields, type Problem } from './parts.ts'
import { type CardWords, wordsOf } from './words.ts'

const ENGLISH_CARD = wordsOf('en').card

/** What of a form may be shown again. */
export interface Kept {
  readonly expiry: string
  readonly holder: string
}

export type ReadCard =
  | { readonly kind: 'card'; readonly card: EnteredCard; readonly kept: Kept }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[]; readonly kept: Kept }

/**
 * Reads a card; `now` is the business time by which it has expired or not. `isTooShort` says of a card that has not whether it expires
 * too soon all the same.
 */
export function readCard(
  form: Form,
  now: Date,
  words: CardWords = ENGLISH_CARD,
  isTooShort: (card: Pick<EnteredCard, 'expiryMonth' | 'expiryYear'>) => boolean = () => false,
): ReadCard {
  const entered = (name: string): string => asciiDigits(form.get(name) ?? '')
  const pan = entered('cardNumber').replace(/[\s-]/g, '')
  const cvv = entered('cvv').trim()
  const holder = entered('holder').trim()
  const expiry = readExpiry(entered('expiry'), words)
  const kept = { expiry: shown(entered('expiry')), holder: shown(holder) }
  const tooShort = (read: Expiry) => (isTooShort(read) ? words.expiresTooSoon : undefined)
  const problems = [
    problem('cardNumber', numberProblem(pan, words)),
    problem('expiry', typeof expiry === 'string' ? expiry : (expiryProblem(expiry, now, words) ?? tooShort(expiry))),
    problem('cvv', cvvProblem(cvv, words)),
    problem('holder', holderProblem(holder, words)),
  ].flat()
  if (problems.length > 0 || typeof expiry === 'string') return { kind: 'problems', problems, kept }
  const card = { pan: new Secret(pan), cvv: new Secret(cvv), holder, ...expiry }
  return { kind: 'card', card, kept }
}

/** The digits of an Arabic or Persian keyboard are digits, too. */
export const asciiDigits = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) % 16))

const problem = (name: string, message: string | undefined): Problem[] =>
  message === undefined ? [] : [{ field: name, message }]

// Somebody may have put the number into the wrong field: then it is not shown there either.
const shown = (text: string): string => (/\d{5}/.test(text.replace(/[\s-]/g, '')) ? '' : text.slice(0, HOLDER_MAX))

function numberProblem(pan: string, words: CardWords): string | undefined {
  if (pan === '') return words.numberMissing
  return isPan(pan) && isLuhnValid(pan) ? undefined : words.numberWrong
}

interface Expiry {
  readonly expiryMonth: number
  readonly expiryYear: number
}

const EXPIRY = /^(\d{1,2})\s*[/.\s-]\s*(\d{2}|\d{4})$|^(\d{2})(\d{2})$/

function readExpiry(text: string, words: CardWords): Expiry | string {
  const [, month, year, joinedMonth, joinedYear] = EXPIRY.exec(text.trim()) ?? []
  if (text.trim() === '') return words.expiryMissing
  const [expiryMonth, years] = [Number(month ?? joinedMonth), Number(year ?? joinedYear)]
  if (!(expiryMonth >= 1 && expiryMonth <= 12)) return words.expiryWrong
  return { expiryMonth, expiryYear: years < 100 ? 2000 + years : years }
}

const YEARS_MAX = 50

// A card is good until the end of its month, wherever that ends last.
function expiryProblem({ expiryMonth, expiryYear }: Expiry, now: Date, words: CardWords): string | undefined {
  if (expiryYear > now.getUTCFullYear() + YEARS_MAX) return words.expiryWrong
  const isOver = expiryYear * 12 + expiryMonth < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1
  return isOver ? words.expired : undefined
}

/** What is wrong with a security code. */
export function cvvProblem(cvv: string, words: CardWords): string | undefined {
  if (cvv === '') return words.cvvMissing
  return /^\d{3,4}$/.test(cvv) ? undefined : words.cvvWrong
}

const HOLDER_MAX = 100

function holderProblem(holder: string, words: CardWords): string | undefined {
  if (holder === '') return words.holderMissing
  return holder.length <= HOLDER_MAX && !/[\p{Cc}\p{Cs}]/u.test(holder) ? undefined : words.holderWrong
}

export interface CardForm {
  readonly action: string
  /** What the form carries beside the card. */
  readonly hidden: readonly CarriedField[]
  /** What its button says, such as `Pay 50.00 EUR`. */
  readonly button: string
  readonly problems: readonly Problem[]
  readonly kept?: Kept
  /** English unless told. */
  readonly words?: CardWords
  /** What else can be chosen, above the button. */
  readonly more?: Html
}

/** The form. */
export const cardForm = ({ action, hidden, button, problems, kept, words = ENGLISH_CARD, more }: CardForm): Html =>
  html`<form method="post" action="${action}" novalidate>
      ${hiddenFields(hidden)}
      ${field({ name: 'cardNumber', label: words.number, autocomplete: 'cc-number', inputmode: 'numeric', maxLength: 30, dir: 'ltr' }, problems)}
      <div class="pair">
        ${field({ name: 'expiry', label: words.expiry, hint: words.expiryHint, autocomplete: 'cc-exp', inputmode: 'numeric', maxLength: 9, dir: 'ltr', value: kept?.expiry ?? '' }, problems)}
        ${field({ name: 'cvv', label: words.cvv, hint: words.cvvHint, autocomplete: 'cc-csc', inputmode: 'numeric', maxLength: 4, dir: 'ltr' }, problems)}
      </div>
      ${field({ name: 'holder', label: words.holder, autocomplete: 'cc-name', inputmode: 'text', maxLength: HOLDER_MAX, value: kept?.holder ?? '' }, problems)}
      ${more}
      <button type="submit">${button}</button>
    </form>`
