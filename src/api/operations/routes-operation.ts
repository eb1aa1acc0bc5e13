// The six operations: cancel, expire and delete are ours alone; refund, capture and void ask the gateway.

import { type By, recordAudit } from '../../audit/audit.ts'
import { cancelCheckout, expireCheckout } from '../../checkouts/close.ts'
import { getChild, getSessionOfOperation } from '../../checkouts/find.ts'
import { type ExternalOperation, findReplay, operateSession } from '../../checkouts/operate.ts'
import { deleteCheckout, restoreCheckout } from '../../checkouts/remove.ts'
import type { Session } from '../../checkouts/session.ts'
import { AppError } from '../../errors.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import { siblingId } from '../../ids.ts'
import type { OperationAttachment } from '../../payments/follow-up.ts'
import { isSettled, type Operation } from '../../payments/operation.ts'
import { readSessionId } from '../../payments/session-id.ts'
import { requirePermission } from '../../users/user.ts'
import { byOf, noteOf } from './audit.ts'
import type { Body } from './body.ts'
import { type OperationsDeps, writingFor } from './context.ts'
import { problemOfDecimals } from './decimals.ts'
import { EXAMPLES } from './examples.ts'
import { OPERATION_BODY, OPERATION_HEADERS, OPERATION_RESPONSE, SESSION_PARAMS } from './schemas.ts'
import { initiatorOf, requireSession } from './sessions.ts'
import { renderExternal, renderInternal, renderReplay } from './wire-external.ts'
import {
  type InternalOperation,
  isExternal,
  type OperationBody,
  readOperation,
  readTrackingKey,
} from './wire-operation.ts'

type OperationCall = Call<Body, unknown>

/** The route of all operations. */
export const operationRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/pbl/v2/operation/',
    summary: 'Cancel, expire, delete, refund, capture or void a payment',
    description:
      'By `session_id` or `order_no`. A refund or capture without an amount is of what is left. A `Tracking-Key` header makes an external ' +
      'operation execute once: until it has failed for certain, every repetition is answered with how it stands.',
    body: OPERATION_BODY,
    headers: OPERATION_HEADERS,
    response: OPERATION_RESPONSE,
    examples: EXAMPLES.operation,
    handle: (call) => operate(deps, call as unknown as OperationCall),
  }),
  route({
    method: 'POST',
    path: '/checkout/v1/pymt-txn/:session_id([-\\w]{1,128})/restore/',
    summary: 'Bring back a payment that was deleted after it had been paid',
    description: 'With its state, children and amounts. What was deleted before it was paid is gone for good.',
    query: SESSION_PARAMS,
    response: OPERATION_RESPONSE,
    examples: { response: { detail: 'Operation done successfully', operation: 'restore', result: 'success' } },
    handle: (call) => restore(deps, call as unknown as Call<Body, { readonly session_id: string }>),
  }),
]

// A contract of ours: the one that we keep says only that what is deleted can be restored.
async function restore(
  deps: OperationsDeps,
  { principal, query, ip }: Call<Body, { readonly session_id: string }>,
): Promise<object> {
  requirePermission(principal, 'payment.delete')
  const id = readSessionId(deps.codes, query.session_id)
  if (id === undefined) throw new AppError('checkout_not_found')
  const note = noteOf({ principal, ip }, { action: 'payment.restore', objectId: id })
  await restoreCheckout(deps, { merchantId: principal.id, id, note })
  return renderInternal('restore')
}

async function operate(deps: OperationsDeps, call: OperationCall): Promise<object> {
  const asked = readOperation(call.body)
  requirePermission(call.principal, `payment.${asked.operation}`)
  try {
    return isExternal(asked.operation)
      ? await operateExternally(deps, call, { asked, operation: asked.operation })
      : await operateInternally(deps, call, { asked, operation: asked.operation })
  } catch (error) {
    throw asFailure(error, asked.operation)
  }
}

// What is wrong with a field is told by the field; anything else with the operation.
function asFailure(error: unknown, operation: string): unknown {
  if (!(error instanceof AppError) || error.code === 'rate_limited' || error.details.operation) return error
  const { field: _field, ...details } = error.details
  return error.code === 'invalid_request' ? error : new AppError(error.code, { ...details, operation })
}

interface Asked<Name extends string> {
  readonly asked: OperationBody
  readonly operation: Name
}

async function operateInternally(
  deps: OperationsDeps,
  call: OperationCall,
  { asked, operation }: Asked<InternalOperation>,
): Promise<object> {
  const { id: merchantId } = call.principal
  const session = await requireSession(deps, merchantId, asked)
  if (!session.checkout) throw new AppError('checkout_state_invalid') // Another face made it and keeps it.
  const note = noteOf(call, { action: `payment.${operation}`, objectId: session.id })
  await VERBS[operation](deps, { merchantId, id: session.id, note })
  return renderInternal(operation)
}

const VERBS = { cancel: cancelCheckout, expire: expireCheckout, delete: deleteCheckout } as const

async function operateExternally(
  deps: OperationsDeps,
  call: OperationCall,
  { asked, operation }: Asked<ExternalOperation>,
): Promise<object> {
  const { id: merchantId } = call.principal
  const trackingKey = readTrackingKey(call.headers)
  const known = trackingKey === undefined ? undefined : await findReplay(deps, { merchantId, trackingKey })
  if (known !== undefined) return replay(deps, merchantId, known)
  const session = await requireSession(deps, merchantId, asked)
  requireDecimals(asked, session)
  const [initiator, writing] = [await initiatorOf(deps, call.principal), await writingFor(deps, merchantId)]
  try {
    const { operation: done } = await operateSession(deps, {
      ...{ operation, session, amount: asked.amount, trackingKey, extra: asked.extra, initiator, source: 'input' },
      ...{ referencePrefix: writing.settings.referencePrefix, note: auditNote(byOf(call), session) },
    })
    requireOutcome(done)
    // What is told of the parent is frozen: it need not be read again.
    return renderExternal({ session, child: await getChild(deps, session, done) }, writing)
  } catch (error) {
    // A copy under the same key was first.
    const isCopy = error instanceof AppError && error.code === 'request_in_progress' && trackingKey !== undefined
    const first = isCopy ? await findReplay(deps, { merchantId, trackingKey }) : undefined
    if (first === undefined) throw error
    return replay(deps, merchantId, first)
  }
}

function requireDecimals({ amount }: OperationBody, { amount: { currency } }: Session): void {
  const problem = amount === undefined ? undefined : problemOfDecimals(amount, currency)
  if (problem !== undefined) throw new AppError('invalid_request', { fields: { amount: [problem] } })
}

const auditNote = (by: By, session: Session): OperationAttachment => ({
  needs: [],
  admit: () => undefined,
  write: (books, { operation }) => {
    recordAudit(books, by, {
      ...{ id: siblingId(operation.id, 14), merchantId: session.merchantId, objectId: session.id },
      action: `payment.${operation.kind}`,
      result: isSettled(operation) ? 'done' : 'begun', // Our own issuer has decided already.
      data: { operation: operation.id, amount: operation.amount.toString(), currency: operation.currency },
    })
  },
})

// A refund that is not decided is queued. Of a capture or void it is said that nobody knows, and it is no child before somebody does.
function requireOutcome(operation: Operation): void {
  if (!isSettled(operation)) {
    if (operation.kind === 'refund') return
    throw new AppError('operation_in_progress', {
      ...{ operation: operation.kind, result: 'pending' },
      message:
        'The outcome is not known yet. Repeat the request with its Tracking-Key, or make an inquiry, to learn it.',
    })
  }
  if (operation.state !== 'approved' && operation.settledBy === 'answer')
    throw new AppError('operation_refused', operation.message === null ? {} : { message: operation.message })
}

const REPLAY_WAIT_MS = 2000
const REPLAY_POLL_MS = 25

// The first one may still be under way: its copies wait for it as long as a caller likes to wait.
async function replay(deps: OperationsDeps, merchantId: string, operationId: string): Promise<object> {
  const until = performance.now() + REPLAY_WAIT_MS
  for (;;) {
    const found = await getSessionOfOperation(deps, operationId)
    const { operation } = found.child
    const isCalling = operation.state === 'calling' && performance.now() < until
    if (!isCalling) {
      requireOutcome(operation)
      return renderReplay(found, await writingFor(deps, merchantId))
    }
    await new Promise((resolve) => setTimeout(resolve, REPLAY_POLL_MS))
  }
}
