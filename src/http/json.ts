// JSON bodies whose numbers keep their text, so that no amount ever passes through float arithmetic on its way in.
import { isUtf8 } from 'node:buffer'
import { parse } from 'lossless-json'
import Type, { type TUnsafe } from 'typebox'
import { AppError } from '../errors.ts'
import { formatAmount, type Money } from '../money.ts'

/** A number of a JSON body: the text as it was written, such as `10.50` or `1e2`. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const DEPTH_MAX = 16
const ENTRIES_MAX = 1000 // Members and list entries together: far above any request of ours.

const BYTE_ORDER_MARK = 0xfeff
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

const READ_OPTIONS = {
  parseNumber: (text: string) => new JsonNumber(text),
  onDuplicateKey: (): never => {
    throw duplicateKey()
  },
}

/**
 * Reads a body that must be one JSON object; numbers become `JsonNumber`. Throws `invalid_request`, without repeating the
 * body, for anything else: malformed text, bytes that are not UTF-8, duplicate keys, keys that reach prototypes, more
 * than 16 levels or about 1000 entries, and strings that PostgreSQL cannot store.
 */
export function parseJson(raw: Buffer): Record<string, unknown> {
  if (!isUtf8(raw)) throw refuse('The body must be UTF-8.')
  const decoded = raw.toString('utf8')
  const body = parseJsonText(decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded)
  if (!isPlainObject(body)) throw refuse('The body must be a JSON object.')
  return body
}

/** Reads a JSON text of any kind, such as one inside of a form, within the same limits. Throws `invalid_request` as above. */
export function parseJsonText(text: string): unknown {
  const members = scan(text)
  const value = read(text)
  // The library lets a duplicate pass when both values are equal. Whoever reads the first or the last of two keys must
  // see the same request as we do, so there is exactly one of each.
  if (inspect(value, text.includes('\\u')) !== members) throw duplicateKey()
  return value
}

/**
 * An amount as a JSON number: exact up to 15 digits, and every amount that can be asked for has no more. A sum beyond them is
 * the nearest double, which is what readers of JSON would make of its digits anyway.
 */
export const toJsonNumber = (money: Money): number => Number(formatAmount(money))

/** The schema of an amount in a request body: a JSON number, given to the handler as its text. */
export const amountSchema = (
  options: { description?: string; examples?: readonly number[] } = {},
): TUnsafe<JsonNumber> => Type.Unsafe<JsonNumber>({ type: 'number', format: 'decimal', ...options })

// Counts the members of all objects and bounds depth and size, before a recursive parser sees the text. On text that is
// not JSON the counts mean nothing, but then the parser refuses it.
function scan(text: string): number {
  let depth = 0
  let members = 0
  let commas = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i)
    else if (code === COLON) members++
    else if (code === COMMA) commas++
    else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (++depth > DEPTH_MAX) throw refuse(`The body must not be nested deeper than ${DEPTH_MAX} levels.`)
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) depth--
  }
  if (Math.max(members, commas) > ENTRIES_MAX) throw refuse('The body has too many members.')
  return members
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH) i++
    else if (code === QUOTE) return i
  }
  return text.length
}

function read(text: string): unknown {
  try {
    return parse(text, null, READ_OPTIONS)
  } catch (error) {
    if (error instanceof AppError) throw error
    const position = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined
    if (position === undefined) throw error
    throw refuse(
      text.trim() === '' ? 'A JSON body is required.' : `The body is not well-formed JSON at position ${position}.`,
    )
  }
}

// Counts the members that were kept, and refuses keys that reach prototypes and text that PostgreSQL cannot hold: NUL and
// halves of surrogate pairs, which only \u escapes can bring.
function inspect(value: unknown, hasEscapes: boolean): number {
  if (typeof value === 'string') {
    if (hasEscapes && UNSTORABLE.test(value)) throw refuse('The body contains characters that are not valid text.')
    return 0
  }
  if (Array.isArray(value)) {
    let members = 0
    for (const entry of value) members += inspect(entry, hasEscapes)
    return members
  }
  if (!isPlainObject(value)) return 0
  let members = 0
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || (key === 'constructor' && reachesPrototype(value[key]))) {
      throw refuse('The body contains a member name that is not allowed.')
    }
    if (hasEscapes) inspect(key, hasEscapes)
    members += 1 + inspect(value[key], hasEscapes)
  }
  return members
}

const UNSTORABLE = /\0|\p{Surrogate}/u

const reachesPrototype = (value: unknown): boolean => isPlainObject(value) && Object.hasOwn(value, 'prototype')

/** Whether the value is an object of a body: not a list, null or a number. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)

const refuse = (message: string): AppError => new AppError('invalid_request', { message })

const duplicateKey = (): AppError => refuse('The body has a member twice.')
