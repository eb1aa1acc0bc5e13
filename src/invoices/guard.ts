// What a payment of an invoice has to check in its own commit: between the page that showed the invoice and the payment it may
// have been cancelled, replaced or run out.
import { countTry, needVelocity } from '../bindings/velocity.ts'
import type { Books, Need } from '../books/books.ts'
import { hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { invoiceShelf, needInvoice } from './invoice.ts'

/** Rows that a command needs beside its own, and what it asks of them before it decides anything else. */
export interface Guard {
  readonly needs: readonly Need[]
  /** Throws an AppError when the command must not go on. */
  check(books: Books): void
}

/**
 * The guard of a payment through this link. Whether somebody else pays it is the claim's to say. Its check throws
 * `invoice_state_invalid` when it is cancelled or the link replaced, `invoice_expired`, and `velocity_exceeded` when so many
 * cards were tried that somebody is guessing.
 */
export function invoiceGuard(
  { settings }: Pick<Deps, 'settings'>,
  { id, linkId }: { readonly id: string; readonly linkId: string },
): Guard {
  const tries = `payments invoice ${id}`
  return {
    needs: [needInvoice(id), needVelocity(tries)],
    check: (books) => {
      const invoice = books.get(invoiceShelf, id)
      if (invoice.cancelledAt !== null || invoice.linkId !== linkId) throw new AppError('invoice_state_invalid')
      if (hasPassed(invoice.expiresAt, books.now)) throw new AppError('invoice_expired')
      const retryAfterSeconds = countTry(books, tries, settings.velocity.triesPerPage)
      if (retryAfterSeconds !== undefined) throw new AppError('velocity_exceeded', { retryAfterSeconds })
    },
  }
}

/** The guard of a payment on a page that a merchant opened for one order: only that nobody tries card after card. */
export function orderGuard({ settings }: Pick<Deps, 'settings'>, order: string): Guard {
  const tries = `payments order ${order}`
  return {
    needs: [needVelocity(tries)],
    check: (books) => {
      const retryAfterSeconds = countTry(books, tries, settings.velocity.triesPerPage)
      if (retryAfterSeconds !== undefined) throw new AppError('velocity_exceeded', { retryAfterSeconds })
    },
  }
}
