// Makes a merchant a member of Transaction Services: its partner, its secure key, and accounts at the sandbox gateway.
import { randomBytes } from 'node:crypto'
import type { App } from '../app.ts'
import { PLAIN_TERMS, sealCredentials } from '../gateways/account.ts'
import { insertGatewayAccount } from '../gateways/queries.ts'
import { newId } from '../ids.ts'
import { createMember, createPartner } from '../members/create.ts'

export interface EnrolledPartner {
  /** The partner's row. */
  readonly id: string
  readonly partnerId: string
  readonly userName: string
  readonly secureKey: string
}

/** What a merchant needs to call Transaction Services. */
export interface EnrolledMember {
  readonly memberId: string
  readonly partnerId: string
  readonly secureKey: string
  readonly terminalId: string
}

const CURRENCIES = ['USD', 'EUR', 'GBP', 'HKD', 'JPY', 'KWD', 'CHF', 'SGD', 'AUD', 'CAD']
const TERMINAL = '1001' // One for all currencies, so that whoever tries something out need not choose.

/** Adds a partner. */
export async function enrolPartner({ deps }: Pick<App, 'deps'>, username: string): Promise<EnrolledPartner> {
  const made = await createPartner({ db: deps.pool, vault: deps.vault }, { username })
  return { id: made.id, partnerId: made.number, userName: made.username, secureKey: made.secureKey.reveal() }
}

/** Makes the merchant a member of the partner, under the name by which it signs in elsewhere. */
export async function enrolMember(
  app: Pick<App, 'deps' | 'sandboxGatewayUrl'>,
  partner: EnrolledPartner,
  merchant: { readonly id: string; readonly username: string },
): Promise<EnrolledMember> {
  const { deps } = app
  const made = await createMember(
    { db: deps.pool, vault: deps.vault },
    { merchantId: merchant.id, partnerId: partner.id, username: merchant.username },
  )
  for (const currency of CURRENCIES) {
    await addAccount(app, {
      merchantId: merchant.id,
      currency,
      code: `sandbox-${currency.toLowerCase()}`,
      priority: 10,
    })
  }
  // A second way for dollars: what certainly never left the first account is tried here.
  await addAccount(app, { merchantId: merchant.id, currency: 'USD', code: 'sandbox-usd-backup', priority: 20 })
  const secureKey = made.secureKey.reveal()
  return { memberId: made.number, partnerId: partner.partnerId, secureKey, terminalId: TERMINAL }
}

interface AccountPlan {
  readonly merchantId: string
  readonly currency: string
  readonly code: string
  readonly priority: number
}

async function addAccount(
  { deps, sandboxGatewayUrl }: Pick<App, 'deps' | 'sandboxGatewayUrl'>,
  plan: AccountPlan,
): Promise<void> {
  const id = newId()
  await insertGatewayAccount(deps.pool, {
    id,
    ...plan,
    ...PLAIN_TERMS,
    name: plan.code,
    connector: 'sandbox',
    mode: 'purchase',
    terminalId: TERMINAL,
    brands: null,
    isSandbox: true,
    canHaveMultipleAttempts: true,
    baseUrl: sandboxGatewayUrl ?? '',
    sealedCredentials: sealCredentials(deps.vault, id, { apiKey: randomBytes(24).toString('base64url') }),
    isActive: true,
  })
}
