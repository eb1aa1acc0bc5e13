// How Partner Connect says no: 404 also for what is in the wrong state, 406 for what the issuer decides, 409 for conflicts.
import { ERRORS, type ErrorCode, type ErrorDetails } from '../../errors.ts'
import type { RenderedError } from '../../http/face.ts'

interface WireError {
  readonly status: number
  readonly code: string
}

/** Every refusal in the contract's words. */
export const WIRE_ERRORS: Readonly<Record<ErrorCode, WireError>> = {
  invalid_request: { status: 400, code: 'INVALID_PARAMETERS' },
  field_missing: { status: 400, code: 'INVALID_PARAMETERS' },
  amount_invalid: { status: 400, code: 'INVALID_PARAMETERS' },
  body_too_large: { status: 413, code: 'BODY_TOO_LARGE' },
  unsupported_media_type: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
  route_not_found: { status: 404, code: 'NOT_FOUND' },
  method_not_allowed: { status: 405, code: 'METHOD_NOT_ALLOWED' },
  page_token_invalid: { status: 400, code: 'INVALID_PARAMETERS' },

  authentication_failed: { status: 401, code: 'AUTHENTICATION_FAILED' },
  signature_invalid: { status: 401, code: 'INVALID_SIGNATURE' },
  token_invalid: { status: 401, code: 'AUTHENTICATION_FAILED' },
  token_of_another: { status: 401, code: 'AUTHENTICATION_FAILED' },
  member_not_active: { status: 403, code: 'FORBIDDEN' },
  checksum_invalid: { status: 401, code: 'INVALID_SIGNATURE' },
  forbidden: { status: 403, code: 'FORBIDDEN' },
  rate_limited: { status: 429, code: 'TOO_MANY_REQUESTS' },
  velocity_exceeded: { status: 429, code: 'TOO_MANY_REQUESTS' },

  idempotency_key_reused: { status: 409, code: 'IDEMPOTENCY_KEY_REUSED' },
  request_in_progress: { status: 409, code: 'REQUEST_IN_PROGRESS' },
  xid_taken: { status: 409, code: 'XID_ALREADY_EXISTS' },

  card_not_found: { status: 404, code: 'CARD_NOT_FOUND' },
  card_account_not_found: { status: 404, code: 'CARD_ACCOUNT_NOT_FOUND' },
  account_not_found: { status: 404, code: 'ACCOUNT_NOT_FOUND' },
  product_not_found: { status: 404, code: 'PRODUCT_NOT_FOUND' },
  binding_not_found: { status: 404, code: 'CARD_NOT_FOUND' },
  payment_not_found: { status: 404, code: 'TRANSACTION_NOT_FOUND' },
  challenge_not_found: { status: 404, code: 'VERIFICATION_NOT_FOUND' },
  webhook_not_found: { status: 404, code: 'WEBHOOK_NOT_FOUND' },
  invoice_not_found: { status: 404, code: 'INVOICE_NOT_FOUND' },
  resource_not_found: { status: 404, code: 'NOT_FOUND' },

  card_already_bound: { status: 409, code: 'CARD_ALREADY_BOUND' },
  card_not_bindable: { status: 404, code: 'CARD_NOT_ACTIVE' },
  challenge_expired: { status: 404, code: 'VERIFICATION_EXPIRED' },
  challenge_blocked: { status: 404, code: 'VERIFICATION_BLOCKED' },
  code_wrong: { status: 400, code: 'INVALID_CODE' },
  otp_required: { status: 406, code: 'OTP_REQUIRED' },
  otp_wrong: { status: 406, code: 'INVALID_OTP' },
  otp_mismatch: { status: 406, code: 'INVALID_OTP' },
  otp_expired: { status: 406, code: 'OTP_EXPIRED' },
  otp_blocked: { status: 406, code: 'OTP_BLOCKED' },

  card_not_active: { status: 406, code: 'CARD_NOT_ACTIVE' },
  card_expired: { status: 406, code: 'CARD_EXPIRED' },
  card_state_invalid: { status: 404, code: 'INVALID_STATE' },
  insufficient_funds: { status: 406, code: 'INSUFFICIENT_FUNDS' },
  limit_exceeded: { status: 406, code: 'LIMIT_EXCEEDED' },
  currency_not_supported: { status: 406, code: 'CURRENCY_NOT_SUPPORTED' },

  payment_state_invalid: { status: 404, code: 'INVALID_STATE' },
  authorization_expired: { status: 404, code: 'AUTHORIZATION_EXPIRED' },
  amount_too_large: { status: 400, code: 'INVALID_PARAMETERS' },
  currency_mismatch: { status: 400, code: 'CURRENCY_MISMATCH' },
  account_type_invalid: { status: 400, code: 'INVALID_ACCOUNT_TYPE' },
  same_account: { status: 400, code: 'INVALID_PARAMETERS' },
  amount_out_of_range: { status: 400, code: 'INVALID_PARAMETERS' },
  already_refunded: { status: 404, code: 'INVALID_STATE' },
  operation_in_progress: { status: 409, code: 'REQUEST_IN_PROGRESS' },
  gateway_not_available: { status: 406, code: 'CURRENCY_NOT_SUPPORTED' },
  card_data_wrong: { status: 406, code: 'INVALID_CARD' },
  holder_not_reachable: { status: 406, code: 'CARD_NOT_ACTIVE' },
  payable_too_low: { status: 406, code: 'INSUFFICIENT_FUNDS' },
  claim_held: { status: 409, code: 'REQUEST_IN_PROGRESS' },
  claim_paid: { status: 409, code: 'ALREADY_PAID' },
  claim_closed: { status: 404, code: 'INVALID_STATE' },
  operation_not_supported: { status: 404, code: 'INVALID_STATE' },
  operation_refused: { status: 406, code: 'DECLINED' },
  payment_exchanged: { status: 404, code: 'INVALID_STATE' },
  already_captured: { status: 404, code: 'INVALID_STATE' },
  checkout_not_found: { status: 404, code: 'NOT_FOUND' },
  checkout_state_invalid: { status: 404, code: 'INVALID_STATE' },
  order_not_found: { status: 404, code: 'TRANSACTION_NOT_FOUND' },
  duplicate_order: { status: 409, code: 'DUPLICATE_TRANSACTION' },
  registration_not_found: { status: 404, code: 'CARD_NOT_FOUND' },
  registration_in_use: { status: 404, code: 'INVALID_STATE' },
  agreement_not_found: { status: 404, code: 'NOT_FOUND' },
  agreement_cancelled: { status: 404, code: 'INVALID_STATE' },

  invoice_state_invalid: { status: 404, code: 'INVALID_STATE' },
  invoice_expired: { status: 404, code: 'INVOICE_EXPIRED' },
  invoice_paid: { status: 409, code: 'INVOICE_PAID' },

  merchant_paused: { status: 503, code: 'OVERLOADED' },
  overloaded: { status: 503, code: 'OVERLOADED' },
  outcome_unknown: { status: 503, code: 'OUTCOME_UNKNOWN' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
}

/** A refusal as merchants see it: `code` and `message`. */
export function renderPartnerConnectError(code: ErrorCode, details: ErrorDetails): RenderedError {
  const wire = WIRE_ERRORS[code]
  return { status: wire.status, body: { code: wire.code, message: details.message ?? ERRORS[code] } }
}
