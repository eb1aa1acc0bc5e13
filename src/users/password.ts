// Passwords that people choose: hashed so slowly that guessing is no use, and compared from memory when they were right a moment ago.
import { createHmac, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Secret } from '../secret.ts'

const ARGON2ID = 2
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const

/** The hash to keep, with its parameters. */
export const hashPassword = (password: Secret<string>): Promise<string> => hash(password.reveal(), OPTIONS)

/** A user whose password is checked. */
export interface Checked {
  readonly id: string
  readonly passwordHash: string
  readonly credentialVersion: number
}

export interface PasswordCheckerOptions {
  readonly lifeMs?: number
  readonly entriesMax?: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
  readonly compare?: (passwordHash: string, password: string) => Promise<boolean>
}

const LIFE_MS = 60_000
const ENTRIES_MAX = 10_000

/** Checks a password; somebody who is not there takes as long as somebody whose password is wrong. */
export type PasswordChecker = (user: Checked | undefined, password: string) => Promise<boolean>

/** A checker that remembers for a minute what was right, and hashes what is asked at once only once. */
export function createPasswordChecker(options: PasswordCheckerOptions = {}): PasswordChecker {
  const { lifeMs = LIFE_MS, entriesMax = ENTRIES_MAX, now = () => performance.now(), compare = verify } = options
  const key = randomBytes(32)
  const right = new Map<string, number>()
  const pending = new Map<string, Promise<boolean>>()
  let nobody: Promise<string> | undefined

  const remember = (name: string): void => {
    const [oldest] = right.keys()
    if (right.size >= entriesMax && oldest !== undefined) right.delete(oldest)
    right.set(name, now() + lifeMs)
  }

  return (user, password) => {
    const { id, credentialVersion } = user ?? { id: 'nobody', credentialVersion: 0 }
    const name = createHmac('sha256', key).update(`${id}:${credentialVersion}:${password}`).digest('base64')
    if (user && (right.get(name) ?? 0) > now()) return Promise.resolve(true)
    const known = pending.get(name)
    if (known) return known
    nobody ??= hash(randomBytes(16).toString('hex'), OPTIONS)
    const hashed = user ? Promise.resolve(user.passwordHash) : nobody
    const checking = hashed
      .then((passwordHash) => compare(passwordHash, password))
      .then((isRight) => {
        if (isRight && user) remember(name)
        return isRight && user !== undefined
      })
      .finally(() => pending.delete(name))
    pending.set(name, checking)
    return checking
  }
}
