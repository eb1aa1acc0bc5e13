// Results as JSON text and back, with bigint and Date marked, so that a replay answers what the first call answered.

/** A value made of JSON's types, bigint and Date, as JSON text. */
export const encodeResult = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, key: string, member: unknown) {
    const original = this[key] // A Date has become a text by now.
    if (original instanceof Date) return { $date: member }
    if (isMarked(member)) return { $object: Object.entries(member) }
    return typeof member === 'bigint' ? { $bigint: member.toString() } : member
  })

/** The value that was encoded. */
export const decodeResult = (text: string): unknown =>
  JSON.parse(text, (_key, member: unknown) => {
    if (!isMarked(member)) return member
    if ('$bigint' in member) return BigInt(String(member.$bigint))
    return '$date' in member
      ? new Date(String(member.$date))
      : Object.fromEntries(member.$object as [string, unknown][])
  })

// Callers may give metadata any names, those of the marks too; such an object travels as its entries.
const isMarked = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && ('$bigint' in value || '$date' in value || '$object' in value)
