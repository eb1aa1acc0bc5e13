// Who is calling: the merchant or client behind an API credential.

export type PrincipalKind = 'merchant' | 'client'

export interface Principal {
  readonly kind: PrincipalKind
  /** The merchant's or client's id. */
  readonly id: string
  readonly name: string
  /** The access key of the credential that was used. */
  readonly accessKey: string
  /** Who acts for the merchant, where the face knows one from the other; it goes into the audit log. */
  readonly actor?: Actor
}

/** A key or a user of a merchant. */
export interface Actor {
  readonly kind: 'api-key' | 'user'
  readonly id: string
  /** The key's name or the username. */
  readonly name: string
  /** What it may do, e.g. `payment.refund`; everything for API keys and superadmins. */
  readonly permissions: 'all' | ReadonlySet<string>
}
