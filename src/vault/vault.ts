// The vault: the only place where a card number is in the clear. Seals it, opens it, and finds a card by it.
import { createHmac } from 'node:crypto'
import type { Pool } from '../db/pool.ts'
import { isUuid } from '../ids.ts'
import { Secret } from '../secret.ts'
import { checkKeys } from './checks.ts'
import { openBytes, sealBytes } from './cipher.ts'
import { type DataKey, listDataKeys, renewDataKey, requireKeks, unwrapDataKey } from './datakeys.ts'
import type { Keys } from './keys.ts'
import { isPan } from './pan.ts'
import { findCardIdByBlindIndex, findPanRow, type PanRow } from './queries.ts'

/** A row of vault.pans, to be inserted in the commit that makes the card. Nothing in it is secret without the keys. */
export interface SealedPan {
  /** The card's id. */
  readonly id: string
  readonly dataKeyId: string
  readonly sealed: Buffer
  readonly blindIndex: Buffer
  readonly last4: string
  /** `issued`: the number of a card of ours, which is unique. `kept`: any card's, for a merchant that keeps it. */
  readonly purpose: 'issued' | 'kept'
}

export interface Vault {
  /** Seals a card number for its card. Pure memory, no I/O. Throws an Error when the id or the number is not one. */
  seal(cardId: string, pan: string): SealedPan
  /** The card's number. Throws an Error when the card has none, or when its row was tampered with. */
  open(cardId: string): Promise<Secret<string>>
  /** HMAC-SHA256 of a card number: equal for equal numbers, and useless without its key. */
  blindIndex(pan: string): Buffer
  /** The id of the card with this number. */
  findByPan(pan: string): Promise<string | undefined>
  /** The card's three-digit CVV, derived and never stored. `expiry` is `YYYY-MM`. */
  cvv(cardId: string, expiry: string): string
  /** Seals a small secret of the row `id`, e.g. `('webhook', webhookId, secret)`. Pure memory, no I/O. */
  sealText(purpose: string, id: string, text: string): Buffer
  /** Opens what `sealText` made for the same purpose and id. Throws an Error for anything else. */
  openText(purpose: string, id: string, sealed: Buffer): Secret<string>
  /** Learns of data keys that other processes made, and makes a new one when the current one is used up. */
  refresh(): Promise<void>
}

/** How often a server calls `refresh`. A rotation waits longer than this for servers to follow. */
export const REFRESH_INTERVAL_MS = 60_000

// Far below the 2^32 random nonces after which a repeated one stops being negligible. Counted since the process
// started, which is enough: nobody issues that many cards between two starts within a data key's 90 days.
const SEALED_MAX = 2 ** 30

export interface VaultDeps {
  readonly pool: Pool
  readonly keys: Keys
}

/** Checks the keys against the database, then opens its data keys. Throws an Error that names a wrong key's variable. */
export async function createVault({ pool, keys }: VaultDeps): Promise<Vault> {
  await checkKeys(pool, keys)
  requireKeks(await listDataKeys(pool), keys)
  const dataKeys = await openDataKeys({ pool, keys })
  const blindIndex = (pan: string): Buffer => hmac(keys.blindIndexKey, pan)
  return {
    seal(cardId, pan) {
      if (!isUuid(cardId)) throw new Error('the id of a card to seal a number for is not a UUID')
      if (!isPan(pan)) throw new Error('what is to be sealed is not a card number')
      return {
        ...sealPan(cardId, pan, dataKeys.take()),
        blindIndex: blindIndex(pan),
        last4: pan.slice(-4),
        purpose: 'issued',
      }
    },
    async open(cardId) {
      const row = await findPanRow(pool, cardId)
      if (!row) throw new Error(`card ${cardId} has no number in the vault`)
      return openPan(row, await dataKeys.get(row.dataKeyId))
    },
    blindIndex,
    findByPan: async (pan) => (isPan(pan) ? findCardIdByBlindIndex(pool, blindIndex(pan)) : undefined),
    cvv: (cardId, expiry) => deriveCvv(keys, cardId, expiry),
    sealText: (purpose, id, text) => sealBytes(textSeal(keys, purpose, id), Buffer.from(text)),
    openText: (purpose, id, sealed) => new Secret(openBytes(textSeal(keys, purpose, id), sealed).toString()),
    refresh: dataKeys.refresh,
  }
}

/** Seals a card number under a data key, bound to both so that it opens nowhere else. */
export const sealPan = (cardId: string, pan: string, { id, key }: DataKey): PanRow => ({
  id: cardId,
  dataKeyId: id,
  sealed: sealBytes({ key, boundTo: `pan:${cardId}:${id}` }, Buffer.from(pan)),
})

/** Opens a card number. Throws an Error that names the card when the row is not what was sealed. */
export function openPan({ id, dataKeyId, sealed }: PanRow, { key }: DataKey): Secret<string> {
  try {
    return new Secret(openBytes({ key, boundTo: `pan:${id}:${dataKeyId}` }, sealed).toString())
  } catch (cause) {
    throw new Error(`the number of card ${id} cannot be opened: its row was changed`, { cause })
  }
}

interface DataKeys {
  /** The key to seal with now. Counts one sealing. */
  take(): DataKey
  get(id: string): Promise<DataKey>
  refresh(): Promise<void>
}

async function openDataKeys({ pool, keys }: VaultDeps): Promise<DataKeys> {
  const opened = new Map<string, DataKey>()
  let current: DataKey | undefined
  let sealed = 0

  async function load(): Promise<boolean> {
    let isUsedUp = true
    for (const row of await listDataKeys(pool)) {
      // A server that was started before the KEK was replaced cannot unwrap what newer ones make: it keeps what it has.
      const key = opened.get(row.id) ?? unwrapDataKey(row, keys)
      if (key) opened.set(row.id, key)
      if (!row.isCurrent) continue
      if (key && key.id !== current?.id) {
        current = key
        sealed = 0
      }
      isUsedUp = key !== undefined && (row.isOld || sealed > SEALED_MAX)
    }
    return isUsedUp
  }

  async function refresh(): Promise<void> {
    if (!(await load())) return
    await renewDataKey(pool, keys, { current: current?.id, isTakingOver: false })
    await load()
  }

  await refresh()
  return {
    take() {
      if (!current) throw new Error('the vault has no data key to seal with')
      sealed += 1
      return current
    },
    async get(id) {
      if (!opened.has(id)) await load()
      const key = opened.get(id)
      if (!key) throw new Error(`data key ${id} is wrapped under a key that this process was started without`)
      return key
    },
    refresh,
  }
}

const EXPIRY = /^[0-9]{4}-(0[1-9]|1[0-2])$/

function deriveCvv({ cvvKey }: Keys, cardId: string, expiry: string): string {
  // One form only: the same month written in another way would be another CVV.
  if (!EXPIRY.test(expiry)) throw new Error(`${expiry} is not an expiry such as 2030-09`)
  const digits = hmac(cvvKey, `${cardId}:${expiry}`).readUIntBE(0, 6) % 1000
  return digits.toString().padStart(3, '0')
}

// A key of its own for each purpose, so that no secret of one kind opens as another.
const textSeal = ({ webhookKey }: Keys, purpose: string, id: string) => ({
  key: new Secret(hmac(webhookKey, `text:${purpose}`)),
  boundTo: id,
})

const hmac = (key: Secret<Buffer>, text: string): Buffer => createHmac('sha256', key.reveal()).update(text).digest()
