// A merchant with the gateway accounts that checkouts are tried with, and checkouts to pay.
import { randomBytes, randomUUID } from 'node:crypto'
import type { CheckoutView } from '../../src/checkouts/checkout.ts'
import { type CheckoutTerms, createCheckout } from '../../src/checkouts/create.ts'
import { createInvoice, type InvoiceDraft } from '../../src/checkouts/create-invoice.ts'
import { findSession } from '../../src/checkouts/find.ts'
import { billInvoice, billItem, type ItemTerms } from '../../src/checkouts/invoice.ts'
import { type OperateRequest, operateSession } from '../../src/checkouts/operate.ts'
import { type PayCheckout, payCheckout } from '../../src/checkouts/pay.ts'
import type { Session } from '../../src/checkouts/session.ts'
import { type GatewayAccount, PLAIN_TERMS, sealCredentials } from '../../src/gateways/account.ts'
import { insertGatewayAccount } from '../../src/gateways/queries.ts'
import { newId } from '../../src/ids.ts'
import { parseAmount } from '../../src/money.ts'
import type { Step } from '../../src/payments/finish.ts'
import { Secret } from '../../src/secret.ts'
import type { Settings } from '../../src/settings.ts'
import { enterCard, type GatewayWorld, openGatewayWorld } from '../helpers/gateway.ts'
import { type FundedCard, issueFundedCard } from '../helpers/seed.ts'

type AccountPlan = Partial<GatewayAccount> & Pick<GatewayAccount, 'code'>

/** The codes that `openCheckoutWorld` adds, each with what is special about it. */
export const ACCOUNTS: readonly AccountPlan[] = [
  { code: 'purchase' },
  { code: 'authorize', mode: 'authorize' },
  { code: 'once', canHaveMultipleAttempts: false },
  { code: 'no-refund', operations: ['authorize', 'purchase', 'capture', 'void'] },
  { code: 'fee', fee: { kind: 'fix', value: '2.00', chargesOwnCurrency: true, description: 'fix fee' } },
  {
    code: 'fee-authorize',
    mode: 'authorize',
    fee: { kind: 'fix', value: '2.00', chargesOwnCurrency: true, description: 'fix fee' },
  },
  { code: 'fx', currency: 'KWD', rates: [{ currency: 'USD', numerator: '308', denominator: '100' }] },
  { code: 'dinars', currency: 'KWD' },
  { code: 'yen', currency: 'JPY' },
  { code: 'cash', connector: 'cod' },
  { code: 'house', connector: 'house' },
  { code: 'house-authorize', connector: 'house', mode: 'authorize' },
  { code: 'closed', isActive: false },
]

/** A gateway world whose first merchant has the accounts above. */
export async function openCheckoutWorld(settings: Partial<Settings> = {}): Promise<GatewayWorld> {
  const world = await openGatewayWorld(settings)
  await addAccounts(world)
  return world
}

/** Adds the accounts above. */
export async function addAccounts(world: GatewayWorld): Promise<void> {
  for (const plan of ACCOUNTS) await addAccount(world, plan)
}

/** Adds an account at the sandbox gateway that only takes payments that name it. */
export async function addAccount(world: GatewayWorld, plan: AccountPlan): Promise<string> {
  const id = newId()
  await insertGatewayAccount(world.pool, {
    ...{ id, merchantId: world.merchantId, connector: 'sandbox', currency: 'USD', mode: 'purchase', terminalId: '300' },
    ...{ brands: null, priority: 50, isSandbox: true, canHaveMultipleAttempts: true, baseUrl: world.gatewayUrl },
    ...{ isActive: true, ...PLAIN_TERMS, isRouted: false, name: plan.code },
    sealedCredentials: sealCredentials(world.deps.vault, id, { apiKey: randomBytes(24).toString('base64url') }),
    ...plan,
  })
  return id
}

export interface CheckoutPlan extends Partial<Omit<CheckoutTerms, 'amount' | 'currency'>> {
  readonly amount?: string
  readonly currency?: string
  readonly by?: string
  readonly isShort?: boolean
}

/** A checkout of 100.00 USD that can be paid at the account `purchase`, unless told. */
export function makeCheckout({ deps, merchantId }: GatewayWorld, plan: CheckoutPlan = {}): Promise<CheckoutView> {
  const { amount = '100.00', currency = 'USD', by = merchantId, isShort = false, ...terms } = plan
  return createCheckout(deps, {
    merchantId: by,
    initiator: null,
    isShort,
    uniqueOrderNo: false,
    terms: {
      ...{ type: 'e_commerce', paymentType: 'one_off', orderNo: null, pgCodes: ['purchase'], customerId: null },
      ...{ language: 'en', redirectUrl: null, webhookUrl: null, details: {}, lifeMs: 86_400_000, dueAt: null },
      ...(terms.paymentType === 'save_card' ? { amount: 0n, currency } : parseAmount(amount, currency)),
      ...terms,
    },
  })
}

/** An invoice over 1.111 pieces at 5.234 dinars, which are 5.815, that can be paid at the account `dinars`. */
export function makeInvoice(
  { deps, merchantId }: GatewayWorld,
  more: Partial<InvoiceDraft> = {},
): Promise<CheckoutView> {
  const item: ItemTerms = { sku: 'TEA-1', description: 'Tea', quantity: '1.111', unitPrice: '5.234' }
  const figures = billItem(item, 'KWD')
  const draft: InvoiceDraft = {
    ...{ invoiceNumber: randomUUID(), dueDate: '2099-12-29', items: [{ ...item, figures }] },
    ...{ figures: billInvoice({ currency: 'KWD' }, [figures]), ...more },
  }
  const terms: CheckoutTerms = {
    ...{ type: 'e_commerce', paymentType: 'one_off', orderNo: null, pgCodes: ['dinars'], customerId: null },
    ...{ language: 'en', redirectUrl: null, webhookUrl: null, details: {}, lifeMs: 86_400_000, dueAt: null },
    ...{ amount: draft.figures.totalInclTax, currency: 'KWD' },
  }
  return createInvoice(deps, { merchantId, terms, initiator: null, isShort: false, uniqueOrderNo: false }, draft)
}

/** Pays it with a card that is approved, by its first account, unless told. */
export const pay = (
  { deps }: GatewayWorld,
  checkout: Pick<CheckoutView, 'id' | 'pgCodes'>,
  plan: Partial<PayCheckout> = {},
): Promise<Step> =>
  payCheckout(deps, {
    ...{ checkoutId: checkout.id, pgCode: checkout.pgCodes[0] ?? '', tryId: randomUUID() },
    ...{ instrument: { card: enterCard() }, keepsCard: false, referencePrefix: 'FL', ...plan },
  })

/** A card of our own issuer, as a payer enters it. */
export async function ourCard(world: GatewayWorld, plan: { balance?: string; currency?: string } = {}) {
  const holder: FundedCard = await issueFundedCard(world, { balance: '1000.00', ...plan })
  const { id, expiryMonth, expiryYear } = holder.card
  const cvv = new Secret(world.deps.vault.cvv(id, `${expiryYear}-${String(expiryMonth).padStart(2, '0')}`))
  return { holder, card: enterCard(holder.pan, { expiryMonth, expiryYear, cvv }) }
}

/** The session of the checkout as it stands. Throws when it was deleted. */
export async function sessionOf({ deps, merchantId }: GatewayWorld, { id }: { readonly id: string }): Promise<Session> {
  const session = await findSession(deps, { merchantId, id })
  if (!session) throw new Error('there is no such session')
  return session
}

/** Captures, refunds or voids it. */
export async function operate(
  world: GatewayWorld,
  checkout: { readonly id: string },
  plan: Partial<OperateRequest> & Pick<OperateRequest, 'operation'>,
): Promise<Step> {
  const session = await sessionOf(world, checkout)
  return operateSession(world.deps, { session, initiator: null, source: 'input', referencePrefix: 'FL', ...plan })
}
