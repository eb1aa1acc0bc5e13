// Every way a request can be refused. A face maps all of these codes to its own status and words (`Record<ErrorCode, …>`),
// so a code added here does not compile until each face has an answer for it.

/** What each refusal means, in the words a caller reads when the face has none better. */
export const ERRORS = {
  // the request itself
  invalid_request: 'The request is not valid.',
  field_missing: 'A required field is missing.',
  amount_invalid: 'The amount is not valid.',
  body_too_large: 'The request body is too large.',
  unsupported_media_type: 'The Content-Type must be application/json.',
  route_not_found: 'There is no such endpoint.',
  method_not_allowed: 'This endpoint does not support that method.',
  page_token_invalid: 'pageToken is not valid for this query.',
  // who is calling
  authentication_failed: 'Authentication failed.',
  signature_invalid: 'JWT signature verification failed',
  token_invalid: 'The token is missing, expired or not valid.',
  token_of_another: 'The token does not belong to this member.',
  member_not_active: 'This member is not active.',
  checksum_invalid: 'The checksum does not match.',
  forbidden: 'These credentials do not give access to this endpoint.',
  rate_limited: 'Too many requests.',
  velocity_exceeded: 'Too many attempts. Try again later.',
  // idempotency and natural keys
  idempotency_key_reused: 'This idempotency key was used for another request.',
  request_in_progress: 'A request with this idempotency key is still running.',
  xid_taken: 'xid is already used by another resource of this account.',
  // existence
  card_not_found: 'No such card.',
  card_account_not_found: 'No such card account.',
  account_not_found: 'No such account.',
  product_not_found: 'No such card product.',
  binding_not_found: 'No such bound card.',
  payment_not_found: 'No such transaction.',
  challenge_not_found: 'No such verification.',
  webhook_not_found: 'No such webhook.',
  invoice_not_found: 'No such invoice.',
  resource_not_found: 'No such resource.',
  // card binding and one-time codes
  card_already_bound: 'This card is already bound.',
  card_not_bindable: 'This card cannot be bound in its current state.',
  challenge_expired: 'The verification has expired.',
  challenge_blocked: 'The verification is blocked after too many wrong codes.',
  code_wrong: 'The verification code is wrong.',
  otp_required: 'Verify the transaction first: there is no open one-time code for this card.',
  otp_wrong: 'The one-time code is wrong.',
  otp_expired: 'The one-time code has expired.',
  otp_mismatch: 'The one-time code was issued for other transaction parameters.',
  otp_blocked: 'The one-time code is blocked after too many wrong tries.',
  // what the issuer decides
  card_not_active: 'The card is not active.',
  card_expired: 'The card has expired.',
  card_state_invalid: 'The card is not in a state that allows this.',
  insufficient_funds: 'The available balance is too low.',
  limit_exceeded: 'The amount exceeds a spending limit of the card.',
  currency_not_supported: 'The card cannot be charged in this currency.',
  // payments
  payment_state_invalid: 'The transaction is not in a state that allows this.',
  authorization_expired: 'The authorization has expired.',
  amount_too_large: 'The amount is larger than what is left.',
  currency_mismatch: 'The currency does not match.',
  account_type_invalid: 'This operation needs prepaid card accounts.',
  same_account: 'Source and destination must differ.',
  amount_out_of_range: 'The amount is out of range.',
  // invoices
  invoice_state_invalid: 'The invoice is not in a state that allows this.',
  invoice_expired: 'The invoice has expired.',
  invoice_paid: 'The invoice is paid.',
  already_refunded: 'This transaction has been refunded.',
  operation_in_progress: 'Another operation on this transaction is still running.',
  gateway_not_available: 'No gateway of this merchant takes this payment.',
  card_data_wrong: 'The card data is wrong.',
  holder_not_reachable: 'The cardholder cannot be asked.',
  payable_too_low: 'The merchant has less than this amount to be paid out.',
  claim_held: 'Another payment for this is still running.',
  claim_paid: 'This has been paid.',
  claim_closed: 'This can no longer be paid.',
  operation_not_supported: 'The gateway of this payment does not support this operation.',
  operation_refused: 'The gateway refused the operation.',
  payment_exchanged:
    'The payment was made in another currency, so that it cannot be captured, refunded or voided here.',
  already_captured: 'The payment has been captured, so that it can no longer be voided.',
  // checkouts
  checkout_not_found: 'No such payment.',
  checkout_state_invalid: 'The payment is not in a state that allows this.',
  // orders, stored cards
  order_not_found: 'No such transaction.',
  duplicate_order: 'This transaction id was used before.',
  registration_not_found: 'No such stored card.',
  registration_in_use: 'The stored card is used by an agreement.',
  agreement_not_found: 'No such recurring agreement.',
  agreement_cancelled: 'The recurring agreement was cancelled.',
  merchant_paused: 'The merchant takes no payments for now.',

  // us
  overloaded: 'The server is busy. Try again shortly.',
  outcome_unknown: 'The outcome is not known yet. Repeat the request with the same idempotency key to learn it.',
  internal: 'Internal error.',
} as const

export type ErrorCode = keyof typeof ERRORS

/** What a refusal may carry: the field at fault, a message better than the default, seconds until a retry makes sense. */
export interface ErrorDetails {
  readonly field?: string
  readonly message?: string
  readonly retryAfterSeconds?: number
  /** Whether the caller is known to be one that reads answers of status 200 only. */
  readonly wants200?: boolean
  /** Everything that is wrong with a request, by field, where a face tells all of it. */
  readonly fields?: FieldProblems
  /** What was asked of a payment, where the answer repeats it. */
  readonly operation?: string
  /** `pending`: it may have been done. */
  readonly result?: 'failed' | 'pending'
}

/** Sentences by field; of a field with fields of its own, by those. One sentence alone where the contract has it so. */
export interface FieldProblems {
  readonly [field: string]: string | readonly string[] | readonly FieldProblems[] | FieldProblems
}

/** Thrown when the caller cannot use a result: nothing happened. Anything else that is thrown is a bug. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? ERRORS[code])
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}

/** A request field that cannot be accepted; the message names the field. */
export const invalidField = (field: string, problem: string): AppError =>
  new AppError('invalid_request', { field, message: `${field} ${problem}` })
