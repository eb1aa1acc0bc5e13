// Two small faces on a real server with real credentials, for the tests of the HTTP layer.
import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import Type from 'typebox'
import { onTestFinished } from 'vitest'
import { insertClient } from '../../src/clients/queries.ts'
import { AppError, ERRORS } from '../../src/errors.ts'
import { type Face, route } from '../../src/http/face.ts'
import { amountSchema, toJsonNumber } from '../../src/http/json.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { createRateLimit, type RateLimitSettings } from '../../src/http/rate-limit.ts'
import { createServer, type Server, type ServerOptions } from '../../src/http/server.ts'
import { newId } from '../../src/ids.ts'
import { createLog } from '../../src/log.ts'
import { insertMerchant } from '../../src/merchants/queries.ts'
import { parseAmount } from '../../src/money.ts'
import { createAuthenticator } from '../../src/principals/authenticate.ts'
import { createCredentials, type IssuedCredentials } from '../../src/principals/credentials.ts'
import type { PrincipalKind } from '../../src/principals/principal.ts'
import { insertCredential } from '../../src/principals/queries.ts'
import { openDatabase, type TestDatabase } from '../helpers/database.ts'

const STATUS: Readonly<Record<string, number>> = {
  authentication_failed: 401,
  signature_invalid: 401,
  forbidden: 403,
  route_not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
}

const renderError: Face['renderError'] = (code, details) => ({
  status: STATUS[code] ?? 400,
  body: { code: code === 'signature_invalid' ? 'INVALID_SIGNATURE' : code, message: details.message ?? ERRORS[code] },
})

export const shopFace: Face = {
  name: 'shop',
  title: 'Shop',
  description: 'For tests.',
  prefixes: ['/v1/shop', '/shop'],
  principal: 'merchant',
  renderError,
  routes: [
    route({
      method: 'POST',
      path: '/orders/pay',
      summary: 'Pay',
      body: Type.Object({
        amount: amountSchema({ examples: [10.5] }),
        currency: Type.String({ minLength: 3, maxLength: 3 }),
        note: Type.Optional(Type.String()),
        count: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
      }),
      response: Type.Object({
        amount: Type.Number(),
        text: Type.String(),
        key: Type.Optional(Type.String()),
        route: Type.String(),
        merchant: Type.String(),
      }),
      examples: {
        body: { amount: 10.5, currency: 'USD' },
        response: { amount: 10.5, text: '10.50', route: 'POST /v1/shop/orders/pay', merchant: 'Tea House' },
      },
      handle: async ({ body, idempotencyKey, principal, route: name }) => ({
        amount: toJsonNumber(parseAmount(body.amount.text, body.currency)),
        text: body.amount.text,
        route: name,
        merchant: principal.name,
        ...(idempotencyKey !== undefined && { key: idempotencyKey }),
      }),
    }),
    route({
      method: 'POST',
      path: '/poke',
      summary: 'Poke',
      response: Type.Object({ ok: Type.Boolean() }),
      handle: async () => ({ ok: true }),
    }),
    route({
      method: 'POST',
      path: '/fail',
      summary: 'Fail',
      response: Type.Object({}),
      handle: async () => {
        throw new Error('the secret inside')
      },
    }),
  ],
}

export const bankFace: Face = {
  name: 'bank',
  title: 'Bank',
  description: 'For tests.',
  prefixes: ['/v1'],
  principal: 'client',
  renderError,
  routes: [
    route({
      method: 'GET',
      path: '/things',
      summary: 'List things',
      query: Type.Object({
        intent: Type.Optional(Type.Array(Type.String())),
        search: Type.Optional(Type.String({ minLength: 1 })),
        pageSize: Type.Optional(Type.Integer({ minimum: 1 })),
      }),
      response: Type.Object({
        intent: Type.Array(Type.String()),
        pageSize: Type.Integer(),
        search: Type.Optional(Type.String()),
      }),
      handle: async ({ query }) => ({
        intent: query.intent ?? [],
        pageSize: query.pageSize ?? 20,
        ...(query.search !== undefined && { search: query.search }),
      }),
    }),
    route({
      method: 'GET',
      path: '/refuse',
      summary: 'Refuse',
      response: Type.Object({}),
      handle: async () => {
        throw new AppError('same_account')
      },
    }),
  ],
}

export interface World {
  readonly database: TestDatabase
  readonly secretKey: Buffer
  readonly merchant: IssuedCredentials
  readonly client: IssuedCredentials
}

/** A database with a merchant and a client that have credentials. */
export async function createWorld(): Promise<World> {
  const database = await openDatabase()
  const secretKey = randomBytes(32)
  const owners = { merchant: newId(), client: newId() }
  await insertMerchant(database.pool, {
    id: owners.merchant,
    name: 'Tea House',
    mcc: '5812',
    category: 'Food',
    country: 'HK',
  })
  await insertClient(database.pool, { id: owners.client, name: 'Fleet Cards' })
  const issue = async (kind: PrincipalKind) => {
    const { issued, row } = await createCredentials({ kind, id: owners[kind] }, secretKey)
    await insertCredential(database.pool, row)
    return issued
  }
  return { database, secretKey, merchant: await issue('merchant'), client: await issue('client') }
}

export interface RunningServer {
  readonly server: Server
  readonly url: string
  /** The lines of the log so far. */
  readonly logged: string[]
}

/** A server with both faces on a free port, stopped when the test or the file ends. */
export async function startServer(
  world: World,
  options: Partial<ServerOptions> & { limits?: Partial<RateLimitSettings>; allowBasic?: boolean } = {},
): Promise<RunningServer> {
  const { limits, allowBasic = true, ...rest } = options
  const logged: string[] = []
  const server = await createServer({
    faces: [bankFace, shopFace],
    log: createLog('info', { write: (line) => logged.push(line) }),
    authenticator: createAuthenticator({ db: world.database.pool, secretKey: world.secretKey, allowBasic }),
    rateLimit: createRateLimit({ requestsPerMinute: 1_000, failuresPerMinute: 1_000, ...limits }),
    metrics: createMetrics(),
    readiness: async () => ({ isReady: true }),
    ...rest,
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  try {
    onTestFinished(() => server.close())
  } catch {
    // Not inside a test: the file closes it.
  }
  return { server, url, logged }
}

/** The Authorization header of HTTP Basic. */
export const basic = ({ username, password }: IssuedCredentials): string => basicOf(`${username}:${password.reveal()}`)

/** The Authorization header of HTTP Basic from `username:password`. */
export const basicOf = (text: string): string => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`

export const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex')

/** The Authorization header of a signed request with exactly these claims beside `sub`. */
export async function signed(
  { accessKey, privateKey }: IssuedCredentials,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const jwt = new SignJWT({ sub: accessKey, ...claims }).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header })
  return `Bearer ${await jwt.sign(createPrivateKey(privateKey.reveal()))}`
}

/** A request to the shop's pay route unless it says otherwise. */
export interface Sent {
  readonly path?: string
  readonly method?: string
  readonly body?: string | Buffer | null
  readonly headers?: Record<string, string>
}

export const PAY = '{"amount":10.50,"currency":"USD"}'

/** What sends requests as the merchant and reads the JSON that comes back. */
export const createSender =
  (world: World, { url }: RunningServer) =>
  async ({ path = '/v1/shop/orders/pay', method = 'POST', body = PAY, headers = {} }: Sent = {}) => {
    const response = await fetch(url + path, {
      method,
      body,
      headers: {
        authorization: basic(world.merchant),
        ...(body !== null && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    const answer = JSON.parse(text || '{}') as Record<string, unknown>
    return { status: response.status, headers: response.headers, text, body: answer }
  }
