// What the vault's tests share: a database of their own, keys, and cards' numbers written as the lane writes them.
import type { Pool } from '../../src/db/pool.ts'
import { newId, SHARD } from '../../src/ids.ts'
import { generateKeys, type Keys, loadKeys } from '../../src/vault/keys.ts'
import { generatePan } from '../../src/vault/pan.ts'
import type { SealedPan, Vault } from '../../src/vault/vault.ts'
import { waitForBlocked } from '../helpers/database.ts'

/** Fresh keys, or those of `env`. */
export const readKeys = (env: Record<string, string> = generateKeys()): Promise<Keys> => loadKeys({ env })

/** The same keys with another KEK; the one before is known too. */
export const withNextKek = (env: Record<string, string>): Record<string, string> => ({
  ...env,
  FLORIN_KEY_VAULT: generateKeys().FLORIN_KEY_VAULT ?? '',
  FLORIN_KEY_VAULT_PREVIOUS: env.FLORIN_KEY_VAULT ?? '',
})

/** The same keys without the ones before. */
export const withoutPrevious = ({ FLORIN_KEY_VAULT_PREVIOUS: _, ...env }: Record<string, string>) => env

/** Seals a number for each of `count` new cards and inserts them. Returns card id → number. */
export async function issueCards(pool: Pool, vault: Vault, count: number): Promise<Map<string, string>> {
  // Of 19 digits, so that among a thousand random ones no two are equal.
  const pans = new Map(Array.from({ length: count }, () => [newId(), generatePan('545188', 19)]))
  await insertPans(
    pool,
    [...pans].map(([id, pan]) => vault.seal(id, pan)),
  )
  return pans
}

export async function insertPans(pool: Pool, rows: readonly SealedPan[]): Promise<void> {
  await pool.query(
    `insert into vault.pans (shard, id, data_key_id, sealed, blind_index, last4, purpose)
     select $1, id, data_key_id, sealed, blind_index, last4, 'issued'
       from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::text[])
         as made (id, data_key_id, sealed, blind_index, last4)`,
    [
      SHARD,
      rows.map((row) => row.id),
      rows.map((row) => row.dataKeyId),
      rows.map((row) => row.sealed),
      rows.map((row) => row.blindIndex),
      rows.map((row) => row.last4),
    ],
  )
}

/** Starts the work while the table can be read but not written, and lets go when all of it waits: a race on demand. */
export async function whenBlocked<T>(pool: Pool, table: string, start: () => Promise<T>[]): Promise<Promise<T>[]> {
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query(`lock table ${table} in share mode`)
    const work = start()
    await waitForBlocked(pool, work.length)
    return work
  } finally {
    await holder.query('commit')
    holder.release()
  }
}
