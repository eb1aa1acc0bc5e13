// How the Operations face works for a merchant: what it signs with, where it tells what, and what it allows.
import { randomBytes } from 'node:crypto'
import type { Queryable } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import type { Secret } from '../secret.ts'
import { insertSettings, type SettingsRow, selectSettings, updateSettings } from './settings-queries.ts'

/** What is true of one kind of checkout unless the checkout says so. */
export interface PluginSettings {
  readonly webhookUrl?: string
  readonly redirectUrl?: string
  /** The states that are told; all of them unless told. */
  readonly states?: readonly ('paid' | 'failed' | 'authorized' | 'canceled')[]
}

export interface MerchantSettings extends Omit<SettingsRow, 'sealedHmacKey'> {
  readonly merchantId: string
  /** As text: its bytes are the key. */
  readonly hmacKey: Secret<string>
}

type SettingsDeps = Pick<Deps, 'vault'> & { readonly pool: Queryable }

const PURPOSE = 'hmac-key'
const KEY_BYTES = 24

/** The merchant's settings; the first who asks makes them, with a key of its own. */
export async function getMerchantSettings(deps: SettingsDeps, merchantId: string): Promise<MerchantSettings> {
  const row = (await selectSettings(deps.pool, merchantId)) ?? (await makeSettings(deps, merchantId))
  const { sealedHmacKey, ...told } = row
  return { ...told, merchantId, hmacKey: deps.vault.openText(PURPOSE, merchantId, sealedHmacKey) }
}

async function makeSettings({ pool, vault }: SettingsDeps, merchantId: string): Promise<SettingsRow> {
  const key = randomBytes(KEY_BYTES).toString('base64url')
  await insertSettings(pool, merchantId, vault.sealText(PURPOSE, merchantId, key))
  const row = await selectSettings(pool, merchantId)
  if (!row) throw new Error(`merchant ${merchantId} has no settings`)
  return row
}

/** Changes what is given. */
export async function changeMerchantSettings(
  deps: SettingsDeps,
  merchantId: string,
  changes: Partial<Omit<SettingsRow, 'sealedHmacKey'>>,
): Promise<void> {
  const { hmacKey: _key, merchantId: _id, ...current } = await getMerchantSettings(deps, merchantId)
  await updateSettings(deps.pool, merchantId, { ...current, ...changes })
}
