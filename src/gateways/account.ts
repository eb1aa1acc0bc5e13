// A gateway account: a merchant's configured access to a gateway, known to it by a code.
import { Secret } from '../secret.ts'
import type { Vault } from '../vault/vault.ts'
import type { CardBrand } from './connector.ts'

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
