// A file as it is sent to be stored.
import { AppError } from '../../errors.ts'
import type { Body, UploadedFile } from './body.ts'
import { Reader } from './reader.ts'
import type { Identifiers } from './wire-operation.ts'

const BOTH = 'Please provide only `order_no` or `session_id`, not both.'
const NEITHER = 'You must provide either `session_id` or `order_no` to identify the PaymentTransaction.'

export interface Upload extends Identifiers {
  readonly file: UploadedFile | undefined
  /** Whether it gets a short address, too. */
  readonly isShort: boolean
}

/** Reads an upload. Throws `invalid_request` with what is wrong, each in one sentence. */
export function readUpload(body: Body): Upload {
  const reader = new Reader(body)
  const file = reader.file('file')
  const sessionId = reader.text('session_id', { max: 128 })
  const orderNo = reader.text('order_no', { max: 128 })
  const isShort = reader.boolean('shortify_attachment_url') ?? false
  reader.finish()
  if (sessionId !== undefined && orderNo !== undefined)
    throw new AppError('invalid_request', { fields: { session_id: BOTH, order_no: BOTH } })
  if (isShort && sessionId === undefined && orderNo === undefined)
    throw new AppError('invalid_request', { fields: { attachment_short_url: NEITHER } })
  return { file, sessionId, orderNo, isShort }
}
