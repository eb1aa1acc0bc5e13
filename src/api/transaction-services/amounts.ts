// Amounts on this wire: texts with two decimals in every currency.
import { AppError } from '../../errors.ts'
import { decimalsOf, type Money, parseAmount } from '../../money.ts'
import { AMOUNT } from './rules.ts'

/**
 * Reads a positive amount with two decimals. `.00` is required in currencies without decimals; those with three take two. Throws
 * `amount_invalid`.
 */
export function parseWireAmount(text: string, currency: string, field = 'amount'): Money {
  const refuse = (problem: string): AppError =>
    new AppError('amount_invalid', { field, message: `${field} ${problem}` })
  if (!AMOUNT.isValid(text)) throw refuse(AMOUNT.problem)
  if (/^[0.]+$/.test(text)) throw refuse('must be greater than zero')
  if (decimalsOf(currency) === 0 && !text.endsWith('.00')) throw refuse(`must end with .00 in ${currency}`)
  return parseAmount(text, currency, field)
}

/** Minor units as a text with two decimals, or more where two would not be the whole truth. */
export function formatWireAmount({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency)
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = decimals === 0 ? digits : digits.slice(0, -decimals)
  const fraction = decimals === 0 ? '' : digits.slice(-decimals)
  const shown = fraction.replace(/0+$/, '').padEnd(2, '0')
  return `${amount < 0n ? '-' : ''}${whole}.${shown}`
}
