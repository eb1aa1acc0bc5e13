// A command: the unit that a lane runs. Everything it may read is named beforehand; deciding is plain synchronous code.
import { AppError, type ErrorCode, type ErrorDetails } from '../errors.ts'
import type { Books, Need } from './books.ts'

export interface Command<T> {
  /** For metrics and errors, e.g. `capture`. */
  readonly name: string
  readonly needs: readonly Need[]
  /**
   * Reads and writes the books. Returns what the caller gets, or a `Refusal`: both keep what was written.
   * A throw undoes everything: `AppError` means that nothing happened, anything else is a bug and fails this command alone.
   * Ids, codes and times come from the command or from `books.now`, never from inside, so that it can be run again.
   */
  decide(books: Books): T | Refusal
}

/** A business refusal that leaves its traces: a wrong code is counted, a decline is recorded, a key stays bound to it. */
export class Refusal {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    this.code = code
    this.details = details
  }
}

/** Refuses and keeps what the command wrote so far. */
export const refuse = (code: ErrorCode, details?: ErrorDetails): Refusal => new Refusal(code, details)

export type Decision<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error }

/** Runs one command on the books, undoing what it wrote when it throws. */
export function decideCommand<T>(books: Books, command: Command<T>): Decision<T> {
  const mark = books.mark()
  try {
    const result = command.decide(books)
    if (result instanceof Refusal) return { kind: 'failed', error: new AppError(result.code, result.details) }
    return { kind: 'done', value: result }
  } catch (error) {
    books.rollback(mark)
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Whatever runs commands: the lane on PostgreSQL, the model in tests. */
export interface Runner {
  /** The command's result once it is committed. Rejects with `AppError` when it was refused, is overloaded or unknown. */
  run<T>(command: Command<T>): Promise<T>
}
