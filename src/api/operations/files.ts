// The file that goes with a checkout: sent along, or stored before and named by its address.
import { attachmentPath } from '../../attachments/link.ts'
import { findStored, shortenAttachment, storeAttachment } from '../../attachments/store.ts'
import type { CheckoutDetails } from '../../checkouts/checkout.ts'
import type { OperationsDeps } from './context.ts'
import type { Wishes } from './wire-checkout.ts'

export interface FileRequest {
  readonly merchantId: string
  readonly details: CheckoutDetails
  readonly wishes: Pick<Wishes, 'attachment' | 'shortAttachmentUrl'>
}

/** The details with the file. Throws `invalid_request` for one that cannot be stored. */
export async function withFile(
  deps: OperationsDeps,
  { merchantId, details, wishes }: FileRequest,
): Promise<CheckoutDetails> {
  const { attachment: known, attachmentUrl: url, ...rest } = details
  const { attachment: file, shortAttachmentUrl: isShort } = wishes
  if (file) return { ...rest, attachment: await storeAttachment(deps, { merchantId, file, isShort }) }
  const named = url === undefined ? known : await findStored(deps, { merchantId, url })
  if (!named) return url === undefined ? rest : { ...rest, attachmentUrl: url }
  const isShortened = isShort && !('shortCode' in named)
  return { ...rest, attachment: isShortened ? await shortenAttachment(deps, named) : named }
}

/** Where the file of a checkout is read. */
export function fileUrls(
  { codes, baseUrl }: Pick<OperationsDeps, 'codes' | 'baseUrl'>,
  attachment: CheckoutDetails['attachment'],
): { readonly url: string; readonly shortUrl?: string } | undefined {
  if (!attachment) return undefined
  const { shortCode } = attachment
  return {
    url: baseUrl() + attachmentPath(codes, attachment),
    ...(shortCode !== undefined && { shortUrl: `${baseUrl()}/b/${shortCode}` }),
  }
}
