// The number by which people and gateways speak of one try or one operation: short enough to be read out, made from an id.
import { createHash } from 'node:crypto'

const DIGITS = 10
const SYMBOLS = 32n
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ' // Without letters that look like others.

/** The merchant's prefix and ten letters and digits that follow from the id. */
export function referenceNumber(prefix: string, id: string): string {
  let rest = createHash('sha256').update(`reference number ${id}`).digest().readBigUInt64BE(0)
  let text = ''
  for (let i = 0; i < DIGITS; i++) {
    text += ALPHABET[Number(rest % SYMBOLS)]
    rest /= SYMBOLS
  }
  return prefix + text
}
