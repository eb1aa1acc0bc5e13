// Partner Connect and the sandbox's endpoints on a real server, called over HTTP by two merchants and a client.
import { afterAll, expect, onTestFinished } from 'vitest'
import { createPartnerConnectFace } from '../../../src/api/partner-connect/routes.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import { createRateLimit } from '../../../src/http/rate-limit.ts'
import { createServer } from '../../../src/http/server.ts'
import { createAuthenticator } from '../../../src/principals/authenticate.ts'
import { createCredentials } from '../../../src/principals/credentials.ts'
import type { PrincipalKind } from '../../../src/principals/principal.ts'
import { insertCredential } from '../../../src/principals/queries.ts'
import { registerSandbox } from '../../../src/sandbox/routes.ts'
import { Secret } from '../../../src/secret.ts'
import type { Settings } from '../../../src/settings.ts'
import { type FundedCard, type Issuing, issueBoundCard, newestCode, openIssuing } from '../../helpers/seed.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** Sends a request below a prefix; a body that is a text is sent as it is. */
export type Send = (path: string, body?: object | string, headers?: Record<string, string>) => Promise<Answer>

export interface Served extends Issuing {
  readonly url: string
  readonly send: Send
  readonly sendAsOther: Send
  readonly sendAsClient: Send
  /** Calls a sandbox endpoint with its token, or another. */
  readonly sandbox: (method: 'GET' | 'POST', path: string, body?: string, token?: string) => Promise<Response>
  readonly nudges: () => number
}

const SANDBOX_TOKEN = 'sandbox-token'

/** Serves the face until the test or the file ends. */
export async function serve({ settings }: { settings?: Partial<Settings> } = {}): Promise<Served> {
  const issuing = await openIssuing(settings ? { settings } : {})
  const { deps, pool, keys, log } = issuing
  let nudges = 0
  const token = new Secret(SANDBOX_TOKEN)
  const server = await createServer({
    faces: [createPartnerConnectFace(deps)],
    log,
    authenticator: createAuthenticator({ db: pool, secretKey: keys.credentialKey.reveal() }),
    rateLimit: createRateLimit({ requestsPerMinute: 10_000, failuresPerMinute: 1_000 }),
    metrics: createMetrics(),
    readiness: async () => ({ isReady: true }),
    extraRoutes: [
      (scope) => registerSandbox(scope, { pool, deps: { ...deps, baseUrl: () => url }, token, nudge: () => nudges++ }),
    ],
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  closeWithTest(() => server.close())
  const sender = async (kind: PrincipalKind, id: string): Promise<Send> => {
    const { issued, row } = await createCredentials({ kind, id }, keys.credentialKey.reveal())
    await insertCredential(pool, row)
    const basic = Buffer.from(`${issued.username}:${issued.password.reveal()}`).toString('base64')
    return (path, body, headers = {}) => send(url + path, body, { authorization: `Basic ${basic}`, ...headers })
  }
  return {
    ...issuing,
    url,
    send: await sender('merchant', issuing.merchantId),
    sendAsOther: await sender('merchant', issuing.otherMerchantId),
    sendAsClient: await sender('client', issuing.clientId),
    sandbox: (method, path, body, given = SANDBOX_TOKEN) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${given}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      }),
    nudges: () => nudges,
  }
}

async function send(url: string, body: object | string | undefined, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

function closeWithTest(close: () => Promise<void>): void {
  try {
    onTestFinished(close)
  } catch {
    afterAll(close)
  }
}

/** Where the contract's first page has its endpoints. */
export const PC = '/merchant/partner-connect'

/** A refusal as it must be answered; any message unless told. */
export const refused = (status: number, code: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({ status, body: { code, message } })

/** Verifies and purchases over HTTP: 100.00 USD unless told. */
export async function buyOverHttp(
  served: Served,
  holder: Pick<FundedCard, 'mobile'> & { readonly token: string },
  { amount = 100, prefix = PC }: { amount?: number; prefix?: string } = {},
): Promise<Answer> {
  const order = { cardId: holder.token, amount, currency: 'USD', description: 'Order #123' }
  await served.send(`${prefix}/transactions/verify`, order)
  return served.send(`${prefix}/transactions/purchase`, { ...order, otpToken: await newestCode(served, holder) })
}

/** A transaction that holds 100.00 USD of 1000.00. */
export async function holdOverHttp(served: Served) {
  const holder = await issueBoundCard(served, { balance: '1000.00' })
  const { body } = await buyOverHttp(served, holder)
  return { holder, transactionId: String(body.transactionId) }
}
