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
