// Reads the fields of a body and collects everything that is wrong with them, so that a caller learns all of it at once.
import { isSafeNumber } from 'lossless-json'
import { AppError, type FieldProblems } from '../../errors.ts'
import { isPlainObject, JsonNumber, parseJsonText } from '../../http/json.ts'
import { isRedirectUrl } from '../../http/redirect-url.ts'
import { AMOUNT_MAX, decimalsOf, formatAmount, isCurrency, type Money } from '../../money.ts'
import type { Body, UploadedFile } from './body.ts'
import { plainDecimal, problemOfDigits, problemOfNumber, problemOfPlaces, scaledOf } from './decimals.ts'
import { parseDate, parseDateTime, parseDuration } from './times.ts'

export interface TextRule {
  readonly required?: boolean
  readonly max?: number
  readonly pattern?: { readonly is: RegExp; readonly message: string }
}

export interface NumberRule {
  readonly required?: boolean
  /** How many decimals it may have. */
  readonly decimals: number
  readonly floor: 'above 0' | 'from 0'
  /** In whole units. */
  readonly max?: bigint
}

export const REQUIRED = 'This field is required.'
const NULL = 'This field may not be null.'
const BLANK = 'This field may not be blank.'
const EMAIL = { is: /^[^\s@"<>]+@[^\s@"<>.]+(\.[^\s@"<>.]+)+$/, message: 'Enter a valid email address.' }

type Problem = FieldProblems[string]

/** A reader of one object of a body. What cannot be read is undefined, and told by `finish`. */
export class Reader {
  readonly #body: Body
  readonly #problems: Record<string, Problem> = Object.create(null) as Record<string, Problem>

  constructor(body: Body) {
    this.#body = body
  }

  /** Says that something is wrong with a field. */
  refuse(name: string, ...messages: readonly string[]): undefined {
    const known = this.#problems[name]
    const texts = Array.isArray(known) ? known.filter((one) => typeof one === 'string') : []
    this.#problems[name] = [...texts, ...messages]
    return undefined
  }

  /** Says what is wrong with fields of a field. */
  refuseNested(name: string, problems: FieldProblems | readonly FieldProblems[]): undefined {
    this.#problems[name] = problems
    return undefined
  }

  /** Throws `invalid_request` with every problem when there is one. */
  finish(): void {
    const problems = this.problems()
    if (problems) throw new AppError('invalid_request', { fields: problems })
  }

  /** What is wrong so far. */
  problems(): FieldProblems | undefined {
    return Object.keys(this.#problems).length > 0 ? { ...this.#problems } : undefined
  }

  /** Whether the field was given at all; empty texts and null are as if not. */
  has(name: string): boolean {
    const value = this.#body[name]
    return value !== undefined && value !== null && value !== ''
  }

  /** Whether the field stands in the body, be it empty. */
  isNamed(name: string): boolean {
    return this.#body[name] !== undefined
  }

  raw(name: string): unknown {
    return this.#body[name]
  }

  #missing(name: string): undefined {
    const value = this.#body[name]
    return this.refuse(name, value === null ? NULL : value === '' ? BLANK : REQUIRED)
  }

  text(name: string, { required = false, max, pattern }: TextRule = {}): string | undefined {
    if (!this.has(name)) return required ? this.#missing(name) : undefined
    const value = this.#body[name]
    const text = value instanceof JsonNumber ? value.text : value
    if (typeof text !== 'string') return this.refuse(name, 'Not a valid string.')
    if (max !== undefined && [...text].length > max)
      return this.refuse(name, `Ensure this field has no more than ${max} characters.`)
    if (pattern && !pattern.is.test(text)) return this.refuse(name, pattern.message)
    return text
  }

  email(name: string, max: number): string | undefined {
    return this.text(name, { max, pattern: EMAIL })
  }

  /** A list of addresses, in a form also one text with commas. */
  emails(name: string, max: number): readonly string[] | undefined {
    const texts = this.list(name)?.flatMap((text) => text.split(',').map((part) => part.trim()))
    const isRight = texts?.every((text) => [...text].length <= max && EMAIL.is.test(text)) ?? true
    return isRight ? texts : this.refuse(name, EMAIL.message)
  }

  /** Where a payer's browser may be sent to. */
  redirectUrl(name: string, max: number): string | undefined {
    const text = this.url(name, max)
    return text === undefined || isRedirectUrl(text) ? text : this.refuse(name, 'Enter a valid URL.')
  }

  url(name: string, max: number): string | undefined {
    const text = this.text(name, { max })
    if (text === undefined) return undefined
    const isUrl = URL.canParse(text) && /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text)
    return isUrl ? text : this.refuse(name, 'Enter a valid URL.')
  }

  choice<const T extends string>(name: string, choices: readonly T[], required = false): T | undefined {
    const text = this.text(name, { required })
    if (text === undefined) return undefined
    const found = choices.find((choice) => choice === text)
    return found ?? this.refuse(name, `"${text.slice(0, 100)}" is not a valid choice.`)
  }

  boolean(name: string): boolean | undefined {
    if (!this.has(name)) return undefined
    const said = this.#body[name]
    const value = said instanceof JsonNumber ? said.text : said
    if (value === true || value === 'true' || value === 'True' || value === '1') return true
    if (value === false || value === 'false' || value === 'False' || value === '0') return false
    return this.refuse(name, 'Must be a valid boolean.')
  }

  integer(name: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (!/^-?\d{1,9}$/.test(text)) return this.refuse(name, 'A valid integer is required.')
    const value = Number(text)
    if (value < min) return this.refuse(name, `Ensure this value is greater than or equal to ${min}.`)
    if (value > max) return this.refuse(name, tooHigh(max))
    return value
  }

  /** A file of a multipart form. */
  file(name: string): UploadedFile | undefined {
    if (!this.has(name)) return undefined
    const value = this.#body[name]
    const isFile = typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes)
    return isFile ? (value as UploadedFile) : this.refuse(name, 'The submitted data was not a file.')
  }

  /** A list of texts, also one text alone or a JSON list in a form. */
  list(name: string, { required = false, max = 100 } = {}): readonly string[] | undefined {
    if (!this.has(name)) return required ? this.#missing(name) : undefined
    const value = readEmbedded(this.#body[name])
    const items = Array.isArray(value) ? value : [value]
    if (items.length === 0) return required ? this.refuse(name, 'This list may not be empty.') : []
    if (items.length > max) return this.refuse(name, `Ensure this field has no more than ${max} elements.`)
    const texts = items.map((item) => (item instanceof JsonNumber ? item.text : item))
    return texts.every((item) => typeof item === 'string' && item !== '')
      ? (texts as string[])
      : this.refuse(name, 'Not a valid string.')
  }

  /** A list of some of the choices. */
  choices(name: string, choices: readonly string[]): readonly string[] | undefined {
    const given = this.list(name)
    const wrong = given?.find((one) => !choices.includes(one))
    return wrong === undefined ? given : this.refuse(name, `"${wrong.slice(0, 100)}" is not a valid choice.`)
  }

  /** An object, also as a JSON text in a form. */
  object(name: string): Body | undefined {
    if (!this.has(name)) return undefined
    const value = readEmbedded(this.#body[name])
    return isPlainObject(value) ? value : this.refuse(name, 'Expected a dictionary of items.')
  }

  /** An object that is kept as it was said. A number that a double cannot hold becomes its text. */
  freeForm(name: string): object | undefined {
    const object = this.object(name)
    return object && (toPlain(object) as object)
  }

  /** A list of objects, also as a JSON text in a form. */
  objects(name: string, max: number): readonly Body[] | undefined {
    if (!this.has(name)) return undefined
    const value = readEmbedded(this.#body[name])
    if (!Array.isArray(value) || !value.every(isPlainObject)) return this.refuse(name, 'Expected a list of items.')
    return value.length <= max ? value : this.refuse(name, `Ensure this field has no more than ${max} elements.`)
  }

  /** Reads a list of objects of their own fields; their problems are told in the same order under its name. */
  nestedList<T>(name: string, max: number, read: (reader: Reader) => T): readonly T[] | undefined {
    const readers = this.objects(name, max)?.map((object) => new Reader(object))
    const values = readers?.map(read)
    const problems = readers?.map((reader) => reader.problems() ?? {}) ?? []
    return problems.some((one) => Object.keys(one).length > 0) ? this.refuseNested(name, problems) : values
  }

  /** Reads an object of its own fields; its problems are told under its name. */
  nested<T>(name: string, read: (reader: Reader) => T): T | undefined {
    const object = this.object(name)
    if (!object) return undefined
    const reader = new Reader(object)
    const value = read(reader)
    const problems = reader.problems()
    if (!problems) return value
    this.#problems[name] = problems
    return undefined
  }

  currency(name: string, required = false): string | undefined {
    const text = this.text(name, { required, max: 3 })
    if (text === undefined) return undefined
    return isCurrency(text) ? text : this.refuse(name, `"${text}" is not a valid choice.`)
  }

  /** A decimal text that `amountIn` can read in a currency. */
  amount(name: string, required = false): string | undefined {
    const text = this.text(name, { required })
    if (text === undefined) return undefined
    const problem = problemOfNumber(text, 'above 0')
    return problem === undefined ? plainDecimal(text) : this.refuse(name, problem)
  }

  /** An amount of this currency. */
  money(name: string, currency: string, required = false): Money | undefined {
    const amount = this.minor(name, currency, { floor: 'above 0', required })
    return amount === undefined ? undefined : { amount, currency }
  }

  /** Minor units of this currency, which may be nothing. */
  minor(name: string, currency: string, rule: Partial<NumberRule> = {}): bigint | undefined {
    const amount = this.scaled(name, { floor: 'from 0', ...rule, decimals: decimalsOf(currency) })
    if (amount === undefined || amount <= AMOUNT_MAX) return amount
    return this.refuse(name, tooHigh(formatAmount({ amount: AMOUNT_MAX, currency })))
  }

  /** A number, in units of its last decimal: 1.5 is 1500 when there may be three. */
  scaled(name: string, { decimals, floor, max, required = false }: NumberRule): bigint | undefined {
    const text = this.text(name, { required })
    if (text === undefined) return undefined
    const problem = problemOfNumber(text, floor) ?? problemOfPlaces(text, decimals)
    if (problem !== undefined) return this.refuse(name, problem)
    const value = scaledOf(text, decimals)
    const isFine = max === undefined || value <= max * 10n ** BigInt(decimals)
    return isFine ? value : this.refuse(name, tooHigh(max))
  }

  /** A number that is not negative, as `parseDecimal` reads it. */
  decimal(name: string, { decimals, max, required = false }: Omit<NumberRule, 'floor'>): string | undefined {
    const text = this.text(name, { required })
    if (text === undefined) return undefined
    const problem = problemOfNumber(text, 'from 0') ?? problemOfPlaces(text, decimals) ?? problemOfDigits(text)
    if (problem !== undefined) return this.refuse(name, problem)
    const isFine = max === undefined || scaledOf(text, decimals) <= max * 10n ** BigInt(decimals)
    return isFine ? plainDecimal(text) : this.refuse(name, tooHigh(max))
  }

  date(name: string, required = false): string | undefined {
    const text = this.text(name, { required })
    if (text === undefined) return undefined
    return parseDate(text) ? text : this.refuse(name, 'Date has wrong format. Use DD/MM/YYYY or YYYY-MM-DD.')
  }

  dateTime(name: string): Date | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    return parseDateTime(text) ?? this.refuse(name, 'Datetime has wrong format. Use DD/MM/YYYY hh:mm or ISO 8601.')
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    return parseDuration(text) ?? this.refuse(name, 'Duration has wrong format. Use [DD ]HH:MM:SS.')
  }
}

const tooHigh = (max: bigint | number | string): string => `Ensure this value is less than or equal to ${max}.`

function toPlain(value: unknown): unknown {
  if (value instanceof JsonNumber) return isSafeNumber(value.text) ? Number(value.text) : value.text
  if (Array.isArray(value)) return value.map(toPlain)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toPlain(item)]))
}

// In forms an object or a list is a JSON text. What is not is left to whoever wants to read it.
function readEmbedded(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return parseJsonText(value)
  } catch (error) {
    if (error instanceof AppError) return value
    throw error
  }
}
