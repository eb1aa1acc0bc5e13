// What invoices ask of whoever owns the claims: an invoice is paid once, by the payment that its claim names.
import type { Books, Need } from '../books/books.ts'

export interface Claim {
  /** The payment that is being tried; null when anybody may try. */
  readonly heldBy: string | null
  /** The payment that succeeded. */
  readonly paidBy: string | null
}

/** The claims, by the invoice's id. One that nobody has tried to pay has none. */
export interface Claims {
  /** The need of a command that decides by the claim. */
  needOf(id: string): Need
  /** The claim in a command that needed it. */
  findIn(books: Books, id: string): Claim | undefined
  /** The claims as they are now, to show them. */
  list(ids: readonly string[]): Promise<ReadonlyMap<string, Claim>>
}
