// What an operator may choose about the product itself. Durations in milliseconds, counts per rolling day.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './clock.ts'

/** One unit of the first currency in units of the second, as a ratio of whole numbers. */
export interface ExchangeRate {
  readonly from: string
  readonly to: string
  readonly numerator: bigint
  readonly denominator: bigint
}

export interface Settings {
  /** Sandbox mode: codes come back in answers, business time can be moved, card traffic can be simulated. */
  readonly sandbox: boolean
  readonly codeLifeMs: number
  readonly codeAttemptsMax: number
  readonly authorizationLifeMs: number
  readonly secureLinkLifeMs: number
  /** How long a checkout page can be open before its order has to be sent again. */
  readonly checkoutLifeMs: number
  /** How long an invoice can be paid unless its merchant says so. */
  readonly invoiceLifeHours: number
  /** How long a caller waits for a gateway before it gets an answer that says so; the gateway's own limit is longer. */
  readonly callerWaitMs: number
  /** The longest that a call to a gateway may take. */
  readonly gatewayTimeoutMs: number
  /** Whether the contact that received a code is shown masked to the merchant. */
  readonly maskContact: boolean
  readonly velocity: VelocityLimits
  readonly rates: readonly ExchangeRate[]
}

/** How many tries a day before `velocity_exceeded`. */
export interface VelocityLimits {
  readonly bindingsPerMerchant: number
  readonly bindingCodesPerCard: number
  readonly purchaseCodesPerMerchant: number
  readonly purchaseCodesPerCard: number
  readonly remindersPerInvoice: number
  /** Payments that are tried of one invoice, or of one order on a page of ours. */
  readonly triesPerPage: number
  /** Charges with a wrong expiry date or security code. */
  readonly cardDataPerCard: number
}

// A merchant that asks for more unknown card numbers than this is guessing; a card that gets more codes is flooded.
const CAREFUL: VelocityLimits = {
  bindingsPerMerchant: 5_000,
  bindingCodesPerCard: 10,
  purchaseCodesPerMerchant: 100_000,
  purchaseCodesPerCard: 50,
  remindersPerInvoice: 5,
  triesPerPage: 20,
  cardDataPerCard: 10,
}

const GENEROUS: VelocityLimits = {
  bindingsPerMerchant: 1_000_000,
  bindingCodesPerCard: 1_000,
  purchaseCodesPerMerchant: 10_000_000,
  purchaseCodesPerCard: 1_000_000,
  remindersPerInvoice: 10_000,
  triesPerPage: 1_000_000,
  cardDataPerCard: 1_000_000,
}

/** The settings that nothing overrides; the sandbox has limits that no trial reaches. */
export const defaultSettings = (sandbox: boolean): Settings => ({
  sandbox,
  codeLifeMs: 5 * MINUTE_MS,
  codeAttemptsMax: 5,
  authorizationLifeMs: 7 * DAY_MS,
  secureLinkLifeMs: 5 * MINUTE_MS,
  checkoutLifeMs: HOUR_MS,
  invoiceLifeHours: 7 * 24,
  callerWaitMs: 10 * SECOND_MS,
  gatewayTimeoutMs: 30 * SECOND_MS,
  maskContact: !sandbox,
  velocity: sandbox ? GENEROUS : CAREFUL,
  rates: sandbox ? SANDBOX_RATES : [],
})

const SANDBOX_RATES: readonly ExchangeRate[] = [
  { from: 'USD', to: 'HKD', numerator: 78n, denominator: 10n },
  { from: 'HKD', to: 'USD', numerator: 10n, denominator: 78n },
  { from: 'EUR', to: 'USD', numerator: 108n, denominator: 100n },
  { from: 'EUR', to: 'HKD', numerator: 8424n, denominator: 1000n },
]
