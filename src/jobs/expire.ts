// Voids authorizations whose time is over, so that held money is free again without anybody asking. Not what makes them
// over: that is the clock, and whoever touches one earlier voids it.
import { type Poll, startPolling } from '../events/poll.ts'
import type { Log } from '../log.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { listLapsedPayments } from '../payments/queries.ts'
import { expirePayment } from '../payments/void.ts'

export interface ExpiryOptions {
  readonly deps: GatewayDeps
  readonly log: Log
  readonly intervalMs?: number
}

const PAGE = 256 // One batch of the lane.
const LOG_INTERVAL_MS = 60_000

/** Starts looking for lapsed authorizations, every second unless told. `nudge` says that the business clock was moved. */
export function startExpiry({ deps, log, intervalMs }: ExpiryOptions): Poll {
  let loggedAt = Number.NEGATIVE_INFINITY
  const complain = (error: unknown): void => {
    if (performance.now() - loggedAt < LOG_INTERVAL_MS) return
    loggedAt = performance.now()
    log.error({ err: error }, 'authorizations could not be expired and will be tried again')
  }
  const step = async (): Promise<boolean> => {
    try {
      return await expirePayments(deps)
    } catch (error) {
      complain(error)
      return false
    }
  }
  return startPolling({ name: 'expiry', step, log, ...(intervalMs !== undefined && { intervalMs }) })
}

/** Voids what has lapsed, a page at most, in one batch; true when there may be more. Throws the first failure, after trying all. */
export async function expirePayments(deps: GatewayDeps, page = PAGE): Promise<boolean> {
  const lapsed = await listLapsedPayments(deps.pool, page)
  const results = await Promise.allSettled(lapsed.map((payment) => expirePayment(deps, payment)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return lapsed.length === page
}
