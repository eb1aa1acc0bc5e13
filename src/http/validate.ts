// Checks bodies and query strings against their TypeBox schemas. Only the first problem is reported, and its message
// names the field.
import { Ajv, type ErrorObject, type FuncKeywordDefinition, type SchemaObject } from 'ajv'
import type { TSchema } from 'typebox'
import { AppError, invalidField } from '../errors.ts'
import { isPlainObject, JsonNumber } from './json.ts'

/** Returns what was accepted, with whole numbers as numbers; throws `invalid_request` naming the field. */
export type Check = (value: unknown) => unknown

type Source = 'body' | 'query'

/** A check of JSON bodies. Nothing is coerced and unknown members are left alone. */
export function compileBody(schema: TSchema | undefined): Check {
  if (!schema) return (body) => body
  const validate = compile(schema, 'body')
  return (body) => {
    if (body === undefined) throw new AppError('invalid_request', { message: 'A JSON body is required.' })
    validate(body)
    return body
  }
}

/**
 * A check of query strings. A list may be written `a=1&a=2` or `a[]=1&a[]=2`; anything else may be given once. Whole
 * numbers become numbers.
 */
export function compileQuery(schema: TSchema | undefined): Check {
  if (!schema) return () => ({})
  const validate = compile(schema, 'query')
  const properties = Object.entries((schema as SchemaObject).properties as Record<string, SchemaObject>)
  const fields = properties.map(([name, field]) => ({ name, isList: field.type === 'array' }))
  return (query) => {
    const accepted: Record<string, unknown> = {}
    for (const { name, isList } of fields) {
      const value = readField(query as Record<string, unknown>, name, isList)
      if (value !== undefined) accepted[name] = value
    }
    validate(accepted)
    return accepted
  }
}

function readField(query: Record<string, unknown>, name: string, isList: boolean): unknown {
  const value = query[name]
  const texts = value === undefined ? [] : [value].flat()
  if (isList) {
    const bracketed = query[`${name}[]`]
    if (bracketed !== undefined) texts.push(...[bracketed].flat())
  }
  if (texts.length === 0) return undefined
  if (texts.some((text) => String(text).includes('\0')))
    throw invalidField(name, 'contains a character that is not valid')
  if (isList) return texts
  if (texts.length > 1) throw invalidField(name, 'must be given once')
  return texts[0]
}

const INTEGER = /^-?\d{1,15}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

// What JSON Schema cannot say of numbers that are kept as text. `prepare` puts these keywords where the schemas say
// `type: number`, `type: integer`, `type: object` and `format: uuid`, so that faces and their documents stay plain.
const KEYWORDS: readonly FuncKeywordDefinition[] = [
  { keyword: 'jsonNumber', errors: false, validate: (_: boolean, value: unknown) => value instanceof JsonNumber },
  { keyword: 'jsonObject', errors: false, validate: (_: boolean, value: unknown) => isPlainObject(value) },
  {
    keyword: 'wholeNumber',
    errors: false,
    modifying: true,
    validate: ({ minimum, maximum, source }: WholeNumber, value: unknown, _, place) => {
      const text =
        value instanceof JsonNumber ? value.text : source === 'query' && typeof value === 'string' ? value : ''
      if (!INTEGER.test(text) || !place) return false
      const number = Number(text)
      place.parentData[place.parentDataProperty] = number
      return number >= minimum && number <= maximum
    },
  },
  {
    keyword: 'uuidText',
    errors: false,
    modifying: true, // RFC 9562: accepted in any case; we compare the canonical one.
    validate: (_: boolean, value: unknown, __, place) => {
      if (typeof value !== 'string' || !place) return false
      if (UUID.test(value)) return true
      const canonical = value.toLowerCase()
      place.parentData[place.parentDataProperty] = canonical
      return UUID.test(canonical)
    },
  },
]

interface WholeNumber {
  readonly minimum: number
  readonly maximum: number
  readonly source: Source
}

const FORMATS = {
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}(?::?\d{2})?)$/,
  email: /^[^\s@]{1,64}@[^\s@]{1,190}$/,
  ipv4: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/,
  uri: (text: string) => URL.canParse(text),
}

function compile(schema: TSchema, source: Source): (value: unknown) => void {
  // `verbose` puts the keyword's own schema into errors, for messages that say what would be right.
  const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, verbose: true, formats: FORMATS })
  for (const keyword of KEYWORDS) ajv.addKeyword(keyword)
  const validate = ajv.compile(prepare(schema as SchemaObject, source))
  return (value) => {
    if (validate(value)) return
    throw describe(validate.errors ?? [])
  }
}

function prepare(schema: SchemaObject, source: Source): SchemaObject {
  const { properties, patternProperties, items, anyOf, format, ...rest } = schema
  if (Array.isArray(rest.type)) return { anyOf: rest.type.map((type) => prepare({ ...schema, type }, source)) }
  if (rest.type === 'number') {
    if (format !== 'decimal' || source === 'query')
      throw new Error('a number in a request is described by amountSchema()')
    return { jsonNumber: true }
  }
  if (rest.type === 'integer') {
    const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = rest
    return { wholeNumber: { minimum, maximum, source } }
  }
  if (anyOf?.every((choice: SchemaObject) => typeof choice.const === 'string')) {
    return { enum: anyOf.map((choice: SchemaObject) => choice.const) }
  }
  const all = (schemas: Record<string, SchemaObject>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, field]) => [name, prepare(field, source)]))
  return {
    ...rest,
    ...(rest.type === 'object' && { jsonObject: true }),
    ...(format === 'uuid' ? { uuidText: true } : format !== undefined && { format }),
    ...(properties && { properties: all(properties) }),
    ...(patternProperties && { patternProperties: all(patternProperties) }),
    ...(isPlainObject(items) && { items: prepare(items, source) }),
    ...(anyOf && { anyOf: anyOf.map((choice: SchemaObject) => prepare(choice, source)) }),
    ...(isPlainObject(rest.additionalProperties) && {
      additionalProperties: prepare(rest.additionalProperties, source),
    }),
  }
}

// The last error is the outermost, but of a choice the first branch's says more than "must match one of several".
function describe(errors: readonly ErrorObject[]): AppError {
  const last = errors.at(-1)
  const error = last?.keyword === 'anyOf' ? (errors[0] ?? last) : last
  if (!error) throw new Error('a schema refused a value without saying why')
  const path = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty)
    return invalidField(path === '' ? missing : `${path}.${missing}`, 'is required')
  }
  return invalidField(path === '' ? 'The body' : path, problemOf(error))
}

function problemOf({ keyword, schema, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'jsonNumber':
      return 'must be a number'
    case 'jsonObject':
      return 'must be an object'
    case 'wholeNumber': {
      const { minimum, maximum } = schema as WholeNumber
      if (minimum === Number.MIN_SAFE_INTEGER) return 'must be a whole number'
      return maximum === Number.MAX_SAFE_INTEGER
        ? `must be a whole number of at least ${minimum}`
        : `must be a whole number from ${minimum} to ${maximum}`
    }
    case 'uuidText':
      return 'must be a UUID'
    case 'type':
      return `must be ${TYPES[String(schema)] ?? String(schema)}`
    case 'const':
    case 'enum':
      return `must be one of ${[schema].flat().join(', ')}`
    case 'minLength':
      return schema === 1 ? 'must not be empty' : `must have at least ${schema} characters`
    case 'maxLength':
      return `must have at most ${schema} characters`
    case 'minItems':
      return schema === 1 ? 'must not be empty' : `must have at least ${schema} entries`
    case 'maxItems':
      return `must have at most ${schema} entries`
    case 'pattern':
      return 'has the wrong format'
    case 'format':
      return `must be ${FORMAT_NAMES[String(schema)] ?? `a valid ${schema}`}`
    case 'additionalProperties':
      return `must not have the member ${params.additionalProperty}`
    default:
      return message ?? 'is not valid'
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  date: 'a date such as 2025-03-19',
  'date-time': 'a timestamp such as 2025-03-19T09:51:17.009Z',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  uri: 'a URL',
}
