// The brands of cards: told by the first digits, and as they are written on cards.
import type { CardBrand } from './connector.ts'

// Ranges of the first digits, both ends included, narrower before wider: the first that fits decides.
const RANGES: readonly (readonly [from: string, to: string, brand: CardBrand])[] = [
  ['508500', '508999', 'RUPAY'],
  ['606985', '607984', 'RUPAY'],
  ['608001', '608500', 'RUPAY'],
  ['652150', '653149', 'RUPAY'],
  ['817200', '820199', 'RUPAY'],
  ['2221', '2720', 'MC'],
  ['51', '55', 'MC'],
  ['34', '34', 'AMEX'],
  ['37', '37', 'AMEX'],
  ['300', '305', 'DINER'],
  ['3095', '3095', 'DINER'],
  ['36', '36', 'DINER'],
  ['38', '39', 'DINER'],
  ['3528', '3589', 'JCB'],
  ['6011', '6011', 'DISC'],
  ['644', '649', 'DISC'],
  ['65', '65', 'DISC'],
  ['62', '62', 'CUP'],
  ['810', '816', 'CUP'],
  ['50', '50', 'MAESTRO'],
  ['56', '59', 'MAESTRO'],
  ['60', '69', 'MAESTRO'],
  ['4', '4', 'VISA'],
]

/** The brand of a card number; undefined when it is none that we know. */
export function brandOf(pan: string): CardBrand | undefined {
  if (!/^\d{12,19}$/.test(pan)) return undefined
  return RANGES.find(([from, to]) => {
    const start = pan.slice(0, from.length)
    return start >= from && start <= to
  })?.[2]
}

/** What is written on cards. */
export const BRAND_NAMES: Readonly<Record<CardBrand, string>> = {
  VISA: 'Visa',
  MC: 'Mastercard',
  AMEX: 'American Express',
  DINER: 'Diners Club',
  DISC: 'Discover',
  JCB: 'JCB',
  MAESTRO: 'Maestro',
  RUPAY: 'RuPay',
  CUP: 'UnionPay',
}
