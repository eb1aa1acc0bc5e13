// getTransactionList: what a member asks of its payments, and how they are listed.
import { invalidField } from '../../errors.ts'
import type { OrderFilter, StandingFilter } from '../../orders/queries.ts'
import type { Principal } from '../../principals/principal.ts'
import { formatWireAmount } from './amounts.ts'
import { resultOf } from './codes.ts'
import type { Fields } from './fields.ts'
import { PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { optional, readFields, schemaOf } from './shape.ts'
import { isLongStatus, type LongStatus, STATUSES, statusOf } from './statuses.ts'
import { type Day, dayNumber, formatJdbcTime, formatTimestamp, parseDay, startOfDay } from './times.ts'
import type { PaymentView } from './view.ts'
import { openRequest } from './wire-charge.ts'
import { inCurrency, type Rendering, remarkOf, renderCard } from './wire-payment.ts'

export interface ListOrder {
  readonly merchantId: string
  /** Inclusive. */
  readonly from?: Date
  /** Exclusive. */
  readonly until?: Date
  /** Every status when absent. */
  readonly status?: LongStatus
  /** From 1. */
  readonly page: number
  readonly pageSize: number
}

export const PAGE_SIZE_DEFAULT = 30
export const PAGE_SIZE_MAX = 1000
const RANGE_DAYS_MAX = 366

const LIST_SHAPE = {
  ...PROOF_SHAPE,
  'pagination.fromdate': optional(rules.DAY),
  'pagination.todate': optional(rules.DAY),
  'pagination.pageno': optional(rules.COUNT),
  'pagination.records': optional(rules.COUNT),
  status: optional(rules.oneOf([...Object.keys(STATUSES), 'ALL'], 'A long status, or ALL.')),
}

export const ListBody = schemaOf(LIST_SHAPE)

/** Reads `POST /getTransactionList`. */
export function readList(principal: Principal, body: Fields): ListOrder {
  const caller = openRequest(principal, body)
  const read = readFields(LIST_SHAPE, body)
  requireProof(caller, read, [{ rule: 'C4', values: {} }])
  const day = (field: 'pagination.fromdate' | 'pagination.todate'): Day | undefined => {
    const text = read[field]
    return text === undefined ? undefined : parseDay(text, caller.dateOrder, field)
  }
  const [from, to] = [day('pagination.fromdate'), day('pagination.todate')]
  if (from && to) checkRange(from, to)
  const pageSize = Number(read['pagination.records'] ?? PAGE_SIZE_DEFAULT)
  if (pageSize > PAGE_SIZE_MAX) throw invalidField('pagination.records', `must be at most ${PAGE_SIZE_MAX}`)
  return {
    merchantId: caller.id,
    page: Number(read['pagination.pageno'] ?? 1),
    pageSize,
    ...(from && { from: startOfDay(from, caller.timeZone) }),
    ...(to && { until: startOfDay(to, caller.timeZone, 1) }),
    ...(read.status !== undefined && isLongStatus(read.status) && { status: read.status }),
  }
}

function checkRange(from: Day, to: Day): void {
  const days = dayNumber(to) - dayNumber(from)
  if (days < 0) throw invalidField('pagination.todate', 'must not be before pagination.fromdate')
  if (days > RANGE_DAYS_MAX) throw invalidField('pagination.todate', `must be within ${RANGE_DAYS_MAX} days`)
}

/** What the list asks of orders; nothing when no payment ever has the status. */
export function filterOf({ merchantId, from, until, status, page, pageSize }: ListOrder): OrderFilter | undefined {
  const standing = status === undefined ? {} : STANDINGS[status]
  if (!standing) return undefined
  return {
    merchantId,
    ...(from && { from }),
    ...(until && { to: until }),
    ...standing,
    limit: pageSize,
    offset: (page - 1) * pageSize,
  }
}

const CHARGE = { direction: 'charge' } as const
const PAYOUT = { direction: 'payout' } as const

// statuses.ts the other way round. What is null are statuses that no payment here stays in.
const STANDINGS: Readonly<Record<LongStatus, StandingFilter | null>> = {
  begun: null,
  authstarted: { ...CHARGE, states: ['authorizing'], isRedirected: false },
  '3D Authstarted': { ...CHARGE, states: ['authorizing'], isRedirected: true },
  authsuccessful: { ...CHARGE, states: ['authorized'] },
  authfailed: { ...CHARGE, states: ['declined'] },
  authcancelled: { ...CHARGE, states: ['canceled', 'voided'], hasExpired: true },
  cancelstarted: { ...CHARGE, states: ['voiding'] },
  cancelled: { ...CHARGE, states: ['voided'], hasExpired: false },
  capturestarted: { ...CHARGE, states: ['capturing'] },
  capturesuccess: { ...CHARGE, states: ['captured'], refund: 'none' },
  capturefailed: null,
  settled: null,
  markedforreversal: { ...CHARGE, states: ['captured', 'refunded'], refund: 'open' },
  reversed: { ...CHARGE, states: ['captured', 'refunded'], refund: 'done' },
  chargeback: null,
  failed: null,
  payoutstarted: { ...PAYOUT, states: ['paying'] },
  payoutsuccessful: { ...PAYOUT, states: ['paid'] },
  payoutfailed: { ...PAYOUT, states: ['declined'] },
}

/** The answer: without `transaction` when nothing was found, and always a list when something was. */
export const renderList = (views: readonly PaymentView[], { member, now }: Rendering) => ({
  result: resultOf('listed'),
  ...(views.length > 0 && { transaction: views.map((view) => renderListed(view, member.timeZone)) }),
  timestamp: formatTimestamp(now, member.timeZone),
})

// `transactionStatus` is the long one here, and here only.
function renderListed(view: PaymentView, timeZone: string) {
  const { customer, shipping, terminalId = '' } = view.details
  const date = formatJdbcTime(view.createdAt, timeZone)
  return {
    amount: formatWireAmount(view.amount),
    currency: view.amount.currency,
    systemPaymentId: view.paymentId.toString(),
    paymentId: view.paymentId.toString(),
    merchantTransactionId: view.merchantTransactionId,
    transactionStatus: statusOf(view.progress) as string,
    captureamount: inCurrency(view, view.captured),
    refundamount: inCurrency(view, view.refunded),
    chargebackamount: inCurrency(view, view.chargedBack),
    payoutamount: inCurrency(view, view.paidOut),
    date,
    transactionDate: date,
    paymentBrand: view.details.paymentBrand,
    paymentMode: view.details.paymentMode,
    remark: remarkOf(view),
    customer: {
      givenName: customer.givenName ?? '',
      surname: customer.surname ?? '',
      phone: customer.phone ?? '',
      email: customer.email ?? '',
      telnocc: customer.telnocc ?? '',
      country: shipping.country ?? '',
      city: shipping.city ?? '',
      street: shipping.street1 ?? '',
    },
    card: renderCard(view.details),
    transactionReceiptImg: '',
    bankReferenceId: view.bankReferenceId ?? '',
    terminalid: terminalId,
  }
}
