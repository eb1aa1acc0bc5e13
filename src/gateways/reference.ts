// The reference by which a gateway knows one of our operations: its id without dashes.

/** The reference of an operation. */
export const referenceOf = (operationId: string): string => operationId.replaceAll('-', '')

/** The operation that a reference names; undefined for a text that is none of ours. */
export function operationIdOf(reference: string): string | undefined {
  const match = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(reference)
  return match?.slice(1).join('-')
}
