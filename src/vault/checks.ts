// Notices at start that a key is not the one this database was made with, before anything is sealed or compared.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Pool } from '../db/pool.ts'
import type { Secret } from '../secret.ts'
import { KEY_VARIABLES, type KeyName, type Keys } from './keys.ts'
import { insertKeyChecks, type KeyCheckRow, selectKeyChecks } from './queries.ts'

type CheckedKeyName = Exclude<KeyName, 'vault'>

/**
 * Compares each key with its recorded check value, and records those that have none.
 * Throws an Error that names the variable of every wrong key. The vault's key is checked by its data keys.
 * A key that is replaced on purpose is recorded anew once its row is deleted.
 */
export async function checkKeys(pool: Pool, keys: Keys): Promise<void> {
  const made = checksOf(keys)
  const recorded = await selectKeyChecks(pool)
  requireEqual(made, recorded)
  if (made.every(({ name }) => recorded.some((check) => check.name === name))) return
  await insertKeyChecks(pool, made)
  requireEqual(made, await selectKeyChecks(pool)) // Another process may have been first, with other keys.
}

function checksOf(keys: Keys): KeyCheckRow[] {
  const checked: Record<CheckedKeyName, Secret<Buffer>> = {
    blindIndex: keys.blindIndexKey,
    cvv: keys.cvvKey,
    codes: keys.codeKey,
    credentials: keys.credentialKey,
    webhooks: keys.webhookKey,
  }
  return (Object.keys(checked) as CheckedKeyName[]).map((key) => ({
    name: KEY_VARIABLES[key],
    value: createHmac('sha256', checked[key].reveal()).update(`florin key check ${key}`).digest(),
  }))
}

function requireEqual(made: readonly KeyCheckRow[], recorded: readonly KeyCheckRow[]): void {
  const wrong = made
    .filter(({ name, value }) => recorded.some((check) => check.name === name && !isEqual(check.value, value)))
    .map(({ name }) => name)
  if (wrong.length === 0) return
  throw new Error(
    `${wrong.join(', ')}: not what this database was made with. ` +
      'Start with the keys that belong to it, or with an empty database; nothing was changed.',
  )
}

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)
