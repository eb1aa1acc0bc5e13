// Passwords that people choose: hashed so slowly that guessing is no use, and compared from memory when they were right a moment ago.
import { createHmac, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'

const ARGON2ID = 2
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const

/** The hash to keep, with its parameters. */
export const hashPassword = (password: Secret<string>): Promise<string> => hash(normalize(password.reveal()), OPTIONS)

// Keyboards write the same letter in more than one way.
const normalize = (password: string): string => password.normalize('NFC')

/** A user whose password is checked. */
export interface Checked {
  readonly id: string
  readonly passwordHash: string
  readonly credentialVersion: number
}

/** What somebody has sent. */
export interface PasswordAttempt {
  readonly username: string
  readonly password: string
  /** Whether a password that was never right in this process is refused without hashing it. */
  readonly refuseUnknown: boolean
}

export interface PasswordCheckerOptions {
  readonly lifeMs?: number
  readonly entriesMax?: number
  /** How many may wait for their turn to be hashed. */
  readonly waitingMax?: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
  readonly compare?: (passwordHash: string, password: string) => Promise<boolean>
}

const LIFE_MS = 60_000
const ENTRIES_MAX = 10_000
const WAITING_MAX = 64
const RUNNING_MAX = 2 // Of the four threads that Node has for such work; the others are for everybody else.

/**
 * Checks a password; somebody who is not there takes as long as somebody whose password is wrong. Throws `rate_limited` for what is
 * refused without hashing, and `overloaded` when too many wait.
 */
export type PasswordChecker = (user: Checked | undefined, attempt: PasswordAttempt) => Promise<boolean>

/** A checker that remembers for a minute what was right, and hashes what is asked at once only once. */
export function createPasswordChecker(options: PasswordCheckerOptions = {}): PasswordChecker {
  const { lifeMs = LIFE_MS, entriesMax = ENTRIES_MAX, now = () => performance.now(), compare = verify } = options
  const takeTurn = createQueue(options.waitingMax ?? WAITING_MAX)
  const key = randomBytes(32)
  const nobodysHash = createNobodysHash()
  const right = new Map<string, number>()
  const pending = new Map<string, Promise<boolean>>()

  const remember = (name: string): void => {
    const [oldest] = right.keys()
    if (right.size >= entriesMax && oldest !== undefined) right.delete(oldest)
    right.set(name, now() + lifeMs)
  }

  async function check(user: Checked | undefined, password: string, name: string): Promise<boolean> {
    const isSame = await takeTurn(() => compare(user?.passwordHash ?? nobodysHash, password))
    right.delete(name)
    if (!user || !isSame) return false
    remember(name)
    return true
  }

  return async (user, attempt) => {
    const password = normalize(attempt.password)
    const who = user ? `${user.id}:${user.credentialVersion}` : `${attempt.username}:0`
    const name = createHmac('sha256', key).update(`${who}:${password}`).digest('base64')
    const until = right.get(name)
    if (until !== undefined && until > now()) return true
    // What is too old to be believed still shows that somebody real has sent it.
    if (attempt.refuseUnknown && until === undefined) throw new AppError('rate_limited')
    let checking = pending.get(name)
    if (!checking) {
      checking = check(user, password, name).finally(() => pending.delete(name))
      pending.set(name, checking)
    }
    return checking
  }
}

// Looks like everybody's and is nobody's: as much work, and no password has it.
function createNobodysHash(): string {
  const [salt, digest] = [randomBytes(16), randomBytes(32)].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}$${salt}$${digest}`
}

// Gives turns in the order of arrival, a few at a time.
function createQueue(waitingMax: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < RUNNING_MAX) running++
    else if (waiting.length < waitingMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new AppError('overloaded')
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
