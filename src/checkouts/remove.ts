// Deletes a checkout and brings one back. What was paid is only hidden; anything else is gone for good with its file, but for a tombstone
// by which a payment that succeeds late still finds its parent.
import type { Books } from '../books/books.ts'
import { need } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { advanceClaim, claimShelf } from '../payments/claim.ts'
import { exchangeFile, needFiles, tidyFile } from './attach.ts'
import {
  type Checkout,
  type CheckoutDetails,
  type CheckoutView,
  checkoutAttemptShelf,
  checkoutShelf,
  needCheckout,
} from './checkout.ts'
import { checkoutInvoiceShelf, forgotten, invoiceKey, needInvoice } from './checkout-invoice.ts'
import { type CloseRequest, ownCheckout, viewOf } from './close.ts'
import { recordCheckout } from './events.ts'
import { findInvoice } from './invoice-queries.ts'
import { findCheckoutById, listAttempts } from './queries.ts'

/** Hides what was paid, or removes it for good. Throws `checkout_not_found`, also when it was deleted before. */
export async function deleteCheckout(
  deps: Pick<Deps, 'lane' | 'pool'>,
  { merchantId, id, note }: CloseRequest,
): Promise<CheckoutView> {
  const invoice = await findInvoice(deps.pool, id)
  const eventId = newId()
  const [known, attempts] = [await findCheckoutById(deps.pool, id), await listAttempts(deps.pool, id)]
  const details = known?.details ?? NOTHING
  const view = await deps.lane.run({
    name: 'delete checkout',
    needs: [
      ...needCheckout(id),
      ...needFiles(details, NOTHING),
      ...attempts.map(({ paymentId }) => need(checkoutAttemptShelf, paymentId)),
      ...(invoice ? [needInvoice(invoice)] : []),
      ...(note?.needs ?? []),
    ],
    decide: (books) => {
      const checkout = ownCheckout(books, merchantId, id)
      const claim = books.get(claimShelf, id)
      note?.write(books)
      if (IS_KEPT.has(claim.state))
        return viewOf(books.put(checkoutShelf, { ...checkout, deletedAt: books.now }), claim)
      // One that began since we looked would keep its card.
      if (claim.heldBy !== null && !attempts.some(({ paymentId }) => paymentId === claim.heldBy))
        throw new AppError('claim_held', { retryAfterSeconds: 1 })
      for (const { paymentId } of attempts) eraseAttempt(books, paymentId)
      if (invoice) books.put(checkoutInvoiceShelf, forgotten(books.get(checkoutInvoiceShelf, invoiceKey(invoice))))
      recordCheckout(books, 'checkout.deleted', { checkout, eventId })
      exchangeFile(books, { merchantId, known: details, before: checkout.details, after: NOTHING })
      return viewOf(erase(books, checkout), advanceClaim(books, claim, 'deleted'))
    },
  })
  if (view.state === 'deleted') await tidyFile(deps, details)
  return view
}

const NOTHING: CheckoutDetails = {}

const IS_KEPT: ReadonlySet<string> = new Set(['paid', 'authorized', 'cod'])

// What stays says nothing about anybody: ids, the merchant, amounts and times.
const erase = (books: Books, checkout: Checkout): Checkout =>
  books.put(checkoutShelf, {
    ...checkout,
    orderNo: null,
    customerId: null,
    redirectUrl: null,
    webhookUrl: null,
    details: NOTHING,
    initiator: null,
    shortCode: null,
    expiryDueAt: null,
    deletedAt: books.now,
  })

function eraseAttempt(books: Books, paymentId: string): void {
  books.put(checkoutAttemptShelf, { ...books.get(checkoutAttemptShelf, paymentId), card: null })
}

/** Brings a hidden checkout back as it was. Throws `checkout_not_found` when there is none, or it is gone for good. */
export async function restoreCheckout(
  deps: Pick<Deps, 'lane' | 'pool'>,
  { merchantId, id, note }: CloseRequest,
): Promise<CheckoutView> {
  if (!(await findCheckoutById(deps.pool, id))) throw new AppError('checkout_not_found')
  return deps.lane.run({
    name: 'restore checkout',
    needs: [...needCheckout(id), ...(note?.needs ?? [])],
    decide: (books) => {
      const [checkout, claim] = [books.get(checkoutShelf, id), books.get(claimShelf, id)]
      const isHidden = checkout.merchantId === merchantId && checkout.deletedAt !== null && IS_KEPT.has(claim.state)
      if (!isHidden) throw new AppError('checkout_not_found')
      note?.write(books)
      return viewOf(books.put(checkoutShelf, { ...checkout, deletedAt: null }), claim)
    },
  })
}
