// What pages ask of payments. Pages know a visitor by the address of the page and show what they are told; what becomes of the
// money is decided behind these verbs.
import type { Redirect } from '../gateways/connector.ts'
import type { Guard } from '../invoices/guard.ts'
import type { Money } from '../money.ts'
import type { OrderDetails } from '../orders/order.ts'
import type { Secret } from '../secret.ts'
import type { Form } from './form.ts'

export interface PageActions {
  /**
   * Reads and checks the request of a merchant's checkout form, checksum included, and says what is to be paid. Throws
   * `invalid_request` naming the field, `checksum_invalid` or `authentication_failed` for anybody who is not that merchant,
   * `duplicate_order`, `gateway_not_available`.
   */
  openCheckout(fields: Form): Promise<PageOrder>
  /**
   * Charges the card that was entered. The same `tryId` again is the same payment: it answers what the first one answered, or
   * `pending`. Throws, and then nothing was paid: `claim_held`, `claim_paid`, `duplicate_order`, `gateway_not_available`,
   * `currency_not_supported`, and what the guard throws.
   */
  payOnPage(payment: PagePayment): Promise<PageOutcome>
  /** How the payment of this operation stands, for the payer who comes back from a gateway; undefined without such an operation. */
  finishRedirect(operationId: string): Promise<Finished | undefined>
  readonly challenges: ChallengeActions
}

/** What is to be paid on a page. */
export interface PageOrder {
  readonly merchantId: string
  readonly merchantName: string
  readonly merchantTransactionId: string
  readonly amount: Money
  /** Held or taken; the way of the merchant's account unless told. */
  readonly kind?: 'authorize' | 'purchase'
  readonly authentication: 'auto' | 'required' | 'skip'
  /** What the merchant said; mode, brand and card follow from the card that is entered. */
  readonly details: Omit<OrderDetails, 'paymentMode' | 'paymentBrand' | 'card'> & { readonly redirectUrl: string }
}

/** A card as it was entered: the number passes the Luhn check, the month is not over. */
export interface EnteredCard {
  readonly pan: Secret<string>
  /** 1 to 12. */
  readonly expiryMonth: number
  /** Four digits. */
  readonly expiryYear: number
  readonly cvv: Secret<string>
  readonly holder: string
}

export interface PagePayment {
  readonly order: PageOrder
  readonly card: EnteredCard
  /** Names one filled-in form. Two submissions of it, as after a double click, are one payment. */
  readonly tryId: string
  /** The obligation that is paid, which only one payment may: an invoice. */
  readonly claimId?: string
  /** To be needed and checked in the commit that makes the payment. */
  readonly guard: Guard
  readonly browser: Browser
}

/** What 3-D Secure wants to know of the payer's browser, as far as it says so without a script. */
export interface Browser {
  readonly ip: string
  readonly userAgent: string
  readonly acceptHeader: string
  readonly language: string
}

/** How it went. `operationId` is what `finishRedirect` is asked with afterwards. */
export type PageOutcome =
  | { readonly kind: 'paid'; readonly operationId: string }
  /** Accepted, or not known yet. */
  | { readonly kind: 'pending'; readonly operationId: string }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | {
      readonly kind: 'declined'
      readonly operationId: string
      /** In words that the payer may see. */
      readonly message: string
      /** Whether the same order may be paid with another card. */
      readonly mayTryAgain: boolean
    }

/** How a payment stands whose payer is back. */
export type Finished =
  | { readonly kind: 'pending'; readonly merchantName: string; readonly amount: Money }
  | {
      readonly kind: 'done'
      readonly state: 'paid' | 'declined' | 'cancelled'
      readonly merchantName: string
      readonly amount: Money
      /** The merchant's URL for the payer, and the fields that are posted to it. */
      readonly url: string
      readonly fields: readonly { readonly name: string; readonly value: string }[]
    }

/** The house issuer's 3-D Secure. A challenge is known by the payment that it is about. */
export interface ChallengeActions {
  find(paymentId: string): Promise<ChallengeView | undefined>
  /** Tries the code: the right one lets the payment go on, which is decided before this answers. */
  approve(paymentId: string, code: string): Promise<ChallengeAnswer>
  /** The cardholder says that this is none of his payments. */
  decline(paymentId: string): Promise<ChallengeAnswer>
  /** The payer gives up. */
  cancel(paymentId: string): Promise<ChallengeAnswer>
}

export type ChallengeView =
  | {
      readonly kind: 'open'
      readonly merchantName: string
      readonly amount: Money
      readonly last4: string
      /** Where the code went, masked. */
      readonly sentTo: string
      readonly challengeId: string
      readonly attemptsLeft: number
      readonly expiresAt: Date
    }
  | ChallengeOver

/** Answered, over by the clock, or blocked after too many wrong codes. */
export interface ChallengeOver {
  readonly kind: 'over'
  readonly reason: 'answered' | 'expired' | 'blocked'
  readonly operationId: string
}

export type ChallengeAnswer = { readonly kind: 'wrong'; readonly attemptsLeft: number } | ChallengeOver
