// A claim: something that is paid once, such as an invoice or a checkout. A payment holds it while it is tried and pays it when it
// succeeds; a second success is seen here and goes back to its payer.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { AppError } from '../errors.ts'
import { type ClaimState, isClaimStep, isPayable } from './claim-states.ts'

export interface Claim {
  /** The obligation's own id. */
  readonly id: string
  readonly state: ClaimState
  /** The payment that is being tried; null when anybody may try. */
  readonly heldBy: string | null
  /** The first payment that succeeded. */
  readonly paidBy: string | null
  /** Whether the payment that holds it is the last one that may be tried. */
  readonly isLastTry: boolean
}

export const claimShelf = tableShelf<Claim>({
  name: 'claims',
  columns: { id: 'uuid', state: 'text', heldBy: 'uuid', paidBy: 'uuid', isLastTry: 'boolean' },
  key: ['id'],
  mutable: ['state', 'heldBy', 'paidBy', 'isLastTry'],
})

export const needClaim = (id: string): Need => need(claimShelf, id)

/** A claim that nobody has tried to pay. */
export const newClaim = (id: string): Claim => ({ id, state: 'created', heldBy: null, paidBy: null, isLastTry: false })

/** Lets a payment try. Throws `claim_paid`, `claim_closed`, or `claim_held` while another payment's outcome is open. */
export function holdClaim(
  books: Books,
  id: string,
  by: { readonly paymentId: string; readonly isLastTry?: boolean | undefined },
): void {
  const claim = books.find(claimShelf, id) ?? newClaim(id)
  if (claim.paidBy !== null || isPaid(claim.state)) throw new AppError('claim_paid')
  if (!isPayable(claim.state)) throw new AppError('claim_closed')
  if (claim.heldBy !== null) throw new AppError('claim_held', { retryAfterSeconds: 5 })
  const state = claim.state === 'created' ? 'pending' : claim.state
  books.put(claimShelf, { ...claim, state, heldBy: by.paymentId, isLastTry: by.isLastTry ?? false })
}

/** How a payment failed, for what it was to pay: refused, given up by its payer, or it could not be tried at all. */
export type Failure = 'failed' | 'canceled' | 'error'

/** The payment failed: others may try, unless it was the last. */
export function freeClaim(books: Books, id: string | null, paymentId: string, failure: Failure): void {
  if (id === null) return
  const claim = books.get(claimShelf, id)
  if (claim.heldBy !== paymentId) return
  books.put(claimShelf, { ...claim, state: stateAfter(claim, failure), heldBy: null })
}

function stateAfter({ state, isLastTry }: Claim, failure: Failure): ClaimState {
  if (!isPayable(state)) return state
  if (isLastTry) return failure === 'canceled' ? 'expired' : 'failed'
  return failure === 'error' ? state : 'attempted'
}

/**
 * The payment succeeded. False when another one had before, or nobody wants it any more: this one is surplus. A success that comes
 * late counts where time or failures had closed the claim, and not where the merchant had.
 */
export function payClaim(
  books: Books,
  id: string | null,
  by: { readonly paymentId: string; readonly as: 'authorized' | 'paid' },
): boolean {
  if (id === null) return true
  const claim = books.get(claimShelf, id)
  if (claim.paidBy !== null) return claim.paidBy === by.paymentId
  if (!isClaimStep(claim.state, by.as)) {
    if (claim.heldBy === by.paymentId) books.put(claimShelf, { ...claim, heldBy: null })
    return false
  }
  books.put(claimShelf, { ...claim, state: by.as, heldBy: by.paymentId, paidBy: by.paymentId })
  return true
}

/** Writes the claim's next state. Throws `checkout_state_invalid` when the step is not in the table. */
export function advanceClaim(books: Books, claim: Claim, state: ClaimState): Claim {
  if (!isClaimStep(claim.state, state)) throw new AppError('checkout_state_invalid')
  return books.put(claimShelf, { ...claim, state })
}

const isPaid = (state: ClaimState): boolean => state === 'paid' || state === 'authorized' || state === 'cod'
