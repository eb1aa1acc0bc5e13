// The SQL of API credentials.
import { createPublicKey } from 'node:crypto'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Credential, CredentialRow } from './credentials.ts'
import type { Principal, PrincipalKind } from './principal.ts'

interface Row {
  readonly id: string
  readonly kind: PrincipalKind
  readonly principal_id: string
  readonly name: string
  readonly secret_hmac: Buffer
  readonly access_key: string
  readonly public_key: string
}

/** Adds a credential; its merchant or client must exist. */
export async function insertCredential(db: Queryable, credential: CredentialRow): Promise<void> {
  const { id, principalKind, principalId, username, secretHmac, accessKey, publicKey } = credential
  await db.query(
    `insert into credentials (shard, id, principal_kind, principal_id, username, secret_hmac, access_key, public_key, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
    [SHARD, id, principalKind, principalId, username, secretHmac, accessKey, publicKey],
  )
}

/** Ends a credential. False when there is no such one, or it has ended already. */
export async function updateCredentialRevoked(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update credentials
        set revoked_at = now()
      where shard = $1
        and id = $2
        and revoked_at is null`,
    [SHARD, id],
  )
  return rowCount === 1
}

/** The credential with this username, unless it is revoked. */
export async function findCredentialByUsername(db: Queryable, username: string): Promise<Credential | undefined> {
  const { rows } = await db.query<Row>(
    `select c.id, c.principal_kind as kind, c.principal_id, coalesce(m.name, k.name) as name,
            c.secret_hmac, c.access_key, c.public_key
       from credentials c
       left join merchants m on m.shard = c.shard and m.id = c.merchant_id
       left join clients k on k.shard = c.shard and k.id = c.client_id
      where c.shard = $1
        and c.username = $2
        and c.revoked_at is null`,
    [SHARD, username],
  )
  return rows[0] && toCredential(rows[0])
}

/** The credential with this access key, unless it is revoked. */
export async function findCredentialByAccessKey(db: Queryable, accessKey: string): Promise<Credential | undefined> {
  const { rows } = await db.query<Row>(
    `select c.id, c.principal_kind as kind, c.principal_id, coalesce(m.name, k.name) as name,
            c.secret_hmac, c.access_key, c.public_key
       from credentials c
       left join merchants m on m.shard = c.shard and m.id = c.merchant_id
       left join clients k on k.shard = c.shard and k.id = c.client_id
      where c.shard = $1
        and c.access_key = $2
        and c.revoked_at is null`,
    [SHARD, accessKey],
  )
  return rows[0] && toCredential(rows[0])
}

function toCredential(row: Row): Credential {
  const principal: Principal = { kind: row.kind, id: row.principal_id, name: row.name, accessKey: row.access_key }
  return { id: row.id, principal, secretHmac: row.secret_hmac, publicKey: createPublicKey(row.public_key) }
}
