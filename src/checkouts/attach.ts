// The file that goes with a checkout: which one it names, counted at the file in the same commit.
import { type AttachmentRef, needAttachment, releaseAttachment, useAttachment } from '../attachments/attachment.ts'
import { deleteForgotten } from '../attachments/queries.ts'
import type { Books, Need, Note } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { claimShelf } from '../payments/claim.ts'
import { type CheckoutDetails, type CheckoutView, checkoutShelf, needCheckout } from './checkout.ts'
import { ownCheckout, viewOf } from './close.ts'
import { findCheckout } from './queries.ts'

type Details = Pick<CheckoutDetails, 'attachment'>

/** What a command needs that changes the one into the other; `before` as it was read beforehand. */
export const needFiles = (before: Details | undefined, after: Details): Need[] =>
  [...new Set([before?.attachment?.id, after.attachment?.id])].flatMap((id) =>
    id === undefined ? [] : [needAttachment(id)],
  )

export interface FileChange {
  readonly merchantId: string
  /** As the command found it beforehand. */
  readonly known?: Details
  /** As it is in the batch. */
  readonly before?: Details
  readonly after: Details
}

/**
 * Counts the file that a checkout names from now on, and no longer the one before. Throws `invalid_request` for one that is not the
 * merchant's, `claim_held` when the checkout has been given another one since it was read.
 */
export function exchangeFile(books: Books, { merchantId, known = {}, before = {}, after }: FileChange): void {
  const [old, next] = [before.attachment?.id, after.attachment?.id]
  if (old !== known.attachment?.id) throw new AppError('claim_held', { retryAfterSeconds: 1 })
  if (old === next) return
  if (next !== undefined) useAttachment(books, merchantId, next)
  if (old !== undefined) releaseAttachment(books, old)
}

/** After the commit that may have let go of this file: takes it away if it was the last. */
export async function tidyFile({ pool }: Pick<Deps, 'pool'>, { attachment }: Details): Promise<void> {
  if (attachment) await deleteForgotten(pool, attachment.id)
}

export interface AttachRequest {
  readonly merchantId: string
  readonly id: string
  readonly attachment: AttachmentRef
  readonly note?: Note
}

/**
 * The file goes with the checkout, whatever state that is in, in the place of one before. Throws `checkout_not_found`,
 * `invalid_request` for a file that is not the merchant's.
 */
export async function attachToCheckout(
  deps: Pick<Deps, 'lane' | 'pool'>,
  { merchantId, id, attachment, note }: AttachRequest,
): Promise<CheckoutView> {
  const known = await findCheckout(deps.pool, merchantId, id)
  if (!known) throw new AppError('checkout_not_found')
  const view = await deps.lane.run({
    name: 'attach to checkout',
    needs: [...needCheckout(id), ...needFiles(known.details, { attachment }), ...(note?.needs ?? [])],
    decide: (books) => {
      const checkout = ownCheckout(books, merchantId, id)
      const { attachmentUrl: _replaced, ...details } = checkout.details
      const after = { ...details, attachment }
      exchangeFile(books, { merchantId, known: known.details, before: details, after })
      note?.write(books)
      return viewOf(books.put(checkoutShelf, { ...checkout, details: after }), books.get(claimShelf, id))
    },
  })
  await tidyFile(deps, known.details)
  return view
}
