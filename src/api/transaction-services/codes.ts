// Every result code of this face, in one table: docs/faces/transaction-services.md shows it.

/** What became of a request. The code is what clients compare; the words are the API's own, misspellings included. */
export const RESULTS = {
  succeeded: ['00001', 'Transaction succeeded'],
  registered: ['00002', 'Card registered successfully'],
  pending: ['00003', 'Transaction pending'],
  captured: ['00004', 'Transaction captured successfully'],
  refunded: ['00005', 'Transaction refunded successfully'],
  cancelled: ['00006', 'Transaction cancelled successfully'],
  registrationDeleted: ['00007', 'Registration deleted successfully'],
  invoiceGenerated: ['00010', 'Invoice generated successfully'],
  invoiceCancelled: ['00011', 'Invoice cancelled successfully'],
  invoiceReminded: ['00012', 'Invoice reminder sent successfully'],
  invoiceRegenerated: ['00013', 'Invoice regenerated successfully'],
  invoiceConfigFound: ['00022', 'Invoice configuration found successfully'],
  found: ['00026', 'Your record found successfully'],
  listed: ['00029', 'Transaction details retrived successfully.'],
  tokenMade: ['200', 'Token generated successfully'],

  declined: ['10001', 'Transaction declined'],
  notPermitted: ['10002', 'Transaction not permitted'],
  registrationFailed: ['10003', 'Registration failed'],
  captureFailed: ['10005', 'Capture failed'],
  refundFailed: ['10006', 'Refund failed'],
  cancelFailed: ['10007', 'Cancel failed'],
  registrationDeletionFailed: ['10008', 'Registration deletion failed'],
  invoiceFailed: ['10011', 'Invoice not generated'],
  invoiceCancelFailed: ['10012', 'Invoice cancel failed'],
  invoiceReminderFailed: ['10013', 'Invoice reminder not sent'],
  invoiceRegenerationFailed: ['10014', 'Invoice regeneration failed'],
  invoiceConfigFailed: ['10023', 'Invoice configuration not found'],
  notFound: ['10026', 'Record not found'],

  issuerDeclined: ['11005', 'Declined by the issuer'],
  invalidTransaction: ['11012', 'Invalid transaction'],
  invalidAmount: ['11013', 'Invalid amount'],
  invalidCard: ['11014', 'Invalid card'],
  suspectedFraud: ['11034', 'Suspicion of manipulation'],
  notSupported: ['11040', 'Function not supported'],
  insufficientFunds: ['11051', 'Insufficient funds'],
  cardExpired: ['11054', 'Expired card'],
  limitExceeded: ['11061', 'Limit exceeded'],

  fieldMissing: ['20001', 'A required field is missing'],
  fieldInvalid: ['20002', 'A field has the wrong format'],
  amountInvalid: ['20003', 'The amount is not valid'],
  memberUnknown: ['20004', 'Unknown member'],
  memberInactive: ['20005', 'The member or terminal is not active'],
  terminalMismatch: ['20006', 'No terminal for this brand and currency'],
  checksumWrong: ['20007', 'The checksum does not match'],
  duplicate: ['20008', 'Duplicate merchantTransactionId'],
  tokenInvalid: ['20009', 'The AuthToken is missing, expired or not valid'],
  tokenOfAnother: ['20010', 'The AuthToken does not belong to this member'],
  stateInvalid: ['20011', 'The transaction is not in a state that allows this'],
  amountTooLarge: ['20012', 'The amount is larger than what is left'],
  refundedAlready: ['20013', 'The transaction was refunded already'],
  contentTypeUnsupported: ['20014', 'The Content-Type must be form-urlencoded or JSON, in UTF-8'],

  authenticationFailed: ['401', 'Authentication failed'],
  routeUnknown: ['404', 'There is no such endpoint'],
  methodUnknown: ['405', 'This endpoint does not support that method'],
  bodyTooLarge: ['413', 'The request body is too large'],
  tooMany: ['429', 'Too many requests'],
  internal: ['500', 'Internal error'],
  overloaded: ['503', 'The server is busy'],
} as const satisfies Readonly<Record<string, readonly [code: string, description: string]>>

export type ResultName = keyof typeof RESULTS

/** How an answer says what became of a request. */
export interface Result {
  readonly code: string
  readonly description: string
  /** A more exact code of the same table, where `code` is the general one that clients compare. */
  readonly reason?: string
}

/** A result by its name; with better words, and a more exact reason. */
export function resultOf(name: ResultName, better: { description?: string; reason?: ResultName } = {}): Result {
  const [code, description] = RESULTS[name]
  return {
    code,
    description: better.description ?? description,
    ...(better.reason && { reason: RESULTS[better.reason][0] }),
  }
}
