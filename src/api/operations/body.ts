// Bodies of this face: JSON, forms and multipart forms all become one object by field. Lists in forms are repeated names, with or
// without `[]`, or JSON texts; objects in forms are JSON texts. Nothing that it says repeats what it read.
import { isUtf8 } from 'node:buffer'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { AppError } from '../../errors.ts'
import { parseJson } from '../../http/json.ts'

/** A file of a multipart form. Its name, which has no folders, and its type are what the caller says they are. */
export interface UploadedFile {
  readonly filename: string
  readonly type: string
  readonly bytes: Buffer
}

/** By field: texts, lists of texts, files, and whatever JSON can hold; numbers are `JsonNumber`. */
export type Body = Readonly<Record<string, unknown>>

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
export const MULTIPART_TYPE = 'multipart/form-data'

export const NO_BODY: Body = Object.freeze(Object.create(null) as Record<string, unknown>)

/** How much of a body may be anything but files: what every other body may be. */
const TEXT_BYTES_MAX = 64 * 1024

/** Reads a body of one of the three types. Throws `invalid_request`, and `body_too_large` for more text than is kept anywhere. */
export function readBody(raw: Buffer, type: string, header: string): Body | Promise<Body> {
  if (type !== MULTIPART_TYPE) requireShort(raw.length)
  switch (type) {
    case FORM_TYPE:
      return readForm(raw)
    case MULTIPART_TYPE:
      return readMultipart(raw, header)
    default:
      return readJson(raw)
  }
}

function requireShort(bytes: number): void {
  if (bytes > TEXT_BYTES_MAX) throw new AppError('body_too_large')
}

function readJson(raw: Buffer): Body {
  try {
    return Object.assign(Object.create(null) as Body, parseJson(raw))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError('invalid_request', { message: `JSON parse error - ${error.message}` })
  }
}

const FIELDS_MAX = 100

function readForm(raw: Buffer): Body {
  if (!isUtf8(raw)) throw refuse('The form is not UTF-8.')
  const fields = createFields()
  for (const [name, value] of new URLSearchParams(raw.toString('utf8'))) fields.add(name, value)
  return fields.body
}

async function readMultipart(raw: Buffer, header: string): Promise<Body> {
  const fields = createFields()
  const parts = await readParts(raw, header)
  requireShort(parts.reduce((sum, { filename, bytes }) => (filename === undefined ? sum + bytes.length : sum), 0))
  for (const part of parts) {
    if (!PLAIN_ENCODINGS.has(part.encoding)) throw refuse('The form has a part in an encoding that is not read.')
    const { name, filename, type, bytes } = part
    if (filename === undefined) fields.add(name, readText(bytes))
    // What a browser sends for a file that was not chosen.
    else if (filename !== '' || bytes.length > 0) fields.add(name, { filename, type, bytes })
  }
  return fields.body
}

const PLAIN_ENCODINGS = new Set(['7bit', '8bit', 'binary'])

function readText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw refuse('The form is not UTF-8.')
  return bytes.toString('utf8')
}

interface Part {
  readonly name: string
  /** Undefined when it is a field, not a file. */
  readonly filename: string | undefined
  readonly type: string
  readonly encoding: string
  readonly bytes: Buffer
}

// Every part is read as bytes, so that text is decoded in one way only: ours.
function readParts(raw: Buffer, header: string): Promise<Part[]> {
  return new Promise((resolve, reject) => {
    const broken = () => reject(refuse('Multipart form parse error.'))
    const parser = createParser(header)
    const parts: Part[] = []
    parser.on('file', (name: string | undefined, stream, filename: string | undefined, encoding, type) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', broken)
      stream.on('end', () =>
        name === undefined ? broken() : parts.push({ name, filename, type, encoding, bytes: Buffer.concat(chunks) }),
      )
    })
    parser.on('partsLimit', () => reject(tooManyFields()))
    parser.on('error', broken)
    parser.on('finish', () => resolve(parts))
    parser.end(raw)
  })
}

function createParser(header: string): BusboyInstance {
  try {
    return Busboy({
      headers: { 'content-type': header },
      limits: { parts: FIELDS_MAX, headerPairs: 20, headerSize: 8 * 1024 },
      isPartAFile: () => true,
    })
  } catch {
    throw refuse('Multipart form parse error.') // Such as a type without a boundary.
  }
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

// The replacement character is what bytes become that were not UTF-8 behind their percent signs.
const NO_TEXT = /[\0\ufffd]/

function createFields() {
  const body = Object.create(null) as Record<string, unknown>
  let count = 0
  const add = (written: string, value: string | UploadedFile): void => {
    if (++count > FIELDS_MAX) throw tooManyFields()
    const name = written.endsWith('[]') ? written.slice(0, -2) : written
    const text = typeof value === 'string' ? value : value.filename
    if (FORBIDDEN.has(name) || NO_TEXT.test(name) || NO_TEXT.test(text))
      throw refuse('The form contains characters or names that are not valid.')
    const known = body[name]
    if (written.endsWith('[]')) body[name] = [...(Array.isArray(known) ? known : []), value]
    else body[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]
  }
  return { body, add }
}

const refuse = (message: string): AppError => new AppError('invalid_request', { message })

const tooManyFields = (): AppError => refuse('The form has too many fields.')
