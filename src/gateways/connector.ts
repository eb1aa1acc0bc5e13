// The contract of a gateway: what a connector says about itself, what it is asked, and what it may answer. A connector has no
// database, no retries and no opinion about payments. Every one passes test/gateways/contract.ts.
import type { Money } from '../money.ts'
import type { Secret } from '../secret.ts'
import type { GatewayHttp } from './http.ts'

/** What can be asked of a gateway. */
export const GATEWAY_OPERATIONS = ['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'] as const
export type GatewayOperation = (typeof GATEWAY_OPERATIONS)[number]

export const CARD_BRANDS = ['VISA', 'MC', 'AMEX', 'DINER', 'DISC', 'JCB', 'MAESTRO', 'RUPAY', 'CUP'] as const
export type CardBrand = (typeof CARD_BRANDS)[number]

/** What is true of a gateway whoever uses it: `florin connectors` and docs/gateways.md print these. */
export interface GatewayFacts {
  /** The name in gateway accounts, e.g. `sandbox`. */
  readonly name: string
  readonly title: string
  readonly operations: readonly GatewayOperation[]
  /** ISO 4217 codes, or every currency. */
  readonly currencies: readonly string[] | 'all'
  readonly brands: readonly CardBrand[] | 'all'
  /** How it writes amounts: whole minor units, or decimals of the currency. */
  readonly moneyFormat: 'minor' | 'decimal'
  /** Whether it may answer `pending` and tell the outcome by a notification or on being asked. */
  readonly mayAnswerLater: boolean
  /** Whether it can be asked what became of one of our references. */
  readonly hasInquiry: boolean
  /** Whether it keeps cards and charges them by a token of its own: then it has `tokenize` and `forget`. */
  readonly tokenizes: boolean
  /** Whether it may send the payer to a page of its own. */
  readonly redirects: boolean
  readonly refundMayBeQueued: boolean
  /** Whether a hold can be captured in parts; after the one capture of others nothing is held any more. */
  readonly captures: 'one' | 'many'
  /** How long after a request an inquiry may still not find it. */
  readonly settlingTimeMs: number
}

/** Why a gateway or an issuer refused, in our words. */
export const DECLINE_CODES = [
  'refused',
  'insufficient_funds',
  'limit_exceeded',
  'card_expired',
  'card_invalid',
  'card_not_active',
  'cvv_wrong',
  'suspected_fraud',
  'authentication_failed',
  'canceled_by_payer',
  'not_permitted',
  'state_invalid',
  'amount_too_large',
  'gateway_unreachable',
] as const
export type DeclineCode = (typeof DECLINE_CODES)[number]

/** Where the payer's browser goes next, and the fields it takes along. */
export interface Redirect {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
}

export interface Approved {
  readonly kind: 'approved'
  /** The gateway's own id of the operation. */
  readonly gatewayReference: string
  readonly approvalCode?: string
  /** Electronic commerce indicator of a 3-D Secure authentication, e.g. `05`. */
  readonly eci?: string
}

export interface Declined {
  readonly kind: 'declined'
  readonly code: DeclineCode
  /** In words that the merchant may see. */
  readonly message: string
  readonly gatewayReference?: string
}

/** Taken, and decided later. */
export interface Pending {
  readonly kind: 'pending'
  readonly gatewayReference?: string
}

/** What became of a request. */
export type Outcome =
  | Approved
  | Declined
  | Pending
  | { readonly kind: 'redirect'; readonly redirect: Redirect; readonly gatewayReference?: string }
  /** It may have been done: no answer, a 5xx, an answer cut or contradictory. Never a refusal. */
  | { readonly kind: 'unknown'; readonly cause: string }
  /** It was certainly not done: nothing left this machine, or the gateway turned it away unread. */
  | { readonly kind: 'not_sent'; readonly cause: string }

/** What a gateway says of one of our references. `not_found` is only believed after its settling time. */
export type InquiryAnswer =
  | Approved
  | Declined
  | Pending
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown'; readonly cause: string }

/** A merchant's access to a gateway, as its connector needs it. */
export interface Gateway {
  readonly baseUrl: string
  /** The gateway's own names, e.g. `apiKey`. */
  readonly credentials: Readonly<Record<string, Secret<string>>>
  readonly terminalId: string
  /** Which account of ours this is, for gateways that want to know: its id and the merchant's name for it. */
  readonly account?: { readonly id: string; readonly code: string }
  readonly http: GatewayHttp
}

/** A card for one request. Never stored, logged or queued in this form. */
export interface CardData {
  readonly pan: Secret<string>
  readonly brand: CardBrand
  /** 1 to 12. */
  readonly expiryMonth: number
  /** Four digits. */
  readonly expiryYear: number
  /** Absent in a payment without the cardholder. */
  readonly cvv?: Secret<string>
  readonly holder?: string
}

/** A card that the gateway keeps for the account: whoever has the account's credentials, too, can charge it. */
export interface CardToken {
  /** The gateway's own name for it. */
  readonly token: Secret<string>
  /** Absent in a payment without the cardholder. */
  readonly cvv?: Secret<string>
}

/** Common to all requests: the same reference is executed once, however often it arrives. */
export interface OperationRequest {
  /** Ours, and the handle for every inquiry: 32 lower-case hex digits. */
  readonly reference: string
  readonly amount: Money
  /** The merchant's name for the payment, for the gateway's records; follow-ups repeat that of their charge. */
  readonly merchantReference?: string
}

export interface ChargeRequest extends OperationRequest {
  /** By its number, or by its token where the gateway's facts say that it tokenizes. */
  readonly card: CardData | CardToken
  readonly description: string
  /** `required`: 3-D Secure or nothing. `skip`: none. */
  readonly authentication: 'auto' | 'required' | 'skip'
  /** Where a gateway that redirects sends the payer's browser afterwards. */
  readonly returnUrl: string
  /** Where the gateway posts notifications. */
  readonly notificationUrl: string
  /** Whether the cardholder is absent: a repeated payment under an agreement. */
  readonly isRepeated: boolean
}

/** A capture, void or refund of an earlier charge. */
export interface FollowUpRequest extends OperationRequest {
  readonly charge: { readonly reference: string; readonly gatewayReference: string | null }
  readonly notificationUrl: string
}

/** A capture: after the final one the gateway gives up what is left of the hold. */
export interface CaptureRequest extends FollowUpRequest {
  readonly isFinal: boolean
}

export interface PayoutRequest extends OperationRequest {
  /** To this card, or to the payer of an earlier charge. */
  readonly to: { readonly card: CardData } | { readonly charge: FollowUpRequest['charge'] }
  readonly notificationUrl: string
}

export interface Inquiry extends OperationRequest {
  readonly operation: GatewayOperation
}

/** A card for the gateway to keep. No money moves: a request of which nothing is known is sent again as it was. */
export interface TokenizeRequest {
  /** Ours, 32 lower-case hex digits: under one reference one card is kept, once. */
  readonly reference: string
  readonly card: CardData
}

/** Kept, and what people may see of it. */
export interface Tokenized {
  readonly kind: 'tokenized'
  readonly token: Secret<string>
  readonly brand: CardBrand
  readonly last4: string
  readonly expiryMonth: number
  readonly expiryYear: number
}

export type TokenizeOutcome = Tokenized | Extract<Outcome, { kind: 'declined' | 'unknown' | 'not_sent' }>

/** `forgotten`: the gateway has no such card, any more or at all. */
export type ForgetOutcome = { readonly kind: 'forgotten' } | Extract<Outcome, { kind: 'unknown' | 'not_sent' }>

/** What an authentic notification is about. It is a hint: the gateway is asked before anything is believed. */
export interface Notification {
  /** The gateway's own id of the notification: the same one is taken once. */
  readonly eventId: string
  /** Ours; or the gateway's, of a refund that was begun at the gateway itself. */
  readonly reference: string
  /** Where it is about a refund: what of our charges is refunded, so that one which we did not ask for can be asked about. */
  readonly refund?: { readonly chargeReference: string; readonly amount: Money }
}

export interface IncomingNotification {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it arrived, byte for byte. */
  readonly body: string
}

export interface Connector {
  readonly facts: GatewayFacts
  authorize?(gateway: Gateway, request: ChargeRequest): Promise<Outcome>
  purchase?(gateway: Gateway, request: ChargeRequest): Promise<Outcome>
  capture?(gateway: Gateway, request: CaptureRequest): Promise<Outcome>
  void?(gateway: Gateway, request: FollowUpRequest): Promise<Outcome>
  refund?(gateway: Gateway, request: FollowUpRequest): Promise<Outcome>
  payout?(gateway: Gateway, request: PayoutRequest): Promise<Outcome>
  /** Has the gateway keep a card; the token is good for charges at this account alone. */
  tokenize?(gateway: Gateway, request: TokenizeRequest): Promise<TokenizeOutcome>
  /** Has it erase one. May be asked again. What was charged can still be captured, voided and refunded. */
  forget?(gateway: Gateway, token: Secret<string>): Promise<ForgetOutcome>
  /** Asks by our reference. The answer is about exactly this amount and currency, or `unknown`. */
  inquire?(gateway: Gateway, inquiry: Inquiry): Promise<InquiryAnswer>
  /** Undefined when the notification is not authentic or not to be read. */
  parseNotification?(gateway: Gateway, incoming: IncomingNotification): Notification | undefined
  /** Takes card numbers, codes and credentials out of a transcript. */
  scrub(transcript: string): string
}
