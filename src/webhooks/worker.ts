// The process's webhook worker: turns new events into deliveries and sends what is due, several endpoints at a time.
import { startPolling } from '../events/poll.ts'
import { claimDeliveries, type DeliverDeps, deliverStreak } from './deliver.ts'
import type { Delivery } from './delivery-queries.ts'
import { createFanOut, type FanOutDeps } from './fan-out.ts'

export interface WebhookWorkerDeps extends DeliverDeps, FanOutDeps {
  readonly intervalMs?: number
}

export interface WebhookWorker {
  /** Finishes the calls that are running and starts no others. */
  stop(): Promise<void>
  /** Says that something was committed, so that nobody waits for the next interval. */
  nudge(): void
}

const PARALLEL_MAX = 16
const PARALLEL_FAILING_MAX = 4 // What receivers that do not answer can take away from the others.
const OWNER_MAX = 4 // An owner may have any number of URLs, and they may all be slow.
const OWNER_FAILING_MAX = 2

/** Starts the worker. Any number of processes may run theirs on one database. */
export function startWebhookWorker(deps: WebhookWorkerDeps): WebhookWorker {
  const fanOut = createFanOut(deps)
  const running = { steady: new Map<Promise<void>, string>(), failing: new Map<Promise<void>, string>() }
  let isStopped = false

  const send = (delivery: Delivery, among: Map<Promise<void>, string>): void => {
    const sending = deliverStreak(deps, delivery, () => isStopped)
      .catch((error: unknown) => deps.log.error({ err: error, delivery: delivery.id }, 'a delivery was not recorded'))
      .then(() => {
        among.delete(sending)
        poll.nudge()
      })
    among.set(sending, delivery.ownerId)
  }

  const claim = async (isFailing: boolean): Promise<number> => {
    const free = PARALLEL_MAX - running.steady.size - running.failing.size
    const limit = isFailing ? Math.min(free, PARALLEL_FAILING_MAX - running.failing.size) : free
    if (limit <= 0 || isStopped) return 0
    const among = isFailing ? running.failing : running.steady
    const { deliveries, rested } = await claimDeliveries(deps, {
      ...{ isFailing, limit },
      ownerMax: isFailing ? OWNER_FAILING_MAX : OWNER_MAX,
      running: countOf(among.values()),
    })
    for (const delivery of deliveries) send(delivery, among)
    return rested
  }

  const step = async (): Promise<boolean> => {
    const [fannedOut] = await Promise.allSettled([fanOut()])
    const rested = (await claim(false)) + (await claim(true))
    // Only now: what cannot be rendered does not keep from sending what already is.
    if (fannedOut.status === 'rejected') throw fannedOut.reason
    return fannedOut.value || rested > 0
  }
  const poll = startPolling({
    name: 'webhooks',
    step,
    log: deps.log,
    ...(deps.intervalMs === undefined ? {} : { intervalMs: deps.intervalMs }),
  })

  return {
    nudge: poll.nudge,
    stop: async () => {
      isStopped = true
      await poll.stop()
      await Promise.all([...running.steady.keys(), ...running.failing.keys()])
    },
  }
}

function countOf(owners: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return counts
}
