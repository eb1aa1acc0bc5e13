// How an order of ours becomes what this face shows: now, and as it was at a step that is told later.
import type { EventType } from '../../events/events.ts'
import { DECLINE_CODES, type DeclineCode } from '../../gateways/connector.ts'
import type { Order } from '../../orders/order.ts'
import type { Standing } from '../../orders/standing.ts'
import type { PaymentSnapshot } from '../../payments/events.ts'
import type { Operation } from '../../payments/operation.ts'
import type { Payment } from '../../payments/payment.ts'
import type { Progress } from './statuses.ts'
import type { PaymentView } from './view.ts'

/** The order as it stands. */
export function viewOf({ order, payment, operation, hasExpired, token }: Standing): PaymentView {
  return {
    ...viewOfOrder(order, { ...payment, kind: operation.kind }),
    progress: progressOf(payment, { isRedirected: operation.state === 'redirected', hasExpired, captureFailed: false }),
    captured: payment.direction === 'charge' ? payment.captured : 0n,
    refunded: payment.refunded,
    paidOut: payment.direction === 'payout' ? payment.captured : payment.paidOut,
    ...saidOf(operation, payment.state),
    ...(operation.state === 'redirected' && operation.redirect && { redirect: operation.redirect }),
    ...(token !== undefined && { registrationId: token }),
  }
}

/** The order as it was at a step; the steps of a payment are told in their order, each as it was. */
export function viewOfStep(order: Order, type: EventType, snapshot: PaymentSnapshot): PaymentView {
  const { direction, state, currency, operation, reason } = snapshot
  const payment = {
    direction,
    state,
    refunded: BigInt(snapshot.refunded),
    refundReserved: BigInt(snapshot.refundReserved),
    captured: BigInt(snapshot.captured),
  }
  const amount = BigInt(snapshot.amount)
  return {
    ...viewOfOrder(order, { direction, amount, currency, kind: operation.kind }),
    progress: progressOf(payment, {
      isRedirected: type === 'payment.redirected',
      hasExpired: reason === 'expired',
      captureFailed: type === 'payment.capture_failed',
    }),
    captured: direction === 'charge' ? payment.captured : 0n,
    refunded: payment.refunded,
    paidOut: direction === 'payout' ? payment.captured : 0n,
    ...saidOf(operation, state),
  }
}

type Amounts = Pick<Payment, 'direction' | 'amount' | 'currency'> & Pick<Operation, 'kind'>

const viewOfOrder = (order: Order, { direction, amount, currency, kind }: Amounts) => ({
  paymentId: order.number,
  paymentType: direction === 'payout' ? ('PO' as const) : kind === 'authorize' ? ('PA' as const) : ('DB' as const),
  merchantTransactionId: order.merchantTransactionId,
  amount: { amount, currency },
  chargedBack: 0n,
  details: order.details,
  createdAt: order.createdAt,
})

interface Circumstances {
  readonly isRedirected: boolean
  readonly hasExpired: boolean
  readonly captureFailed: boolean
}

function progressOf(
  { direction, state, refunded, refundReserved }: Pick<Payment, 'direction' | 'state' | 'refunded' | 'refundReserved'>,
  circumstances: Circumstances,
): Progress {
  if (direction === 'payout' && state === 'declined') return { kind: 'payout', state }
  switch (state) {
    case 'paying':
    case 'paid':
      return { kind: 'payout', state }
    case 'declined':
    case 'authorizing':
    case 'authorized':
    case 'capturing':
    case 'voiding':
    case 'captured':
    case 'voided':
    case 'refunded':
    case 'canceled':
      return { kind: 'charge', state, refunded, refundReserved, chargedBack: 0n, isSettled: false, ...circumstances }
  }
}

type Said = Pick<Operation, 'state' | 'code' | 'message' | 'settledBy' | 'eci' | 'gatewayReference' | 'approvalCode'>

function saidOf(said: Said, state: Payment['state']) {
  const { code, eci, gatewayReference, approvalCode } = said
  const bankReferenceId = approvalCode ?? gatewayReference
  const isDeclined = code !== null && (state === 'declined' || state === 'canceled')
  return {
    ...(isDeclined && { decline: { code: declineCodeOf(code), message: declineMessageOf(said) } }),
    ...(eci !== null && { eci }),
    ...(bankReferenceId !== null && { bankReferenceId }),
  }
}

// Our own issuer refuses with the codes of our errors, most of which gateways have, too.
const OUR_CODES: Readonly<Record<string, DeclineCode>> = {
  card_data_wrong: 'card_invalid',
  currency_not_supported: 'not_permitted',
  holder_not_reachable: 'authentication_failed',
}

/** The reason of a refusal, as this face has a code for it. */
export function declineCodeOf(code: string | null): DeclineCode {
  return DECLINE_CODES.find((known) => known === code) ?? OUR_CODES[code ?? ''] ?? 'refused'
}

/** Why it was refused, in words for merchants and payers: addresses and evidence are for whoever runs the platform. */
export function declineMessageOf({ state, message, settledBy }: Pick<Said, 'state' | 'message' | 'settledBy'>): string {
  if (state === 'not_sent') return 'The gateway cannot be reached.'
  if (state === 'not_done') return 'The gateway did not do it.'
  return settledBy === 'person' ? 'The gateway refused it.' : (message ?? '')
}
