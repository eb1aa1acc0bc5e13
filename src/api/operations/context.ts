// What the routes of this face are given.

import type { Egress } from '../../http/egress.ts'
import { getMerchantSettings, type MerchantSettings } from '../../merchants/settings.ts'
import type { GatewayDeps } from '../../payments/perform.ts'

export interface OperationsDeps extends GatewayDeps {
  readonly egress: Egress
  /** How people reach the server, without a trailing slash. */
  readonly baseUrl: () => string
  /** Business time. */
  readonly now: () => Promise<Date>
}

/** What is needed to write for a merchant. */
export type WritingDeps = Pick<OperationsDeps, 'codes' | 'gateways' | 'lane' | 'pool' | 'vault'>

/** What an answer is made with beside what it is about. */
export interface Writing {
  readonly codes: OperationsDeps['codes']
  readonly settings: Pick<MerchantSettings, 'hmacKey' | 'referencePrefix'>
}

/** For answers to this merchant. */
export const writingFor = async (
  deps: WritingDeps,
  merchantId: string,
): Promise<Writing & { readonly settings: MerchantSettings }> => ({
  codes: deps.codes,
  settings: await getMerchantSettings(deps, merchantId),
})
