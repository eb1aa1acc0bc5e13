// What a merchant of the demo needs to call the Operations face: a key, users with one permission each, and gateway accounts of every kind.
import { randomBytes } from 'node:crypto'
import type { App } from '../app.ts'
import { type FeeRule, type GatewayAccount, PLAIN_TERMS, sealCredentials } from '../gateways/account.ts'
import { insertGatewayAccount } from '../gateways/queries.ts'
import { newId } from '../ids.ts'
import { getMerchantSettings } from '../merchants/settings.ts'
import { Secret } from '../secret.ts'
import { createApiKey, createUser } from '../users/create.ts'
import { PERMISSIONS, type Permission } from '../users/user.ts'

export interface EnrolledUser {
  readonly username: string
  readonly password: string
  readonly permissions: readonly string[]
}

/** An account as demo.json lists it. */
export interface EnrolledAccount {
  readonly code: string
  readonly connector: string
  readonly operation: 'purchase' | 'authorize'
  readonly currency: string
  readonly traits: readonly string[]
  readonly fee?: { readonly type: 'fix' | 'percent'; readonly value: string }
  readonly rate?: { readonly from: string; readonly to: string; readonly value: string }
}

export interface EnrolledOperations {
  readonly apiKey: string
  readonly hmacKey: string
  readonly gatewayAccounts: readonly EnrolledAccount[]
  readonly users: readonly EnrolledUser[]
}

const FEE: FeeRule = { kind: 'fix', value: '2.00', chargesOwnCurrency: true, description: 'Service fee' }
const SHARE: FeeRule = { kind: 'percent', value: '2.5', chargesOwnCurrency: true, description: 'Service fee of 2.5 %' }
const DOLLARS_TO_DINARS = { currency: 'USD', numerator: '308', denominator: '100' } // 1 dollar is 0.308 dinars
const QUEUES_REFUNDS = '900' // The terminal at which the sandbox gateway queues every refund.

type Plan = Pick<GatewayAccount, 'code' | 'name'> & Partial<GatewayAccount> & { readonly traits?: readonly string[] }

const PLANS: readonly Plan[] = [
  { code: 'cards-usd', name: 'Credit or debit card' },
  { code: 'auth-usd', name: 'Card, charged on delivery', mode: 'authorize' },
  { code: 'cards-kwd', name: 'Card in dinars', currency: 'KWD' },
  { code: 'auth-kwd', name: 'Card in dinars, charged on delivery', currency: 'KWD', mode: 'authorize' },
  { code: 'cards-jpy', name: 'Card in yen', currency: 'JPY' },
  {
    code: 'final-usd',
    name: 'Card without refunds',
    operations: ['authorize', 'purchase', 'capture', 'void'],
    traits: ['no_refund'],
  },
  {
    code: 'bare-usd',
    name: 'Card, charged for good',
    operations: ['purchase'],
    traits: ['no_refund', 'no_operations'],
  },
  { code: 'fee-usd', name: 'Card with a fee', fee: FEE, traits: ['fee'] },
  { code: 'fee-auth-usd', name: 'Card with a fee, charged on delivery', mode: 'authorize', fee: FEE, traits: ['fee'] },
  { code: 'share-usd', name: 'Card with a percentage', fee: SHARE, traits: ['fee'] },
  { code: 'fx-kwd', name: 'Card, paid in dinars', currency: 'KWD', rates: [DOLLARS_TO_DINARS], traits: ['fx'] },
  { code: 'queue-usd', name: 'Card with slow refunds', terminalId: QUEUES_REFUNDS, traits: ['queued_refund'] },
  { code: 'once-usd', name: 'Card, one try', canHaveMultipleAttempts: false, traits: ['single_attempt'] },
  { code: 'house-usd', name: 'Florin card', connector: 'house', traits: ['house'] },
  {
    code: 'house-auth-usd',
    name: 'Florin card, charged on delivery',
    connector: 'house',
    mode: 'authorize',
    traits: ['house'],
  },
  { code: 'cash', name: 'Cash on delivery', connector: 'cod', traits: ['cod'] },
]

export interface EnrolOptions {
  readonly merchantId: string
  /** What usernames begin with. */
  readonly prefix: string
  /** The key under which API keys are digested. */
  readonly secretKey: Buffer
}

/** Makes all of it. */
export async function enrolOperations(
  app: Pick<App, 'deps' | 'sandboxGatewayUrl'>,
  { merchantId, prefix, secretKey }: EnrolOptions,
): Promise<EnrolledOperations> {
  const { deps } = app
  const accounts: EnrolledAccount[] = []
  for (const plan of PLANS) accounts.push(await addAccount(app, merchantId, plan))
  const { key } = await createApiKey(deps.pool, secretKey, { merchantId, name: 'demo' })
  const { hmacKey } = await getMerchantSettings(deps, merchantId)
  const codes = Object.keys(PERMISSIONS) as Permission[]
  const users: EnrolledUser[] = []
  for (const code of codes)
    users.push(await addUser(app, merchantId, { username: `${prefix}.${code}`, permissions: [code] }))
  const everywhere = accounts.map(({ code }): Permission => `gateway.${code}`)
  const clerk: Permission[] = ['e_commerce.add', 'e_commerce.change', 'payment_request.add', ...everywhere]
  users.push(await addUser(app, merchantId, { username: `${prefix}.clerk`, permissions: clerk }))
  users.push(await addUser(app, merchantId, { username: `${prefix}.admin`, permissions: [], isSuperadmin: true }))
  return { apiKey: key.reveal(), hmacKey: hmacKey.reveal(), gatewayAccounts: accounts, users }
}

async function addAccount(
  { deps, sandboxGatewayUrl }: Pick<App, 'deps' | 'sandboxGatewayUrl'>,
  merchantId: string,
  { traits = [], ...plan }: Plan,
): Promise<EnrolledAccount> {
  const id = newId()
  const account: GatewayAccount = {
    ...{ id, merchantId, connector: 'sandbox', currency: 'USD', mode: 'purchase', terminalId: '1001', brands: null },
    ...{
      priority: 50,
      isSandbox: true,
      canHaveMultipleAttempts: true,
      baseUrl: sandboxGatewayUrl ?? '',
      isActive: true,
    },
    ...{ ...PLAIN_TERMS, isRouted: false, ...plan },
    sealedCredentials: sealCredentials(deps.vault, id, { apiKey: randomBytes(24).toString('base64url') }),
  }
  await insertGatewayAccount(deps.pool, account)
  const { code, connector, mode, currency, fee, rates } = account
  return {
    ...{ code, connector, operation: mode, currency, traits },
    ...(fee && { fee: { type: fee.kind, value: fee.value } }),
    ...(rates.length > 0 && { rate: { from: 'USD', to: currency, value: '0.308' } }),
  }
}

interface UserPlan {
  readonly username: string
  readonly permissions: readonly Permission[]
  readonly isSuperadmin?: boolean
}

async function addUser({ deps }: Pick<App, 'deps'>, merchantId: string, plan: UserPlan): Promise<EnrolledUser> {
  const password = randomBytes(18).toString('base64url')
  const [, firstName = ''] = plan.username.split('.')
  const user = {
    ...plan,
    merchantId,
    password: new Secret(password),
    firstName,
    email: `${plan.username}@florin.example`,
  }
  await createUser(deps.pool, user)
  return { username: plan.username, password, permissions: plan.isSuperadmin ? ['superadmin'] : plan.permissions }
}
