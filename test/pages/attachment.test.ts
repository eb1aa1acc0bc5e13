// Files over HTTP, as whoever has their address sees them.
import { request } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FILE_BYTES_MAX, type UploadedFile } from '../../src/attachments/file.ts'
import { attachmentPath } from '../../src/attachments/link.ts'
import { storeAttachment } from '../../src/attachments/store.ts'
import { bearerOf } from '../../src/bindings/bearer.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { newId } from '../../src/ids.ts'
import { BEGINNINGS, fileOf } from '../attachments/files.ts'
import { makeCheckout } from '../checkouts/setup.ts'
import { startFlorin } from '../helpers/florin.ts'

const florin = await startFlorin()
const merchant = await florin.addOperator()
const { deps } = florin.app

async function store(file: UploadedFile): Promise<{ readonly id: string; readonly filename: string; path: string }> {
  const stored = await storeAttachment(deps, { merchantId: merchant.id, file, isShort: false })
  return { ...stored, path: attachmentPath(deps.codes, stored) }
}

interface Got {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

/** Asks for exactly this path: nothing resolves its dots or escapes beforehand. */
const get = (path: string, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(florin.url)
    const asked = request({ hostname, port, path, method }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
        resolve({ status: response.statusCode ?? 0, headers, bytes: Buffer.concat(chunks) })
      })
    })
    asked.on('error', reject).end()
  })

test.each([...BEGINNINGS])(
  'a %s comes back as it was stored, to be saved and not to be shown',
  async (extension, kind) => {
    const { path, filename } = await store(fileOf(extension))
    const { status, headers, bytes } = await get(path)
    expect([status, bytes]).toEqual([200, kind.bytes])
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': kind.mediaType,
      'content-length': String(kind.bytes.length),
      'content-disposition': `attachment; filename="${filename}"; filename*=UTF-8''${filename}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'cross-origin-resource-policy': 'same-origin',
    })
  },
)

test('a browser that only wants to know what there is gets the same headers and no bytes', async () => {
  const { path } = await store(fileOf('pdf'))
  const [whole, head] = [await get(path), await get(path, 'HEAD')]
  const withoutTime = ({ headers }: Got) => [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
  expect([head.status, head.bytes.length]).toEqual([200, 0])
  expect(withoutTime(head)).toEqual(withoutTime(whole))
  const posted = await get(path, 'POST')
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('the largest file that is taken is served whole', async () => {
  const bytes = Buffer.alloc(FILE_BYTES_MAX, 'Pay within a week. ')
  const { path } = await store({ filename: 'terms.txt', bytes })
  expect((await get(path)).bytes.equals(bytes)).toBe(true)
})

test('a name of a hundred letters in any script is served under that name', async () => {
  const name = `${'فاتورة '.repeat(13)}12345.PDF`
  const { path } = await store(fileOf('pdf', name))
  const { status, headers } = await get(path)
  expect([...name]).toHaveLength(100)
  expect(status).toBe(200)
  const [, exact = ''] = /filename\*=UTF-8''(.*)$/.exec(headers.get('content-disposition') ?? '') ?? []
  expect(decodeURIComponent(exact)).toBe(name)
})

test('whatever a file is called, its address works and its headers are its own', async () => {
  const part = fc.oneof(
    fc.constantFrom(
      '../',
      '..\\',
      '%2f',
      '%00',
      '\r\n',
      '\0',
      '"',
      "'",
      ';',
      'Set-Cookie: a=b',
      '\u202e',
      '?',
      '#',
      '+',
      '%',
    ),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const { path, filename } = await store(fileOf('txt', `${parts.join('')}a.txt`))
      const { status, headers, bytes } = await get(path)
      expect([status, bytes.equals(fileOf('txt').bytes)]).toEqual([200, true])
      expect(headers.get('set-cookie')).toBeNull()
      expect(headers.get('content-type')).toBe('text/plain')
      const [, exact = ''] = /filename\*=UTF-8''(.*)$/.exec(headers.get('content-disposition') ?? '') ?? []
      expect(decodeURIComponent(exact)).toBe(filename)
    }),
    { numRuns: 40 },
  )
})

test('no other path leads to a file, and none leads out', async () => {
  const { path, id } = await store(fileOf('pdf'))
  const bearer = path.split('/')[3] ?? ''
  const at = (rest: string): string => `/b/attachments/${rest}`
  const wrong = [
    at(`${bearer}`),
    at(`${bearer}/`),
    at(`${bearer}/other.pdf`),
    at(`${bearer}/file.PDF`),
    at(`${bearer}/file.pdf/`),
    at(`${bearer}/x/../file.pdf`),
    at(`${bearer}/../../../etc/passwd`),
    at(`${bearer}/%2e%2e%2f%2e%2e%2fetc%2fpasswd`),
    at(`${bearer}/file.pdf%00.html`),
    at(`${bearer}/..%5cfile.pdf`),
    at(`${bearer.slice(0, -1)}/file.pdf`),
    at(`${bearer}A/file.pdf`),
    at(`${id}/file.pdf`),
    at(`${bearerOf(deps.codes, 'return-page', id)}/file.pdf`),
    at(`${bearerOf(deps.codes, 'attachment', newId())}/file.pdf`),
    at(`%ff/file.pdf`),
    at(`${'a'.repeat(3000)}/file.pdf`),
  ]
  for (const one of wrong) {
    const { status, headers, bytes } = await get(one)
    expect([status >= 400 && status < 500, bytes.includes('%PDF')], one).toEqual([true, false])
    expect(headers.get('content-disposition'), one).toBeNull()
  }
  const page = await get(at(`${bearer}/other.pdf`))
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  expect(page.bytes.toString()).toContain('There is nothing here')
})

test('a name may be escaped in another way, and is the same', async () => {
  const { path } = await store(fileOf('pdf'))
  expect((await get(path.replace('file.pdf', '%66ile%2Epdf'))).status).toBe(200)
  expect((await get(`${path}?download=1`)).status).toBe(200)
})

test('a file is gone with the checkout that was deleted for good', async () => {
  const stored = await storeAttachment(deps, { merchantId: merchant.id, file: fileOf('pdf'), isShort: false })
  const world = { deps, merchantId: merchant.id } as Parameters<typeof makeCheckout>[0]
  const checkout = await makeCheckout(world, { pgCodes: ['cards-usd'], details: { attachment: stored } })
  const path = attachmentPath(deps.codes, stored)
  expect((await get(path)).status).toBe(200)
  await deleteCheckout(deps, { merchantId: merchant.id, id: checkout.id })
  expect((await get(path)).status).toBe(404)
})
