// An attachment: a file that a merchant hands to payers with a checkout. It belongs to its merchant, any number of its checkouts may
// name it, and it goes with the last of them.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { after, DAY_MS, hasPassed } from '../clock.ts'
import { AppError } from '../errors.ts'

/** Without its bytes, which no command reads. */
export interface Attachment {
  readonly id: string
  readonly merchantId: string
  readonly filename: string
  readonly mediaType: string
  /** How many checkouts name it. */
  readonly uses: number
  /** When the last checkout that named it was gone. */
  readonly forgottenAt: Date | null
  readonly createdAt: Date
}

/** How it is named elsewhere. */
export type AttachmentRef = Pick<Attachment, 'id' | 'filename'> & {
  /** Six characters of a short address. */
  readonly shortCode?: string
}

export const attachmentShelf = tableShelf<Attachment>({
  name: 'attachments',
  columns: {
    id: 'uuid',
    merchantId: 'uuid',
    filename: 'text',
    mediaType: 'text',
    uses: 'integer',
    forgottenAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['id'],
  mutable: ['uses', 'forgottenAt'],
})

/** How long one is kept that no checkout has named. */
export const UNUSED_LIFE_MS = 30 * DAY_MS

export const needAttachment = (id: string): Need => need(attachmentShelf, id)

/** A checkout of this merchant names it from now on. Throws `invalid_request` when it is another's, or gone. */
export function useAttachment(books: Books, merchantId: string, id: string): void {
  const attachment = books.find(attachmentShelf, id)
  if (attachment?.merchantId !== merchantId || isGone(attachment, books.now))
    throw new AppError('invalid_request', { field: 'attachment', message: 'There is no such file.' })
  books.put(attachmentShelf, { ...attachment, uses: attachment.uses + 1 })
}

/** A checkout names it no longer. With the last one it is forgotten, and `deleteForgotten` takes it away after the commit. */
export function releaseAttachment(books: Books, id: string): void {
  const attachment = books.get(attachmentShelf, id)
  const uses = attachment.uses - 1
  books.put(attachmentShelf, { ...attachment, uses, forgottenAt: uses === 0 ? books.now : null })
}

const isGone = ({ forgottenAt, uses, createdAt }: Attachment, now: Date): boolean =>
  forgottenAt !== null || (uses === 0 && hasPassed(after(createdAt, UNUSED_LIFE_MS), now))
