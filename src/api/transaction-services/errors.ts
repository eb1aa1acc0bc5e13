// How Transaction Services says no: an answer with a result code. The status is 200 for whatever is about the payment, and an
// error's for whatever is about the call.
import type { ErrorCode, ErrorDetails } from '../../errors.ts'
import type { RefusedRequest, RenderedError } from '../../http/face.ts'
import { isMember } from '../../members/member.ts'
import { type ResultName, resultOf } from './codes.ts'
import { formatTimestamp } from './times.ts'

interface WireError {
  readonly status: number
  readonly result: ResultName
  readonly reason?: ResultName
}

const business = (result: ResultName, reason?: ResultName): WireError => ({
  status: 200,
  result,
  ...(reason && { reason }),
})

/** Every refusal in this API's words. */
export const WIRE_ERRORS: Readonly<Record<ErrorCode, WireError>> = {
  invalid_request: business('fieldInvalid'),
  field_missing: business('fieldMissing'),
  amount_invalid: business('amountInvalid'),
  body_too_large: { status: 413, result: 'bodyTooLarge' },
  unsupported_media_type: { status: 415, result: 'contentTypeUnsupported' },
  route_not_found: { status: 404, result: 'routeUnknown' },
  method_not_allowed: { status: 405, result: 'methodUnknown' },
  page_token_invalid: business('fieldInvalid'),

  authentication_failed: { status: 401, result: 'authenticationFailed' },
  token_invalid: { status: 401, result: 'tokenInvalid' },
  token_of_another: { status: 401, result: 'tokenOfAnother' },
  member_not_active: business('memberInactive'),
  checksum_invalid: business('checksumWrong'),
  signature_invalid: business('checksumWrong'),
  forbidden: { status: 403, result: 'notPermitted' },
  rate_limited: { status: 429, result: 'tooMany' },
  velocity_exceeded: { status: 429, result: 'tooMany' },

  idempotency_key_reused: business('duplicate'),
  request_in_progress: business('duplicate'),
  xid_taken: business('duplicate'),

  card_not_found: business('declined', 'invalidCard'),
  card_account_not_found: business('notFound'),
  account_not_found: business('notFound'),
  product_not_found: business('notFound'),
  binding_not_found: business('notFound'),
  payment_not_found: business('notFound'),
  challenge_not_found: business('notFound'),
  webhook_not_found: business('notFound'),
  resource_not_found: business('notFound'),

  card_already_bound: business('duplicate'),
  card_not_bindable: business('declined', 'invalidCard'),
  challenge_expired: business('declined'),
  challenge_blocked: business('declined'),
  code_wrong: business('declined'),
  otp_required: business('declined'),
  otp_wrong: business('declined'),
  otp_mismatch: business('declined'),
  otp_expired: business('declined'),
  otp_blocked: business('declined'),

  card_not_active: business('declined', 'invalidCard'),
  card_expired: business('declined', 'cardExpired'),
  card_state_invalid: business('declined', 'invalidCard'),
  insufficient_funds: business('declined', 'insufficientFunds'),
  limit_exceeded: business('declined', 'limitExceeded'),
  currency_not_supported: business('terminalMismatch'),

  payment_state_invalid: business('stateInvalid'),
  authorization_expired: business('stateInvalid'),
  amount_too_large: business('amountTooLarge'),
  currency_mismatch: business('terminalMismatch'),
  account_type_invalid: business('fieldInvalid'),
  same_account: business('fieldInvalid'),
  amount_out_of_range: business('amountInvalid'),
  already_refunded: business('refundedAlready'),
  operation_in_progress: business('pending'),
  gateway_not_available: business('terminalMismatch'),
  card_data_wrong: business('declined', 'invalidCard'),
  holder_not_reachable: business('declined', 'notPermitted'),
  payable_too_low: business('declined', 'insufficientFunds'),
  claim_held: business('pending'),
  claim_paid: business('duplicate'),
  claim_closed: business('stateInvalid'),
  operation_not_supported: business('notPermitted'),
  operation_refused: business('declined'),
  payment_exchanged: business('notPermitted'),
  already_captured: business('stateInvalid'),
  checkout_not_found: business('notFound'),
  checkout_state_invalid: business('stateInvalid'),
  order_not_found: business('notFound'),
  duplicate_order: business('duplicate'),
  registration_not_found: business('notFound'),
  registration_in_use: business('stateInvalid'),
  agreement_not_found: business('notPermitted'),
  agreement_cancelled: business('notPermitted'),

  invoice_not_found: business('notFound'),
  invoice_state_invalid: business('stateInvalid'),
  invoice_expired: business('stateInvalid'),
  invoice_paid: business('stateInvalid'),

  merchant_paused: { status: 503, result: 'overloaded' },
  overloaded: { status: 503, result: 'overloaded' },
  outcome_unknown: business('pending'), // It may have been done: never a failure.
  internal: { status: 500, result: 'internal' },
}

// What could not be done to a payment in its state has a code for each operation.
const OPERATION_FAILURES: Readonly<Record<string, ResultName>> = {
  CP: 'captureFailed',
  RF: 'refundFailed',
  RV: 'cancelFailed',
}

const PAYMENT_ID = /^[0-9]{1,10}$/

export interface ErrorRenderer {
  /** For the timestamps. */
  readonly latest: () => Date
  /** Answers what is about the call with status 200, too, whoever is calling. */
  readonly legacyHttp200?: boolean
}

/** What renders refusals: the envelope with `-` for a payment that there is not. */
export const createErrorRenderer =
  ({ latest, legacyHttp200 = false }: ErrorRenderer) =>
  (code: ErrorCode, details: ErrorDetails, refused?: RefusedRequest): RenderedError => {
    const { status, result, reason } = WIRE_ERRORS[code]
    const operation = OPERATION_FAILURES[readText(refused?.body, 'paymentType')]
    const isAboutState = operation !== undefined && (result === 'stateInvalid' || result === 'refundedAlready')
    const description = details.message === undefined ? {} : { description: details.message }
    const paymentId = refused?.params.paymentId ?? ''
    const timeZone = isMember(refused?.principal) ? refused.principal.timeZone : 'UTC'
    return {
      status: status === 401 && (legacyHttp200 || details.wants200) ? 200 : status,
      body: {
        paymentId: isAboutState && PAYMENT_ID.test(paymentId) ? paymentId : '-',
        result: isAboutState
          ? resultOf(operation, { ...description, reason: result })
          : resultOf(result, { ...description, ...(reason && { reason }) }),
        timestamp: formatTimestamp(latest(), timeZone),
      },
    }
  }

function readText(body: unknown, name: string): string {
  const value = typeof body === 'object' && body !== null && name in body && (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}
