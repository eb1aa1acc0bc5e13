import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Body, FORM_TYPE, JSON_TYPE, MULTIPART_TYPE, readBody } from '../../../src/api/operations/body.ts'
import { Reader } from '../../../src/api/operations/reader.ts'
import { AppError } from '../../../src/errors.ts'
import { isPlainObject, JsonNumber } from '../../../src/http/json.ts'

const BOUNDARY = 'a-boundary'
const HEADER = `multipart/form-data; boundary=${BOUNDARY}`

const readJson = async (text: string) => readBody(Buffer.from(text), JSON_TYPE, JSON_TYPE)
const readForm = async (text: string) => readBody(Buffer.from(text), FORM_TYPE, FORM_TYPE)
const readParts = async (raw: Buffer, header = HEADER) => readBody(raw, MULTIPART_TYPE, header)

interface Shape {
  readonly before?: string
  readonly after?: string
}

/** A multipart body of parts that are written as they go over the wire. */
const parts = (written: readonly (string | Buffer)[], { before = '', after = '\r\n' }: Shape = {}): Buffer =>
  Buffer.concat([
    Buffer.from(before),
    ...written.map((part) => Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n`), Buffer.from(part), Buffer.from('\r\n')])),
    Buffer.from(`--${BOUNDARY}--${after}`),
  ])

const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`

const codeOf = async (read: () => Promise<Body>): Promise<string | undefined> =>
  read().then(
    () => undefined,
    (reason: unknown) => (reason instanceof AppError ? reason.code : String(reason)),
  )

const refusal = async (body: Promise<Body>): Promise<string> => {
  const error: unknown = await body.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`)
  expect(error.code).toBe('invalid_request')
  return error.message
}

test('the same request is the same fields, whichever of the three ways it comes', async () => {
  const expected = { operation: 'refund', order_no: 'ä ب 1', amount: '10.50' }
  const form = new URLSearchParams(expected).toString()
  const multipart = parts(Object.entries(expected).map(([name, value]) => field(name, value)))
  for (const body of [await readJson(JSON.stringify(expected)), await readForm(form), await readParts(multipart)]) {
    expect({ ...body }).toEqual(expected)
    expect(Object.getPrototypeOf(body)).toBeNull()
  }
})

test('only files may be large: more text than 64 kB is refused in each of the three ways', async () => {
  const [most, more] = ['x'.repeat(65_000), 'x'.repeat(66_000)]
  const file = `Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${'x'.repeat(100_000)}`
  const ways: readonly ((text: string) => Promise<Body>)[] = [
    (text) => readJson(JSON.stringify({ a: text })),
    (text) => readForm(`a=${text}`),
    (text) => readParts(parts([field('a', text), file])),
    (text) => readParts(parts([field('a', text.slice(33_000)), field('b', text.slice(0, 33_000)), file])),
  ]
  for (const read of ways) {
    expect(await codeOf(() => read(most))).toBeUndefined()
    expect(await codeOf(() => read(more))).toBe('body_too_large')
  }
})

test('a JSON number keeps its text, and in a form inside of an object, too', async () => {
  const number = new JsonNumber('33.330000000000000000001')
  expect(await readJson(`{"amount":${number.text}}`)).toEqual({ amount: number })
  const body = await readForm(new URLSearchParams({ extra: `{"amount":${number.text}}` }).toString())
  expect(new Reader(body).object('extra')).toEqual({ amount: number })
})

test.each([
  ['pg_codes=a&pg_codes=b', ['a', 'b']],
  ['pg_codes[]=a&pg_codes[]=b', ['a', 'b']],
  ['pg_codes[]=a', ['a']],
  ['pg_codes=a', ['a']],
  ['pg_codes=%5B%22a%22%2C%22b%22%5D', ['a', 'b']],
])('a list in a form may be written %s', async (text, expected) => {
  expect(new Reader(await readForm(text)).list('pg_codes')).toEqual(expected)
})

test('a name twice is no text', async () => {
  const reader = new Reader(await readForm('operation=refund&operation=void'))
  expect(reader.text('operation')).toBeUndefined()
  expect(reader.problems()).toEqual({ operation: ['Not a valid string.'] })
})

test.each<[what: string, written: string]>([
  ['is no JSON', '{"a":'],
  ['reaches a prototype', '{"__proto__":{"isAdmin":true}}'],
  ['has a member twice', '{"a":1,"a":2}'],
  ['holds what PostgreSQL cannot', '{"a":"\\u0000"}'],
  ['is too deep', `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`],
  ['is a list', '[1]'],
])('an object in a form that %s is refused at its field', async (_what, written) => {
  const reader = new Reader(await readForm(new URLSearchParams({ extra: written }).toString()))
  expect(reader.object('extra')).toBeUndefined()
  expect(reader.problems()).toEqual({ extra: ['Expected a dictionary of items.'] })
})

test.each<[client: string, raw: Buffer]>([
  ['a browser', parts([field('a', '1')])],
  [
    '.NET, which does not quote',
    parts(['Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=a\r\n\r\n1']),
  ],
  [
    'Java, which names the encoding',
    parts([`Content-Transfer-Encoding: 8bit\r\nContent-Type: text/plain; charset=UTF-8\r\n${field('a', '1')}`]),
  ],
  ['one that tells lengths', parts([`Content-Length: 1\r\n${field('a', '1')}`])],
  ['one that writes header names small', parts(['content-disposition: form-data; name="a"\r\n\r\n1'])],
  ['one without a last line break', parts([field('a', '1')], { after: '' })],
  ['one that says something before', parts([field('a', '1')], { before: 'This is a form.\r\n' })],
])('a multipart form of %s is read', async (_client, raw) => {
  expect({ ...(await readParts(raw)) }).toEqual({ a: '1' })
})

test('a boundary may be quoted, and parameters may be written in capitals', async () => {
  const raw = parts([field('a', '1')])
  for (const header of [
    `multipart/form-data; boundary="${BOUNDARY}"`,
    `Multipart/Form-Data; Boundary=${BOUNDARY}; charset=utf-8`,
  ])
    expect({ ...(await readParts(raw, header)) }).toEqual({ a: '1' })
})

test('a file keeps its bytes, its type, and its name without folders', async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 45, 45])
  const named = (disposition: string) =>
    Buffer.concat([
      Buffer.from(`Content-Disposition: form-data; ${disposition}\r\nContent-Type: application/pdf\r\n\r\n`),
      bytes,
    ])
  const names = [
    ['name="file"; filename="../../etc/bill.pdf"', 'bill.pdf'],
    ['name="file"; filename="C:\\\\Users\\\\me\\\\bill.pdf"', 'bill.pdf'],
    ["name=file; filename=bill.pdf; filename*=utf-8''Rechnung%20%C3%A4.pdf", 'Rechnung ä.pdf'],
    ['name="file"; filename="فاتورة.pdf"', 'فاتورة.pdf'],
  ]
  for (const [disposition = '', filename] of names)
    expect(await readParts(parts([named(disposition)]))).toEqual({ file: { filename, type: 'application/pdf', bytes } })
})

test('a file of 2.5 MB is read whole, and one that was not chosen is not there', async () => {
  const bytes = Buffer.alloc(2.5 * 1024 * 1024, 'x')
  const file = (name: string, content: Buffer) =>
    Buffer.concat([Buffer.from(`Content-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`), content])
  const body = await readParts(parts([file('a.txt', bytes), field('after', '1')]))
  expect((body.file as { bytes: Buffer }).bytes.equals(bytes)).toBe(true)
  expect(body.after).toBe('1')
  expect({ ...(await readParts(parts([file('', Buffer.alloc(0)), field('after', '1')]))) }).toEqual({ after: '1' })
})

const notUtf8 = Buffer.concat([Buffer.from(field('a', '')), Buffer.from([0xff])])

test.each<[what: string, body: () => Promise<Body>, message: RegExp]>([
  ['malformed JSON', () => readJson('{"a":1,'), /^JSON parse error - .* not well-formed JSON at position/],
  ['a JSON list', () => readJson('[1]'), /^JSON parse error - /],
  ['JSON that reaches a prototype', () => readJson('{"__proto__":{}}'), /^JSON parse error - /],
  [
    'a form with bytes that are not UTF-8',
    async () => readBody(Buffer.from([0x61, 0x3d, 0xff]), FORM_TYPE, ''),
    /UTF-8/,
  ],
  ['a form with percent signs that are not UTF-8', () => readForm('a=%FF'), /not valid/],
  ['a form with NUL', () => readForm('a=%00'), /not valid/],
  ['a form that reaches a prototype', () => readForm('__proto__=1'), /not valid/],
  ['a form that reaches a prototype by a list', () => readForm('constructor[]=1'), /not valid/],
  ['a form of 101 fields', () => readForm('a=1&'.repeat(101)), /too many/],
  [
    'a multipart form of 101 parts',
    () => readParts(parts(Array.from({ length: 101 }, () => field('a', '1')))),
    /too many/,
  ],
  ['a multipart form without a boundary', () => readParts(parts([field('a', '1')]), MULTIPART_TYPE), /parse error/],
  ['a multipart form that is cut off', () => readParts(parts([field('a', '123456')]).subarray(0, -20)), /parse error/],
  ['a multipart form that is none', () => readParts(Buffer.from('operation=refund')), /parse error/],
  ['a part without a name', () => readParts(parts(['Content-Disposition: form-data\r\n\r\n1'])), /parse error/],
  ['a part that is not UTF-8', () => readParts(parts([notUtf8])), /UTF-8/],
  [
    'a part in base64',
    () => readParts(parts([`Content-Transfer-Encoding: base64\r\n${field('a', 'MQ==')}`])),
    /encoding/,
  ],
  ['a part that reaches a prototype', () => readParts(parts([field('__proto__', '1')])), /not valid/],
])('%s is refused', async (_what, body, message) => {
  expect(await refusal(body())).toMatch(message)
})

test('a refusal does not repeat what it refused', async () => {
  const card = '5123450000000008'
  for (const body of [readJson(`{"${card}":"${card}`), readForm(`${card}=%00${card}`), readParts(Buffer.from(card))])
    expect(await refusal(body)).not.toContain(card)
})

function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  if (value instanceof JsonNumber || Buffer.isBuffer(value)) return true
  if (Array.isArray(value)) return value.every(isPlain)
  return isPlainObject(value) && Object.entries(value).every(([name, item]) => name !== '__proto__' && isPlain(item))
}

// Everything that is read gets here: plain data, or a refusal that the caller is told.
async function readWhatever(raw: Buffer, type: string, header: string): Promise<void> {
  try {
    const body = await readBody(raw, type, header)
    expect(isPlain(body)).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).code).toBe('invalid_request')
  }
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
}

// Pieces of which parsers are afraid.
const PIECES = [
  ...[
    `--${BOUNDARY}`,
    '--',
    '\r\n',
    '\n',
    '\r',
    BOUNDARY,
    '\0',
    'Content-Disposition: form-data',
    'Content-Type: ',
    ';',
  ],
  ...[
    ' name="a"',
    ' name=a',
    ' filename="b"',
    "filename*=utf-8''%FF",
    ' name="__proto__"',
    ': ',
    '=',
    '&',
    '%',
    '%00',
    '%C3',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '"a"',
    ',',
    '1',
    '-1e9',
    '__proto__',
    'isAdmin',
    'true',
    'null',
    '\\u0000',
    '\\',
    ' ',
    'ä',
  ],
  ...['charset=utf-16', 'Content-Transfer-Encoding: base64', 'constructor', 'prototype', '[]'],
]
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60 })
    .map((texts) => Buffer.from(texts.join(''))),
)
const header = fc.oneof(
  { weight: 4, arbitrary: fc.constant(HEADER) },
  fc
    .array(fc.constantFrom('multipart/form-data', ';', ' ', 'boundary', '=', '"', BOUNDARY, 'é'), { maxLength: 8 })
    .map((texts) => texts.join('')),
)

test('whatever comes is read to plain data or refused, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(noise, header, async (raw, contentType) => {
      for (const type of [JSON_TYPE, FORM_TYPE, MULTIPART_TYPE]) await readWhatever(raw, type, contentType)
    }),
    { numRuns: 1500 },
  )
})

test('a multipart form that was damaged anywhere is read to plain data or refused', async () => {
  const whole = parts([
    field('operation', 'refund'),
    `Content-Type: text/plain; charset=utf-8\r\n${field('extra', '{"a":[1,{"b":2}]}')}`,
    'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF',
  ])
  const place = fc.nat(whole.length)
  await fc.assert(
    fc.asyncProperty(place, place, noise, async (from, to, piece) => {
      const [start, end] = [Math.min(from, to), Math.max(from, to)]
      const cut = end - start > 40 ? start + 5 : end
      await readWhatever(Buffer.concat([whole.subarray(0, start), piece, whole.subarray(cut)]), MULTIPART_TYPE, HEADER)
    }),
    { numRuns: 1500 },
  )
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !/[\0\ufffd]|\p{Surrogate}/u.test(value))
const name = fc.string({ unit: fc.constantFrom(...'abcdefgh_'), minLength: 1, maxLength: 9 })

test('texts come through forms of both kinds unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, text, { maxKeys: 20 }), async (fields) => {
      expect({ ...(await readForm(new URLSearchParams(fields).toString())) }).toEqual({ ...fields })
      const raw = parts(Object.entries(fields).map(([key, value]) => field(key, value)))
      expect({ ...(await readParts(raw)) }).toEqual({ ...fields })
    }),
  )
})
