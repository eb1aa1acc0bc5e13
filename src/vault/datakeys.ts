// Data keys: each seals the card numbers of about three months and is itself wrapped under the vault's key (KEK).
import { randomBytes } from 'node:crypto'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import { newId } from '../ids.ts'
import { Secret } from '../secret.ts'
import { KEY_BYTES, openBytes, sealBytes } from './cipher.ts'
import { KEY_VARIABLES, type Kek, type Keys } from './keys.ts'
import { type DataKeyRow, insertDataKey, selectDataKeys, updateDataKeyRetired } from './queries.ts'

/** A data key in memory. */
export interface DataKey {
  readonly id: string
  readonly key: Secret<Buffer>
}

/** A data key as it may be stored. */
export interface WrappedKey {
  readonly id: string
  readonly wrapped: Buffer
  readonly kekId: string
}

const OLD_AFTER_DAYS = 90

/** All data keys, oldest first. */
export const listDataKeys = (db: Queryable): Promise<DataKeyRow[]> => selectDataKeys(db, OLD_AFTER_DAYS)

/** Wraps a data key so that only this KEK opens it, and only under this id. */
export const wrapDataKey = ({ id, key }: DataKey, kek: Kek): WrappedKey => ({
  id,
  wrapped: sealBytes({ key: kek.key, boundTo: wrappingOf(id, kek.id) }, key.reveal()),
  kekId: kek.id,
})

/** The data key, or undefined when its KEK is not among `keys`. Throws when the wrapping was tampered with. */
export function unwrapDataKey({ id, wrapped, kekId }: WrappedKey, keys: Keys): DataKey | undefined {
  const kek = [keys.vaultKek, ...keys.vaultKeksPrevious].find((candidate) => candidate.id === kekId)
  if (!kek) return undefined
  try {
    return { id, key: new Secret(openBytes({ key: kek.key, boundTo: wrappingOf(id, kekId) }, wrapped)) }
  } catch (cause) {
    throw new Error(`data key ${id} cannot be unwrapped: its row was changed`, { cause })
  }
}

/** Throws an Error naming the variable when a data key is wrapped under a KEK that is not among `keys`. */
export function requireKeks(rows: readonly DataKeyRow[], keys: Keys): void {
  const missing = rows.find((row) => unwrapDataKey(row, keys) === undefined)
  if (!missing) return
  throw new Error(
    `${KEY_VARIABLES.vault}: not what this database was made with. Data key ${missing.id} is wrapped under the key ` +
      `with id ${missing.kekId}; give that key, or add it to FLORIN_KEY_VAULT_PREVIOUS when it was replaced.`,
  )
}

/** Makes a data key that seals from now on in place of `current`, unless another process has just done so. */
export async function renewDataKey(
  pool: Pool,
  keys: Keys,
  { current, isTakingOver }: { current: string | undefined; isTakingOver: boolean },
): Promise<void> {
  const fresh = wrapDataKey({ id: newId(), key: new Secret(randomBytes(KEY_BYTES)) }, keys.vaultKek)
  await transaction(pool, async (tx) => {
    if (current !== undefined) await updateDataKeyRetired(tx, current)
    await insertDataKey(tx, { ...fresh, isTakingOver })
  })
}

const wrappingOf = (id: string, kekId: string): string => `data key:${id}:${kekId}`
