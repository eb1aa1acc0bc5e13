// Short addresses: six characters that lead to a checkout or a file. One that was given out is never given out again.
import { randomInt } from 'node:crypto'
import type { Books, Need } from '../books/books.ts'
import { need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'

export interface ShortCode {
  readonly code: string
  readonly kind: 'checkout' | 'attachment'
  /** Of the checkout or attachment, also when that is gone. */
  readonly targetId: string
  readonly createdAt: Date
}

export const shortCodeShelf = tableShelf<ShortCode>({
  name: 'short_codes',
  columns: { code: 'text', kind: 'text', targetId: 'uuid', createdAt: 'timestamptz' },
  key: ['code'],
  mutable: ['kind', 'targetId', 'createdAt'],
})

// Without those that are read for one another: I, O, l, 0, 1.
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const LENGTH = 6
const CANDIDATES = 4 // Of a billion codes in use, all four are taken once in a million times.

const drawCode = (): string => Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/** Codes of which a command takes the first that is free: deciding makes none by itself. */
export const drawShortCodes = (): readonly string[] => Array.from({ length: CANDIDATES }, drawCode)

/** What a command that takes one of these codes needs. */
export const needShortCodes = (candidates: readonly string[]): Need[] =>
  candidates.map((code) => need(shortCodeShelf, code))

/** Takes the first of the candidates that is free. Throws `overloaded` when none is: others will be drawn. */
export function takeShortCode(
  books: Books,
  candidates: readonly string[],
  target: Pick<ShortCode, 'kind' | 'targetId'>,
): string {
  const code = candidates.find((candidate) => !books.find(shortCodeShelf, candidate))
  if (code === undefined) throw new AppError('overloaded', { retryAfterSeconds: 1 })
  books.put(shortCodeShelf, { ...target, code, createdAt: books.now })
  return code
}
