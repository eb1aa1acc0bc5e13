// The schemas of answers, made from examples that the documentation shows: what is in the one is in the other.
import Type, { type TUnsafe } from 'typebox'

/** The schema of answers like this one, with the members that are only sometimes there. */
export const answerLike = (example: object, sometimes: object = {}): TUnsafe<object> =>
  Type.Unsafe<object>(describe({ ...example, ...sometimes }))

/** What the answers about charges have where the payer is to be sent on, and where a card was kept. */
export const OF_CHARGES = {
  redirect: { url: '', method: 'POST', target: '', parameters: [{ name: '', value: '' }] },
  registrationId: '',
}

// A result has a reason where there is one.
function describe(value: unknown): { type: string; items?: object; properties?: Record<string, object> } {
  if (Array.isArray(value)) return { type: 'array', items: describe(value[0]) }
  if (typeof value !== 'object' || value === null) return { type: typeof value === 'number' ? 'integer' : 'string' }
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        describe(name === 'result' ? { reason: '', ...(member as object) } : member),
      ]),
    ),
  }
}
