// Decimal texts of requests: what may be wrong with one, and the whole number that it is of its smallest units.
import { decimalsOf } from '../../money.ts'

const DIGITS_MAX = 13
const DECIMAL = /^(\d*)(?:\.(\d*))?$/

/** What is wrong with a decimal text, however many decimals it has; undefined when nothing is. */
export function problemOfNumber(text: string, floor: 'above 0' | 'from 0'): string | undefined {
  const tooLow = `Ensure this value is greater than ${floor === 'above 0' ? '' : 'or equal to '}0.`
  const trimmed = text.trim()
  if (/^-(\d|\.)/.test(trimmed)) return tooLow
  const [, whole = '', part = ''] = DECIMAL.exec(trimmed) ?? []
  if (whole + part === '') return 'A valid number is required.'
  if (whole.replace(/^0+/, '').length > DIGITS_MAX)
    return `Ensure that there are no more than ${DIGITS_MAX} digits before the decimal point.`
  return floor === 'from 0' || /[1-9]/.test(whole + part) ? undefined : tooLow
}

/** What is wrong with the decimals of a number that may have this many. Zeros at their end do not count. */
export function problemOfPlaces(text: string, decimals: number): string | undefined {
  const part = (text.trim().split('.')[1] ?? '').replace(/0+$/, '')
  return part.length > decimals ? `Ensure that there are no more than ${decimals} decimal places.` : undefined
}

const DIGITS_OF_A_DOUBLE = 15

/** What is wrong with a number that is told as a JSON number again: it must be one that a double has exactly. */
export function problemOfDigits(text: string): string | undefined {
  const [whole = '', part = ''] = text.trim().split('.')
  const digits = whole.replace(/^0+/, '') + part.replace(/0+$/, '')
  return digits.length > DIGITS_OF_A_DOUBLE
    ? `Ensure that there are no more than ${DIGITS_OF_A_DOUBLE} digits in total.`
    : undefined
}

/** What is wrong with the decimals of an amount in a currency. */
export const problemOfDecimals = (text: string, currency: string): string | undefined =>
  problemOfPlaces(text, decimalsOf(currency))

/** The number times ten to the power of `decimals`, when there is nothing wrong with it: `1.5` of three is 1500. */
export function scaledOf(text: string, decimals: number): bigint {
  const [whole = '', part = ''] = text.trim().split('.')
  return BigInt(whole + part.slice(0, decimals).padEnd(decimals, '0'))
}

/** The same number as `parseAmount` wants it: without spaces, leading zeros and a lonely point. */
export function plainDecimal(text: string): string {
  const [whole = '', part = ''] = text.trim().split('.')
  const digits = whole.replace(/^0+(?=\d)/, '') || '0'
  return part.replace(/0+$/, '') === '' ? digits : `${digits}.${part}`
}
