// Tells customers what became of their payments. Nobody waits for it, so that commits do not wake it.
import { createTeller } from '../checkouts/tell-customers.ts'
import type { Deps } from '../deps.ts'
import { type Poll, startPolling } from '../events/poll.ts'

/** Starts reading what happened, every second unless told. */
export const startTellingCustomers = (deps: Pick<Deps, 'pool' | 'log'>, intervalMs?: number): Poll =>
  startPolling({
    name: 'customer messages',
    step: createTeller(deps),
    log: deps.log,
    ...(intervalMs !== undefined && { intervalMs }),
  })
