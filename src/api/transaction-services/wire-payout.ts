// Payouts: money of the merchant to a card, or to whoever paid an earlier payment.
import { invalidField } from '../../errors.ts'
import type { CardData } from '../../gateways/connector.ts'
import type { Money } from '../../money.ts'
import type { Principal } from '../../principals/principal.ts'
import { parseWireAmount } from './amounts.ts'
import type { Fields } from './fields.ts'
import { PROOF_SHAPE, requireProof } from './proof.ts'
import * as rules from './rules.ts'
import { missing, optional, type ReadFields, readFields, required, schemaOf } from './shape.ts'
import type { OrderDetails } from './view.ts'
import { openRequest, readCard, showCard } from './wire-charge.ts'
import { CONTACT_SHAPE, readContact } from './wire-contact.ts'

export interface PayoutOrder {
  readonly merchantId: string
  readonly merchantTransactionId: string
  readonly amount: Money
  readonly to: PayoutTarget
  readonly details: OrderDetails
}

export type PayoutTarget =
  | { readonly kind: 'card'; readonly card: CardData }
  /** Whoever paid this payment of the merchant. */
  | { readonly kind: 'payment'; readonly paymentId: bigint }

const PAYOUT_SHAPE = {
  ...PROOF_SHAPE,
  merchantTransactionId: required(rules.HASHED_ID),
  currency: required(rules.CURRENCY),
  amount: required(rules.AMOUNT),
  paymentType: optional(rules.oneOf(['PO'], 'PO.')),
  paymentId: optional(rules.PAYMENT_ID),
  paymentMode: optional(rules.MODE),
  paymentBrand: optional(rules.BRAND),
  'authentication.terminalId': optional(rules.TERMINAL_ID),
  terminalId: optional(rules.TERMINAL_ID),
  'card.number': optional(rules.CARD_NUMBER),
  'card.expiryMonth': optional(rules.EXPIRY_MONTH),
  'card.expiryYear': optional(rules.EXPIRY_YEAR),
  'card.holder': optional(rules.textOf(100, 'The name on the card.')),
  orderDescriptor: optional(rules.textOf(255, 'What it is for.')),
  notificationUrl: optional(rules.LOOSE_URL),
  ...CONTACT_SHAPE,
}

export const PayoutBody = schemaOf(PAYOUT_SHAPE, 'With either a paymentId or a card.')

/** Reads `POST /payout`. */
export function readPayout(principal: Principal, body: Fields): PayoutOrder {
  const caller = openRequest(principal, body)
  const read = readFields(PAYOUT_SHAPE, body)
  const { merchantTransactionId, currency, amount, orderDescriptor, notificationUrl } = read
  const money = parseWireAmount(amount, currency)
  requireProof(caller, read, [{ rule: 'C5', values: { merchantTransactionId, amount } }])
  const to = readTarget(read)
  const terminalId = read['authentication.terminalId'] ?? read.terminalId
  return {
    merchantId: caller.id,
    merchantTransactionId,
    amount: money,
    to,
    details: {
      ...readContact(read),
      paymentMode: read.paymentMode ?? 'POT',
      paymentBrand: read.paymentBrand ?? '',
      ...(to.kind === 'card' && { card: showCard(to.card) }),
      ...(terminalId !== undefined && { terminalId }),
      ...(orderDescriptor !== undefined && { descriptor: orderDescriptor }),
      ...(notificationUrl !== undefined && { notificationUrl: rules.withScheme(notificationUrl) }),
    },
  }
}

function readTarget(read: ReadFields<typeof PAYOUT_SHAPE>): PayoutTarget {
  const { paymentId, paymentBrand } = read
  const hasCard = read['card.number'] !== undefined
  if (paymentId !== undefined && hasCard) throw invalidField('paymentId', 'and a card cannot both be paid out to')
  if (paymentId !== undefined) return { kind: 'payment', paymentId: BigInt(paymentId) }
  if (!hasCard) throw missing('paymentId')
  if (paymentBrand === undefined) throw missing('paymentBrand')
  return { kind: 'card', card: readCard({ ...read, paymentBrand, 'card.cvv': undefined }) }
}
