// What several bodies of this face say in the same way: amounts, who asked, which card, what a gateway said.

import type { CheckoutDetails, Initiator } from '../../checkouts/checkout.ts'
import type { Attempt, Child, Session, ShownAccount } from '../../checkouts/session.ts'
import { decimalsOf, formatAmount, type Money } from '../../money.ts'
import type { Operation } from '../../payments/operation.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Writing } from './context.ts'

/** Minor units as a decimal text with the currency's decimals. */
export const amountText = (amount: bigint, currency: string): string => formatAmount({ amount, currency })

const COLUMN_DECIMALS = 3

/** With three decimals, whatever the currency has: how the contract shows what remains. */
export function columnText(amount: bigint, currency: string): string {
  const [whole = '', part = ''] = formatAmount({ amount, currency }).split('.')
  return `${whole}.${part.padEnd(COLUMN_DECIMALS, '0')}`
}

/** Without superfluous zeros, but with one decimal: `1.0`. */
export function rawText(amount: bigint, currency: string): string {
  const [whole = '', part = ''] = formatAmount({ amount, currency }).split('.')
  return `${whole}.${part.replace(/0+$/, '') || '0'}`
}

/** Major units of `to` for one major unit of `from`, from minor units as a ratio; at most six decimals. */
export function rateText(rate: { readonly numerator: bigint; readonly denominator: bigint }, from: string, to: string) {
  const shift = decimalsOf(from) - decimalsOf(to) + RATE_DECIMALS
  const scaled = (rate.numerator * 10n ** BigInt(shift)) / rate.denominator
  const digits = scaled.toString().padStart(RATE_DECIMALS + 1, '0')
  return `${digits.slice(0, -RATE_DECIMALS)}.${digits.slice(-RATE_DECIMALS)}`.replace(/\.?0+$/, '')
}

const RATE_DECIMALS = 6

/** Who asked; nobody in particular where a key did. */
export const initiatorBody = (initiator: Initiator | null): object =>
  initiator
    ? {
        id: initiator.id,
        username: initiator.username,
        email: initiator.email,
        first_name: initiator.firstName,
        last_name: initiator.lastName,
        phone: initiator.phone,
      }
    : {}

export type ChildState = 'paid' | 'refunded' | 'refund_queued' | 'refund_rejected' | 'voided'

/** The state of a child transaction. */
export function childState({ kind, state }: Pick<Operation, 'kind' | 'state'>): ChildState {
  switch (kind) {
    case 'capture':
      return 'paid'
    case 'void':
      return 'voided'
    case 'refund':
      return REFUND_STATES[state]
    case 'authorize':
    case 'purchase':
    case 'payout':
      throw new Error(`a child transaction is no ${kind}`)
  }
}

const REFUND_STATES: Readonly<Record<Operation['state'], ChildState>> = {
  calling: 'refund_queued',
  redirected: 'refund_queued',
  pending: 'refund_queued',
  unknown: 'refund_queued',
  approved: 'refunded',
  declined: 'refund_rejected',
  not_sent: 'refund_rejected',
  not_done: 'refund_rejected',
}

/** The names under which all gateways' answers are told alike. What is not known is left out. */
export function pgParams(operation: Operation, card: Attempt['card']): object {
  const said = {
    auth_code: operation.approvalCode,
    card_expiry_month: card && String(card.expiryMonth).padStart(2, '0'),
    card_expiry_year: card && String(card.expiryYear % 100).padStart(2, '0'),
    card_holder: card?.holder,
    card_number: card && `${card.bin}******${card.last4}`,
    card_type: card?.brand,
    pg_message: operation.message,
    result: operation.state === 'approved' ? 'SUCCESS' : operation.code,
    track_id: operation.id.replaceAll('-', ''),
    transaction_id: operation.gatewayReference,
  }
  return withoutEmpty(said)
}

/** Without what is undefined, null or empty. */
export const withoutEmpty = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )

/** In the order of their names, as the contract's samples are. */
export const inOrder = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a child is about: a void gives up the whole without the fee, as its parent's `voided_amount` has it. */
export const amountOfChild = ({ amount }: Pick<Session, 'amount'>, { operation }: Pick<Child, 'operation'>): Money =>
  operation.kind === 'void' ? amount : { amount: operation.amount, currency: operation.currency }

/** Each child as the bodies of its parent show it. */
export function childBody(session: Session, child: Child, { codes }: Pick<Writing, 'codes'>): object {
  const { amount, currency } = amountOfChild(session, child)
  return {
    amount: amountText(amount, currency),
    currency_code: currency,
    order_no: '',
    session_id: sessionIdOf(codes, child.operation.id),
    state: childState(child.operation),
  }
}

/** The customer, flat. */
export function customerFields(details: CheckoutDetails, customerId: string | null): Record<string, unknown> {
  const { billingAddress: address } = details
  return withoutEmpty({
    customer_address_city: address?.city,
    customer_address_country: address?.country,
    customer_address_line1: address?.line1,
    customer_address_line2: address?.line2,
    customer_address_postal_code: address?.postalCode,
    customer_address_state: address?.state,
    customer_birthdate: details.customerBirthdate,
    customer_email: details.customerEmail,
    customer_first_name: details.customerFirstName,
    customer_id: customerId,
    customer_last_name: details.customerLastName,
    customer_phone: details.customerPhone,
  })
}

/** Which gateway account, and which gateway. */
export const gatewayFields = ({ code, connector, isSandbox }: ShownAccount): Record<string, unknown> => ({
  gateway_account: code,
  gateway_name: connector,
  is_sandbox: isSandbox,
})
