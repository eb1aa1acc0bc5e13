// Answers as XML. Only written, never read: there is no parser of it anywhere.

const NAME = /^[A-Za-z_][\w.-]*$/

/**
 * Writes an answer: `<response>`, an element for each member. A list becomes repeated elements of its name; one whose name is a
 * plural is an element with an element for each entry in it, `<parameters><parameter>…`. What is undefined is left out.
 */
export const writeXml = (answer: object): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<response>${writeMembers(answer)}</response>`

const writeMembers = (value: object): string =>
  Object.entries(value)
    .map(([name, member]) => writeElement(name, member))
    .join('')

function writeElement(name: string, value: unknown): string {
  if (!NAME.test(name)) throw new Error('a member of an answer cannot be an XML element')
  if (value === undefined || value === null) return ''
  if (!Array.isArray(value)) return `<${name}>${writeContent(value)}</${name}>`
  if (!name.endsWith('s')) return value.map((entry) => writeElement(name, entry)).join('')
  const entries = value.map((entry) => writeElement(name.slice(0, -1), entry))
  return `<${name}>${entries.join('')}</${name}>`
}

const writeContent = (value: unknown): string =>
  typeof value === 'object' && value !== null ? writeMembers(value) : escapeXml(String(value))

// What XML 1.0 cannot hold, not even as a reference: control characters, halves of surrogate pairs, U+FFFE and U+FFFF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;', // which a reader would otherwise take for a line feed
}

/** A text as it stands in an element or attribute, without characters that XML cannot hold. */
export const escapeXml = (text: string): string =>
  text.replace(ILLEGAL, '').replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? '')
