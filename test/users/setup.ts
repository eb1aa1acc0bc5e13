// A merchant with users and keys, and somebody who asks the authenticator as a request does.
import { randomBytes } from 'node:crypto'
import { verify } from '@node-rs/argon2'
import type { Pool } from '../../src/db/pool.ts'
import { AppError } from '../../src/errors.ts'
import { newId } from '../../src/ids.ts'
import { insertMerchant } from '../../src/merchants/queries.ts'
import type { Principal } from '../../src/principals/principal.ts'
import { Secret } from '../../src/secret.ts'
import { createActorAuthenticator } from '../../src/users/authenticate.ts'
import { createUser, type NewUser } from '../../src/users/create.ts'
import { createPasswordChecker } from '../../src/users/password.ts'
import type { User } from '../../src/users/user.ts'
import { openDatabase } from '../helpers/database.ts'

export const NOW = 1_760_000_000_000
export const PASSWORD = 'open: sesame'

export interface UsersWorld {
  readonly pool: Pool
  readonly secretKey: Buffer
  readonly merchantId: string
  readonly otherMerchantId: string
  addUser(username: string, user?: Partial<NewUser>): Promise<User>
}

/** Opens a database with two merchants. */
export async function openUsers(): Promise<UsersWorld> {
  const { pool } = await openDatabase()
  const [merchantId, otherMerchantId] = [newId(), newId()]
  const merchant = { mcc: '5812', category: 'Food', country: 'KW' }
  await insertMerchant(pool, { id: merchantId, name: 'Tea House', ...merchant })
  await insertMerchant(pool, { id: otherMerchantId, name: 'Noodle Bar', ...merchant })
  return {
    ...{ pool, merchantId, otherMerchantId, secretKey: randomBytes(32) },
    addUser: (username, user = {}) =>
      createUser(pool, { merchantId, username, password: new Secret(PASSWORD), permissions: [], ...user }),
  }
}

export interface Doorman {
  /** Who these headers are let in as; the refusal where nobody is. */
  ask(authorization: readonly string[], refuseUnknown?: boolean): Promise<Principal | AppError>
  /** How often a password was hashed so far. */
  hashes(): number
}

/** An authenticator that remembers nothing of before. */
export function openDoorman({ pool, secretKey }: UsersWorld, wallNow = NOW): Doorman {
  let hashes = 0
  const authenticator = createActorAuthenticator({
    db: pool,
    secretKey,
    wallNow: () => wallNow,
    checkPassword: createPasswordChecker({
      compare: (passwordHash, password) => {
        hashes++
        return verify(passwordHash, password)
      },
    }),
  })
  return {
    hashes: () => hashes,
    ask: async (authorization, refuseUnknown = false) => {
      try {
        const request = { method: 'POST', target: '/b/pbl/v2/operation/', headers: {}, authorization, refuseUnknown }
        return (await authenticator.authenticate(request)).principal
      } catch (error) {
        if (error instanceof AppError) return error
        throw error
      }
    },
  }
}

/** The Authorization header of a user. */
export const basic = (username: string, password: string = PASSWORD): string =>
  `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
