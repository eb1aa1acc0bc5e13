// Who calls the gateway. Whoever has an API key is an account: its id and its signing key follow from the key, so nothing
// has to be registered, no account can name another one, and the key itself rests nowhere.
import { createHash, createHmac } from 'node:crypto'
import type { Pool } from '../db/pool.ts'
import { insertAccount } from './queries.ts'

const API_KEY = /^Bearer ([\x21-\x7e]{16,200})$/i
const KNOWN_MAX = 10_000

export interface Accounts {
  /** The account of an Authorization header; undefined without a key of 16 to 200 characters. */
  find(authorization: string | undefined): Promise<string | undefined>
}

/** Makes accounts as their keys are first used. */
export function createAccounts(pool: Pool, now: () => Promise<Date>): Accounts {
  const known = new Set<string>()
  return {
    async find(authorization) {
      const apiKey = API_KEY.exec(authorization ?? '')?.[1]
      if (apiKey === undefined) return undefined
      const id = createHash('sha256').update(`florin sandbox account ${apiKey}`).digest('hex').slice(0, 32)
      if (known.has(id)) return id
      await insertAccount(pool, { id, signingKey: signingKeyOf(apiKey), now: await now() })
      if (known.size >= KNOWN_MAX) known.clear()
      known.add(id)
      return id
    },
  }
}

/** What signs the notifications of an API key's account: HMAC-SHA256 of a constant text under the key. */
export const signingKeyOf = (apiKey: string): Buffer =>
  createHmac('sha256', apiKey).update('florin sandbox notification').digest()
