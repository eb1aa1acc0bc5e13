// Results as JSON and back, with bigint and Date marked, so that a replay answers what the first call answered.

/** A value made of JSON's types, bigint and Date, as plain JSON. */
export function encodeResult(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: value.toString() }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (Array.isArray(value)) return value.map(encodeResult)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, encodeResult(member)]))
}

/** The value that was encoded. */
export function decodeResult(encoded: unknown): unknown {
  if (Array.isArray(encoded)) return encoded.map(decodeResult)
  if (typeof encoded !== 'object' || encoded === null) return encoded
  if ('$bigint' in encoded) return BigInt(String(encoded.$bigint))
  if ('$date' in encoded) return new Date(String(encoded.$date))
  return Object.fromEntries(Object.entries(encoded).map(([key, member]) => [key, decodeResult(member)]))
}
