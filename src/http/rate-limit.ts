// How many requests a principal may make to an endpoint in a minute, and how many failed authentications an address may
// cause. Counted in this process only, in bounded memory.
import ipaddr from 'ipaddr.js'
import { MINUTE_MS, SECOND_MS } from '../clock.ts'

export interface RateLimitSettings {
  /** Requests of one principal to one endpoint in a minute. */
  readonly requestsPerMinute: number
  /** Endpoints with another limit, by their name: `POST /v1/cards`. */
  readonly perRoute?: Readonly<Record<string, number>>
  /** Failed authentications of one address in a minute, before unknown credentials from it are no longer looked up. */
  readonly failuresPerMinute: number
  /** Milliseconds; the wall clock unless a test says otherwise. */
  readonly now?: () => number
}

/** What is left of a minute's allowance. */
export interface Quota {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until it is full again. */
  readonly resetMs: number
  readonly isExceeded: boolean
}

export interface Counter {
  /** Counts one and says what is left; `isExceeded` when this one was too many. */
  take(key: string): Quota
  /** What is left, counting nothing; `isExceeded` when the next one would be too many. */
  peek(key: string): Quota
}

export interface RateLimit {
  /** The counter of an endpoint, keyed by the principal's id. */
  forRoute(route: string): Counter
  /** Failed authentications, keyed by `addressKey`. */
  readonly failures: Counter
}

export function createRateLimit(settings: RateLimitSettings): RateLimit {
  const now = settings.now ?? Date.now
  return {
    forRoute: (route) => createCounter(settings.perRoute?.[route] ?? settings.requestsPerMinute, now),
    failures: createCounter(settings.failuresPerMinute, now),
  }
}

const KEYS_MAX = 10_000

interface Window {
  count: number
  endsAt: number
}

function createCounter(limit: number, now: () => number): Counter {
  const windows = new Map<string, Window>()
  return {
    take(key) {
      const at = now()
      let window = windows.get(key)
      if (!window || window.endsAt <= at) {
        window = { count: 0, endsAt: at + MINUTE_MS }
        windows.delete(key) // so that the map stays in the order of `endsAt`
        makeRoom(windows, at)
        windows.set(key, window)
      }
      window.count++
      return quotaOf(limit, window.count, window.endsAt - at)
    },
    peek(key) {
      const at = now()
      const window = windows.get(key)
      if (!window || window.endsAt <= at) return quotaOf(limit, 0, MINUTE_MS)
      return { ...quotaOf(limit, window.count, window.endsAt - at), isExceeded: window.count >= limit }
    },
  }
}

const quotaOf = (limit: number, count: number, resetMs: number): Quota => ({
  limit,
  remaining: Math.max(0, limit - count),
  resetMs,
  isExceeded: count > limit,
})

// The oldest window is the first of the map. Dropping one that still runs forgives its owner, which is better than
// refusing a new caller.
function makeRoom(windows: Map<string, Window>, at: number): void {
  for (const [key, { endsAt }] of windows) {
    if (endsAt > at && windows.size < KEYS_MAX) return
    windows.delete(key)
  }
}

/** Whole seconds until the allowance is full again, as `Retry-After` wants them. */
export const retryAfterSeconds = ({ resetMs }: Quota): number => Math.max(1, Math.ceil(resetMs / SECOND_MS))

/** What stands for an address in a counter: an IPv4 address itself, of an IPv6 one the network that one customer gets. */
export function addressKey(ip: string): string {
  if (!ip.includes(':') || !ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString()
}
