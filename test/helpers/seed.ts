// A small world for tests of bindings and payments: two merchants, a client, its card product, and cards with money on them.
import { randomInt } from 'node:crypto'
import { afterAll, expect, onTestFinished } from 'vitest'
import { bearerOf } from '../../src/bindings/bearer.ts'
import { createCodes } from '../../src/bindings/codes.ts'
import { confirmBinding } from '../../src/bindings/confirm.ts'
import { initiateBinding, type Verification } from '../../src/bindings/initiate.ts'
import { createLane, type Lane } from '../../src/books/lane.ts'
import { insertClient } from '../../src/clients/queries.ts'
import { connect, type Pool } from '../../src/db/pool.ts'
import type { Deps } from '../../src/deps.ts'
import { createFundingAccount } from '../../src/funding/create.ts'
import { depositFunds } from '../../src/funding/deposit.ts'
import { createGatewayAccess, type GatewayAccess } from '../../src/gateways/access.ts'
import { createBreaker } from '../../src/gateways/breaker.ts'
import { findConnector } from '../../src/gateways/index.ts'
import { newId } from '../../src/ids.ts'
import type { Card, SpendingLimits } from '../../src/issuing/card.ts'
import { type CardChange, changeCardStatus, limitSpending } from '../../src/issuing/change-card.ts'
import { createCardAccount } from '../../src/issuing/create-card-account.ts'
import { issueCard } from '../../src/issuing/issue-card.ts'
import { insertProduct } from '../../src/issuing/queries.ts'
import { topUpCardAccount } from '../../src/issuing/top-up.ts'
import { createLog, type Log } from '../../src/log.ts'
import { insertMerchant } from '../../src/merchants/queries.ts'
import { parseAmount } from '../../src/money.ts'
import { listMessages } from '../../src/pages/queries.ts'
import { createCalls } from '../../src/payments/calls.ts'
import type { Payment } from '../../src/payments/payment.ts'
import { purchase } from '../../src/payments/purchase.ts'
import { verifyPurchase } from '../../src/payments/verify.ts'
import { advanceBusinessClock } from '../../src/sandbox/queries.ts'
import { defaultSettings, type Settings } from '../../src/settings.ts'
import { SHELVES } from '../../src/shelves.ts'
import { generateKeys, type Keys, loadKeys } from '../../src/vault/keys.ts'
import { createVault } from '../../src/vault/vault.ts'
import { openDatabase } from './database.ts'

export interface Issuing {
  readonly deps: Deps
  readonly pool: Pool
  readonly url: string
  readonly ownerUrl: string
  readonly keys: Keys
  readonly log: Log
  /** The lines of the log so far. */
  readonly logged: string[]
  readonly merchantId: string
  readonly otherMerchantId: string
  readonly clientId: string
  readonly productId: string
  readonly fundingAccountId: string
}

const MERCHANT = { mcc: '5812', category: 'Eating places and restaurants', country: 'HK' }
const ASSETS = ['USD', 'HKD', 'EUR', 'JPY', 'KWD']

/** Opens a database with the world in it. Its lane ends with the test or, opened in a hook, with the file. */
export async function openIssuing({ settings = {} }: { settings?: Partial<Settings> } = {}): Promise<Issuing> {
  const { pool, url, ownerUrl } = await openDatabase()
  const logged: string[] = []
  const log = createLog('info', { write: (line) => logged.push(line) })
  const keys = await loadKeys({ env: generateKeys() })
  const vault = await createVault({ pool, keys })
  const codes = createCodes(keys.codeKey)
  const deps: Deps = {
    lane: openLane(url, log),
    pool,
    vault,
    codes,
    settings: { ...defaultSettings(true), ...settings },
    gateways: openGateways({ pool, vault, log, codes }, settings.gatewayTimeoutMs),
    calls: createCalls(),
    log,
  }
  const [merchantId, otherMerchantId, clientId, productId] = [newId(), newId(), newId(), newId()]
  await insertMerchant(pool, { id: merchantId, name: 'Tea House', ...MERCHANT })
  await insertMerchant(pool, { id: otherMerchantId, name: 'Noodle Bar', ...MERCHANT })
  await insertClient(pool, { id: clientId, name: 'Fleet Cards' })
  await insertProduct(pool, {
    id: productId,
    clientId,
    name: 'Everyday',
    cardType: 'Platinum',
    network: 'Mastercard',
    bin: '545188',
    imageUrl: 'https://cards.test/platinum.png',
  })
  const funding = await createFundingAccount(deps, { clientId, name: 'Main', assets: ASSETS, keys: [] })
  const ids = { merchantId, otherMerchantId, clientId, productId, fundingAccountId: funding.id }
  return { deps, pool, url, ownerUrl, keys, log, logged, ...ids }
}

/** The same world as after a restart: another lane, another vault, other memory. */
export async function restart(issuing: Issuing): Promise<Issuing> {
  const { pool, url, keys, log, deps } = issuing
  const fresh = { lane: openLane(url, log), vault: await createVault({ pool, keys }), codes: createCodes(keys.codeKey) }
  return { ...issuing, deps: { ...deps, ...fresh } }
}

/** The way to gateways, which call back to a server that is not there. Closed with the file. */
function openGateways(
  { pool, vault, log, codes }: Pick<Deps, 'pool' | 'vault' | 'log' | 'codes'>,
  timeoutMs?: number,
): GatewayAccess {
  const access = createGatewayAccess({
    pool,
    vault,
    log,
    findConnector,
    breaker: createBreaker(),
    ...(timeoutMs !== undefined && { timeoutMs }),
    baseUrl: () => 'http://127.0.0.1:9',
    returnPath: (operationId) => `/transaction/Return/${bearerOf(codes, 'return-page', operationId)}`,
    challengePath: (operationId) => `/transaction/Challenge/${bearerOf(codes, 'challenge-page', operationId)}`,
  })
  gatewaysOpened.add(access)
  return access
}

const gatewaysOpened = new Set<GatewayAccess>()
const lanes = new Set<Lane>()

// For what was opened in a hook. Registered after the database's, so it runs before that one.
afterAll(async () => {
  for (const access of gatewaysOpened) await access.close()
  for (const lane of lanes) await lane.close()
})

function openLane(url: string, log: Log): Lane {
  const lane = createLane({ connect: () => connect(url), shelves: SHELVES, log })
  lanes.add(lane)
  try {
    onTestFinished(() => lane.close())
  } catch {
    // Not inside a test: afterAll does it.
  }
  return lane
}

export interface FundedCard {
  readonly card: Card
  readonly pan: string
  readonly cardAccountId: string
  readonly mobile: string
  readonly email: string
}

export interface CardPlan {
  readonly currency?: string
  /** Decimal text; nothing is put on the account when it is absent. */
  readonly balance?: string
  readonly type?: 'virtual' | 'physical'
  readonly limits?: Partial<SpendingLimits>
}

/** A card on an account of its own, with a mobile number and an e-mail address of its own. */
export async function issueFundedCard(issuing: Issuing, plan: CardPlan = {}): Promise<FundedCard> {
  const { deps, clientId, productId, fundingAccountId } = issuing
  const { currency = 'USD', balance, type = 'virtual' } = plan
  const account = await createCardAccount(deps, { clientId, accountType: 'prepaid', currency, keys: [] })
  if (balance !== undefined) {
    const amount = parseAmount(balance, currency)
    await depositFunds(deps, { clientId, accountId: fundingAccountId, amount, keys: [] })
    const to = { accountId: fundingAccountId, cardAccountId: account.id }
    await topUpCardAccount(deps, { clientId, ...to, amount, keys: [] })
  }
  const mobile = `8526${randomInt(10 ** 9)}`
  const email = `${mobile}@holders.test`
  const name = { embossedName: 'CHAN TAI MAN', mobile, email }
  const issued = { clientId, cardAccountId: account.id, productId, type, ...name, keys: [] }
  const card = await issueCard(deps, issued)
  const funded = {
    card,
    pan: (await deps.vault.open(card.id)).reveal(),
    cardAccountId: account.id,
    mobile,
    email,
  }
  if (plan.limits) await limitSpending(deps, { ...cardRequest(issuing, funded), limits: plan.limits })
  return funded
}

const cardRequest = ({ clientId }: Issuing, { card, cardAccountId }: FundedCard) => ({
  clientId,
  cardAccountId,
  cardId: card.id,
  keys: [],
})

export const changeStatus = (issuing: Issuing, change: CardChange, holder: FundedCard): Promise<Card> =>
  changeCardStatus(issuing.deps, change, cardRequest(issuing, holder))

/** Lets the month printed on the card be over, which nothing but time does. */
export async function letExpire({ pool }: Issuing, { card }: FundedCard): Promise<void> {
  await pool.query('update cards set expiry_year = 2020 where id = $1', [card.id])
}

export const initiate = (
  { deps, merchantId }: Issuing,
  { pan, by = merchantId, token = newId() }: { pan: string; by?: string; token?: string },
): Promise<Verification> => initiateBinding(deps, { merchantId: by, pan, token, keys: [] })

/** Binds the card for a merchant; returns the token that the merchant knows it by. */
export async function bindCard(issuing: Issuing, holder: FundedCard, by = issuing.merchantId): Promise<string> {
  const { verificationId, code } = await initiate(issuing, { pan: holder.pan, by })
  const { token } = await confirmBinding(issuing.deps, { merchantId: by, verificationId, code, keys: [] })
  return token
}

/** A funded card and the first merchant's token for it. */
export async function issueBoundCard(issuing: Issuing, plan: CardPlan = {}): Promise<FundedCard & { token: string }> {
  const holder = await issueFundedCard(issuing, plan)
  return { ...holder, token: await bindCard(issuing, holder) }
}

/** The newest code that the cardholder received. */
export async function newestCode({ deps, pool }: Issuing, { mobile }: Pick<FundedCard, 'mobile'>): Promise<string> {
  const [message] = await listMessages(pool, mobile, 1)
  if (!message?.challengeId) throw new Error('no code was sent')
  return deps.codes.codeOf(message.challengeId)
}

/** A code of six digits that is not this one. */
export const otherThan = (code: string): string => ((Number(code) + 1) % 1_000_000).toString().padStart(6, '0')

export interface Order {
  readonly token: string
  /** Decimal text. */
  readonly amount?: string
  readonly currency?: string
  readonly description?: string
  readonly by?: string
}

const readOrder = (issuing: Issuing, order: Order) => {
  const { token, amount = '100.00', currency = 'USD', description = 'Order #123', by = issuing.merchantId } = order
  return { merchantId: by, token, amount: parseAmount(amount, currency), description, keys: [] }
}

/** Has a code for the order sent to the cardholder. */
export const verifyOrder = (issuing: Issuing, order: Order): Promise<void> =>
  verifyPurchase(issuing.deps, readOrder(issuing, order))

export const buy = (issuing: Issuing, order: Order & { readonly code: string }): Promise<Payment> =>
  purchase(issuing.deps, { ...readOrder(issuing, order), code: order.code })

/** Verifies and purchases with the right code. */
export async function authorize(
  issuing: Issuing,
  holder: Pick<FundedCard, 'mobile'> & { readonly token: string },
  order: Omit<Order, 'token'> = {},
): Promise<Payment> {
  const whole = { token: holder.token, ...order }
  await verifyOrder(issuing, whole)
  return buy(issuing, { ...whole, code: await newestCode(issuing, holder) })
}

/** Moves business time forward. */
export async function advanceClock({ pool }: Issuing, seconds: number): Promise<void> {
  await advanceBusinessClock(pool, { seconds, offsetSecondsMax: 2 ** 40 })
}

/** What the card account has and what of it is held, in minor units. */
export async function fundsOf({ pool }: Issuing, { cardAccountId }: Pick<FundedCard, 'cardAccountId'>) {
  const { rows } = await pool.query<{ balance: bigint; held: bigint }>(
    `select credits_posted - debits_posted as balance, debits_pending as held
       from accounts
      where kind = 'card_account' and owner_id = $1`,
    [cardAccountId],
  )
  return rows[0] ?? { balance: 0n, held: 0n }
}

/** What is owed to a merchant, in minor units. */
export async function owedTo({ pool }: Issuing, merchantId: string, currency = 'USD'): Promise<bigint> {
  const { rows } = await pool.query<{ balance: bigint }>(
    `select credits_posted - debits_posted as balance
       from accounts
      where kind = 'merchant_payable' and owner_id = $1 and currency = $2`,
    [merchantId, currency],
  )
  return rows[0]?.balance ?? 0n
}

/** The rows on the card account's statement that are not top-ups, oldest first. */
export async function statementOf({ pool }: Issuing, { cardAccountId }: Pick<FundedCard, 'cardAccountId'>) {
  const { rows } = await pool.query<{
    id: string
    status: string
    intent: string
    entryType: string
    amount: bigint
    grossAmount: bigint
    refId: string
    cardId: string
    paymentId: string | null
    postedAt: Date | null
    authDetails: Record<string, unknown> | null
    merchant: Record<string, unknown> | null
  }>(
    `select id, status, intent, entry_type as "entryType", amount, gross_amount as "grossAmount", ref_id as "refId",
            card_id as "cardId", payment_id as "paymentId", posted_at as "postedAt", auth_details as "authDetails", merchant
       from card_transactions
      where card_account_id = $1 and intent <> 'topup'
      order by created_at, id`,
    [cardAccountId],
  )
  return rows
}

/** Every currency's balances and holds add up to nothing. */
export async function expectBalancedBooks({ pool }: Issuing): Promise<void> {
  const { rows } = await pool.query(
    `select currency, sum(credits_posted - debits_posted) as posted, sum(credits_pending - debits_pending) as pending
       from accounts
      group by currency
     having sum(credits_posted - debits_posted) <> 0 or sum(credits_pending - debits_pending) <> 0`,
  )
  expect(rows).toEqual([])
}
