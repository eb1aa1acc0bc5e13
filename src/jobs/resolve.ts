// Asks gateways what became of the operations whose outcome is not known, when the schedule says so.
import { type Poll, startPolling } from '../events/poll.ts'
import { listDueOperations, postponeLook } from '../payments/due-queries.ts'
import type { GatewayDeps } from '../payments/perform.ts'
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
  await Promise.all(due.map((id) => resolveOrPostpone(deps, id)))
  return due.length === PAGE
}

// One that cannot be resolved must not stand in the way of the others.
async function resolveOrPostpone(deps: GatewayDeps, operationId: string): Promise<void> {
  try {
    await resolveOperation(deps, operationId)
  } catch (error) {
    deps.log.error({ err: error, operation: operationId }, 'an operation could not be resolved and will be tried again')
    await postponeLook(deps.pool, operationId)
  }
}
