// How this face says no: texts by field for what is wrong with a request, one text for anything else, and the operation with it where
// one was refused.
import { ERRORS, type ErrorCode, type ErrorDetails } from '../../errors.ts'
import type { RefusedRequest, RenderedError } from '../../http/face.ts'

const NOT_FOUND = 404
const REFUSED = 400

/** The status of every refusal. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  invalid_request: REFUSED,
  field_missing: REFUSED,
  amount_invalid: REFUSED,
  body_too_large: 413,
  unsupported_media_type: 415,
  route_not_found: NOT_FOUND,
  method_not_allowed: 405,
  page_token_invalid: REFUSED,

  authentication_failed: 401,
  signature_invalid: 401,
  token_invalid: 401,
  token_of_another: 401,
  member_not_active: 403,
  checksum_invalid: 401,
  forbidden: 403,
  rate_limited: 429,
  velocity_exceeded: 429,

  idempotency_key_reused: 409,
  request_in_progress: 409,
  xid_taken: REFUSED,

  card_not_found: NOT_FOUND,
  card_account_not_found: NOT_FOUND,
  account_not_found: NOT_FOUND,
  product_not_found: NOT_FOUND,
  binding_not_found: NOT_FOUND,
  payment_not_found: NOT_FOUND,
  challenge_not_found: NOT_FOUND,
  webhook_not_found: NOT_FOUND,
  invoice_not_found: NOT_FOUND,
  resource_not_found: NOT_FOUND,

  card_already_bound: REFUSED,
  card_not_bindable: REFUSED,
  challenge_expired: REFUSED,
  challenge_blocked: REFUSED,
  code_wrong: REFUSED,
  otp_required: REFUSED,
  otp_wrong: REFUSED,
  otp_mismatch: REFUSED,
  otp_expired: REFUSED,
  otp_blocked: REFUSED,

  card_not_active: REFUSED,
  card_expired: REFUSED,
  card_state_invalid: REFUSED,
  insufficient_funds: REFUSED,
  limit_exceeded: REFUSED,
  currency_not_supported: REFUSED,

  payment_state_invalid: REFUSED,
  authorization_expired: REFUSED,
  amount_too_large: REFUSED,
  currency_mismatch: REFUSED,
  account_type_invalid: REFUSED,
  same_account: REFUSED,
  amount_out_of_range: REFUSED,
  already_refunded: REFUSED,
  operation_in_progress: REFUSED,
  gateway_not_available: REFUSED,
  card_data_wrong: REFUSED,
  holder_not_reachable: REFUSED,
  payable_too_low: REFUSED,
  claim_held: REFUSED,
  claim_paid: REFUSED,
  claim_closed: REFUSED,
  operation_not_supported: REFUSED,
  operation_refused: REFUSED,
  payment_exchanged: REFUSED,
  already_captured: REFUSED,
  checkout_not_found: NOT_FOUND,
  checkout_state_invalid: REFUSED,
  order_not_found: NOT_FOUND,
  duplicate_order: REFUSED,
  registration_not_found: REFUSED,
  registration_in_use: REFUSED,
  agreement_not_found: REFUSED,
  agreement_cancelled: REFUSED,

  invoice_state_invalid: REFUSED,
  invoice_expired: REFUSED,
  invoice_paid: REFUSED,

  merchant_paused: 423,
  overloaded: 503,
  outcome_unknown: 503,
  internal: 500,
}

// Where the contract has words of its own.
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  authentication_failed: 'Authentication credentials were not provided.',
  forbidden: 'You do not have permission to perform this action.',
  unsupported_media_type: 'Unsupported media type in request.',
  route_not_found: 'Not found.',
  checkout_not_found: 'Not found.',
  payment_state_invalid: 'Operation is not allowed',
  checkout_state_invalid: 'Operation is not allowed',
}

/** A refusal as merchants see it. */
export function renderOperationsError(code: ErrorCode, details: ErrorDetails, refused?: RefusedRequest): RenderedError {
  const status = STATUSES[code]
  const { field, fields, operation, result } = details
  const text = details.message ?? wordsOf(code, details, refused)
  if (fields) return { status, body: result === undefined ? fields : { ...fields, result } }
  if (operation !== undefined) return { status, body: { detail: text, operation, result: result ?? 'failed' } }
  if (status === REFUSED && field !== undefined) return { status, body: { [field]: [text] } }
  return { status, body: { detail: text, ...(result !== undefined && { result }) } }
}

const TYPE_SHOWN_MAX = 100

function wordsOf(code: ErrorCode, { retryAfterSeconds }: ErrorDetails, refused: RefusedRequest | undefined): string {
  if (code === 'method_not_allowed' && refused) return `Method "${refused.method}" not allowed.`
  if (code === 'unsupported_media_type' && refused)
    return `Unsupported media type "${refused.contentType.slice(0, TYPE_SHOWN_MAX)}" in request.`
  if (code === 'rate_limited' || code === 'velocity_exceeded')
    return `Request was throttled. Expected available in ${retryAfterSeconds ?? 60} seconds.`
  return WORDS[code] ?? ERRORS[code]
}
