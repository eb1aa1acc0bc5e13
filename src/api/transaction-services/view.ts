// What this face shows of payments and invoices, in plain types: whoever knows them fills these in, the wire writes them.
import type { DeclineCode, Redirect } from '../../gateways/connector.ts'
import type { Money } from '../../money.ts'
import type { Progress } from './statuses.ts'

/** What is kept of a request and shown again. Nothing in it is a card number. Texts that were not given are absent. */
export interface OrderDetails {
  readonly paymentMode: string
  readonly paymentBrand: string
  readonly terminalId?: string
  readonly descriptor?: string
  /** An amount and currency that are shown to the customer, and never charged. */
  readonly tmplAmount?: string
  readonly tmplCurrency?: string
  readonly customer: CustomerDetails
  readonly shipping: ShippingDetails
  readonly device: Readonly<Record<string, string>>
  readonly redirectUrl?: string
  readonly notificationUrl?: string
  readonly card?: ShownCard
}

export interface CustomerDetails {
  readonly id?: string
  readonly givenName?: string
  readonly surname?: string
  readonly email?: string
  readonly phone?: string
  /** With its plus, e.g. `+44`. */
  readonly telnocc?: string
  readonly ip?: string
  /** YYYYMMDD. */
  readonly birthDate?: string
}

export interface ShippingDetails {
  readonly country?: string
  readonly city?: string
  readonly state?: string
  readonly postcode?: string
  readonly street1?: string
  readonly givenName?: string
  readonly surname?: string
}

/** What may be shown of a card. */
export interface ShownCard {
  /** The first six digits. */
  readonly bin: string
  readonly last4: string
  readonly holder?: string
  /** Two digits. */
  readonly expiryMonth: string
  /** Four digits. */
  readonly expiryYear: string
}

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
