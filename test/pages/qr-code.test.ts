import { decodeQR } from 'qr/decode.js'
import { expect, test } from 'vitest'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { newId } from '../../src/ids.ts'
import { readSessionId, sessionIdOf } from '../../src/payments/session-id.ts'
import { openOperations } from '../api/operations/setup.ts'
import { readPng } from './pictures.ts'

const { florin, shop, paid } = await openOperations()
const { deps } = florin.app

const urlOf = (sessionId: string): string => `${florin.url}/b/qr/${sessionId}.png`
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status

/** What a telephone reads in the picture. */
function read(png: Buffer): string {
  const rows = readPng(png)
  const data = Uint8Array.from(rows.flat().flatMap((isBlack) => (isBlack ? [0, 0, 0, 255] : [255, 255, 255, 255])))
  return decodeQR({ width: rows[0]?.length ?? 0, height: rows.length, data })
}

test('the picture that a checkout has says where it is paid', async () => {
  const { qr_code_url, checkout_url } = await shop.checkout({ generate_qr_code: true })
  const response = await fetch(qr_code_url)
  expect(response.status).toBe(200)
  expect(read(Buffer.from(await response.arrayBuffer()))).toBe(checkout_url)
})

test('the picture has a white edge of four modules all around', async () => {
  const { session_id } = await shop.checkout()
  const rows = readPng(Buffer.from(await (await fetch(urlOf(session_id))).arrayBuffer()))
  const black = rows.flatMap((row, y) => row.flatMap((isBlack, x) => (isBlack ? [{ x, y }] : [])))
  const edge = 4 * 8
  expect(Math.min(...black.map(({ x, y }) => Math.min(x, y)))).toBe(edge)
  expect(Math.max(...black.map(({ x, y }) => Math.max(x, y)))).toBe(rows.length - edge - 1)
})

test('it may be kept for an hour, shown by shops, and is nothing but a picture', async () => {
  const { session_id } = await shop.checkout()
  const [whole, head] = [await fetch(urlOf(session_id)), await fetch(urlOf(session_id), { method: 'HEAD' })]
  expect((await head.arrayBuffer()).byteLength).toBe(0)
  for (const { status, headers } of [whole, head]) {
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String((await whole.clone().arrayBuffer()).byteLength),
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
    })
  }
})

test('only checkouts that are there have one', async () => {
  const [kept, gone] = [await paid(), await shop.checkout()]
  for (const { session_id } of [kept, gone]) {
    expect(await statusOf(urlOf(session_id))).toBe(200)
    const id = readSessionId(deps.codes, session_id) ?? ''
    await deleteCheckout(deps, { merchantId: shop.id, id })
    expect(await statusOf(urlOf(session_id))).toBe(404)
  }
})

test('nothing else has one', async () => {
  const { session_id } = await shop.checkout()
  const made = session_id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'))
  const others = [made, sessionIdOf(deps.codes, newId()), session_id.toUpperCase(), '..%2f', 'a'.repeat(90), '%00']
  for (const other of others) expect([400, 404], other).toContain(await statusOf(urlOf(other)))
  for (const url of [`${urlOf(session_id)}x`, urlOf(session_id).replace('.png', '.svg'), `${florin.url}/b/qr/`])
    expect(await statusOf(url), url).toBe(404)
  const page = await fetch(urlOf(made))
  expect([page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
    'text/html; charset=utf-8',
    'no-store',
  ])
})
