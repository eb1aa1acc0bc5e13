// Business time: the database's clock plus the sandbox's offset. Codes, holds, links and keys expire by it.

/** Milliseconds of some durations, for reading. */
export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Business time from the database's time and the offset in seconds. */
export const businessTime = (databaseTime: Date, offsetSeconds: bigint): Date =>
  new Date(databaseTime.getTime() + Number(offsetSeconds) * SECOND_MS)

/** The moment `ms` milliseconds after another. */
export const after = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

/** Whether the moment has come: an expiry is exclusive, at `expiresAt` itself it is over. */
export const hasPassed = (expiresAt: Date, now: Date): boolean => expiresAt.getTime() <= now.getTime()

/** Business time for readers that cannot wait for a batch to say it. */
export interface BusinessClock {
  /** The time now, from a reading of the database that is at most `maxAgeMs` old. */
  now(): Promise<Date>
  /** The time by the newest reading, however old; the process's own time before the first one. */
  latest(): Date
}

export interface BusinessClockOptions {
  /** Asks the database. */
  readonly read: () => Promise<Date>
  /** How long a reading is good for: 0 asks every time, as a sandbox must, whose time jumps. */
  readonly maxAgeMs: number
}

/** A clock that remembers how far the database's time is from the process's own. */
export function createBusinessClock({ read, maxAgeMs }: BusinessClockOptions): BusinessClock {
  let offsetMs = 0
  let readAt = Number.NEGATIVE_INFINITY // by the monotonic clock
  const latest = (): Date => new Date(Date.now() + offsetMs)
  return {
    latest,
    async now() {
      if (performance.now() - readAt < maxAgeMs) return latest()
      const now = await read()
      offsetMs = now.getTime() - Date.now()
      readAt = performance.now()
      return now
    },
  }
}
