// The issuing face's statuses and codes. Its contract has no 406: what the issuer declines is a 400 that says why.
import { ERRORS, type ErrorCode, type ErrorDetails } from '../../errors.ts'
import type { RenderedError } from '../../http/face.ts'

interface IssuingError {
  readonly status: number
  readonly code: string
}

const ISSUING_ERRORS: Readonly<Record<ErrorCode, IssuingError>> = {
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
  binding_not_found: { status: 404, code: 'NOT_FOUND' },
  payment_not_found: { status: 404, code: 'TRANSACTION_NOT_FOUND' },
  challenge_not_found: { status: 404, code: 'NOT_FOUND' },
  webhook_not_found: { status: 404, code: 'WEBHOOK_NOT_FOUND' },
  invoice_not_found: { status: 404, code: 'NOT_FOUND' },
  resource_not_found: { status: 404, code: 'NOT_FOUND' },
  card_already_bound: { status: 409, code: 'CARD_ALREADY_BOUND' },
  card_not_bindable: { status: 400, code: 'CARD_NOT_BINDABLE' },
  challenge_expired: { status: 400, code: 'VERIFICATION_EXPIRED' },
  challenge_blocked: { status: 400, code: 'VERIFICATION_BLOCKED' },
  code_wrong: { status: 400, code: 'INVALID_CODE' },
  otp_required: { status: 400, code: 'OTP_REQUIRED' },
  otp_wrong: { status: 400, code: 'INVALID_OTP' },
  otp_expired: { status: 400, code: 'OTP_EXPIRED' },
  otp_mismatch: { status: 400, code: 'INVALID_OTP' },
  otp_blocked: { status: 400, code: 'INVALID_OTP' },
  card_not_active: { status: 400, code: 'CARD_NOT_ACTIVE' },
  card_expired: { status: 400, code: 'CARD_EXPIRED' },
  card_state_invalid: { status: 400, code: 'INVALID_CARD_STATUS' },
  insufficient_funds: { status: 400, code: 'INSUFFICIENT_BALANCE' },
  limit_exceeded: { status: 400, code: 'LIMIT_EXCEEDED' },
  currency_not_supported: { status: 400, code: 'CURRENCY_NOT_SUPPORTED' },
  payment_state_invalid: { status: 400, code: 'INVALID_STATE' },
  authorization_expired: { status: 400, code: 'AUTHORIZATION_EXPIRED' },
  amount_too_large: { status: 400, code: 'INVALID_PARAMETERS' },
  currency_mismatch: { status: 400, code: 'CURRENCY_MISMATCH' },
  account_type_invalid: { status: 400, code: 'INVALID_ACCOUNT_TYPE' },
  same_account: { status: 400, code: 'INVALID_PARAMETERS' },
  amount_out_of_range: { status: 400, code: 'INVALID_PARAMETERS' },
  invoice_state_invalid: { status: 400, code: 'INVALID_STATE' },
  invoice_expired: { status: 400, code: 'INVALID_STATE' },
  invoice_paid: { status: 400, code: 'INVALID_STATE' },
  already_refunded: { status: 400, code: 'INVALID_STATE' },
  operation_in_progress: { status: 409, code: 'REQUEST_IN_PROGRESS' },
  gateway_not_available: { status: 400, code: 'CURRENCY_NOT_SUPPORTED' },
  card_data_wrong: { status: 400, code: 'INVALID_CARD' },
  holder_not_reachable: { status: 400, code: 'CARD_NOT_ACTIVE' },
  payable_too_low: { status: 400, code: 'INSUFFICIENT_BALANCE' },
  claim_held: { status: 409, code: 'REQUEST_IN_PROGRESS' },
  claim_paid: { status: 409, code: 'ALREADY_PAID' },
  order_not_found: { status: 404, code: 'NOT_FOUND' },
  duplicate_order: { status: 409, code: 'DUPLICATE_TRANSACTION' },
  registration_not_found: { status: 404, code: 'NOT_FOUND' },
  agreement_not_found: { status: 404, code: 'NOT_FOUND' },
  agreement_cancelled: { status: 400, code: 'INVALID_STATE' },
  overloaded: { status: 503, code: 'SERVICE_UNAVAILABLE' },
  outcome_unknown: { status: 503, code: 'OUTCOME_UNKNOWN' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
}

/** `{code, message}`, and the field at fault when it is known. */
export function renderIssuingError(errorCode: ErrorCode, { message, field }: ErrorDetails): RenderedError {
  const { status, code } = ISSUING_ERRORS[errorCode]
  return { status, body: { code, message: message ?? ERRORS[errorCode], ...(field !== undefined && { field }) } }
}
