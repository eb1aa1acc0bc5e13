// A merchant whose payments go through a real sandbox gateway on loopback, on the same database and the same business clock.
import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { PLAIN_TERMS, sealCredentials } from '../../src/gateways/account.ts'
import { brandOf } from '../../src/gateways/brand.ts'
import type { CardData } from '../../src/gateways/connector.ts'
import { insertGatewayAccount } from '../../src/gateways/queries.ts'
import { newId } from '../../src/ids.ts'
import { parseAmount } from '../../src/money.ts'
import { type ChargeRequest, chargeCard } from '../../src/payments/charge.ts'
import type { Step } from '../../src/payments/finish.ts'
import { getPaymentStep } from '../../src/payments/queries.ts'
import { selectBusinessNow } from '../../src/sandbox/queries.ts'
import { startSandboxGateway } from '../../src/sandbox-gateway/start.ts'
import { Secret } from '../../src/secret.ts'
import type { Settings } from '../../src/settings.ts'
import { advanceClock, type Issuing, openIssuing } from './seed.ts'

export interface GatewayWorld extends Issuing {
  readonly gatewayUrl: string
  /** The merchant's account in US dollars. */
  readonly accountId: string
  /** Calls the gateway's own control, as `/sandbox/gateway/…` does. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  arm(mode: string | number, more?: object): Promise<void>
  /** The gateway's truth about one of our operations. */
  bookOf(operationId: string): Promise<BookRow | undefined>
}

export interface BookRow {
  readonly reference: string
  readonly operation: string
  readonly amount: string
  readonly currency: string
  readonly state: string
  readonly attempts: number
}

const CURRENCIES = ['USD', 'JPY', 'KWD']
const TOKEN = 'gateway-token'

/** Opens it in a hook or at the top of a file. Calls give up after a second, so that slow faults are quick. */
export async function openGatewayWorld(settings: Partial<Settings> = {}): Promise<GatewayWorld> {
  const issuing = await openIssuing({ settings: { gatewayTimeoutMs: 1000, callerWaitMs: 2000, ...settings } })
  const { pool, log } = issuing
  const gateway = await startSandboxGateway({
    pool,
    log,
    host: '127.0.0.1',
    port: 0,
    token: new Secret(TOKEN),
    now: () => selectBusinessNow(pool),
    holdMs: 1500,
  })
  afterAll(() => gateway.close())
  const ids = CURRENCIES.map(() => newId())
  for (const [i, currency] of CURRENCIES.entries()) {
    const code = `sandbox-${currency.toLowerCase()}`
    await openAccount(issuing, gateway.baseUrl, {
      id: ids[i] ?? '',
      code,
      currency,
      terminalId: `10${i}`,
      priority: 10,
    })
  }
  const control: GatewayWorld['control'] = async (method, path, body) => {
    const response = await fetch(`${gateway.baseUrl}/sandbox/gateway${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? undefined : response.json()
  }
  return {
    ...issuing,
    gatewayUrl: gateway.baseUrl,
    accountId: ids[0] ?? '',
    control,
    arm: async (mode, more = {}) => {
      await control('POST', '/faults', { mode, ...more })
    },
    bookOf: async (operationId) => {
      const reference = operationId.replaceAll('-', '')
      const rows = (await control('GET', `/book?reference=${reference}`)) as BookRow[]
      return rows.find((row) => row.reference === reference)
    },
  }
}

interface AccountPlan {
  readonly id: string
  readonly code: string
  readonly currency: string
  readonly terminalId: string
  /** Lower is tried first. */
  readonly priority: number
}

const openAccount = (
  { pool, deps, merchantId }: Issuing,
  baseUrl: string,
  { id, ...plan }: AccountPlan,
): Promise<void> =>
  insertGatewayAccount(pool, {
    id,
    merchantId,
    ...plan,
    ...PLAIN_TERMS,
    name: plan.code,
    connector: 'sandbox',
    mode: 'purchase',
    brands: null,
    isSandbox: true,
    canHaveMultipleAttempts: true,
    baseUrl,
    sealedCredentials: sealCredentials(deps.vault, id, { apiKey: randomBytes(24).toString('base64url') }),
    isActive: true,
  })

/** Gives the merchant one more account at the gateway. Answers its id. */
export async function addGatewayAccount(
  world: GatewayWorld,
  plan: Pick<AccountPlan, 'code' | 'currency' | 'priority'>,
): Promise<string> {
  const id = newId()
  await openAccount(world, world.gatewayUrl, { id, terminalId: '200', ...plan })
  return id
}

/** A card as a payer enters it. */
export function enterCard(number = '4111111111111111', more: Partial<CardData> = {}): CardData {
  const brand = brandOf(number)
  if (!brand) throw new Error(`${number} has no brand`)
  return { pan: new Secret(number), brand, expiryMonth: 12, expiryYear: 2032, cvv: new Secret('123'), ...more }
}

export interface ChargePlan {
  readonly kind?: 'authorize' | 'purchase'
  readonly amount?: string
  readonly currency?: string
  readonly card?: CardData
  readonly more?: Partial<ChargeRequest>
}

/** Charges a card for the world's merchant. */
export function charge({ deps, merchantId }: Issuing, plan: ChargePlan = {}): Promise<Step> {
  const { kind = 'purchase', amount = '100.00', currency = 'USD', card = enterCard(), more = {} } = plan
  return chargeCard(deps, {
    merchantId,
    origin: 'transaction-services',
    kind,
    amount: parseAmount(amount, currency),
    description: 'Order',
    card,
    authentication: 'auto',
    isRepeated: false,
    merchantReference: newId(),
    attachment: { needs: [], write: () => undefined },
    ...more,
  })
}

/** How the payment stands. */
export const stepOf = ({ pool }: Issuing, { payment }: Step): Promise<Step> => getPaymentStep(pool, payment.id)

/** Lets business time pass, and with it whatever is due. */
export async function pass(world: GatewayWorld, seconds: number, work: () => Promise<unknown>): Promise<void> {
  await advanceClock(world, seconds)
  await work()
}
