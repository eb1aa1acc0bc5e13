// Answers about payments: after a charge, a capture, refund, reversal or payout, and to an inquiry. Everything is a text.
import type { DeclineCode } from '../../gateways/connector.ts'
import type { Member } from '../../members/member.ts'
import { formatWireAmount } from './amounts.ts'
import { checksumOf } from './checksum.ts'
import { type Result, type ResultName, resultOf } from './codes.ts'
import { shortStatusOf, statusOf } from './statuses.ts'
import { formatTimestamp } from './times.ts'
import type { OrderDetails, PaymentView } from './view.ts'

/** For whom and when an answer is written. */
export interface Rendering {
  readonly member: Member
  readonly now: Date
}

/** The code of each reason to decline, beside the general 10001. */
export const DECLINE_REASONS: Readonly<Record<DeclineCode, ResultName>> = {
  refused: 'issuerDeclined',
  insufficient_funds: 'insufficientFunds',
  limit_exceeded: 'limitExceeded',
  card_expired: 'cardExpired',
  card_invalid: 'invalidCard',
  card_not_active: 'invalidCard',
  cvv_wrong: 'invalidCard',
  suspected_fraud: 'suspectedFraud',
  authentication_failed: 'issuerDeclined',
  canceled_by_payer: 'issuerDeclined',
  not_permitted: 'notSupported',
  state_invalid: 'invalidTransaction',
  amount_too_large: 'invalidAmount',
  gateway_unreachable: 'issuerDeclined',
}

/** The answer to a charge or payout, with the redirect when there is one. */
export const renderPayment = (view: PaymentView, rendering: Rendering) => ({
  ...renderFacts(view, rendering),
  ...(view.redirect && { redirect: renderRedirect(view.redirect) }),
  result: resultOfPayment(view),
  timestamp: formatTimestamp(rendering.now, rendering.member.timeZone),
})

/** The answer to an inquiry: the payment, under a code of the inquiry's own or the payment's, as the member has it. */
export const renderInquiry = (view: PaymentView, rendering: Rendering) => ({
  ...renderPayment(view, rendering),
  result: rendering.member.inquiryCode === '00026' ? resultOf('found') : resultOfPayment(view),
})

/**
 * The answer to a charge under a merchantTransactionId that there is already: a refusal that carries the first payment and its
 * status, so that whoever lost the first answer learns of it.
 */
export const renderDuplicate = (view: PaymentView, rendering: Rendering) => ({
  ...renderPayment(view, rendering),
  result: resultOf('duplicate'),
})

/** What came of a capture, refund or reversal. */
export type FollowUpOutcome = 'done' | 'pending' | { readonly declined: string; readonly code: DeclineCode }

const FOLLOW_UP_RESULTS = {
  capture: { done: 'captured', failed: 'captureFailed', paymentType: 'CP' },
  refund: { done: 'refunded', failed: 'refundFailed', paymentType: 'RF' },
  void: { done: 'cancelled', failed: 'cancelFailed', paymentType: 'RV' },
} as const satisfies Readonly<Record<string, { done: ResultName; failed: ResultName; paymentType: string }>>

export type FollowUpOperation = keyof typeof FOLLOW_UP_RESULTS

export interface FollowUpView {
  readonly operation: FollowUpOperation
  readonly outcome: FollowUpOutcome
  /** Of the operation, in minor units of the payment's currency. */
  readonly amount: bigint
  /** The payment as it is now. */
  readonly payment: PaymentView
}

/** The answer to a capture, refund or reversal: the payment keeps its id. */
export function renderFollowUp({ operation, outcome, amount, payment }: FollowUpView, rendering: Rendering) {
  const { done, failed, paymentType } = FOLLOW_UP_RESULTS[operation]
  const facts = renderFacts(payment, rendering)
  return {
    ...facts,
    referencedPaymentId: facts.paymentId,
    paymentType,
    amount: formatWireAmount({ amount, currency: payment.amount.currency }),
    checksum: checksumOut(payment, rendering.member, formatWireAmount({ amount, currency: payment.amount.currency })),
    result: resultOfFollowUp(outcome, done, failed),
    timestamp: formatTimestamp(rendering.now, rendering.member.timeZone),
  }
}

function resultOfFollowUp(outcome: FollowUpOutcome, done: ResultName, failed: ResultName): Result {
  switch (outcome) {
    case 'done':
      return resultOf(done)
    case 'pending':
      return resultOf('pending')
    default:
      return resultOf(failed, { description: outcome.declined, reason: DECLINE_REASONS[outcome.code] })
  }
}

/** The result code of a payment as it stands: it says the same as the status beside it. */
export function resultOfPayment({ progress, decline }: PaymentView): Result {
  switch (statusOf(progress)) {
    case 'begun':
    case 'authstarted':
    case '3D Authstarted':
    case 'capturestarted':
    case 'cancelstarted':
    case 'markedforreversal':
    case 'payoutstarted':
      return resultOf('pending')
    case 'authsuccessful':
    case 'capturesuccess':
    case 'settled':
    case 'payoutsuccessful':
      return resultOf('succeeded')
    case 'reversed':
      return resultOf('refunded')
    case 'cancelled':
      return resultOf('cancelled')
    case 'capturefailed':
      return resultOf('captureFailed')
    case 'authcancelled': // An authorization that ran out was not declined.
      return progress.state === 'voided' ? resultOf('cancelled') : declinedFor(decline)
    case 'authfailed':
    case 'chargeback':
    case 'failed':
    case 'payoutfailed':
      return declinedFor(decline)
  }
}

const declinedFor = (decline: PaymentView['decline']): Result =>
  decline
    ? resultOf('declined', { description: decline.message, reason: DECLINE_REASONS[decline.code] })
    : resultOf('declined')

/** What every answer and message about a payment says of it. */
export function renderFacts(view: PaymentView, { member }: Pick<Rendering, 'member'>) {
  const { details, progress } = view
  const { customer } = details
  const amount = formatWireAmount(view.amount)
  return {
    paymentId: view.paymentId.toString(),
    ...(view.registrationId !== undefined && { registrationId: view.registrationId }),
    paymentType: view.paymentType,
    paymentBrand: details.paymentBrand,
    paymentMode: details.paymentMode,
    firstName: customer.givenName ?? '',
    lastName: customer.surname ?? '',
    amount,
    currency: view.amount.currency,
    tmpl_amount: details.tmplAmount ?? amount,
    tmpl_currency: details.tmplCurrency ?? view.amount.currency,
    merchantTransactionId: view.merchantTransactionId,
    descriptor: details.descriptor ?? '',
    orderDescription: details.descriptor ?? '',
    remark: remarkOf(view),
    status: statusOf(progress) as string,
    transactionStatus: shortStatusOf(progress) as string,
    captureamount: inCurrency(view, view.captured),
    refundamount: inCurrency(view, view.refunded),
    eci: view.eci ?? '',
    bankReferenceId: view.bankReferenceId ?? '',
    terminalId: details.terminalId ?? '',
    checksum: checksumOut(view, member, amount),
    card: renderCard(details),
    customer: { email: customer.email ?? '', id: customer.id ?? '' },
  }
}

/** A sum in the currency of a payment. */
export const inCurrency = ({ amount }: Pick<PaymentView, 'amount'>, sum: bigint): string =>
  formatWireAmount({ amount: sum, currency: amount.currency })

/** What became of it in words. */
export const remarkOf = (view: PaymentView): string => view.decline?.message ?? resultOfPayment(view).description

/** All members always, empty for what is not a card. The last four digits have two names in this API. */
export const renderCard = ({ card }: Pick<OrderDetails, 'card'>) => ({
  bin: card?.bin ?? '',
  last4Digits: card?.last4 ?? '',
  lastFourDigits: card?.last4 ?? '',
  holder: card?.holder ?? '',
  expiryMonth: card?.expiryMonth ?? '',
  expiryYear: card?.expiryYear ?? '',
})

/** C12 under the member's current key, over the amount as the message says it; empty for a member without MD5. */
export const checksumOut = (view: PaymentView, member: Member, amount: string): string =>
  member.allowsMd5
    ? checksumOf('C12', member.secureKeys[0], {
        paymentId: view.paymentId.toString(),
        merchantTransactionId: view.merchantTransactionId,
        amount,
        status: shortStatusOf(view.progress),
      })
    : ''

const renderRedirect = ({ url, method, parameters }: NonNullable<PaymentView['redirect']>) => ({
  url,
  method: method as string,
  target: '',
  parameters: parameters.map(({ name, value }) => ({ name, value })),
})
