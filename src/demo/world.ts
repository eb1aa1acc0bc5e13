// The members of the demo: merchants, clients and their cards. Made once; what must be kept is in <data>/demo-world.json.
import { randomInt } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app.ts'
import { insertClient } from '../clients/queries.ts'
import type { Deps } from '../deps.ts'
import { createFundingAccount } from '../funding/create.ts'
import { depositFunds } from '../funding/deposit.ts'
import { newId } from '../ids.ts'
import type { Card } from '../issuing/card.ts'
import { createCardAccount } from '../issuing/create-card-account.ts'
import { issueCard } from '../issuing/issue-card.ts'
import { insertProduct } from '../issuing/queries.ts'
import { topUpCardAccount } from '../issuing/top-up.ts'
import { findMerchant, insertMerchant } from '../merchants/queries.ts'
import { parseAmount } from '../money.ts'
import { createCredentials } from '../principals/credentials.ts'
import type { PrincipalKind } from '../principals/principal.ts'
import { insertCredential } from '../principals/queries.ts'
import type { Secret } from '../secret.ts'
import { type EnrolledMember, type EnrolledPartner, enrolMember, enrolPartner } from './enrol.ts'
import { type EnrolledOperations, enrolOperations } from './enrol-operations.ts'

/** Who may call: names of members as in demo.json. */
export interface Member {
  readonly id: string
  readonly name: string
  readonly username: string
  readonly password: string
  readonly accessKey: string
  readonly privateKey: string
}

export interface ClientMember extends Member {
  readonly productId: string
  readonly accounts: readonly { readonly id: string; readonly currency: string }[]
  readonly cardAccounts: readonly CardAccountMember[]
}

export interface CardAccountMember {
  readonly id: string
  readonly currency: string
  readonly accountType: string
  /** How many cards are listed. */
  readonly cards: number
}

/** A merchant, which is a member of Transaction Services, too. */
export type MerchantMember = Member & EnrolledMember & EnrolledOperations

export interface World {
  readonly sandboxToken: string
  readonly operatorToken: string
  readonly partner: EnrolledPartner
  readonly merchants: readonly MerchantMember[]
  readonly clients: readonly ClientMember[]
  /** The story's own, so that the listed ones stay untouched. */
  readonly story: { readonly merchant: MerchantMember; readonly client: ClientMember }
}

type CardAccountPlan = {
  readonly currency: string
  readonly type: 'prepaid' | 'asset-link'
  readonly balance?: string
  readonly cards: number
}

const MERCHANTS = [
  { name: 'Kowloon Coffee', mcc: '5814', category: 'Fast food restaurants', country: 'HK' },
  { name: 'Harbour Books', mcc: '5942', category: 'Book stores', country: 'HK' },
] as const
const STORY_MERCHANT = {
  name: 'Story Shop',
  mcc: '5999',
  category: 'Miscellaneous and specialty retail shops',
  country: 'HK',
}

const CLIENT_PLANS: readonly { name: string; cardAccounts: readonly CardAccountPlan[] }[] = [
  {
    name: 'Meridian Pay',
    cardAccounts: [
      { currency: 'USD', type: 'prepaid', balance: '1000.00', cards: 2 },
      { currency: 'USD', type: 'prepaid', balance: '1000.00', cards: 1 },
      { currency: 'HKD', type: 'prepaid', balance: '5000.00', cards: 1 },
      { currency: 'KWD', type: 'prepaid', balance: '300.000', cards: 1 },
      { currency: 'JPY', type: 'prepaid', balance: '100000', cards: 1 },
      { currency: 'USD', type: 'asset-link', cards: 0 },
    ],
  },
  { name: 'Lantern Cards', cardAccounts: [{ currency: 'USD', type: 'prepaid', balance: '1000.00', cards: 1 }] },
]
const STORY_CLIENT = {
  name: 'Story Bank',
  cardAccounts: [
    { currency: 'USD', type: 'prepaid', cards: 1 },
    { currency: 'USD', type: 'prepaid', cards: 0 },
  ],
} as const

const WORLD_FILE = 'demo-world.json'

const FUNDING: Readonly<Record<string, string>> = {
  USD: '1000000.00',
  HKD: '1000000.00',
  KWD: '100000.000',
  JPY: '10000000',
}

/** The members of this data directory: read back, or made and written down. */
export async function openWorld(
  app: App,
  options: { dataDir: string; secretKey: Secret<Buffer>; sandboxToken: string; operatorToken: string },
): Promise<World> {
  const { deps } = app
  const known = await readWorld(options.dataDir)
  if (known && (await findMerchant(deps.pool, known.story.merchant.id))) return completeWorld(app, known, options)
  const partner = await enrolPartner(app, 'demo-partner')
  const addMerchant = createMerchantMaker(app, partner, options.secretKey)
  const addClient = createClientMaker(deps, options.secretKey)
  const world: World = {
    sandboxToken: options.sandboxToken,
    operatorToken: options.operatorToken,
    partner,
    merchants: await Promise.all(MERCHANTS.map(addMerchant)),
    clients: [],
    story: { merchant: await addMerchant(STORY_MERCHANT), client: await addClient(STORY_CLIENT) },
  }
  const complete = { ...world, clients: await Promise.all(CLIENT_PLANS.map(addClient)) }
  await writePrivately(join(options.dataDir, WORLD_FILE), complete)
  return complete
}

// A world of before there was the Operations face gets what it lacks.
async function completeWorld(
  app: App,
  world: World,
  { dataDir, secretKey }: { readonly dataDir: string; readonly secretKey: Secret<Buffer> },
): Promise<World> {
  const complete = async (merchant: MerchantMember): Promise<MerchantMember> => {
    if (merchant.apiKey !== undefined) return merchant
    const prefix = merchant.name.toLowerCase().replaceAll(' ', '-')
    return {
      ...merchant,
      ...(await enrolOperations(app, { merchantId: merchant.id, prefix, secretKey: secretKey.reveal() })),
    }
  }
  const merchants = await Promise.all(world.merchants.map(complete))
  const merchant = await complete(world.story.merchant)
  if (merchant === world.story.merchant) return world
  const completed = { ...world, merchants, story: { ...world.story, merchant } }
  await writePrivately(join(dataDir, WORLD_FILE), completed)
  return completed
}

/** The tokens of a world that was made before. */
export const readTokens = async (dataDir: string): Promise<Partial<Pick<World, 'sandboxToken' | 'operatorToken'>>> =>
  (await readWorld(dataDir)) ?? {}

async function readWorld(dataDir: string): Promise<World | undefined> {
  const text = await readFile(join(dataDir, WORLD_FILE), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as World)
}

/** Writes JSON so that there is either the old file or the whole new one, readable by its owner only. */
export async function writePrivately(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
}

const createMerchantMaker =
  (app: App, partner: EnrolledPartner, secretKey: Secret<Buffer>) =>
  async (merchant: { name: string; mcc: string; category: string; country: string }): Promise<MerchantMember> => {
    const id = newId()
    await insertMerchant(app.deps.pool, { id, ...merchant })
    const credentials = await addCredentials(app.deps, { kind: 'merchant', id }, secretKey)
    const member = await enrolMember(app, partner, { id, username: credentials.username })
    const prefix = merchant.name.toLowerCase().replaceAll(' ', '-')
    const operations = await enrolOperations(app, { merchantId: id, prefix, secretKey: secretKey.reveal() })
    return { id, name: merchant.name, ...credentials, ...member, ...operations }
  }

const createClientMaker =
  (deps: Deps, secretKey: Secret<Buffer>) =>
  async (plan: { name: string; cardAccounts: readonly CardAccountPlan[] }): Promise<ClientMember> => {
    const id = newId()
    await insertClient(deps.pool, { id, name: plan.name })
    const credentials = await addCredentials(deps, { kind: 'client', id }, secretKey)
    const productId = newId()
    await insertProduct(deps.pool, {
      id: productId,
      clientId: id,
      name: 'Florin Platinum',
      cardType: 'Platinum',
      network: 'mastercard',
      bin: '545188',
      imageUrl: 'https://florin.example/cards/platinum.png',
    })
    const currencies = [...new Set(plan.cardAccounts.map((account) => account.currency))]
    const accounts = await Promise.all(currencies.map((currency) => addFundingAccount(deps, id, currency)))
    const cardAccounts: CardAccountMember[] = []
    for (const account of plan.cardAccounts) {
      const funding = accounts.find(({ currency }) => currency === account.currency)
      if (funding)
        cardAccounts.push(await addCardAccount(deps, { clientId: id, productId, fundingId: funding.id }, account))
    }
    return { id, name: plan.name, ...credentials, productId, accounts, cardAccounts }
  }

async function addCredentials(deps: Deps, owner: { kind: PrincipalKind; id: string }, secretKey: Secret<Buffer>) {
  const { issued, row } = await createCredentials(owner, secretKey.reveal())
  await insertCredential(deps.pool, row)
  return {
    username: issued.username,
    password: issued.password.reveal(),
    accessKey: issued.accessKey,
    privateKey: issued.privateKey.reveal(),
  }
}

async function addFundingAccount(
  deps: Deps,
  clientId: string,
  currency: string,
): Promise<{ id: string; currency: string }> {
  const { id } = await createFundingAccount(deps, { clientId, name: `${currency} funds`, assets: [currency], keys: [] })
  await depositFunds(deps, {
    clientId,
    accountId: id,
    amount: parseAmount(FUNDING[currency] ?? '1000', currency),
    keys: [],
  })
  return { id, currency }
}

async function addCardAccount(
  deps: Deps,
  owner: { clientId: string; productId: string; fundingId: string },
  { currency, type, balance, cards }: CardAccountPlan,
): Promise<CardAccountMember> {
  const { clientId, productId, fundingId } = owner
  const account = await createCardAccount(deps, {
    clientId,
    accountType: type,
    currency,
    name: `${currency} ${type}`,
    ...(type === 'prepaid' ? {} : { backingAccountId: fundingId }),
    keys: [],
  })
  if (balance) {
    const amount = parseAmount(balance, currency)
    await topUpCardAccount(deps, { clientId, accountId: fundingId, cardAccountId: account.id, amount, keys: [] })
  }
  for (let i = 0; i < cards; i++) await addCard(deps, { clientId, productId, cardAccountId: account.id })
  return { id: account.id, currency, accountType: type, cards }
}

/** Issues a card with a holder who can be reached. */
export function addCard(
  deps: Deps,
  owner: { clientId: string; productId: string; cardAccountId: string },
): Promise<Card> {
  const mobile = `852${randomInt(60_000_000, 69_999_999)}`
  return issueCard(deps, {
    ...owner,
    type: 'virtual',
    embossedName: 'CHAN TAI MAN',
    mobile,
    email: `holder-${mobile}@florin.example`,
    keys: [],
  })
}
