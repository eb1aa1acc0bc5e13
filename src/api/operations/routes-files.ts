// Files that go with checkouts, stored before or after those are made.
import { FILE_BYTES_MAX, NO_FILE } from '../../attachments/file.ts'
import { storeAttachment } from '../../attachments/store.ts'
import { attachToCheckout } from '../../checkouts/attach.ts'
import { AppError } from '../../errors.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import { requirePermission } from '../../users/user.ts'
import { noteOf } from './audit.ts'
import { type Body, MULTIPART_TYPE } from './body.ts'
import type { OperationsDeps } from './context.ts'
import { EXAMPLES } from './examples.ts'
import { fileUrls } from './files.ts'
import { UPLOAD_BODY, UPLOAD_RESPONSE } from './schemas.ts'
import { requireSession } from './sessions.ts'
import { readUpload } from './wire-upload.ts'

/** A body with a file in it: the rest of the form besides. */
export const FILE_FORM_BYTES_MAX = FILE_BYTES_MAX + 128 * 1024

/** The route of uploads. */
export const fileRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/checkout/v1/upload-attachment/',
    bodyBytesMax: FILE_FORM_BYTES_MAX,
    bodyTypes: [MULTIPART_TYPE],
    summary: 'Store a file for a checkout',
    description: 'A multipart form. With `session_id` or `order_no` the file goes with that checkout at once.',
    body: UPLOAD_BODY,
    response: UPLOAD_RESPONSE,
    examples: EXAMPLES.upload,
    handle: (call) => upload(deps, call as unknown as Call<Body, Readonly<Record<string, string>>>),
  }),
]

interface UploadAnswer {
  readonly file_url: string
  readonly original_filename: string
  readonly attachment_short_url?: string
}

async function upload(
  deps: OperationsDeps,
  { principal, body, ip }: Call<Body, Readonly<Record<string, string>>>,
): Promise<UploadAnswer> {
  const { file, sessionId, orderNo, isShort } = readUpload(body)
  requirePermission(principal, 'e_commerce.add', 'e_commerce.change', 'payment_request.add', 'payment_request.change')
  const merchantId = principal.id
  const isNamed = sessionId !== undefined || orderNo !== undefined
  const session = isNamed
    ? await requireSession(deps, merchantId, { sessionId, orderNo }).catch(inOneSentence)
    : undefined
  const type = session?.checkout?.type
  if (type) requirePermission(principal, `${type}.add`, `${type}.change`)
  if (!file) throw new AppError('invalid_request', { fields: { file: NO_FILE } })
  const attachment = await storeAttachment(deps, { merchantId, file, isShort }).catch(inOneSentence)
  if (session?.checkout) {
    const note = noteOf({ principal, ip }, { action: `${session.checkout.type}.change`, objectId: session.id })
    await attachToCheckout(deps, { merchantId, id: session.id, attachment, note })
  }
  const urls = fileUrls(deps, attachment)
  return {
    file_url: urls?.url ?? '',
    original_filename: attachment.filename,
    ...(urls?.shortUrl !== undefined && { attachment_short_url: urls.shortUrl }),
  }
}

// The contract has no lists here.
function inOneSentence(error: unknown): never {
  if (!(error instanceof AppError)) throw error
  const { field, message, fields = field === undefined ? undefined : { [field]: message ?? '' } } = error.details
  if (!fields) throw error
  const sentences = Object.entries(fields).map(([name, problem]) => [
    name,
    Array.isArray(problem) ? problem[0] : problem,
  ])
  throw new AppError(error.code, { fields: Object.fromEntries(sentences) })
}
