// What connectors share in reading answers: JSON that may be anything, and errors of the transport.
import type { Outcome } from './connector.ts'
import { NotSentError, UnansweredError } from './http.ts'

export type Json = Readonly<Record<string, unknown>>

/** The object that the text is in JSON; undefined for anything else, a cut one included. */
export function readObject(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The value as an object, if it is one. */
export const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

/** What an error of the transport means. Throws any other error: it is a bug, and says nothing of the gateway. */
export function outcomeOf(error: unknown): Extract<Outcome, { kind: 'unknown' | 'not_sent' }> {
  if (error instanceof NotSentError) return { kind: 'not_sent', cause: error.message }
  if (error instanceof UnansweredError) return { kind: 'unknown', cause: error.message }
  throw error
}
