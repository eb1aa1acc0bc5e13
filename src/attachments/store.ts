// Stores a file, and gives it a short address where one is wanted.
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { drawShortCodes, needShortCodes, takeShortCode } from '../short-codes/short-code.ts'
import type { AttachmentRef } from './attachment.ts'
import { acceptFile, type UploadedFile } from './file.ts'
import { readAttachmentUrl } from './link.ts'
import { findAttachment, insertAttachment } from './queries.ts'

export interface StoreRequest {
  readonly merchantId: string
  readonly file: UploadedFile
  /** Whether it gets a short address, too. */
  readonly isShort: boolean
}

/**
 * The file is there, and is kept as long as a checkout names it; a month when none does. Throws `invalid_request` with what is wrong
 * with it, in the words of the contract.
 */
export async function storeAttachment(
  deps: Pick<Deps, 'lane' | 'pool'>,
  { merchantId, file, isShort }: StoreRequest,
): Promise<AttachmentRef> {
  const accepted = acceptFile(file)
  if (typeof accepted === 'string') throw new AppError('invalid_request', { field: 'file', message: accepted })
  const id = newId()
  // No money depends on it, and a batch that carried so many bytes would keep others waiting.
  await insertAttachment(deps.pool, { ...accepted, id, merchantId })
  const attachment = { id, filename: accepted.filename }
  return isShort ? shortenAttachment(deps, attachment) : attachment
}

/** Gives it a short address; one that it has stays good. */
export async function shortenAttachment(
  { lane }: Pick<Deps, 'lane'>,
  attachment: AttachmentRef,
): Promise<AttachmentRef> {
  const candidates = drawShortCodes()
  const shortCode = await lane.run({
    name: 'shorten attachment',
    needs: needShortCodes(candidates),
    decide: (books) => takeShortCode(books, candidates, { kind: 'attachment', targetId: attachment.id }),
  })
  return { ...attachment, shortCode }
}

/** The merchant's stored file whose address this is; undefined when it is none, another's, or gone. */
export async function findStored(
  { pool, codes }: Pick<Deps, 'pool' | 'codes'>,
  { merchantId, url }: { readonly merchantId: string; readonly url: string },
): Promise<AttachmentRef | undefined> {
  const id = readAttachmentUrl(codes, url)
  const found = id === undefined ? undefined : await findAttachment(pool, id)
  return found?.merchantId === merchantId ? { id: found.id, filename: found.filename } : undefined
}
