// Bodies as this face sees them: one flat list of dotted names and texts, whether they came as a form, as dotted JSON or as
// nested JSON. What could be read in two ways is refused.
import { isUtf8 } from 'node:buffer'
import { AppError, invalidField } from '../../errors.ts'
import { isPlainObject, JsonNumber, parseJson } from '../../http/json.ts'

/** Texts by dotted names such as `card.number`. It has no prototype. */
export type Fields = Readonly<Record<string, string>>

const FIELDS_MAX = 200
const NAME_LENGTH_MAX = 128

/** No fields: the body that is not there. */
export const NO_FIELDS: Fields = Object.freeze(Object.create(null) as Fields)

/** Reads `application/x-www-form-urlencoded`. Throws `invalid_request`. */
export function parseForm(raw: Buffer): Fields {
  if (!isUtf8(raw)) throw refuse('The body must be UTF-8.')
  const collected = createCollector()
  for (const pair of raw.toString('utf8').split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    if (collected.has(name)) throw invalidField(shown(name), 'is given twice')
    collected.add(name, equals === -1 ? '' : decode(pair.slice(equals + 1)))
  }
  return collected.fields
}

// Strict, unlike URLSearchParams: a lone percent sign or bytes that are not UTF-8 are refused, not replaced.
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refuse('The body is not form-urlencoded UTF-8.')
  }
}

/**
 * Reads a JSON object, its members dotted, nested or both. Whole numbers and booleans become their texts, null is nothing, but an
 * amount must be a text: as a number it has lost its decimals. Throws `invalid_request` or `amount_invalid`.
 */
export function parseJsonFields(raw: Buffer): Fields {
  const collected = createCollector()
  flatten(parseJson(raw), '', collected)
  return collected.fields
}

const WHOLE_NUMBER = /^(?:0|[1-9][0-9]{0,14})$/

function flatten(body: Record<string, unknown>, prefix: string, collected: Collector): void {
  for (const [key, value] of Object.entries(body)) {
    const name = prefix + key
    checkName(name) // also of members that are empty objects
    if (isPlainObject(value)) flatten(value, `${name}.`, collected)
    else if (typeof value === 'string') collected.add(name, value)
    else if (typeof value === 'boolean') collected.add(name, String(value))
    else if (value instanceof JsonNumber) collected.add(name, readNumber(name, value))
    else if (value !== null) throw invalidField(shown(name), 'must be a text')
  }
}

function readNumber(name: string, { text }: JsonNumber): string {
  if (/amount$/i.test(name)) {
    throw new AppError('amount_invalid', {
      field: shown(name),
      message: `${shown(name)} must be a text such as "50.00"`,
    })
  }
  if (!WHOLE_NUMBER.test(text)) throw invalidField(shown(name), 'must be a text')
  return text
}

interface Collector {
  readonly fields: Fields
  has(name: string): boolean
  /** Throws when the name is there with another value, or there are too many. */
  add(name: string, value: string): void
}

function createCollector(): Collector {
  const fields = Object.create(null) as Record<string, string>
  let count = 0
  return {
    fields,
    has: (name) => name in fields,
    add(name, value) {
      checkName(name)
      if (value.includes('\0')) throw invalidField(shown(name), 'contains a character that is not valid')
      const before = fields[name]
      if (before !== undefined && before !== value) throw invalidField(shown(name), 'is given twice')
      count += 1
      if (count > FIELDS_MAX) throw refuse(`The body must not have more than ${FIELDS_MAX} fields.`)
      fields[name] = value
    },
  }
}

const REACHES_PROTOTYPE = /(?:^|\.)(?:__proto__|constructor|prototype)(?:\.|$)/

function checkName(name: string): void {
  if (name.length > NAME_LENGTH_MAX || REACHES_PROTOTYPE.test(name)) {
    throw refuse('The body contains a field name that is not allowed.')
  }
}

// A name comes from the caller and goes into messages: only what a name of ours could be is repeated.
const shown = (name: string): string => (/^[\w.]{1,64}$/.test(name) ? name : 'A field')

const refuse = (message: string): AppError => new AppError('invalid_request', { message })
