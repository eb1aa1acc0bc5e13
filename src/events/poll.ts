// Runs a step whenever there may be something to do: when it is nudged, and otherwise at regular intervals, because a
// nudge is lost with the process that would have given it.
import type { Log } from '../log.ts'

export interface PollOptions {
  /** For the log. */
  readonly name: string
  /** Does what there is to do, once; true when there may be more at once. */
  readonly step: () => Promise<boolean>
  readonly log: Log
  readonly intervalMs?: number
}

export interface Poll {
  /** Runs the step soon. */
  nudge(): void
  /** Waits for the running step; no other is started. */
  stop(): Promise<void>
}

const INTERVAL_MS = 1000
const GATHER_MS = 20 // Under load every commit nudges: what came in this time is one step, not twenty.

/** Starts polling at once. A step that throws is logged and tried again after the interval. */
export function startPolling({ name, step, log, intervalMs = INTERVAL_MS }: PollOptions): Poll {
  let isStopped = false
  let isNudged = false
  let endRest = (): void => undefined
  // After a failure nudges wait, too: a busy server must not turn a broken step into a storm.
  let hasFailed = false

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, intervalMs)
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const gather = (): Promise<void> =>
    isStopped ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, Math.min(GATHER_MS, intervalMs)))

  const tryStep = async (): Promise<boolean> => {
    try {
      const hasMore = await step()
      hasFailed = false
      return hasMore
    } catch (error) {
      hasFailed = true
      log.error({ err: error, worker: name }, 'a worker failed and will try again')
      return false
    }
  }

  const run = async (): Promise<void> => {
    while (!isStopped) {
      isNudged = false
      const hasMore = await tryStep()
      if (isStopped || (hasMore && !hasFailed)) continue
      if (hasFailed || !isNudged) await rest()
      await gather()
    }
  }
  const running = run()

  return {
    nudge: () => {
      isNudged = true
      if (!hasFailed) endRest()
    },
    stop: () => {
      isStopped = true
      endRest()
      return running
    },
  }
}
