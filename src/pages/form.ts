// Forms as browsers post them: each field once, in UTF-8, bounded in size and number.
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

/** The fields of a form, by name. */
export type Form = ReadonlyMap<string, string>

const TYPE = 'application/x-www-form-urlencoded'
const FIELDS_MAX = 100

/** Lets the routes of a scope read forms and nothing else. The body is a `Form`; an empty one is empty. */
export function registerForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(TYPE, { parseAs: 'buffer' }, (_request, raw: Buffer, done) => {
    try {
      done(null, parseForm(raw))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** The body of a request, which a route of such a scope has read. Without one there are no fields. */
export const formOf = ({ body }: { readonly body: unknown }): Form => (body instanceof Map ? body : new Map())

/**
 * Reads a form. Throws `invalid_request`, without repeating what it read, for a field that is there twice, too many fields, and
 * text that is not UTF-8 or cannot be stored.
 */
export function parseForm(raw: Buffer): Form {
  if (!isUtf8(raw)) throw refuse('is not UTF-8')
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(raw.toString('utf8'))) {
    // Whoever reads the first or the last of two fields must see the same form as we do.
    if (form.has(name)) throw refuse('has a field twice')
    if (form.size === FIELDS_MAX) throw refuse('has too many fields')
    // The replacement character is what bytes become that were not UTF-8 behind their percent signs.
    if (/[\0\ufffd]/.test(name + value)) throw refuse('contains characters that are not valid text')
    form.set(name, value)
  }
  return form
}

const refuse = (problem: string): AppError => new AppError('invalid_request', { message: `The form ${problem}.` })
