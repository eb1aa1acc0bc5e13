// Who is calling: the merchant or client behind an API credential.

export type PrincipalKind = 'merchant' | 'client'

export interface Principal {
  readonly kind: PrincipalKind
  /** The merchant's or client's id. */
  readonly id: string
  readonly name: string
  /** The access key of the credential that was used. */
  readonly accessKey: string
}
