// The SQL of users and API keys.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type User, usernameKey } from './user.ts'

const USER = `u.id, u.merchant_id as "merchantId", u.number, u.username, u.email, u.first_name as "firstName",
            u.last_name as "lastName", u.phone, u.is_active as "isActive", u.is_superadmin as "isSuperadmin", u.permissions`

/** A user as signing in needs him. */
export interface UserCredential extends User {
  readonly merchantName: string
  readonly passwordHash: string
  readonly credentialVersion: number
}

/** The user with this name, in whatever case. */
export async function findUserCredential(db: Queryable, username: string): Promise<UserCredential | undefined> {
  const { rows } = await db.query<UserCredential>(
    `select ${USER}, m.name as "merchantName", u.password_hash as "passwordHash", u.credential_version as "credentialVersion"
       from users u
       join merchants m on m.shard = u.shard and m.id = u.merchant_id
      where u.shard = $1 and u.username_key = $2`,
    [SHARD, usernameKey(username)],
  )
  return rows[0]
}

/** The merchant's user with this number. */
export async function findUserByNumber(db: Queryable, merchantId: string, number: number): Promise<User | undefined> {
  const { rows } = await db.query<User>(
    `select ${USER}
       from users u
      where u.shard = $1 and u.merchant_id = $2 and u.number = $3`,
    [SHARD, merchantId, number],
  )
  return rows[0]
}

/** The user with this id. */
export async function findUserById(db: Queryable, id: string): Promise<User | undefined> {
  const { rows } = await db.query<User>(`select ${USER} from users u where u.shard = $1 and u.id = $2`, [SHARD, id])
  return rows[0]
}

/** Adds a user under the merchant's next number, which is answered; undefined when the name, or by now the number, is taken. */
export async function insertUser(
  db: Queryable,
  user: Omit<User, 'number'> & { readonly passwordHash: string },
): Promise<number | undefined> {
  const { rows } = await db.query<{ number: number }>(
    `insert into users (shard, id, merchant_id, number, username, username_key, password_hash, email, first_name, last_name, phone, is_active,
                        is_superadmin, permissions)
     select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $13, $5, $6, $7, $8, $9, $10, $11, $12
       from users
      where shard = $1 and merchant_id = $3
         on conflict do nothing
     returning number`,
    [
      ...[SHARD, user.id, user.merchantId, user.username, user.passwordHash, user.email, user.firstName, user.lastName],
      ...[user.phone, user.isActive, user.isSuperadmin, JSON.stringify(user.permissions), usernameKey(user.username)],
    ],
  )
  return rows[0]?.number
}

/** Lets a user in no more, or again. */
export async function updateUserActive(db: Queryable, id: string, isActive: boolean): Promise<void> {
  await db.query('update users set is_active = $3 where shard = $1 and id = $2', [SHARD, id, isActive])
}

/** Replaces a user's password, and forgets that the last one was right. */
export async function updateUserPassword(db: Queryable, id: string, passwordHash: string): Promise<void> {
  await db.query(
    `update users
        set password_hash = $3, credential_version = credential_version + 1
      where shard = $1 and id = $2`,
    [SHARD, id, passwordHash],
  )
}

/** Replaces what a user may do. */
export async function updateUserPermissions(db: Queryable, id: string, permissions: readonly string[]): Promise<void> {
  await db.query('update users set permissions = $3 where shard = $1 and id = $2', [
    SHARD,
    id,
    JSON.stringify(permissions),
  ])
}

/** An API key as authentication needs it. */
export interface ApiKey {
  readonly id: string
  readonly merchantId: string
  readonly merchantName: string
  readonly name: string
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

/** The key with this digest. */
export async function findApiKey(db: Queryable, secretHmac: Buffer): Promise<ApiKey | undefined> {
  const { rows } = await db.query<ApiKey>(
    `select k.id, k.merchant_id as "merchantId", m.name as "merchantName", k.name, k.expires_at as "expiresAt",
            k.revoked_at as "revokedAt"
       from api_keys k
       join merchants m on m.shard = k.shard and m.id = k.merchant_id
      where k.shard = $1 and k.secret_hmac = $2`,
    [SHARD, secretHmac],
  )
  return rows[0]
}

/** Adds a key. */
export async function insertApiKey(
  db: Queryable,
  key: Pick<ApiKey, 'id' | 'merchantId' | 'name' | 'expiresAt'> & { readonly secretHmac: Buffer },
): Promise<void> {
  await db.query(
    `insert into api_keys (shard, id, merchant_id, name, secret_hmac, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [SHARD, key.id, key.merchantId, key.name, key.secretHmac, key.expiresAt],
  )
}

/** Ends a key for good. */
export async function updateApiKeyRevoked(db: Queryable, id: string): Promise<void> {
  await db.query(
    'update api_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where shard = $1 and id = $2',
    [SHARD, id],
  )
}
