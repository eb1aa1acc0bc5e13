// Bodies of this face: JSON, forms and multipart forms all become one object by field. Lists in forms are repeated names, with or
// without `[]`; objects in forms are JSON texts. Nothing that it says repeats what it read.
import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import { parseJson } from '../../http/json.ts'

/** A file of a multipart form. */
export interface UploadedFile {
  readonly filename: string
  readonly bytes: Buffer
}

/** By field: texts, lists of texts, files, and whatever JSON can hold; numbers are `JsonNumber`. */
export type Body = Readonly<Record<string, unknown>>

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
export const MULTIPART_TYPE = 'multipart/form-data'

export const NO_BODY: Body = Object.freeze(Object.create(null) as Record<string, unknown>)

/** Reads a body of one of the three types. Throws `invalid_request`. */
export function readBody(raw: Buffer, type: string, header: string): Body | Promise<Body> {
  switch (type) {
    case FORM_TYPE:
      return readForm(raw)
    case MULTIPART_TYPE:
      return readMultipart(raw, header)
    default:
      return readJson(raw)
  }
}

function readJson(raw: Buffer): Body {
  try {
    return parseJson(raw)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError('invalid_request', { message: `JSON parse error - ${error.message}` })
  }
}

const FIELDS_MAX = 200

function readForm(raw: Buffer): Body {
  if (!isUtf8(raw)) throw refuse('The form is not UTF-8.')
  const fields = createFields()
  for (const [name, value] of new URLSearchParams(raw.toString('utf8'))) fields.add(name, value)
  return fields.body
}

async function readMultipart(raw: Buffer, header: string): Promise<Body> {
  const form = await new Response(raw, { headers: { 'content-type': header } }).formData().catch(() => {
    throw refuse('Multipart form parse error.')
  })
  const fields = createFields()
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.add(name, value)
    else
      fields.add(name, { filename: value.name, bytes: Buffer.from(await value.arrayBuffer()) } satisfies UploadedFile)
  }
  return fields.body
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

// The replacement character is what bytes become that were not UTF-8 behind their percent signs.
const NO_TEXT = /[\0\ufffd]/

function createFields() {
  const body = Object.create(null) as Record<string, unknown>
  let count = 0
  const add = (written: string, value: string | UploadedFile): void => {
    if (++count > FIELDS_MAX) throw refuse('The form has too many fields.')
    const name = written.endsWith('[]') ? written.slice(0, -2) : written
    if (FORBIDDEN.has(name) || NO_TEXT.test(name) || (typeof value === 'string' && NO_TEXT.test(value)))
      throw refuse('The form contains characters or names that are not valid.')
    const known = body[name]
    if (written.endsWith('[]')) body[name] = [...(Array.isArray(known) ? known : []), value]
    else body[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]
  }
  return { body, add }
}

const refuse = (message: string): AppError => new AppError('invalid_request', { message })
