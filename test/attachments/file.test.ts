import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptFile, addressName, dispositionOf, FILE_BYTES_MAX } from '../../src/attachments/file.ts'
import { BEGINNINGS, fileOf } from './files.ts'

const ALLOWED = 'pdf, jpeg, png, doc, docx, jpg, xls, xlsx, txt'

/** Names as somebody would write them who wants more than to store a file. */
const evilName = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '../',
        '..\\',
        '/',
        '\\',
        'C:',
        '%2e%2e%2f',
        '%00',
        '\0',
        '\r\n',
        '\n',
        '"',
        "'",
        ';',
        '=',
        '\u202e',
      ),
      fc.constantFrom('Set-Cookie: a=b', 'filename=x.html', 'فاتورة', 'é', '👍', '\ud800', '.', '.html', ' '),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .chain((parts) => fc.constantFrom(...BEGINNINGS.keys()).map((extension) => `${parts.join('')}a.${extension}`))

const acceptedName = (filename: string): string => {
  const [extension = ''] = filename.split('.').slice(-1)
  const accepted = acceptFile(fileOf(extension, filename))
  if (typeof accepted === 'string') throw new Error(accepted)
  return accepted.filename
}

test.each([...BEGINNINGS])('a file that ends as %s is taken if it begins as one', (extension) => {
  const accepted = acceptFile(fileOf(extension))
  expect(accepted).toMatchObject({ filename: `file.${extension}` })
  const page = { filename: `file.${extension}`, bytes: Buffer.from('<!doctype html><script>alert(1)</script>') }
  const taken = acceptFile(page)
  if (extension === 'txt') expect(taken).toMatchObject({ mediaType: 'text/plain' })
  else expect(taken).toBe(`The content of this file is not that of a file with the extension '${extension}'.`)
})

test('a file that is something else than its name says is not taken', () => {
  for (const [extension, { bytes }] of [...BEGINNINGS].filter(([name]) => name !== 'txt')) {
    const others = [...BEGINNINGS].filter(
      ([name, other]) => name !== extension && name !== 'txt' && other.bytes !== bytes,
    )
    for (const [, other] of others) {
      const isOffice = /^(doc|xls)/.test(extension) && /^(d0cf|504b|7b5c)/.test(other.bytes.toString('hex'))
      if (!isOffice) expect(acceptFile({ filename: `a.${extension}`, bytes: other.bytes })).toMatch(/^The content/)
    }
    expect(acceptFile({ filename: `a.${extension}`, bytes: bytes.subarray(0, 2) })).toMatch(/^The content/)
  }
})

test.each([
  ['a.zip', 'zip'],
  ['a.html', 'html'],
  ['a.pdf.html', 'html'],
  ['a.SVG', 'svg'],
  ['pdf', ''],
  ['.pdf', ''],
  ['a.', ''],
  ['a.pdf.', ''],
  ['', ''],
  ['a.pdf/', ''],
  [`a.${'x'.repeat(50)}`, 'x'.repeat(20)],
])('%j is refused for its extension, in the words of the contract', (filename, shown) => {
  const refused = acceptFile({ filename, bytes: fileOf('pdf').bytes })
  expect(refused).toBe(`File extension '${shown}' is not allowed. Allowed extensions are: ${ALLOWED}.`)
})

test('a name may have 100 characters, whatever they are', () => {
  for (const letter of ['a', 'ة', '👍']) {
    expect(acceptFile(fileOf('pdf', `${letter.repeat(96)}.pdf`))).toHaveProperty('mediaType')
    expect(acceptFile(fileOf('pdf', `${letter.repeat(97)}.pdf`))).toBe(
      'Ensure this filename has no more than 100 characters.',
    )
  }
})

test('a file may have 2.5 MB, and something must be in it', () => {
  const sized = (length: number) => acceptFile({ filename: 'a.txt', bytes: Buffer.alloc(length, 'a') })
  expect(sized(FILE_BYTES_MAX)).toHaveProperty('mediaType')
  expect(sized(FILE_BYTES_MAX + 1)).toBe('Ensure this file has no more than 2.5 MB.')
  expect(sized(0)).toBe('The submitted file is empty.')
})

describe('whatever a file is called', () => {
  test('its name is no path, and has nothing in it that is not seen', () => {
    fc.assert(
      fc.property(evilName, (filename) => {
        const name = acceptedName(filename)
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u)
        expect(name).toBe(name.trim())
        expect(filename.normalize('NFC')).toContain(name.slice(-4))
      }),
    )
  })

  test('it cannot write headers, and comes back as it was', () => {
    fc.assert(
      fc.property(evilName, (filename) => {
        const name = acceptedName(filename)
        const value = dispositionOf(name)
        const [, quoted, exact = ''] =
          /^attachment; filename="([ !#$&-[\]-~]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+^_`{}~.%-]*)$/.exec(value) ?? []
        expect(quoted, value).toBeDefined()
        expect(decodeURIComponent(exact)).toBe(name)
        expect(new Headers({ 'content-disposition': value }).get('content-disposition')).toBe(value)
      }),
    )
  })

  test('its address has one segment and ends with one of the extensions', () => {
    fc.assert(
      fc.property(evilName, (filename) => {
        const name = addressName(acceptedName(filename))
        const url = new URL(`http://florin.example/b/attachments/x/${encodeURIComponent(name)}`)
        expect(url.pathname.split('/')).toHaveLength(5)
        expect(decodeURIComponent(url.pathname.split('/')[4] ?? '')).toBe(name)
        expect(url.href).toMatch(/\.(?:pdf|jpeg|png|doc|docx|jpg|xls|xlsx|txt)$/)
      }),
    )
  })
})

test('an extension is known in any case, and addressed in lower case', () => {
  expect(acceptFile(fileOf('pdf', 'SCAN.PDF'))).toMatchObject({ filename: 'SCAN.PDF', mediaType: 'application/pdf' })
  expect(addressName('SCAN.PDF')).toBe('SCAN.pdf')
})

test('a path that a browser sent is cut off', () => {
  expect(acceptedName('C:\\fakepath\\bill.pdf')).toBe('bill.pdf')
  expect(acceptedName('../../etc/passwd.txt')).toBe('passwd.txt')
})
