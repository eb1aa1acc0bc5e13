// The schemas of answers, made from examples that the documentation shows: what is in the one is in the other.
import Type, { type TUnsafe } from 'typebox'

/** The schema of answers like this one. Members that are only sometimes there are in it, too. */
export const answerLike = (example: object): TUnsafe<object> => Type.Unsafe<object>(describe(example))

function describe(value: unknown): { type: string; items?: object; properties?: Record<string, object> } {
  if (Array.isArray(value)) return { type: 'array', items: describe(value[0]) }
  if (typeof value !== 'object' || value === null) return { type: typeof value === 'number' ? 'integer' : 'string' }
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, describe(member)])),
  }
}
