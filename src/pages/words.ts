// Everything that payers read on the pages of checkouts and card forms, in each language. A sentence that one language lacks does not
// compile.
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
  readonly cvvMissing: string
  readonly cvvWrong: string
  readonly holderMissing: string
  readonly holderWrong: string
  readonly unusable: string
}

export interface PayerWords {
  readonly card: CardWords
  readonly errorPrefix: string
  readonly footer: string
  readonly otherLanguage: string
  readonly payTo: (merchant: string) => string
  readonly saveCardFor: (merchant: string) => string
  readonly saveCardLead: string
  readonly order: string
  readonly about: string
  readonly amount: string
  readonly fee: string
  readonly total: string
  readonly rate: string
  readonly choose: string
  readonly chooseAnother: string
  readonly pay: (amount: string) => string
  readonly saveCard: string
  readonly keepCard: (merchant: string) => string
  readonly savedCard: (last4: string) => string
  readonly newCard: string
  readonly useSaved: string
  readonly cashLead: string
  readonly payCash: string
  readonly giveUp: string
  readonly privacy: (merchant: string) => string
  readonly declined: string
  readonly declinedText: string
  readonly continueTo: (merchant: string) => string
  readonly tryAgain: string
  readonly lookAgain: string
  readonly reference: string
  readonly to: string
  readonly bank: { readonly title: string; readonly text: string; readonly button: string }
  readonly states: Readonly<Record<PageState, { readonly title: string; readonly text: string }>>
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
  | 'busy'
  | 'unknown'
  | 'paused'
  | 'tooMany'
  | 'changed'
  | 'oneMoment'

const WORDS: Readonly<Record<Language, PayerWords>> = { en: ENGLISH, ar: ARABIC }

/** The words of a language. */
export const wordsOf = (language: Language): PayerWords => WORDS[language]

/** In which direction it is written. */
export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr')
