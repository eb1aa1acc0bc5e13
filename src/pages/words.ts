// Everything that payers read on the pages of checkouts and card forms, in each language. A sentence that one language
// lacks does not compile.
import { ARABIC } from './words-ar.ts'
import { ENGLISH } from './words-en.ts'

export type Language = 'en' | 'ar'

/** What is said about a card that is entered. */
export interface CardWords {
  readonly number: string
  readonly expiry: string
  readonly expiryHint: string
  readonly cvv: string
  readonly cvvHint: string
  readonly holder: string
  readonly oneProblem: string
  readonly problems: string
  readonly numberMissing: string
  readonly numberWrong: string
  readonly expiryMissing: string
  readonly expiryWrong: string
  readonly expired: string
  readonly expiresTooSoon: string
  readonly cvvMissing: string
  readonly cvvWrong: string
  readonly holderMissing: string
  readonly holderWrong: string
  readonly unusable: string
  readonly notChosen: string
}

/** How often an agreement is charged. */
export type Frequency =
  | 'irregular'
  | 'daily'
  | 'weekly'
  | 'semi_monthly'
  | 'monthly'
  | 'quarterly'
  | 'semi_annually'
  | 'yearly'
  | 'other'

/** A heading, and one sentence or two. */
export interface Said {
  readonly title: string
  readonly text: string
}

export interface PayerWords {
  readonly card: CardWords
  readonly errorPrefix: string
  readonly footer: string
  readonly payTo: (merchant: string) => string
  readonly saveCardFor: (merchant: string) => string
  readonly saveCardLead: string
  readonly order: string
  readonly vendor: string
  readonly attachment: string
  readonly payUntil: string
  readonly amount: string
  readonly fee: string
  readonly total: string
  readonly rate: string
  readonly choose: string
  readonly chooseAnother: string
  readonly pay: (amount: string) => string
  readonly saveCard: string
  readonly keepCard: (merchant: string) => string
  readonly savedCards: string
  readonly savedCard: (brand: string, last4: string) => string
  readonly savedUntil: (expiry: string) => string
  readonly newCard: string
  readonly agreement: (merchant: string) => string
  readonly howOften: string
  readonly frequencies: Readonly<Record<Frequency, string>>
  readonly atMost: string
  readonly until: string
  readonly cashLead: string
  readonly payCash: string
  readonly giveUp: string
  readonly privacy: (merchant: string) => string
  readonly declined: Said
  readonly continueTo: (merchant: string) => string
  readonly tryAgain: string
  readonly paidWith: string
  readonly date: string
  readonly reference: string
  readonly to: string
  readonly lookAgain: string
  readonly looksAgain: string
  readonly stopLooking: string
  readonly bank: Said & { readonly button: string; readonly noWay: string }
  readonly states: Readonly<Record<PageState, Said>>
  /** A moment, such as `12 March 2026, 10:15 UTC`: where the reader is, nobody knows. */
  readonly time: (at: Date) => string
}

/** What a payer can find behind a link beside the form. */
export type PageState =
  | 'paid'
  | 'authorized'
  | 'cod'
  | 'saved'
  | 'failed'
  | 'canceled'
  | 'expired'
  | 'invalided'
  | 'gaveUp'
  | 'pending'
  | 'atBank'
  | 'oneMoment'
  | 'unknown'
  | 'paused'
  | 'tooMany'
  | 'changed'
  | 'incomplete'
  | 'overloaded'
  | 'uncertain'
  | 'broken'

const WORDS: Readonly<Record<Language, PayerWords>> = { en: ENGLISH, ar: ARABIC }

/** The words of a language. */
export const wordsOf = (language: Language): PayerWords => WORDS[language]

/** In which direction it is written. */
export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr')

/** What its speakers call it. */
export const NAMES: Readonly<Record<Language, string>> = { en: 'English', ar: 'العربية' }
