// Payment modes and brands by their names here. Which of them a merchant can use is up to its gateway accounts: a name that
// is not in these tables is not an error.
import { BRAND_NAMES } from '../../gateways/brand.ts'
import type { CardBrand } from '../../gateways/connector.ts'

/** The modes whose payments carry a card. */
export const CARD_MODES: readonly string[] = ['CC', 'DC', 'PC', 'CARD']

export const MODES: Readonly<Record<string, string>> = {
  CC: 'credit card',
  DC: 'debit card',
  PC: 'prepaid card',
  CARD: 'card of any kind',
  CP: 'card present (not the payment type CP, which is a capture)',
  NB: 'net banking',
  EW: 'wallet',
  EWI: 'wallet, India',
  EWB: 'wallet, Bangladesh',
  EWA: 'wallet, Africa',
  PV: 'voucher',
  ACH: 'ACH debit',
  CHK: 'cheque',
  ECHK: 'electronic cheque',
  SEPA: 'SEPA debit',
  PP: 'postpaid',
  VA: 'virtual account',
  UPI: 'UPI',
  UPQR: 'UPI by QR code',
  BT: 'bank transfer',
  BTA: 'bank transfer, Africa',
  DBT: 'direct bank transfer',
  CRP: 'crypto currency',
  BC: 'bitcoin',
  MMA: 'mobile money, Africa',
  CHS: 'cash',
  POT: 'payout',
}

const ALIASES: Readonly<Record<string, CardBrand>> = {
  UNIONPAY: 'CUP',
  MASTERCARD: 'MC',
  DINERS: 'DINER',
  DISCOVER: 'DISC',
}

/** The card brand of a name in any case; undefined when it is none. */
export function findCardBrand(name: string): CardBrand | undefined {
  const upper = name.toUpperCase()
  return isCardBrand(upper) ? upper : ALIASES[upper]
}

const isCardBrand = (name: string): name is CardBrand => Object.hasOwn(BRAND_NAMES, name)

/** Whether payments of this mode carry a card. */
export const isCardMode = (mode: string): boolean => CARD_MODES.includes(mode.toUpperCase())
