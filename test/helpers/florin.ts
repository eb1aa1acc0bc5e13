// A whole Florin on a database of its own, listening on loopback, with merchants, members and clients that can call it.
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, expect, onTestFinished, vi } from 'vitest'
import { type App, type AppOptions, startApp } from '../../src/app.ts'
import { insertClient } from '../../src/clients/queries.ts'
import { type EnrolledPartner, enrolMember, enrolPartner } from '../../src/demo/enrol.ts'
import { enrolOperations } from '../../src/demo/enrol-operations.ts'
import { createFundingAccount } from '../../src/funding/create.ts'
import { depositFunds } from '../../src/funding/deposit.ts'
import { newId } from '../../src/ids.ts'
import type { Card } from '../../src/issuing/card.ts'
import { createCardAccount } from '../../src/issuing/create-card-account.ts'
import { issueCard } from '../../src/issuing/issue-card.ts'
import { insertProduct } from '../../src/issuing/queries.ts'
import { topUpCardAccount } from '../../src/issuing/top-up.ts'
import { createLog } from '../../src/log.ts'
import { insertMerchant } from '../../src/merchants/queries.ts'
import { parseAmount } from '../../src/money.ts'
import { createCredentials } from '../../src/principals/credentials.ts'
import type { PrincipalKind } from '../../src/principals/principal.ts'
import { insertCredential } from '../../src/principals/queries.ts'
import { Secret } from '../../src/secret.ts'
import { defaultSettings, type Settings } from '../../src/settings.ts'
import { generateKeys, loadKeys } from '../../src/vault/keys.ts'
import { verify } from '../../src/verify/verify.ts'
import { callbackSecret } from '../../src/webhooks/callbacks.ts'
import { openDatabase } from './database.ts'
import { createOperator, type Operator } from './operator.ts'
import { createServicesMember, type ServicesMember } from './services-member.ts'

/** Who calls, and how: `post('/v1/…', body)` with Basic credentials. */
export interface Member {
  readonly id: string
  readonly username: string
  readonly password: string
  readonly accessKey: string
  readonly privateKey: string
  get(path: string): Promise<Answer>
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what an endpoint answers is looked at member by member by its test
  readonly body: any
}

export interface Florin {
  readonly app: App
  readonly url: string
  /** The app role's. */
  readonly databaseUrl: string
  /** The owner's. */
  readonly ownerUrl: string
  readonly sandboxToken: string
  /** What was logged, when that was asked for. */
  readonly logged: readonly string[]
  readonly partner: EnrolledPartner
  addMerchant(name?: string): Promise<Member>
  /** A merchant that is a member of Transaction Services, with accounts at the sandbox gateway. */
  addMember(name?: string, partner?: EnrolledPartner): Promise<ServicesMember>
  /** A merchant that calls the Operations face, with accounts of every kind and a user for each permission. */
  addOperator(name?: string): Promise<Operator>
  addClient(name?: string): Promise<Member & { readonly productId: string }>
  /** An account of the client with plenty of money in each currency. */
  addFunds(clientId: string, currencies: readonly string[]): Promise<string>
  /** A prepaid card account with this balance, e.g. `100.00`. */
  addCardAccount(clientId: string, fundingId: string, currency: string, balance?: string): Promise<string>
  addCard(client: { id: string; productId: string }, cardAccountId: string): Promise<IssuedCard>
  /** A card that Florin issued, with this balance. */
  addFundedCard(balance?: string, currency?: string): Promise<IssuedCard>
  /** Calls with the token of the sandbox and of operators. */
  sandbox(method: string, path: string, body?: object): Promise<Answer>
  /** The newest code that was sent to the mobile number or e-mail. */
  readCode(to: string): Promise<string>
  /** Moves business time forward. Answers what time it is then. */
  advance(seconds: number): Promise<Date>
  /** Moves the clock again and again, and lets the workers work, until it is so. */
  advanceUntil(seconds: number, isSo: () => Promise<boolean>): Promise<void>
  /** Ends the server and starts another one at the same address, on the same database. For a server that one test started. */
  restart(): Promise<void>
}

export type IssuedCard = Card & { readonly pan: string; readonly cvv: string }

export interface FlorinOptions {
  readonly settings?: Partial<Settings>
  readonly requestsPerMinute?: number
  /** Whether what is logged is kept. */
  readonly keepsLog?: boolean
}

const opened = new Set<App>()

afterAll(async () => {
  for (const app of opened) await closeProved(app)
})

// Whatever a test did over HTTP, the books must be right at its end.
async function closeProved(app: App): Promise<void> {
  if (!opened.delete(app)) return
  try {
    const { checks } = await verify(app.pool)
    expect(checks.filter(({ count }) => count > 0)).toEqual([])
  } finally {
    await app.close()
  }
}

/** Starts it; it is closed with the test, or the file, that asked for it. */
export async function startFlorin(options: FlorinOptions = {}): Promise<Florin> {
  const database = await openDatabase()
  const keys = await loadKeys({ env: generateKeys() })
  const sandboxToken = randomBytes(16).toString('hex')
  const logged: string[] = []
  const plan: AppOptions = {
    config: {
      host: '127.0.0.1',
      port: 0,
      publicUrl: undefined,
      requestsPerMinute: options.requestsPerMinute ?? 1_000_000,
      allowBasic: true,
      legacyHttp200: false,
      allowLoopbackEgress: true,
      trustedProxies: [],
      smtp: undefined,
      sandboxGatewayUrl: undefined,
    },
    databaseUrl: database.url,
    keys,
    settings: { ...defaultSettings(true), ...options.settings },
    log: options.keepsLog ? createLog('trace', { write: (line) => logged.push(line) }) : pino({ level: 'silent' }),
    sandboxToken: new Secret(sandboxToken),
    operatorToken: new Secret(sandboxToken),
  }
  let app = await startApp(plan)
  closeInTime(app)
  const { deps, pool } = app
  const addMember = async (kind: PrincipalKind, id: string): Promise<Member> => {
    const { issued, row } = await createCredentials({ kind, id }, keys.credentialKey.reveal())
    await insertCredential(pool, row)
    const { username, accessKey } = issued
    const [password, privateKey] = [issued.password.reveal(), issued.privateKey.reveal()]
    const call = createCall(app.baseUrl, `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`)
    return {
      id,
      username,
      password,
      accessKey,
      privateKey,
      get: (path) => call('GET', path),
      post: (path, body, headers) => call('POST', path, JSON.stringify(body), headers),
    }
  }
  const sandbox = createCall(app.baseUrl, `Bearer ${sandboxToken}`)
  const partner = await enrolPartner(app, 'test-partner')
  let advanced = 0
  const addMerchant = async (name = 'Shop'): Promise<Member> => {
    const id = newId()
    await insertMerchant(pool, { id, name, mcc: '5999', category: 'Miscellaneous', country: 'HK' })
    return addMember('merchant', id)
  }
  const florin: Florin = {
    get app() {
      return app
    },
    url: app.baseUrl,
    databaseUrl: database.url,
    ownerUrl: database.ownerUrl,
    sandboxToken,
    logged,
    partner,
    addMerchant,
    addMember: async (name, by = partner) => {
      const { id, username } = await addMerchant(name)
      const enrolled = await enrolMember(app, by, { id, username })
      const signingSecret = callbackSecret(keys.webhookKey, id).reveal()
      return createServicesMember({ ...enrolled, id, username, signingSecret }, app.baseUrl, () => advanced)
    },
    addOperator: async (name) => {
      const { id } = await addMerchant(name)
      const secretKey = keys.credentialKey.reveal()
      const enrolled = await enrolOperations(app, { merchantId: id, prefix: `shop-${id.slice(-6)}`, secretKey })
      return createOperator({ ...enrolled, id }, app.baseUrl)
    },
    addClient: async (name = 'Client') => {
      const id = newId()
      const productId = newId()
      await insertClient(pool, { id, name })
      await insertProduct(pool, {
        id: productId,
        clientId: id,
        name: 'Florin Platinum',
        cardType: 'Platinum',
        network: 'mastercard',
        bin: '545188',
        imageUrl: 'https://florin.example/cards/platinum.png',
      })
      return { ...(await addMember('client', id)), productId }
    },
    addFunds: async (clientId, currencies) => {
      const { id } = await createFundingAccount(deps, { clientId, name: 'Funds', assets: currencies, keys: [] })
      for (const currency of currencies) {
        await depositFunds(deps, { clientId, accountId: id, amount: parseAmount('1000000', currency), keys: [] })
      }
      return id
    },
    addCardAccount: async (clientId, fundingId, currency, balance) => {
      const { id } = await createCardAccount(deps, { clientId, accountType: 'prepaid', currency, keys: [] })
      if (balance !== undefined) {
        const amount = parseAmount(balance, currency)
        await topUpCardAccount(deps, { clientId, accountId: fundingId, cardAccountId: id, amount, keys: [] })
      }
      return id
    },
    addCard: async ({ id: clientId, productId }, cardAccountId) => {
      const mobile = `8526${randomBytes(4).readUInt32BE().toString().padStart(10, '0')}`
      const card = await issueCard(deps, {
        clientId,
        cardAccountId,
        productId,
        type: 'virtual',
        embossedName: 'CHAN TAI MAN',
        mobile,
        email: `${mobile}@florin.example`,
        keys: [],
      })
      const cvv = deps.vault.cvv(card.id, `${card.expiryYear}-${String(card.expiryMonth).padStart(2, '0')}`)
      return { ...card, pan: (await deps.vault.open(card.id)).reveal(), cvv }
    },
    addFundedCard: async (balance = '1000.00', currency = 'USD') => {
      const client = await florin.addClient()
      const account = await florin.addCardAccount(
        client.id,
        await florin.addFunds(client.id, [currency]),
        currency,
        balance,
      )
      return florin.addCard(client, account)
    },
    sandbox: (method, path, body) => sandbox(method, path, body && JSON.stringify(body)),
    readCode: async (to) => {
      const { body } = await sandbox('GET', `/sandbox/messages?to=${encodeURIComponent(to)}`)
      return body[0].code
    },
    advance: async (seconds) => {
      const { status, body } = await sandbox('POST', '/sandbox/clock', JSON.stringify({ advanceSeconds: seconds }))
      if (status !== 200) throw new Error(`the clock answered ${status}`)
      advanced += seconds
      return new Date(body.now)
    },
    advanceUntil: async (seconds, isSo) => {
      const step = async (): Promise<void> => {
        if (await isSo()) return
        await florin.advance(seconds)
        throw new Error('it is not so yet')
      }
      await vi.waitFor(step, { timeout: 20_000, interval: 200 })
    },
    restart: async () => {
      await closeProved(app)
      app = await startApp({ ...plan, config: { ...plan.config, port: Number(new URL(app.baseUrl).port) } })
      closeInTime(app)
    },
  }
  return florin
}

function closeInTime(app: App): void {
  opened.add(app)
  try {
    onTestFinished(() => closeProved(app))
  } catch {
    // Not inside a test: afterAll does it.
  }
}

/** Calls with these credentials; the body is sent as it is. */
export const createCall =
  (url: string, authorization: string) =>
  async (
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
