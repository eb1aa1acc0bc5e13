// The calls to gateways that are under way in this process, so that a stop waits for them instead of cutting them.

export interface Calls {
  /** Remembers a call until it is over. */
  track(call: Promise<unknown>): void
  /** Resolves when the operation's outcome is booked by somebody else: a notification, an inquiry, the payer's return. */
  settledElsewhere(operationId: string): Promise<void>
  /** Says that it was. */
  announce(operationId: string): void
  /** Waits for all of them, at most `ms`. */
  settled(ms: number): Promise<void>
}

/** An empty list of calls. */
export function createCalls(): Calls {
  const running = new Set<Promise<unknown>>()
  const waiting = new Map<string, () => void>()
  return {
    track(call) {
      const tracked = call.finally(() => running.delete(tracked))
      running.add(tracked)
    },
    settledElsewhere: (operationId) => new Promise((resolve) => waiting.set(operationId, resolve)),
    announce(operationId) {
      waiting.get(operationId)?.()
      waiting.delete(operationId)
    },
    async settled(ms) {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      await Promise.race([Promise.allSettled([...running]), limit])
      clearTimeout(timer)
    },
  }
}
