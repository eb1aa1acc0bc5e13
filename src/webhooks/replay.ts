// Sends again what was sent before: the same message under the same `webhook-id` and number, with all its tries. Whoever
// remembers ids counts it once. Asking for it also ends a suspension of the endpoint.
import { type Pool, transaction } from '../db/pool.ts'
import { AppError, invalidField } from '../errors.ts'
import { isUuid } from '../ids.ts'
import {
  countReplayable,
  findReplayable,
  hurryDeliveries,
  listReplayable,
  lockEndpoints,
  type Replayable,
  type ReplayRange,
  requeueDeliveries,
  wakeEndpoints,
} from './replay-queries.ts'

export type { ReplayRange } from './replay-queries.ts'

export interface Replay {
  /** Deliveries that had ended and are queued again. */
  readonly queued: number
  /** Those that were waiting anyway. They are due now. */
  readonly waiting: number
}

const RANGE_MAX = 100_000
const BATCH = 500 // In one transaction, so that no sender waits long for an endpoint.

/**
 * Queues the owner's delivery again. While it waits, asking again changes nothing. Throws `resource_not_found` when the
 * owner has no such delivery or its endpoint is removed.
 */
export async function replayDelivery(
  pool: Pool,
  { ownerId, id }: { readonly ownerId: string; readonly id: string },
): Promise<Replay> {
  const found = isUuid(id) ? await findReplayable(pool, ownerId, id) : undefined
  if (!found) throw new AppError('resource_not_found')
  return requeue(pool, [found])
}

/**
 * Queues again whatever was made for the owner in the range; what waits already is only hurried, so that asking twice does
 * not send twice. Throws `invalid_request` for a range that ends before it begins or holds more than 100,000 deliveries.
 */
export async function replayRange(pool: Pool, range: ReplayRange): Promise<Replay> {
  if (range.to.getTime() < range.from.getTime()) throw invalidField('to', 'must not be before from')
  if ((await countReplayable(pool, range, RANGE_MAX + 1)) > RANGE_MAX)
    throw invalidField('to', `must be earlier: the range holds more than ${RANGE_MAX} deliveries`)
  let [queued, waiting] = [0, 0]
  let after: Replayable | undefined
  for (;;) {
    const found = await listReplayable(pool, range, { after, limit: BATCH })
    if (found.length === 0) return { queued, waiting }
    const replay = await requeue(pool, found)
    queued += replay.queued
    waiting += replay.waiting
    after = found.at(-1)
  }
}

function requeue(pool: Pool, found: readonly Replayable[]): Promise<Replay> {
  const ids = found.map(({ id }) => id)
  const endpointIds = [...new Set(found.map(({ endpointId }) => endpointId))]
  return transaction(pool, async (tx) => {
    await lockEndpoints(tx, endpointIds)
    await hurryDeliveries(tx, ids)
    const queued = await requeueDeliveries(tx, ids)
    await wakeEndpoints(tx, endpointIds)
    return { queued, waiting: ids.length - queued }
  })
}
