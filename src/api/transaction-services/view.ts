// What this face shows of payments and invoices, in plain types: whoever knows them fills these in, the wire writes them.
import type { DeclineCode, Redirect } from '../../gateways/connector.ts'
import type { Money } from '../../money.ts'
import type { OrderDetails, ShownCard } from '../../orders/order.ts'
import type { Progress } from './statuses.ts'

export type { CustomerDetails, OrderDetails, ShippingDetails, ShownCard } from '../../orders/order.ts'

export interface PaymentView {
  /** The number of the order. */
  readonly paymentId: bigint
  readonly paymentType: 'PA' | 'DB' | 'PO'
  readonly merchantTransactionId: string
  readonly amount: Money
  readonly progress: Progress
  /** Sums of minor units in the currency of the amount. */
  readonly captured: bigint
  readonly refunded: bigint
  readonly chargedBack: bigint
  readonly paidOut: bigint
  readonly details: OrderDetails
  /** Why it was declined. */
  readonly decline?: { readonly code: DeclineCode; readonly message: string }
  /** Where the customer's browser goes next. */
  readonly redirect?: Redirect
  /** The card that was stored with this payment, when that was asked for and it succeeded. */
  readonly registrationId?: string
  readonly eci?: string
  /** The gateway's reference or approval code, for the merchant's talks with the bank. */
  readonly bankReferenceId?: string
  readonly createdAt: Date
}

export interface RegistrationView {
  readonly registrationId: string
  readonly paymentMode: string
  readonly paymentBrand: string
  readonly card: ShownCard
}

export type InvoiceState = 'generated' | 'mailsent' | 'processed' | 'cancelled' | 'expired'

export interface InvoiceView {
  readonly number: bigint
  readonly merchantInvoiceId: string
  readonly amount: Money
  readonly state: InvoiceState
  readonly description: string
  readonly customerEmail: string
  /** The page where it is paid. */
  readonly transactionUrl: string
  readonly createdAt: Date
  readonly expiresAt: Date
  /** The payment that paid it. */
  readonly paymentId?: bigint
}
