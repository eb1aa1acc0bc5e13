// Inquiries, payments in one step and customers' cards as they are asked for on the wire.
import type { SavedCardFilter } from '../../checkouts/saved-cards.ts'
import type { Body } from './body.ts'
import { Reader } from './reader.ts'
import { withoutEmpty } from './shown.ts'
import { type Identifiers, readIdentifiers } from './wire-operation.ts'

export interface InquiryBody extends Identifiers {
  /** Whether the answer is posted to the payment's webhook, too, or to this URL instead. */
  readonly notifies: boolean
  readonly webhookUrl: string | undefined
}

/** Reads an inquiry; the names of older versions are accepted. Throws `invalid_request` with everything that is wrong. */
export function readInquiry(body: Body): InquiryBody {
  const reader = new Reader(body)
  const names = readIdentifiers(reader)
  const notifies = reader.boolean(reader.has('notify_webhook_url') ? 'notify_webhook_url' : 'disclose_to_merchant')
  const webhookUrl = reader.url(reader.has('webhook_url') ? 'webhook_url' : 'disclosure_url', 200)
  reader.finish()
  return { ...names, notifies: notifies ?? false, webhookUrl }
}

/** Reads the session and whatever else is needed. */
export function readPayNow(
  body: Body,
  others: readonly 'token'[],
): { readonly sessionId: string; readonly token: string | undefined } {
  const reader = new Reader(body)
  const sessionId = reader.text('session_id', { required: true, max: 128 })
  const token = others.includes('token') ? reader.text('token', { required: true, max: 50 }) : undefined
  reader.finish()
  return { sessionId: sessionId ?? '', token }
}

const KINDS = ['sandbox', 'production'] as const

/** Reads which cards are meant. */
export function readCards(body: Body): Omit<SavedCardFilter, 'merchantId'> {
  const reader = new Reader(body)
  const type = reader.choice('type', KINDS, true)
  const customerId = reader.text('customer_id', { required: true, max: 64 })
  const pgCodes = reader.list('pg_codes')
  const agreementId = reader.text('agreement_id', { max: 128 })
  reader.finish()
  return { customerId: customerId ?? '', isSandbox: type === 'sandbox', ...withoutEmpty({ pgCodes, agreementId }) }
}

/** Reads whose card is deleted. */
export function readCardDeletion(query: Readonly<Record<string, string>>): {
  readonly customerId: string
  readonly isSandbox: boolean
} {
  const reader = new Reader(query)
  const type = reader.choice('type', KINDS, true)
  const customerId = reader.text('customer_id', { required: true, max: 64 })
  reader.finish()
  return { customerId: customerId ?? '', isSandbox: type === 'sandbox' }
}
