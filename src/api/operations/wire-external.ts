// What is answered to an operation, and told of it: the operation's own shape, and the one in which a Tracking-Key is answered again.
import type { Child, Session } from '../../checkouts/session.ts'
import { referenceNumber } from '../../payments/reference-number.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Writing } from './context.ts'
import {
  amountOfChild,
  amountText,
  childBody,
  childState,
  columnText,
  customerFields,
  gatewayFields,
  initiatorBody,
  inOrder,
  pgParams,
  rawText,
} from './shown.ts'
import { signPayload } from './signature.ts'
import { utcText } from './times.ts'
import type { InternalOperation } from './wire-operation.ts'

/** What is answered when no gateway was needed. */
export const renderInternal = (operation: InternalOperation | 'restore'): object => ({
  detail: 'Operation done successfully',
  operation,
  result: 'success',
})

export type OperationResult = 'success' | 'queued' | 'rejected'

/** How a child's operation went, for its caller. */
export function resultOf({ operation }: Child): OperationResult {
  switch (childState(operation)) {
    case 'refund_queued':
      return 'queued'
    case 'refund_rejected':
      return 'rejected'
    case 'paid':
    case 'refunded':
    case 'voided':
      return 'success'
  }
}

/** A child as its operation answers it. A webhook names no operation: `operation` is null in every sample of the contract. */
export function renderExternal(
  { session, child }: { readonly session: Session; readonly child: Child },
  { codes, settings }: Writing,
  named: 'named' | 'unnamed' = 'named',
): object {
  const { operation, account, initiator, extra, source, response } = child
  const asked = amountOfChild(session, child)
  const result = resultOf(child)
  const body = {
    amount: amountText(asked.amount, asked.currency),
    ...(extra && { extra }),
    initiator: initiatorBody(initiator),
    is_sandbox: account.isSandbox,
    operation: named === 'named' ? operation.kind : null,
    order_no: session.orderNo ?? '',
    pg_code: account.code,
    pg_params: pgParams(operation, null),
    pg_response: response,
    reference_number: referenceNumber(settings.referencePrefix, operation.id),
    result,
    session_id: sessionIdOf(codes, session.id),
    source: source === 'pg' ? 'pg' : 'input',
    success: result === 'success',
    timestamp_utc: utcText(operation.settledAt ?? operation.createdAt),
    txn: childBody(session, child, { codes }),
  }
  return inOrder({ ...body, signature: signPayload(settings.hmacKey.reveal(), body) })
}

/** A child as its Tracking-Key is answered: the notification of the child itself, with its own session id. */
export function renderReplay(
  { session, child }: { readonly session: Session; readonly child: Child },
  { codes, settings }: Writing,
): object {
  const { operation, account, initiator, extra, response } = child
  const { amount, currency } = amountOfChild(session, child)
  const raw = rawText(amount, currency)
  const { checkout } = session
  const body = {
    ...(checkout && customerFields(checkout.details, null)),
    ...gatewayFields(account),
    amount: amountText(amount, currency),
    amount_details: { amount: raw, currency_code: currency, fee: '0', total: raw },
    currency_code: currency,
    customer_id: checkout?.customerId ?? '',
    customer_phone: checkout?.details.customerPhone ?? '',
    extra: extra ?? {},
    gateway_response: response,
    initiator: initiatorBody(initiator),
    payment_type: checkout?.paymentType ?? 'one_off',
    reference_number: referenceNumber(settings.referencePrefix, operation.id),
    remaining_amount: columnText(amount, currency),
    result: resultOf(child),
    session_id: sessionIdOf(codes, operation.id),
    state: childState(operation),
    timestamp_utc: utcText(operation.settledAt ?? operation.createdAt),
  }
  return inOrder({ ...body, signature: signPayload(settings.hmacKey.reveal(), body) })
}
