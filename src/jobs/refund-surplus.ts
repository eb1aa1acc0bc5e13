// Sends back what paid something that had been paid before, such as an invoice whose first try was thought to have failed.
import { type Poll, startPolling } from '../events/poll.ts'
import { listSurplusPayments } from '../payments/due-queries.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { returnSurplus } from '../payments/surplus.ts'

const PAGE = 32

/** Starts looking for payments to send back, every second unless told. */
export const startRefundingSurplus = (deps: GatewayDeps, intervalMs?: number): Poll =>
  startPolling({
    name: 'surplus',
    step: () => refundSurplus(deps),
    log: deps.log,
    ...(intervalMs !== undefined && { intervalMs }),
  })

/** Sends back what is surplus, a page at most; true when there may be more. Throws the first failure, after trying all. */
export async function refundSurplus(deps: GatewayDeps): Promise<boolean> {
  const surplus = await listSurplusPayments(deps.pool, PAGE)
  const results = await Promise.allSettled(surplus.map((payment) => returnSurplus(deps, payment)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return surplus.length === PAGE
}
