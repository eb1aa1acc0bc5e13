// Card numbers as texts: making valid ones under a BIN, and showing them with the middle hidden.
import { randomInt } from 'node:crypto'
import { isLuhnValid } from '../log.ts'

const PAN = /^[0-9]{12,19}$/
const DIGITS = /^[0-9]*$/

/** Whether the text is 12 to 19 digits. The check digit is not looked at: an invalid number is merely unknown. */
export const isPan = (text: string): boolean => PAN.test(text)

/**
 * A random Luhn-valid card number of `length` digits that starts with `bin` and, when asked, ends in `suffix`.
 * Throws an Error when there is no digit left to choose between them.
 */
export function generatePan(bin: string, length = 16, suffix = ''): string {
  const free = length - bin.length - suffix.length
  if (!DIGITS.test(bin) || !DIGITS.test(suffix)) throw new Error('a BIN and a suffix are digits')
  if (length < 12 || length > 19 || free < 1) throw new Error(`no card number of ${length} digits fits BIN ${bin}`)
  let head = bin
  for (let i = 1; i < free; i++) head += randomInt(10)
  // The last free digit makes the sum right. Doubling maps the ten digits one to one, so exactly one of them does,
  // wherever it stands.
  for (let digit = 0; digit < 10; digit++) {
    const pan = `${head}${digit}${suffix}`
    if (isLuhnValid(pan)) return pan
  }
  throw new Error('no digit satisfies the Luhn check')
}

/** First six digits, stars, last four, at the same length. What is not a card number becomes stars entirely. */
export const maskPan = (pan: string): string =>
  isPan(pan) ? pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4) : '*'.repeat(pan.length)
