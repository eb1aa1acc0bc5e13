// Removes what nobody can ask for any more: idempotency keys whose day is over, exchanged tokens that are too old anyway, numbers of
// cards that were forgotten, files that no checkout names.
import { deleteUnused } from '../attachments/queries.ts'
import type { Pool } from '../db/pool.ts'
import { type Poll, startPolling } from '../events/poll.ts'
import { KEY_LIFE_MS } from '../idempotency/keyed.ts'
import { deleteIdempotencyKeys } from '../idempotency/queries.ts'
import type { Log } from '../log.ts'
import { deleteUsedTokens } from '../members/queries.ts'
import { deleteForgottenPans } from '../registrations/queries.ts'

const INTERVAL_MS = 60 * 60_000
const BATCH = 1000 // Small enough that no request waits for it.

/** Starts tidying: now, and every hour. */
export const startTidying = ({ pool, log }: { readonly pool: Pool; readonly log: Log }): Poll =>
  startPolling({ name: 'tidying', step: () => tidy(pool), log, intervalMs: INTERVAL_MS })

/** Removes one batch of each; true when there may be more. */
export async function tidy(pool: Pool): Promise<boolean> {
  const keys = await deleteIdempotencyKeys(pool, { lifeMs: KEY_LIFE_MS, limit: BATCH })
  const tokens = await deleteUsedTokens(pool, BATCH)
  const pans = await deleteForgottenPans(pool, BATCH)
  const files = await deleteUnused(pool, BATCH)
  return [keys, tokens, pans, files].includes(BATCH)
}
