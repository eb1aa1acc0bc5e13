// Remembers credentials for some seconds, those that do not exist too, so that a request costs no query.
import { AppError } from '../errors.ts'

/** Finds one credential, or whatever else is looked up so, by its key. Answers without a promise when it is remembered. */
export type Lookup<T> = (key: string, refuseUnknown: boolean) => T | undefined | Promise<T | undefined>

export interface LookupOptions<T> {
  readonly find: (key: string) => Promise<T | undefined>
  /** Monotonic milliseconds. */
  readonly now: () => number
}

const LIFE_MS = 5_000
const ENTRIES_MAX = 10_000 // of each map

interface Entry<T> {
  readonly credential: T
  readonly until: number
}

/**
 * A lookup that asks `find` at most once in five seconds for each key, and once at a time. With `refuseUnknown` it throws
 * `rate_limited` instead of asking for a key that it has never found.
 */
export function createLookup<T>({ find, now }: LookupOptions<T>): Lookup<T> {
  const known = new Map<string, Entry<T>>()
  // Apart from the known ones, so that a flood of invented names cannot push those out.
  const unknown = new Map<string, number>()
  const pending = new Map<string, Promise<T | undefined>>()

  async function load(key: string): Promise<T | undefined> {
    try {
      const credential = await find(key)
      const until = now() + LIFE_MS
      known.delete(key)
      unknown.delete(key)
      if (credential) remember(known, key, { credential, until })
      else remember(unknown, key, until)
      return credential
    } finally {
      pending.delete(key)
    }
  }

  return (key, refuseUnknown) => {
    const at = now()
    const entry = known.get(key)
    if (entry && entry.until > at) return entry.credential
    if ((unknown.get(key) ?? 0) > at) return undefined
    // An entry that is too old to be believed still shows that somebody real has this key.
    if (refuseUnknown && !entry) throw new AppError('rate_limited')
    let answer = pending.get(key)
    if (!answer) {
      answer = load(key)
      pending.set(key, answer)
    }
    return answer
  }
}

function remember<T>(entries: Map<string, T>, key: string, value: T): void {
  if (entries.size >= ENTRIES_MAX) {
    const [oldest] = entries.keys()
    if (oldest !== undefined) entries.delete(oldest)
  }
  entries.set(key, value)
}
