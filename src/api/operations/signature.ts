// The face's own signature on what it tells and answers: an HMAC over eighteen of the payload's fields, so that a receiver knows
// who wrote them whatever stands beside them.
import { createHmac } from 'node:crypto'
import { stringify } from 'lossless-json'

/** The fields that are signed, in the order in which they are. Others of the payload are not read, nor is anything below its top. */
const SIGNED_FIELDS = [
  'amount',
  'currency_code',
  'customer_address_city',
  'customer_address_country',
  'customer_address_line1',
  'customer_address_line2',
  'customer_address_postal_code',
  'customer_address_state',
  'customer_email',
  'customer_first_name',
  'customer_last_name',
  'customer_phone',
  'gateway_account',
  'gateway_name',
  'order_no',
  'reference_number',
  'result',
  'state',
] as const

/**
 * HMAC-SHA256, in lower-case hex, of the names and values of the signed fields one after the other. A field that is absent, null or
 * `''` is left out; a value that is no text counts as JSON writes it. The key is the bytes of its text, whatever it looks like.
 */
export function signPayload(hmacKey: string, payload: object): string {
  const values = payload as Readonly<Record<string, unknown>>
  const message = SIGNED_FIELDS.map((name) => {
    const text = Object.hasOwn(values, name) ? textOf(values[name]) : ''
    return text === '' ? '' : name + text
  }).join('')
  return createHmac('sha256', hmacKey).update(message).digest('hex')
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : (stringify(value) ?? '')
