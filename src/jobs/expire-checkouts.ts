// Ends checkouts whose time is over, so that their merchants hear of it without anybody opening them. Not what makes them over: that is
// the clock, and whoever touches one earlier ends it.
import { lapseCheckout } from '../checkouts/close.ts'
import { listOverdueCheckouts } from '../checkouts/queries.ts'
import type { Deps } from '../deps.ts'
import { type Poll, startPolling } from '../events/poll.ts'

type ExpireDeps = Pick<Deps, 'lane' | 'pool' | 'log'>

const PAGE = 256 // One batch of the lane.

/** Starts looking for checkouts whose time is over, every second unless told. `nudge` says that the business clock was moved. */
export const startExpiringCheckouts = (deps: ExpireDeps, intervalMs?: number): Poll =>
  startPolling({
    name: 'checkouts',
    step: () => expireCheckouts(deps),
    log: deps.log,
    ...(intervalMs !== undefined && { intervalMs }),
  })

/** Ends what is overdue, a page at most; true when there may be more. Throws the first failure, after trying all. */
export async function expireCheckouts(deps: Pick<Deps, 'lane' | 'pool'>): Promise<boolean> {
  const overdue = await listOverdueCheckouts(deps.pool, PAGE)
  const results = await Promise.allSettled(overdue.map((id) => lapseCheckout(deps, id)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return overdue.length === PAGE
}
