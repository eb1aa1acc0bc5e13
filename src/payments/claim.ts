// A claim: something that is paid once, such as an invoice. A payment holds it while it is tried and pays it when it succeeds;
// a second success is seen here and goes back to its payer.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'

export interface Claim {
  /** The obligation's own id. */
  readonly id: string
  /** The payment that is being tried; null when anybody may try. */
  readonly heldBy: string | null
  /** The first payment that succeeded. */
  readonly paidBy: string | null
}

export const claimShelf = tableShelf<Claim>({
  name: 'claims',
  columns: { id: 'uuid', heldBy: 'uuid', paidBy: 'uuid' },
  key: ['id'],
  mutable: ['heldBy', 'paidBy'],
})

export const needClaim = (id: string): Need => need(claimShelf, id)

/** Lets a payment try. Throws `claim_paid`, or `claim_held` while another payment's outcome is open. */
export function holdClaim(books: Books, id: string, paymentId: string): void {
  const claim = books.find(claimShelf, id) ?? { id, heldBy: null, paidBy: null }
  if (claim.paidBy !== null) throw new AppError('claim_paid')
  if (claim.heldBy !== null) throw new AppError('claim_held', { retryAfterSeconds: 5 })
  books.put(claimShelf, { ...claim, heldBy: paymentId })
}

/** The payment failed: others may try. */
export function freeClaim(books: Books, id: string | null, paymentId: string): void {
  if (id === null) return
  const claim = books.get(claimShelf, id)
  if (claim.heldBy === paymentId) books.put(claimShelf, { ...claim, heldBy: null })
}

/** The payment succeeded. False when another one had before: this one is surplus. */
export function payClaim(books: Books, id: string | null, paymentId: string): boolean {
  if (id === null) return true
  const claim = books.get(claimShelf, id)
  if (claim.paidBy !== null) return claim.paidBy === paymentId
  books.put(claimShelf, { ...claim, heldBy: paymentId, paidBy: paymentId })
  return true
}
