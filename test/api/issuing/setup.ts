// What the transcripts of the issuing face share: a running Florin and clients that call it over HTTP.
import { afterAll } from 'vitest'
import { type App, startApp } from '../../../src/app.ts'
import { insertClient } from '../../../src/clients/queries.ts'
import { createFundingAccount } from '../../../src/funding/create.ts'
import { newId } from '../../../src/ids.ts'
import { insertProduct } from '../../../src/issuing/queries.ts'
import { createLog } from '../../../src/log.ts'
import { createCredentials } from '../../../src/principals/credentials.ts'
import { insertCredential } from '../../../src/principals/queries.ts'
import { defaultSettings, type Settings } from '../../../src/settings.ts'
import { generateKeys, type Keys, loadKeys } from '../../../src/vault/keys.ts'
import { openDatabase } from '../../helpers/database.ts'

// biome-ignore lint/suspicious/noExplicitAny: a transcript reads members of whatever was answered, and a wrong one fails it.
export type Json = any

export interface Answer {
  readonly status: number
  readonly body: Json
  readonly headers: Headers
}

export interface TestClient {
  readonly id: string
  readonly productId: string
  readonly accountId: string
  get(path: string, query?: Record<string, string> | string): Promise<Answer>
  /** A text is sent as it is. */
  post(path: string, body: object | string, headers?: Record<string, string>): Promise<Answer>
}

export interface Florin {
  readonly app: App
  readonly client: TestClient
  /** Another client, who must not see anything of the first. */
  readonly other: TestClient
  /** Starts another process on the same database. */
  restart(): Promise<Florin>
}

const opened: App[] = []

afterAll(async () => {
  await Promise.all(opened.map((app) => app.close()))
})

/** A running Florin with two clients, each with a million of each of its assets. To be called in beforeAll. */
export async function openFlorin(settings: Partial<Settings> = {}): Promise<Florin> {
  const { url } = await openDatabase()
  const keys = await loadKeys({ env: generateKeys() })
  const start = (): Promise<App> => startOne(url, keys, settings)
  const app = await start()
  const [first, second] = [await addClient(app, keys, 'Fleet Cards'), await addClient(app, keys, 'Payroll Cards')]
  const over = (running: App): Florin => ({
    app: running,
    client: first(running),
    other: second(running),
    restart: async () => over(await start()),
  })
  const florin = over(app)
  for (const { post, accountId } of [florin.client, florin.other]) {
    for (const currency of ['USD', 'HKD', 'JPY', 'KWD']) {
      await post('/accounts/simulate-deposit', { accountId, currency, amount: 1_000_000 })
    }
  }
  return florin
}

async function startOne(databaseUrl: string, keys: Keys, settings: Partial<Settings>): Promise<App> {
  const app = await startApp({
    config: {
      host: '127.0.0.1',
      port: 0,
      publicUrl: undefined,
      requestsPerMinute: 1_000_000,
      allowBasic: true,
      legacyHttp200: false,
      allowLoopbackEgress: true,
      trustedProxies: [],
      smtp: undefined,
      sandboxGatewayUrl: undefined,
    },
    databaseUrl,
    keys,
    settings: { ...defaultSettings(true), ...settings },
    log: createLog('fatal'),
  })
  opened.push(app)
  return app
}

async function addClient({ deps }: App, keys: Keys, name: string): Promise<(app: App) => TestClient> {
  const [id, productId] = [newId(), newId()]
  await insertClient(deps.pool, { id, name })
  const { issued, row } = await createCredentials({ kind: 'client', id }, keys.credentialKey.reveal())
  await insertCredential(deps.pool, row)
  await insertProduct(deps.pool, {
    id: productId,
    clientId: id,
    name: 'Everyday',
    cardType: 'Platinum',
    network: 'mastercard',
    bin: '545188',
    imageUrl: 'https://cards.test/platinum.png',
  })
  const authorization = `Basic ${Buffer.from(`${issued.username}:${issued.password.reveal()}`).toString('base64')}`
  const assets = ['USD', 'HKD', 'JPY', 'KWD', 'USDC']
  const account = await createFundingAccount(deps, { clientId: id, name: 'Main', assets, keys: [] })
  return ({ baseUrl }) => ({ id, productId, accountId: account.id, ...createCaller(`${baseUrl}/v1`, authorization) })
}

function createCaller(baseUrl: string, authorization: string): Pick<TestClient, 'get' | 'post'> {
  const answer = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: await response.json(),
    headers: response.headers,
  })
  return {
    get: async (path, query = {}) => {
      const search = new URLSearchParams(query).toString()
      return answer(await fetch(`${baseUrl}${path}${search && `?${search}`}`, { headers: { authorization } }))
    },
    post: async (path, body, headers = {}) =>
      answer(
        await fetch(baseUrl + path, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
  }
}

/** A card account with this much on it. */
export async function fundedAccount(
  { post, accountId }: TestClient,
  balance: number,
  currency = 'USD',
  labels: object = {},
): Promise<string> {
  const created = await post('/cardaccounts', { accountType: 'prepaid', currency, ...labels })
  const cardAccountId: string = created.body.id
  if (balance > 0) await post('/cardaccounts/topup', { accountId, cardAccountId, amount: balance, currency })
  return cardAccountId
}

/** A virtual card on the card account. */
export async function issueCard(
  { post, productId }: TestClient,
  cardAccountId: string,
  more: object = {},
): Promise<Json> {
  const body = { type: 'virtual', cardAccountId, productId, embossedName: 'CHAN TAI-MAN', ...more }
  return (await post('/cards', body)).body
}

export async function availableOf({ get }: TestClient, cardAccountId: string): Promise<number> {
  return (await get('/cardaccounts', { cardAccountId })).body.cardaccounts[0].available
}

export async function statementOf({ get }: TestClient, cardAccountId: string): Promise<Json[]> {
  return (await get('/cardaccounts/transactions', { cardAccountId, pageSize: '100' })).body.transactions
}
