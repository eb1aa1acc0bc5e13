// Changes the vault's keys while servers run: wraps the data keys under the new KEK, then, when asked, moves every card
// number to a new data key. Killed at any moment it leaves everything readable, and run again it goes on.
import { setTimeout as sleep } from 'node:timers/promises'
import { transaction } from '../db/pool.ts'
import type { Log } from '../log.ts'
import {
  type DataKey,
  listDataKeys,
  renewDataKey,
  requireKeks,
  unwrapDataKey,
  type WrappedKey,
  wrapDataKey,
} from './datakeys.ts'
import { selectPansToReseal, updateDataKeyTakenOver, updateDataKeyWrapped, updatePansResealed } from './queries.ts'
import { openPan, REFRESH_INTERVAL_MS, sealPan, type VaultDeps } from './vault.ts'

export interface RotateDeps extends VaultDeps {
  /** Told of the progress, which may take hours on millions of cards. */
  readonly log?: Log
}

export interface RotateOptions {
  /** Also moves every card number to a new data key: for when an old key and a copy of the database may be known. */
  readonly resealPans?: boolean
  /** How long running servers may go on sealing under the old data key before they have all followed. */
  readonly settleMs?: number
  /** Told after each batch how many numbers this run has resealed so far. */
  readonly onBatch?: (resealed: number) => void
}

export interface Rotated {
  /** Data keys that were wrapped under another KEK. */
  readonly rewrapped: number
  /** Card numbers that were moved to the new data key. */
  readonly resealed: number
}

const BATCH = 500
const SETTLE_MS = 2 * REFRESH_INTERVAL_MS
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000'

/**
 * Rotates to `keys.vaultKek`; the earlier keys must be in `keys.vaultKeksPrevious`, and every server must have been
 * started with both. Afterwards the earlier keys open nothing that is in the database.
 * The blind index key cannot be rotated: every card would need its index again, and two indexes while that goes on.
 * Throws an Error when a data key is wrapped under a key that is not there.
 */
export async function rotateKeys(deps: RotateDeps, options: RotateOptions = {}): Promise<Rotated> {
  const rewrapped = await rewrapDataKeys(deps)
  if (!options.resealPans) return { rewrapped, resealed: 0 }
  const target = await chooseTarget(deps, rewrapped)
  let resealed = 0
  const report = (count: number): void => {
    resealed += count
    deps.log?.info({ resealed }, 'card numbers resealed')
    options.onBatch?.(resealed)
  }
  await resealAll(deps, target, report)
  const settleMs = options.settleMs ?? SETTLE_MS
  deps.log?.info({ settleMs }, 'waiting until every server has heard of the new data key')
  // A server that has not yet heard of the new data key may have issued cards under the old one meanwhile.
  await sleep(settleMs)
  await resealAll(deps, target, report)
  await updateDataKeyTakenOver(deps.pool, target.id)
  return { rewrapped, resealed }
}

async function rewrapDataKeys({ pool, keys }: VaultDeps): Promise<number> {
  const rows = await listDataKeys(pool)
  requireKeks(rows, keys)
  let rewrapped = 0
  for (const row of rows) {
    if (row.kekId === keys.vaultKek.id) continue
    const fresh = wrapDataKey(requireKey(row, { pool, keys }), keys.vaultKek)
    if (await updateDataKeyWrapped(pool, fresh, row.kekId)) rewrapped += 1
  }
  return rewrapped
}

// A run that was interrupted goes on with the data key it had made. One that rewrapped something makes another, because
// whoever knows the KEK that was just replaced may know every data key that it wrapped.
async function chooseTarget(deps: VaultDeps, rewrapped: number): Promise<DataKey> {
  const before = (await listDataKeys(deps.pool)).find((row) => row.isCurrent)
  if (before?.isTakingOver && rewrapped === 0) return requireKey(before, deps)
  await renewDataKey(deps.pool, deps.keys, { current: before?.id, isTakingOver: true })
  const current = (await listDataKeys(deps.pool)).find((row) => row.isCurrent)
  if (!current) throw new Error('the vault has no data key to reseal under')
  return requireKey(current, deps)
}

async function resealAll(deps: VaultDeps, target: DataKey, report: (count: number) => void): Promise<void> {
  let after: string | undefined = BEFORE_ALL_IDS
  while (after !== undefined) {
    const batch: ResealedBatch = await resealBatch(deps, target, after)
    if (batch.count > 0) report(batch.count)
    after = batch.last
  }
}

interface ResealedBatch {
  readonly count: number
  readonly last: string | undefined
}

async function resealBatch(deps: VaultDeps, target: DataKey, after: string): Promise<ResealedBatch> {
  const sources = new Map((await listDataKeys(deps.pool)).map((row) => [row.id, row]))
  return transaction(deps.pool, async (tx) => {
    const rows = await selectPansToReseal(tx, { dataKeyId: target.id, after, limit: BATCH })
    const opened = new Map<string, DataKey>()
    const resealed = rows.map((row) => {
      const source = opened.get(row.dataKeyId) ?? requireKey(sources.get(row.dataKeyId), deps)
      opened.set(source.id, source)
      return sealPan(row.id, openPan(row, source).reveal(), target)
    })
    if (resealed.length > 0) await updatePansResealed(tx, target.id, resealed)
    return { count: resealed.length, last: resealed.at(-1)?.id }
  })
}

function requireKey(row: WrappedKey | undefined, { keys }: VaultDeps): DataKey {
  const key = row && unwrapDataKey(row, keys)
  if (!key) throw new Error('a data key was made meanwhile that this run cannot open: run it again')
  return key
}
