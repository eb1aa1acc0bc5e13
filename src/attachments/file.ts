// Which files are taken: by their name, their size, and whether they begin as files of that kind do, so that nobody stores a page of
// his own as something harmless.

export interface UploadedFile {
  /** As it was sent. */
  readonly filename: string
  readonly bytes: Buffer
}

/** A file that may be stored, under its name without a path and without what would not be seen. */
export interface AcceptedFile extends UploadedFile {
  readonly mediaType: string
}

/** How large a file may be. */
export const FILE_BYTES_MAX = 2_621_440 // 2.5 MB

/** What is said where a file was expected and none came. */
export const NO_FILE = 'No file was submitted.'

const NAME_MAX = 100 // characters
const SHOWN_MAX = 20

interface Kind {
  readonly mediaType: string
  /** One of these is how such files begin; anything goes where there are none. */
  readonly begins: readonly string[] // hexadecimal
}

const PDF = '255044462d' // %PDF-
const PNG = '89504e470d0a1a0a'
const JPEG = 'ffd8ff'
const OLE = 'd0cf11e0a1b11ae1' // Office before 2007, and what newer ones encrypt.
const RTF = '7b5c727466' // {\rtf, which word processors also save as .doc
const ZIP = '504b0304'
const OPEN_XML = 'application/vnd.openxmlformats-officedocument'

// In the order in which callers are told of them.
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['pdf', { mediaType: 'application/pdf', begins: [PDF] }],
  ['jpeg', { mediaType: 'image/jpeg', begins: [JPEG] }],
  ['png', { mediaType: 'image/png', begins: [PNG] }],
  ['doc', { mediaType: 'application/msword', begins: [OLE, RTF] }],
  ['docx', { mediaType: `${OPEN_XML}.wordprocessingml.document`, begins: [ZIP, OLE] }],
  ['jpg', { mediaType: 'image/jpeg', begins: [JPEG] }],
  ['xls', { mediaType: 'application/vnd.ms-excel', begins: [OLE] }],
  ['xlsx', { mediaType: `${OPEN_XML}.spreadsheetml.sheet`, begins: [ZIP, OLE] }],
  ['txt', { mediaType: 'text/plain', begins: [] }],
])

/** The file as it may be stored, or what is wrong with it, in the words of the contract where it has some. */
export function acceptFile({ filename, bytes }: UploadedFile): AcceptedFile | string {
  const name = bareName(filename)
  const extension = extensionOf(name)
  const kind = KINDS.get(extension)
  if (!kind) {
    const allowed = [...KINDS.keys()].join(', ')
    return `File extension '${extension.slice(0, SHOWN_MAX)}' is not allowed. Allowed extensions are: ${allowed}.`
  }
  if ([...name].length > NAME_MAX) return `Ensure this filename has no more than ${NAME_MAX} characters.`
  if (bytes.length === 0) return 'The submitted file is empty.'
  if (bytes.length > FILE_BYTES_MAX) return 'Ensure this file has no more than 2.5 MB.'
  if (!beginsAs(kind, bytes)) return `The content of this file is not that of a file with the extension '${extension}'.`
  return { filename: name, bytes, mediaType: kind.mediaType }
}

// Browsers have sent whole paths. Controls and marks that turn the direction of writing make a name look like another one.
const bareName = (filename: string): string =>
  (filename.normalize('NFC').split(/[/\\]/).at(-1) ?? '').replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}]/gu, '').trim()

const extensionOf = (name: string): string => /.\.([^.]+)$/u.exec(name)?.[1]?.toLowerCase() ?? ''

const beginsAs = ({ begins }: Kind, bytes: Buffer): boolean =>
  begins.length === 0 || begins.some((hex) => bytes.subarray(0, hex.length / 2).toString('hex') === hex)

/** The name by which a file is addressed: its extension is in lower case, as callers compare it. */
export const addressName = (filename: string): string =>
  filename.replace(/[^.]*$/, (extension) => extension.toLowerCase())

const QUOTABLE = /[^ -~]|["%\\]/gu // what not every browser reads in a quoted text
const NO_TOKEN = /['()*]/g

/** The value of Content-Disposition by which a browser saves a file under its name, in ASCII and as it is. */
export function dispositionOf(filename: string): string {
  const exact = encodeURIComponent(filename).replace(
    NO_TOKEN,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${filename.replace(QUOTABLE, '_')}"; filename*=UTF-8''${exact}`
}
