// Idempotency: a command under a key is decided once; every copy gets the first one's result, refusals included.
import { createHash } from 'node:crypto'
import { type Books, need } from '../books/books.ts'
import { type Command, Refusal } from '../books/command.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { after, DAY_MS, hasPassed } from '../clock.ts'
import { AppError, type ErrorCode, type ErrorDetails } from '../errors.ts'
import { decodeResult, encodeResult } from './codec.ts'

/** A caller's claim that requests with this key are one request. */
export interface KeyClaim {
  /** Whose key it is and for which endpoint: keys of two callers or endpoints never meet. */
  readonly scope: string
  readonly key: string
  /** SHA-256 of what was asked: the same key with another request is refused. */
  readonly fingerprint: Buffer
}

interface KeyRow {
  readonly scope: string
  readonly key: string
  readonly fingerprint: Buffer
  /** The encoded `Stored`. */
  readonly result: string
  readonly createdAt: Date
}

export const idempotencyShelf = tableShelf<KeyRow>({
  name: 'idempotency_keys',
  columns: { scope: 'text', key: 'text', fingerprint: 'bytea', result: 'text', createdAt: 'timestamptz' },
  key: ['scope', 'key'],
  mutable: ['fingerprint', 'result', 'createdAt'],
})

/** How long a key is remembered: 24 hours, source: the issuing contract. */
export const KEY_LIFE_MS = DAY_MS

/** The SHA-256 of a request in canonical JSON: the order of its members does not matter. */
export const fingerprintOf = (request: unknown): Buffer => createHash('sha256').update(canonical(request)).digest()

/**
 * The command under its keys: a live key answers with its stored result and nothing else happens.
 * A command that throws leaves its keys free. Refuses with `idempotency_key_reused` when a key stands for another request.
 */
export function keyed<T>(claims: readonly KeyClaim[], command: Command<T>): Command<T> {
  if (claims.length === 0) return command
  return {
    name: command.name,
    needs: [...claims.map((claim) => need(idempotencyShelf, compositeKey(claim.scope, claim.key))), ...command.needs],
    decide: (books) => {
      const stored = findStored(books, claims)
      if (stored) return replay<T>(stored)
      const result = command.decide(books)
      if (result instanceof Refusal && PASSING.has(result.code)) return result
      const encoded = encodeResult(
        result instanceof Refusal ? { refused: result.code, details: result.details } : { done: result },
      )
      for (const claim of claims) books.put(idempotencyShelf, { ...claim, result: encoded, createdAt: books.now })
      return result
    },
  }
}

// Refusals that time alone undoes: under the same key the request may be tried again.
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['velocity_exceeded'])

// Two keys (header and body) are either both free or both stand for the same request.
function findStored(books: Books, claims: readonly KeyClaim[]): KeyRow | undefined {
  const rows = claims.map((claim) => {
    const row = books.find(idempotencyShelf, compositeKey(claim.scope, claim.key))
    if (!row || hasPassed(after(row.createdAt, KEY_LIFE_MS), books.now)) return undefined
    if (!row.fingerprint.equals(claim.fingerprint)) throw new AppError('idempotency_key_reused')
    return row
  })
  const [first] = rows
  if (rows.some((row) => row?.result !== first?.result)) throw new AppError('idempotency_key_reused')
  return first
}

type Stored<T> = { readonly done: T } | { readonly refused: ErrorCode; readonly details: ErrorDetails }

function replay<T>(row: KeyRow): T | Refusal {
  const stored = decodeResult(row.result) as Stored<T>
  return 'refused' in stored ? new Refusal(stored.refused, stored.details) : stored.done
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date || typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'absent'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join()}}`
}
