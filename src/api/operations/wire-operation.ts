// An operation as it is asked for on the wire.
import type { IncomingHttpHeaders } from 'node:http'
import type { ExternalOperation } from '../../checkouts/operate.ts'
import { AppError } from '../../errors.ts'
import type { Body } from './body.ts'
import { Reader } from './reader.ts'

export type InternalOperation = 'cancel' | 'expire' | 'delete'

export const OPERATIONS = ['delete', 'cancel', 'expire', 'refund', 'capture', 'void'] as const

export type OperationName = InternalOperation | ExternalOperation

/** Whether a gateway, or our own issuer, is asked for it. */
export const isExternal = (operation: OperationName): operation is ExternalOperation =>
  operation === 'refund' || operation === 'capture' || operation === 'void'

/** Which payment is meant: the session id wins where both are given. */
export interface Identifiers {
  readonly sessionId: string | undefined
  readonly orderNo: string | undefined
}

export interface OperationBody extends Identifiers {
  readonly operation: OperationName
  /** Decimal text, for refunds and captures only. */
  readonly amount: string | undefined
  readonly extra: object | undefined
}

const NAME_MAX = 128
const NO_NAME = 'You must provide either `session_id` or `order_no` to identify the PaymentTransaction.'

/** Reads which payment is meant. */
export function readIdentifiers(reader: Reader): Identifiers {
  const sessionId = reader.text('session_id', { max: NAME_MAX })
  const orderNo = reader.text('order_no', { max: NAME_MAX })
  if (!reader.has('session_id') && !reader.has('order_no')) {
    reader.refuse('session_id', NO_NAME)
    reader.refuse('order_no', NO_NAME)
  }
  return { sessionId, orderNo }
}

/** Reads a request. Throws `invalid_request` with everything that is wrong. */
export function readOperation(body: Body): OperationBody {
  const reader = new Reader(body)
  const operation = reader.choice('operation', OPERATIONS, true)
  const names = readIdentifiers(reader)
  const hasAmount = operation === 'refund' || operation === 'capture'
  const amount = hasAmount ? readAmount(reader) : undefined
  const extra = reader.freeForm('extra')
  if (operation === 'refund' && reader.choice('destination', ['pg', 'wallet']) === 'wallet')
    reader.refuse('destination', 'There is no wallet to refund to.')
  reader.finish()
  if (operation === undefined) throw new Error('a request without an operation was accepted')
  return { operation, ...names, amount, extra }
}

// Null means what is left, as if nothing was said. An empty text is neither a number nor nothing.
function readAmount(reader: Reader): string | undefined {
  if (reader.raw('amount') === '') return reader.refuse('amount', 'A valid number is required.')
  return reader.amount('amount')
}

/** The Tracking-Key of an external operation; an empty one is none. Throws `invalid_request` for one that is too long. */
export function readTrackingKey(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['tracking-key']
  const key = (Array.isArray(header) ? header.join(', ') : (header ?? '')).trim()
  if ([...key].length > NAME_MAX || /\p{Cc}/u.test(key)) {
    throw new AppError('invalid_request', {
      operation: 'operation_tracking',
      message: `Tracking-Key must have at most ${NAME_MAX} characters.`,
    })
  }
  return key === '' ? undefined : key
}
