// Requests about an earlier payment: capture CP, refund RF, reversal RV, inquiry IN, and the next of a series.
import Type, { type Static } from 'typebox'
import { AppError, invalidField } from '../../errors.ts'
import type { MemberCaller } from '../../members/member.ts'
import type { Money } from '../../money.ts'
import type { Principal } from '../../principals/principal.ts'
import { parseWireAmount } from './amounts.ts'
import type { Fields } from './fields.ts'
import { type Hashed, isProvedByBodyAlone, PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { missing, optional, type ReadFields, readFields, required, schemaOf } from './shape.ts'
import { type ChargeOrder, disagreeing, openRequest, REPEAT_SHAPE, readRepeat } from './wire-charge.ts'

/** How much, as the request says it: which currency that is in, the payment knows. */
export interface AskedAmount {
  readonly text: string
  readonly currency?: string
}

/** The money that is asked for. Throws `currency_mismatch` when the request names another currency, and `amount_invalid`. */
export function amountIn(asked: AskedAmount, currency: string): Money {
  if (asked.currency !== undefined && asked.currency !== currency)
    throw new AppError('currency_mismatch', { message: `currency must be ${currency}, that of the payment` })
  return parseWireAmount(asked.text, currency)
}

/** Which payment. */
export type OrderRef = { readonly paymentId: bigint } | { readonly merchantTransactionId: string }

export interface InquiryOrder {
  readonly operation: 'inquiry'
  readonly merchantId: string
  readonly order: OrderRef
}

export type FollowUpOrder =
  | {
      readonly operation: 'capture' | 'refund'
      readonly merchantId: string
      readonly paymentId: bigint
      readonly amount: AskedAmount
    }
  /** Whole or not at all: an amount that is not the authorized one is refused. */
  | {
      readonly operation: 'void'
      readonly merchantId: string
      readonly paymentId: bigint
      readonly amount?: AskedAmount
    }
  | InquiryOrder
  | { readonly operation: 'repeat'; readonly charge: ChargeOrder }

const TYPE_SHAPE = {
  paymentType: required(
    rules.oneOf(['CP', 'RF', 'RV', 'IN', 'DB', 'PA'], 'Capture, refund, reversal, inquiry; DB or PA with REPEATED.'),
  ),
}

const FOLLOW_UP_SHAPE = {
  ...PROOF_SHAPE,
  paymentId: optional(rules.PAYMENT_ID),
  amount: optional(rules.AMOUNT),
  currency: optional(rules.CURRENCY),
}

const INQUIRY_SHAPE = {
  ...PROOF_SHAPE,
  idType: optional(
    rules.oneOf(['PID', 'MID'], 'By paymentId, which is what is meant without it, or by merchantTransactionId.'),
  ),
  paymentId: optional(rules.PAYMENT_ID),
  merchantTransactionId: optional(rules.HASHED_ID),
  amount: optional(rules.AMOUNT),
}

const optionalIn = (shape: typeof REPEAT_SHAPE) =>
  Object.fromEntries(Object.entries(shape).map(([name, { rule }]) => [name, optional(rule)]))

export const FollowUpBody = schemaOf({
  ...optionalIn(REPEAT_SHAPE),
  ...INQUIRY_SHAPE,
  ...FOLLOW_UP_SHAPE,
  ...TYPE_SHAPE,
})
export const InquiryBody = schemaOf(INQUIRY_SHAPE)

export const PaymentPath = Type.Object({
  paymentId: Type.String({ description: 'The number, or with `idType=MID` the merchantTransactionId.' }),
})

const AGREEMENT_SHAPE = { ...PROOF_SHAPE, paymentId: optional(rules.PAYMENT_ID) }

export const AgreementBody = schemaOf(AGREEMENT_SHAPE)

/** Reads `POST /agreements/{paymentId}/cancel`, which is proved like an inquiry. */
export function readAgreementEnd(
  principal: Principal,
  pathId: string,
  body: Fields,
): { readonly merchantId: string; readonly paymentId: bigint } {
  const caller = openRequest(principal, body)
  const read = { amount: undefined, currency: undefined, ...readFields(AGREEMENT_SHAPE, body) }
  const paymentId = readPaymentId(caller, { pathId, read, hashed: [{ rule: 'C3', values: { paymentId: pathId } }] })
  return { merchantId: caller.id, paymentId }
}

/** The query of `GET /payments/{id}`: the fields of an inquiry. What is missing of them is the wire's to say. */
export const InquiryQuery = Type.Object({
  paymentId: Type.String({ description: 'The number, or with `idType=MID` the merchantTransactionId.' }),
  'authentication.memberId': Type.Optional(Type.String({ description: rules.MEMBER_ID.description })),
  'authentication.checksum': Type.Optional(Type.String({ description: rules.CHECKSUM.description })),
  idType: Type.Optional(Type.String({ description: '`PID`, which is what is meant without it, or `MID`.' })),
  merchantTransactionId: Type.Optional(Type.String({ description: rules.HASHED_ID.description })),
  amount: Type.Optional(Type.String({ description: rules.AMOUNT.description })),
})

/** The fields of a query and the id of its path. */
export function splitQuery(query: Static<typeof InquiryQuery>): { readonly id: string; readonly fields: Fields } {
  const { paymentId, ...rest } = query
  return { id: paymentId, fields: Object.assign(Object.create(null), rest) as Fields }
}

/** Reads `POST /payments/{id}`. */
export function readFollowUp(principal: Principal, pathId: string, body: Fields): FollowUpOrder {
  const caller = openRequest(principal, body)
  const { paymentType } = readFields(TYPE_SHAPE, body)
  switch (paymentType) {
    case 'IN':
      return readInquiry(principal, pathId, body)
    case 'CP':
      return readAmended(caller, 'capture', pathId, body)
    case 'RF':
      return readAmended(caller, 'refund', pathId, body)
    case 'RV':
      return readVoid(caller, pathId, body)
    default:
      return { operation: 'repeat', charge: readRepeat(principal, pathId, body) }
  }
}

function readAmended(
  caller: MemberCaller,
  operation: 'capture' | 'refund',
  pathId: string,
  body: Fields,
): FollowUpOrder {
  const read = readFields(FOLLOW_UP_SHAPE, body)
  if (read.amount === undefined) throw missing('amount')
  const hashed: Hashed = { rule: 'C2', values: { paymentId: pathId, amount: read.amount } }
  const paymentId = readPaymentId(caller, { pathId, read, hashed: [hashed] })
  return { operation, merchantId: caller.id, paymentId, amount: askedAmount(read.amount, read.currency) }
}

function readVoid(caller: MemberCaller, pathId: string, body: Fields): FollowUpOrder {
  const read = readFields(FOLLOW_UP_SHAPE, body)
  const hashed: Hashed = { rule: 'C3', values: { paymentId: pathId } }
  const paymentId = readPaymentId(caller, { pathId, read, hashed: [hashed] })
  const { amount, currency } = read
  const asked = amount === undefined ? {} : { amount: askedAmount(amount, currency) }
  return { operation: 'void', merchantId: caller.id, paymentId, ...asked }
}

interface Named {
  readonly pathId: string
  readonly read: ReadFields<typeof FOLLOW_UP_SHAPE>
  readonly hashed: readonly Hashed[]
}

function readPaymentId(caller: MemberCaller, { pathId, read, hashed }: Named): bigint {
  if (!rules.PAYMENT_ID.isValid(pathId)) throw invalidField('paymentId', rules.PAYMENT_ID.problem)
  if ((read.paymentId ?? pathId) !== pathId) throw disagreeing('paymentId')
  requireProof(caller, read, hashed)
  if (isProvedByBodyAlone(caller, read) && read.paymentId === undefined) throw missing('paymentId')
  return BigInt(pathId)
}

const askedAmount = (text: string, currency: string | undefined): AskedAmount => ({
  text,
  ...(currency !== undefined && { currency }),
})

/** Reads an inquiry: the id is in the path, in the body, or the same in both. */
export function readInquiry(principal: Principal, pathId: string | undefined, body: Fields): InquiryOrder {
  const caller = openRequest(principal, body)
  const read = readFields(INQUIRY_SHAPE, body)
  const field = read.idType === 'MID' ? 'merchantTransactionId' : 'paymentId'
  const rule = read.idType === 'MID' ? rules.HASHED_ID : rules.PAYMENT_ID
  const id = read[field] ?? pathId
  if (id === undefined) throw missing(field)
  if (pathId !== undefined && pathId !== id) throw disagreeing(field)
  if (!rule.isValid(id)) throw invalidField(field, rule.problem)
  requireProof(caller, read, hashesOfInquiry(field, id, read))
  const order = field === 'paymentId' ? { paymentId: BigInt(id) } : { merchantTransactionId: id }
  return { operation: 'inquiry', merchantId: caller.id, order }
}

// One page of the API hashes the amount, too.
function hashesOfInquiry(
  field: 'paymentId' | 'merchantTransactionId',
  id: string,
  { merchantTransactionId, amount }: { merchantTransactionId: string | undefined; amount: string | undefined },
): Hashed[] {
  const own: Hashed =
    field === 'paymentId'
      ? { rule: 'C3', values: { paymentId: id } }
      : { rule: 'C3b', values: { merchantTransactionId: id } }
  const mid = field === 'merchantTransactionId' ? id : merchantTransactionId
  if (mid === undefined || amount === undefined) return [own]
  return [own, { rule: 'C3c', values: { merchantTransactionId: mid, amount } }]
}
