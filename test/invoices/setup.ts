// The claims of invoices, written as payments write them.
import { freeClaim, holdClaim, needClaim, payClaim } from '../../src/payments/claim.ts'
import type { Issuing } from '../helpers/seed.ts'

/** Lets a payment begin, fail or succeed, as far as the invoice's claim is concerned. */
export async function setClaim(
  { deps }: Pick<Issuing, 'deps'>,
  invoiceId: string,
  { state, paymentId }: { readonly state: 'held' | 'free' | 'paid'; readonly paymentId: string },
): Promise<void> {
  await deps.lane.run({
    name: 'set claim',
    needs: [needClaim(invoiceId)],
    decide: (books) => {
      switch (state) {
        case 'held':
          return holdClaim(books, invoiceId, { paymentId })
        case 'free':
          return freeClaim(books, invoiceId, paymentId, 'failed')
        case 'paid':
          holdClaim(books, invoiceId, { paymentId })
          payClaim(books, invoiceId, { paymentId, as: 'paid' })
      }
    },
  })
}
