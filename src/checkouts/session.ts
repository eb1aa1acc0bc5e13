// A session: everything that the Operations face tells of one payment, whichever face made it. The parent's state and amount are frozen
// once it is paid; what is done to it later are its children.
import type { GatewayAccount } from '../gateways/account.ts'
import type { Money } from '../money.ts'
import type { ClaimState } from '../payments/claim-states.ts'
import type { Operation } from '../payments/operation.ts'
import type { Payment } from '../payments/payment.ts'
import type { AttemptCard, Checkout, Initiator } from './checkout.ts'

/** The account through which something was tried, as far as it is shown; `house` where our own issuer decided without one. */
export type ShownAccount = Pick<GatewayAccount, 'code' | 'connector' | 'currency' | 'isSandbox' | 'name'>

/** One try to pay: a payment and the operation that was to authorize it. */
export interface Attempt {
  readonly payment: Payment
  readonly operation: Operation
  readonly account: ShownAccount
  /** What the reference number is made from. */
  readonly referenceId: string
  readonly card: AttemptCard | null
  /** What the gateway answered, without card numbers and credentials; empty where it said nothing. */
  readonly response: object
}

/** A capture, refund or void of the payment: the child transaction. */
export interface Child {
  readonly operation: Operation
  /** Who asked for it, and with what. */
  readonly initiator: Initiator | null
  readonly extra: object | null
  readonly source: 'input' | 'dashboard' | 'pg'
  readonly trackingKey: string | null
  /** The account of the payment. */
  readonly account: ShownAccount
  readonly response: object
}

export interface Session {
  /** Of the checkout, or of the payment where another face made it. */
  readonly id: string
  readonly merchantId: string
  readonly state: ClaimState
  readonly orderNo: string | null
  readonly amount: Money
  /** Null: another face made the payment. */
  readonly checkout: Checkout | null
  /** Newest first. */
  readonly attempts: readonly Attempt[]
  /** The one that paid. */
  readonly settled: Attempt | null
  /** The account by which the payer chose to pay in cash. */
  readonly cash?: ShownAccount | undefined
  /** Those that count or are waited for, oldest first: what failed left no child. */
  readonly children: readonly Child[]
}

/** What the reference number of its outcome is made from. Cash and cards that are only kept are tried at no gateway: theirs is its own. */
export const referenceIdOf = ({ id, state, settled, attempts }: Session): string | undefined =>
  state === 'cod' || (state === 'paid' && !settled) ? id : (settled ?? attempts[0])?.referenceId
