// The payment notification: what an inquiry answers, what webhooks tell of a payment, what a payment in one step answers.

import type { SavedCard } from '../../checkouts/saved-cards.ts'
import type { Attempt, Session } from '../../checkouts/session.ts'
import { multiplyRatio } from '../../money.ts'
import { referenceNumber } from '../../payments/reference-number.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Writing } from './context.ts'
import {
  amountText,
  childBody,
  columnText,
  customerFields,
  gatewayFields,
  initiatorBody,
  inOrder,
  pgParams,
  rateText,
  withoutEmpty,
} from './shown.ts'
import { signPayload } from './signature.ts'
import { utcText } from './times.ts'
import { agreementBody } from './wire-agreement.ts'
import { savedCardBody } from './wire-card.ts'

export type AttemptResult = 'pending' | 'success' | 'failed' | 'canceled' | 'error'

/** How a try to pay went. */
export function attemptResult({ operation: { state, code } }: Pick<Attempt, 'operation'>): AttemptResult {
  switch (state) {
    case 'approved':
      return 'success'
    case 'declined':
      return code === 'canceled_by_payer' ? 'canceled' : 'failed'
    case 'not_sent':
    case 'not_done':
      return 'error'
    case 'calling':
    case 'redirected':
    case 'pending':
    case 'unknown':
      return 'pending'
  }
}

export interface Notice {
  readonly session: Session
  /** The try that it is about; that which paid, or the newest, unless told. */
  readonly attempt?: Attempt
  /** The card that was saved with it. */
  readonly card?: SavedCard | undefined
  /** Whether the payer has left without a try. */
  readonly hasGivenUp?: boolean
  readonly at: Date
}

/** The notification of a payment. A field is there when its value is known. */
export function renderNotice({ session, card, at, ...about }: Notice, { codes, settings }: Writing): object {
  const attempt = about.attempt ?? session.settled ?? session.attempts[0]
  const { checkout, amount: money } = session
  const isCash = session.state === 'cod'
  // Of what is tried at no gateway.
  const own = { reference_number: referenceNumber(settings.referencePrefix, session.id) }
  const body: Record<string, unknown> = {
    ...withoutEmpty({
      ...(checkout && customerFields(checkout.details, checkout.customerId)),
      agreement: checkout?.details.agreement && agreementBody(checkout.details.agreement, 'iso'),
      card_acceptance_criteria:
        checkout?.details.cardMinExpiryDays !== undefined
          ? { min_expiry_time: checkout.details.cardMinExpiryDays }
          : undefined,
      extra: checkout?.details.extra,
      order_no: session.orderNo,
    }),
    amount: amountText(money.amount, money.currency),
    currency_code: money.currency,
    initiator: initiatorBody(checkout?.initiator ?? null),
    payment_type: checkout?.paymentType ?? 'one_off',
    session_id: sessionIdOf(codes, session.id),
    state: session.state,
    timestamp_utc: utcText(at),
    ...(isCash && { ...(session.cash && gatewayFields(session.cash)), ...own, result: 'cod' }),
    ...(attempt && !isCash ? attemptFields(attempt, settings.referencePrefix) : {}),
    ...(session.state === 'paid' && !attempt && { ...keptFields(card), ...own }),
    ...(about.hasGivenUp === true && { result: 'canceled' }),
    ...totals(session),
    ...(card && { token: savedCardBody(card, at) }),
    ...(session.children.length > 0 && {
      transactions: session.children.map((child) => childBody(session, child, { codes })),
    }),
  }
  return inOrder({ ...body, signature: signPayload(settings.hmacKey.reveal(), body) })
}

function attemptFields(attempt: Attempt, prefix: string): Record<string, unknown> {
  const { payment, operation, account, card, response } = attempt
  const result = attemptResult(attempt)
  return {
    ...gatewayFields(account),
    amount_details: amountDetails(attempt),
    fee: `${amountText(payment.fee, payment.currency)} ${payment.currency}`,
    gateway_response: response,
    ...(result !== 'success' && operation.message !== null && { message: operation.message }),
    pg_params: pgParams(operation, card),
    reference_number: referenceNumber(prefix, attempt.referenceId),
    result,
  }
}

// A card that was only kept was tried at no gateway; the account is that which it was kept for.
const keptFields = (card: SavedCard | undefined): Record<string, unknown> => ({
  ...(card && { gateway_account: card.pgCode, gateway_name: card.connector, is_sandbox: card.isSandbox }),
  result: 'success',
})

// What the payer paid, in his currency.
function amountDetails({ payment, operation, account }: Attempt): object {
  const { currency, amount: total } = operation
  const isExchanged = currency !== payment.currency
  const [numerator, denominator] = [payment.rateNumerator, payment.rateDenominator]
  const amount = isExchanged ? multiplyRatio(payment.amount, numerator, denominator) : payment.amount
  return {
    amount: amountText(amount, currency),
    currency_code: currency,
    ...(isExchanged && { exchange_rate: rateText({ numerator, denominator }, payment.currency, account.currency) }),
    fee: amountText(total - amount, currency),
    total: amountText(total, currency),
  }
}

const SETTLED: ReadonlySet<string> = new Set(['paid', 'authorized', 'cod'])

// Amounts of the payment itself, in its own currency.
function totals({ state, amount: { amount, currency }, settled, children }: Session): Record<string, unknown> {
  const hasSettled = SETTLED.has(state)
  const payment = settled?.payment
  const paid = payment && state === 'authorized' ? payment.captured : (payment?.authorized ?? 0n)
  const isVoided = children.some(({ operation }) => operation.kind === 'void')
  return {
    ...(payment && { paid_amount: amountText(paid, currency) }),
    ...(hasSettled && { settled_amount: amountText(amount, currency) }),
    remaining_amount: columnText(hasSettled ? 0n : amount, currency),
    ...(payment && payment.refunded > 0n && { refunded_amount: amountText(payment.refunded, currency) }),
    ...(isVoided && { voided_amount: amountText(amount, currency) }),
  }
}
