// The signature of webhooks and answers of this face: HMAC-SHA256 over eighteen names. Source: the contract's section on signing.
import { createHmac } from 'node:crypto'

const SIGNED = [
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
] as const // In the order in which they are signed.

/** What is signed: names and values one after the other, without those that are empty. */
export const signedText = (payload: Readonly<Record<string, unknown>>): string =>
  SIGNED.map((name) => ({ name, value: payload[name] }))
    .filter(({ value }) => value !== undefined && value !== null && value !== '')
    .map(({ name, value }) => name + String(value))
    .join('')

/** 64 lower-case hex digits. The key is used as the bytes of its text. */
export const signPayload = (hmacKey: string, payload: Readonly<Record<string, unknown>>): string =>
  createHmac('sha256', hmacKey).update(signedText(payload), 'utf8').digest('hex')
