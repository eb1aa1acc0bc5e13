// Requests described as tables of fields: one description reads a body, types what was read and becomes the documentation.
import Type, { type TUnsafe } from 'typebox'
import { AppError, invalidField } from '../../errors.ts'
import type { Fields } from './fields.ts'
import type { FieldRule } from './rules.ts'

interface Need<R extends boolean> {
  readonly rule: FieldRule
  readonly isRequired: R
}

/** A field that must be there and not be empty. */
export const required = (rule: FieldRule): Need<true> => ({ rule, isRequired: true })

/** A field that may be missing or empty, which is the same. */
export const optional = (rule: FieldRule): Need<false> => ({ rule, isRequired: false })

/** The fields of a request by their dotted names. Others may come, too, and are not looked at. */
export type Shape = Readonly<Record<string, Need<boolean>>>

/** What was read: each field as it arrived. */
export type ReadFields<S extends Shape> = {
  readonly [N in keyof S]: S[N] extends Need<true> ? string : string | undefined
}

/**
 * Reads the fields of a shape. Throws `field_missing`, `amount_invalid` or `invalid_request` for the first that is wrong, naming
 * it and never repeating it.
 */
export function readFields<S extends Shape>(shape: S, fields: Fields): ReadFields<S> {
  const read: Record<string, string | undefined> = {}
  for (const [name, { rule, isRequired }] of Object.entries(shape)) {
    const value = fields[name] === '' ? undefined : fields[name]
    if (value === undefined) {
      if (isRequired) throw missing(name)
    } else if (!rule.isValid(value)) throw wrong(name, rule)
    read[name] = value
  }
  return read as ReadFields<S>
}

/** A field that must be there. */
export const missing = (name: string): AppError =>
  new AppError('field_missing', { field: name, message: `${name} is required` })

const wrong = (name: string, { isAmount, problem }: FieldRule): AppError =>
  isAmount
    ? new AppError('amount_invalid', { field: name, message: `${name} ${problem}` })
    : invalidField(name, problem)

/** The schema of a body of this shape: all texts. */
export const schemaOf = (shape: Shape, description?: string): TUnsafe<Fields> =>
  Type.Unsafe<Fields>({
    type: 'object',
    ...(description !== undefined && { description }),
    required: Object.entries(shape)
      .filter(([, { isRequired }]) => isRequired)
      .map(([name]) => name),
    properties: Object.fromEntries(
      Object.entries(shape).map(([name, { rule }]) => [
        name,
        {
          type: 'string',
          description: rule.description,
          maxLength: rule.maxLength,
          ...(rule.pattern !== undefined && { pattern: rule.pattern }),
        },
      ]),
    ),
  })
