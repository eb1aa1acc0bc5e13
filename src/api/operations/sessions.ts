// Which payment a caller means, and the refusals of operations in this face's words.

import type { Initiator } from '../../checkouts/checkout.ts'
import { findSession } from '../../checkouts/find.ts'
import type { Session } from '../../checkouts/session.ts'
import { AppError } from '../../errors.ts'
import { readSessionId } from '../../payments/session-id.ts'
import type { Principal } from '../../principals/principal.ts'
import { findUserById } from '../../users/queries.ts'
import { actorOf } from '../../users/user.ts'
import type { OperationsDeps } from './context.ts'
import type { Identifiers } from './wire-operation.ts'

const unknown = (field: 'session_id' | 'order_no', value: string): AppError =>
  new AppError('invalid_request', {
    fields: { [field]: [`No PaymentTransaction found with \`${field}\` of ${value}.`] },
  })

/**
 * The merchant's session. By its id where both are given; then the number must not be another one's. Throws `invalid_request` naming
 * the field.
 */
export async function requireSession(
  deps: OperationsDeps,
  merchantId: string,
  { sessionId, orderNo }: Identifiers,
): Promise<Session> {
  const byNumber = orderNo === undefined ? undefined : await findSession(deps, { merchantId, orderNo })
  if (sessionId === undefined) {
    if (!byNumber) throw unknown('order_no', orderNo ?? '')
    return byNumber
  }
  const id = readSessionId(deps.codes, sessionId)
  const session = id === undefined ? undefined : await findSession(deps, { merchantId, id })
  if (!session) throw unknown('session_id', sessionId)
  if (byNumber && byNumber.id !== session.id && session.orderNo !== orderNo) throw unknown('order_no', orderNo ?? '')
  return session
}

/** The user who asks, as callers are told of him; null for API keys. */
export async function initiatorOf({ pool }: OperationsDeps, principal: Principal): Promise<Initiator | null> {
  const actor = actorOf(principal)
  if (actor.kind !== 'user') return null
  const user = await findUserById(pool, actor.id)
  if (!user) return null
  const { number: id, username, email, firstName, lastName, phone } = user
  return { id, username, email, firstName, lastName, phone }
}
