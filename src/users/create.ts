// Makes users and API keys. A key is random and shown once; a password is the user's own and rests as an Argon2id hash.
import { randomBytes } from 'node:crypto'
import type { Queryable } from '../db/pool.ts'
import { invalidField } from '../errors.ts'
import { newId } from '../ids.ts'
import { digestSecret } from '../principals/credentials.ts'
import { Secret } from '../secret.ts'
import { hashPassword } from './password.ts'
import { findUserCredential, insertApiKey, insertUser } from './queries.ts'
import { checkPermissions, isUsername, type Permission, type User } from './user.ts'

export interface NewUser {
  readonly merchantId: string
  readonly username: string
  readonly password: Secret<string>
  readonly permissions: readonly Permission[]
  readonly isSuperadmin?: boolean
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly phone?: string
}

const TRIES_MAX = 10

/** Adds an active user. Throws `invalid_request` for a name that cannot be had or is taken, and for unknown permissions. */
export async function createUser(db: Queryable, user: NewUser): Promise<User> {
  const { password, isSuperadmin = false, email = '', firstName = '', lastName = '', phone = '', ...named } = user
  const { username, permissions } = user
  if (!isUsername(username)) throw invalidField('username', 'must have 1 to 150 letters, digits and @.+-_')
  checkPermissions(permissions)
  const row = { ...named, id: newId(), isActive: true, isSuperadmin, email, firstName, lastName, phone }
  const passwordHash = await hashPassword(password)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const number = await insertUser(db, { ...row, passwordHash })
    if (number !== undefined) return { ...row, number }
    if (await findUserCredential(db, username)) throw invalidField('username', 'is taken')
  }
  throw new Error('the next number of a user was always taken')
}

export interface NewApiKey {
  readonly merchantId: string
  readonly name: string
  readonly expiresAt?: Date
}

const KEY_BYTES = 32

/** Adds a key, which nobody can look up later. */
export async function createApiKey(
  db: Queryable,
  secretKey: Buffer,
  { merchantId, name, expiresAt }: NewApiKey,
): Promise<{ readonly id: string; readonly key: Secret<string> }> {
  const id = newId()
  const key = `flk_${randomBytes(KEY_BYTES).toString('base64url')}`
  const secretHmac = digestSecret(secretKey, key)
  await insertApiKey(db, { id, merchantId, name, secretHmac, expiresAt: expiresAt ?? null })
  return { id, key: new Secret(key) }
}
