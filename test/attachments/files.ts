// Small files of every kind that is taken.
import type { UploadedFile } from '../../src/attachments/file.ts'

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const ZIP = Buffer.from('504b030414000600', 'hex')
const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex')
const OPEN_XML = 'application/vnd.openxmlformats-officedocument'

/** How files begin, and what they are called on the wire, by extension. */
export const BEGINNINGS: ReadonlyMap<string, { readonly bytes: Buffer; readonly mediaType: string }> = new Map([
  ['pdf', { bytes: Buffer.from('%PDF-1.7\n%\u00e2\u00e3'), mediaType: 'application/pdf' }],
  ['jpeg', { bytes: JPEG, mediaType: 'image/jpeg' }],
  ['png', { bytes: Buffer.from('89504e470d0a1a0a0000000d', 'hex'), mediaType: 'image/png' }],
  ['doc', { bytes: OLE, mediaType: 'application/msword' }],
  ['docx', { bytes: ZIP, mediaType: `${OPEN_XML}.wordprocessingml.document` }],
  ['jpg', { bytes: JPEG, mediaType: 'image/jpeg' }],
  ['xls', { bytes: OLE, mediaType: 'application/vnd.ms-excel' }],
  ['xlsx', { bytes: ZIP, mediaType: `${OPEN_XML}.spreadsheetml.sheet` }],
  ['txt', { bytes: Buffer.from('Pay within a week. شكرا'), mediaType: 'text/plain' }],
])

/** One with this extension, called `file` unless told. */
export const fileOf = (extension: string, filename = `file.${extension}`): UploadedFile => ({
  filename,
  bytes: BEGINNINGS.get(extension.toLowerCase())?.bytes ?? Buffer.from('?'),
})
