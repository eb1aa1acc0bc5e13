// Who calls the gateway. Whoever has an API key is an account: its id and its signing key follow from the key, so nothing
// has to be registered, no account can name another one, and the key itself rests nowhere.
import { createHash, createHmac } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Pool } from '../db/pool.ts'
import { failure } from './answer.ts'
import { insertAccount } from './queries.ts'

const API_KEY = /^Bearer ([\x21-\x7e]{16,200})$/i
const KNOWN_MAX = 10_000

const accountIds = new WeakMap<FastifyRequest, string>()

/** Lets in whoever has an API key, and makes its account when the key is first used. */
export function requireAccount(app: FastifyInstance, pool: Pool, now: () => Promise<Date>): void {
  const known = new Set<string>()
  app.addHook('onRequest', async (request, reply) => {
    const apiKey = API_KEY.exec(request.headers.authorization ?? '')?.[1]
    if (apiKey === undefined) {
      return reply.code(401).send(failure('unauthorized', 'The API key is missing or malformed.'))
    }
    const id = createHash('sha256').update(`florin sandbox account ${apiKey}`).digest('hex').slice(0, 32)
    if (!known.has(id)) {
      await insertAccount(pool, { id, signingKey: signingKeyOf(apiKey), now: await now() })
      if (known.size >= KNOWN_MAX) known.clear()
      known.add(id)
    }
    accountIds.set(request, id)
  })
}

/** The account of a request that was let in. */
export function accountOf(request: FastifyRequest): string {
  const id = accountIds.get(request)
  if (id === undefined) throw new Error('a request was handled without an account')
  return id
}

const ENCODED = /^[\w-]{1,300}$/

/** How the caller names its own account, for faults and for the book. In base64url, because headers are ASCII. */
export function callerOf({ headers }: FastifyRequest): { callerAccount?: string; callerCode?: string } {
  const read = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' && ENCODED.test(value)
      ? Buffer.from(value, 'base64url').toString('utf8')
      : undefined
  }
  const [callerAccount, callerCode] = [read('x-account-id'), read('x-account-code')]
  return { ...(callerAccount !== undefined && { callerAccount }), ...(callerCode !== undefined && { callerCode }) }
}

/** What signs the notifications of an API key's account: HMAC-SHA256 of a constant text under the key. */
export const signingKeyOf = (apiKey: string): Buffer =>
  createHmac('sha256', apiKey).update('florin sandbox notification').digest()
