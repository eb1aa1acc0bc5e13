// A checkout: an amount that a merchant asks a payer to pay, through one of the gateway accounts that it names. Its state is that of
// its claim, which has the same id; every try to pay it is a payment.
import type { AttachmentRef } from '../attachments/attachment.ts'
import { type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { needClaim } from '../payments/claim.ts'
import type { ClaimState } from '../payments/claim-states.ts'

export type CheckoutType = 'e_commerce' | 'payment_request'
export type PaymentType = 'one_off' | 'auto_debit' | 'save_card'
export type Language = 'en' | 'ar'

export interface Address {
  readonly line1: string
  readonly line2?: string
  readonly city: string
  readonly state?: string
  /** ISO 3166 alpha-2. */
  readonly country: string
  readonly postalCode?: string
}

export interface ShippingAddress extends Address {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly phone: string
}

export const NOTIFIED_EVENTS = [
  'created',
  'paid',
  'canceled',
  'failed',
  'expired',
  'authorized',
  'voided',
  'refunded',
  'captured',
] as const
export type NotifiedEvent = (typeof NOTIFIED_EVENTS)[number]

/** What becomes of money after it was paid or held is not told by WhatsApp. */
export const WHATSAPP_EVENTS: readonly NotifiedEvent[] = NOTIFIED_EVENTS.filter(
  (event) => event !== 'voided' && event !== 'refunded' && event !== 'captured',
)

export interface Notifications {
  readonly email?: readonly NotifiedEvent[]
  readonly sms?: readonly NotifiedEvent[]
  readonly whatsapp?: readonly NotifiedEvent[]
}

/** The consent under which a card is charged again. Dates as they were given. */
export interface AgreementTerms {
  readonly id?: string
  readonly type: 'recurring' | 'unscheduled' | 'other' | 'event_based' | 'installment'
  readonly amountVariability?: 'fixed' | 'variable'
  readonly frequency?: string
  readonly startDate?: string
  readonly expiryDate?: string
  readonly cycleIntervalDays?: number
  readonly totalCycles?: number
  readonly maxAmountPerCycle?: string
  readonly seller?: { readonly name?: string; readonly shortName?: string; readonly categoryCode?: string }
  readonly extraParams?: object
}

/** What is kept of a request and shown again. What was not given is absent. */
export interface CheckoutDetails {
  readonly customerEmail?: string
  readonly customerPhone?: string
  readonly customerPhone2?: string
  readonly customerFirstName?: string
  readonly customerLastName?: string
  /** YYYY-MM-DD. */
  readonly customerBirthdate?: string
  readonly billingAddress?: Address
  readonly shippingAddress?: ShippingAddress
  readonly agreement?: AgreementTerms
  /** Days. */
  readonly cardMinExpiryDays?: number
  readonly notifications?: Notifications
  readonly emailRecipients?: readonly string[]
  readonly extra?: object
  readonly productType?: string
  readonly vendorName?: string
  readonly unitCode?: string
  /** The file that goes with it; counted there, so only the verbs of checkouts change it. */
  readonly attachment?: AttachmentRef
  readonly attachmentUrl?: string
  readonly branding?: Readonly<
    Record<string, { readonly text: string; readonly color: string; readonly weight: number }>
  >
  readonly loyalty?: object
  /** The card that was kept where nothing is charged. */
  readonly registrationId?: string
}

/** How a way to pay is to be shown, by the code of its account; undefined where nothing was said. */
export const labelOf = ({ branding = {} }: Pick<CheckoutDetails, 'branding'>, code: string) =>
  Object.hasOwn(branding, code) ? branding[code] : undefined

/** The user who made a checkout or operated a payment, as callers are told of him. */
export interface Initiator {
  readonly id: number
  readonly username: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly phone: string
}

export interface Checkout {
  readonly id: string
  readonly merchantId: string
  readonly type: CheckoutType
  readonly paymentType: PaymentType
  readonly orderNo: string | null
  /** Whether no other checkout of the merchant may have the same number. */
  readonly isOrderNoUnique: boolean
  readonly currency: string
  /** Minor units; never changes once somebody has tried to pay. */
  readonly amount: bigint
  /** Codes of the merchant's gateway accounts, at least one. */
  readonly pgCodes: readonly string[]
  readonly customerId: string | null
  readonly language: Language
  readonly redirectUrl: string | null
  readonly webhookUrl: string | null
  readonly details: CheckoutDetails
  readonly initiator: Initiator | null
  /** Six characters of a short address. */
  readonly shortCode: string | null
  /** The account by which the payer chose to pay in cash. */
  readonly cashCode: string | null
  readonly invalidatedBecause: string | null
  readonly dueAt: Date
  readonly expiresAt: Date
  /** When the job is to look whether it has expired; null when it has looked. */
  readonly expiryDueAt: Date | null
  /** Hidden since then, and can be brought back. */
  readonly deletedAt: Date | null
  readonly createdAt: Date
}

export const checkoutShelf = tableShelf<Checkout>({
  name: 'checkouts',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    type: 'text',
    paymentType: 'text',
    orderNo: 'text',
    isOrderNoUnique: 'boolean',
    currency: 'text',
    amount: 'bigint',
    pgCodes: 'jsonb',
    customerId: 'text',
    language: 'text',
    redirectUrl: 'text',
    webhookUrl: 'text',
    details: 'jsonb',
    initiator: 'jsonb',
    shortCode: 'text',
    cashCode: 'text',
    invalidatedBecause: 'text',
    dueAt: 'timestamptz',
    expiresAt: 'timestamptz',
    expiryDueAt: 'timestamptz',
    deletedAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: [
    'type',
    'paymentType',
    'orderNo',
    'currency',
    'amount',
    'pgCodes',
    'customerId',
    'language',
    'redirectUrl',
    'webhookUrl',
    'details',
    'initiator',
    'shortCode',
    'cashCode',
    'invalidatedBecause',
    'dueAt',
    'expiresAt',
    'expiryDueAt',
    'deletedAt',
  ],
})

/** A try to pay a checkout: what is shown of it beside its payment. */
export interface CheckoutAttempt {
  readonly paymentId: string
  readonly checkoutId: string
  readonly merchantId: string
  /** Names the filled-in form: the same one again is the same attempt. Its reference number is made from it. */
  readonly tryId: string
  readonly pgCode: string
  readonly card: AttemptCard | null
  /** In which the payer was reading. */
  readonly language: Language
  readonly createdAt: Date
}

/** What may be shown of a card. */
export interface AttemptCard {
  readonly brand: string
  /** The first six digits. */
  readonly bin: string
  readonly last4: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly holder?: string
  /** Of the saved card that it is. */
  readonly registrationId?: string
}

export const checkoutAttemptShelf = tableShelf<CheckoutAttempt>({
  name: 'checkout_attempts',
  columns: {
    paymentId: 'uuid',
    checkoutId: 'uuid',
    merchantId: 'uuid',
    tryId: 'uuid',
    pgCode: 'text',
    card: 'jsonb',
    language: 'text',
    createdAt: 'timestamptz',
  },
  key: ['paymentId'],
  mutable: ['card'],
})

/** A checkout with the state of its claim. */
export interface CheckoutView extends Checkout {
  readonly state: ClaimState
  /** The payment that is being tried. */
  readonly heldBy: string | null
  /** The payment that paid it. */
  readonly paidBy: string | null
}

/** What a command that decides by the checkout's state needs. */
export const needCheckout = (id: string): Need[] => [need(checkoutShelf, id), needClaim(id)]
