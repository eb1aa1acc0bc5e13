// A gateway account: a merchant's configured access to a gateway, known to it by a code.
import { Secret } from '../secret.ts'
import type { Vault } from '../vault/vault.ts'
import type { CardBrand, GatewayOperation } from './connector.ts'

export interface GatewayAccount {
  readonly id: string
  readonly merchantId: string
  /** The merchant's name for it, unique among its accounts. */
  readonly code: string
  /** Which connector speaks to it; `house` is our own issuer. */
  readonly connector: string
  readonly currency: string
  /** Whether a payment without a wish of its own takes the money at once or holds it. */
  readonly mode: 'purchase' | 'authorize'
  /** Six digits at most. */
  readonly terminalId: string
  /** The brands that it takes; null is whatever the gateway takes. */
  readonly brands: readonly CardBrand[] | null
  /** Lower comes first. */
  readonly priority: number
  readonly isSandbox: boolean
  /** Whether another account may be tried after an attempt that certainly did nothing. */
  readonly canHaveMultipleAttempts: boolean
  readonly baseUrl: string
  readonly sealedCredentials: Buffer
  readonly isActive: boolean
  /** What payers read. */
  readonly name: string
  /** Which of the gateway's operations the merchant's contract has; null is all of them. */
  readonly operations: readonly GatewayOperation[] | null
  /** Whether payments that name no account may be sent here. */
  readonly isRouted: boolean
  readonly fee: FeeRule | null
  /** Other currencies in which something may cost here: the payer pays in the account's. */
  readonly rates: readonly AcceptedCurrency[]
}

/** What the payer pays on top, in the account's currency. */
export interface FeeRule {
  readonly kind: 'fix' | 'percent'
  /** Decimal text: major units, or percent with two decimals at most. */
  readonly value: string
  /** Whether payers who pay without an exchange pay it, too. */
  readonly chargesOwnCurrency: boolean
  readonly description: string
}

/** One minor unit of `currency` in minor units of the account's, as a ratio of whole numbers in texts. */
export interface AcceptedCurrency {
  readonly currency: string
  readonly numerator: string
  readonly denominator: string
}

/** The terms of an account that takes whatever its gateway can, at no more than the price. */
export const PLAIN_TERMS: Pick<GatewayAccount, 'operations' | 'isRouted' | 'fee' | 'rates'> = {
  operations: null,
  isRouted: true,
  fee: null,
  rates: [],
}

const PURPOSE = 'gateway-credentials'

/** Seals the credentials of the account with this id, names and values. */
export const sealCredentials = (
  vault: Pick<Vault, 'sealText'>,
  accountId: string,
  credentials: Readonly<Record<string, string>>,
): Buffer => vault.sealText(PURPOSE, accountId, JSON.stringify(credentials))

/** The credentials for the connector. Throws an Error when the row was tampered with. */
export function openCredentials(
  vault: Pick<Vault, 'openText'>,
  account: Pick<GatewayAccount, 'id' | 'sealedCredentials'>,
): Record<string, Secret<string>> {
  const opened = vault.openText(PURPOSE, account.id, account.sealedCredentials).reveal()
  const entries = Object.entries(JSON.parse(opened) as Record<string, string>)
  return Object.fromEntries(entries.map(([name, value]) => [name, new Secret(value)]))
}
