// The address of a file: whoever knows it may read the file, and nobody can make one up.
import { bearerOf, readBearer } from '../bindings/bearer.ts'
import type { Codes } from '../deps.ts'
import type { Attachment } from './attachment.ts'
import { addressName } from './file.ts'

/** Below which all files are. */
export const FILES_PATH = '/b/attachments/'

/** Where the file is read. */
export const attachmentPath = (
  codes: Pick<Codes, 'mac'>,
  { id, filename }: Pick<Attachment, 'id' | 'filename'>,
): string => `${FILES_PATH}${bearerOf(codes, 'attachment', id)}/${encodeURIComponent(addressName(filename))}`

/** The id in the bearer of such a path; undefined for what we have not made. */
export const readFileBearer = (codes: Pick<Codes, 'mac'>, bearer: string): string | undefined =>
  readBearer(codes, 'attachment', bearer)

/** The id of the attachment whose address a URL is; undefined for any other text. */
export function readAttachmentUrl(codes: Pick<Codes, 'mac'>, url: string): string | undefined {
  const { pathname } = URL.canParse(url) ? new URL(url) : { pathname: '' }
  if (!pathname.startsWith(FILES_PATH)) return undefined
  return readFileBearer(codes, pathname.slice(FILES_PATH.length).replace(/\/.*$/, ''))
}
