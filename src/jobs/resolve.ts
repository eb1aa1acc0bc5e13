// Asks gateways what became of the operations whose outcome is not known, when the schedule says so.
import { type Poll, startPolling } from '../events/poll.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { listDueOperations } from '../payments/queries.ts'
import { resolveOperation } from '../payments/resolve.ts'

const PAGE = 32 // Inquiries at a time: a gateway that has just come back is not to be knocked over.

/** Starts looking for operations to ask about, every second unless told. `nudge` says that a notification came, or time passed. */
export const startResolving = (deps: GatewayDeps, intervalMs?: number): Poll =>
  startPolling({
    name: 'resolving',
    step: () => resolveDue(deps),
    log: deps.log,
    ...(intervalMs !== undefined && { intervalMs }),
  })

/** Asks about what is due, a page at most; true when there may be more. */
export async function resolveDue(deps: GatewayDeps): Promise<boolean> {
  const due = await listDueOperations(deps.pool, PAGE)
  const results = await Promise.allSettled(due.map((id) => resolveOperation(deps, id)))
  for (const [i, result] of results.entries()) {
    if (result.status === 'rejected')
      deps.log.error(
        { err: result.reason, operation: due[i] },
        'an operation could not be resolved and will be tried again',
      )
  }
  return due.length === PAGE && results.some((result) => result.status === 'fulfilled')
}
