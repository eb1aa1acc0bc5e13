import { expect, test } from 'vitest'
import { attachmentPath } from '../../src/attachments/link.ts'
import { storeAttachment } from '../../src/attachments/store.ts'
import { deleteCheckout, restoreCheckout } from '../../src/checkouts/remove.ts'
import { readSessionId } from '../../src/payments/session-id.ts'
import { openOperations } from '../api/operations/setup.ts'
import { fileOf } from '../attachments/files.ts'

const { florin, shop, paid } = await openOperations()
const { deps } = florin.app

interface Seen {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly html: string
}

async function look(url: string, method = 'GET'): Promise<Seen> {
  const response = await fetch(new URL(url, florin.url), { method, redirect: 'manual' })
  const { status, headers } = response
  return { status, headers, location: headers.get('location'), html: await response.text() }
}

const store = () => storeAttachment(deps, { merchantId: shop.id, file: fileOf('pdf'), isShort: true })
const idOf = ({ session_id }: { readonly session_id: string }): string => readSessionId(deps.codes, session_id) ?? ''

test('a short address leads to the page on which the checkout is paid', async () => {
  const { checkout_short_url, checkout_url } = await shop.checkout({ shortify_checkout_url: true })
  expect(checkout_short_url).toMatch(/\/b\/[A-HJ-NP-Za-km-z2-9]{6}$/)
  for (const method of ['GET', 'HEAD']) {
    const { status, location, headers } = await look(checkout_short_url, method)
    expect([status, location && new URL(location, florin.url).href]).toEqual([302, checkout_url])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
  expect((await (await fetch(checkout_short_url)).text()).length).toBeGreaterThan(1000)
})

test('a short address leads to a file', async () => {
  const stored = await store()
  const { status, location } = await look(`/b/${stored.shortCode}`)
  expect([status, location]).toEqual([302, attachmentPath(deps.codes, stored)])
  const file = await fetch(new URL(`/b/${stored.shortCode}`, florin.url))
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'application/pdf'])
})

test('what is hidden or gone has no short address, and what comes back has it again', async () => {
  const kept = await paid('cards-usd', { fields: { shortify_checkout_url: true } })
  const gone = await shop.checkout({ shortify_checkout_url: true })
  for (const session of [kept, gone]) {
    expect((await look(session.checkout_short_url)).status).toBe(302)
    await deleteCheckout(deps, { merchantId: shop.id, id: idOf(session) })
    expect((await look(session.checkout_short_url)).status).toBe(404)
  }
  await restoreCheckout(deps, { merchantId: shop.id, id: idOf(kept) })
  expect((await look(kept.checkout_short_url)).status).toBe(302)
  const stored = await store()
  const owner = await shop.checkout()
  await florin.app.pool.query('update attachments set forgotten_at = now() where id = $1', [stored.id])
  expect((await look(`/b/${stored.shortCode}`)).status).toBe(404)
  expect(owner).not.toHaveProperty('checkout_short_url')
})

test.each(['zzzzzz', 'abc', 'abcdefg', '000000', 'IIIIII', 'pbl', 'checkout', 'invoice'])(
  'there is a page for %s, which leads nowhere',
  async (code) => {
    const { status, headers, html } = await look(`/b/${code}`)
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    expect(html).toContain('There is nothing here')
  },
)

test.each(["/b/'or'1'='1", '/b/..%2f..', '/b/%00', '/b/abc%20de', `/b/${'a'.repeat(17)}`])(
  'the face answers for %s, which is no short address',
  async (path) => {
    const { status, html } = await look(path)
    expect([400, 404]).toContain(status)
    expect(html).not.toContain('<!doctype')
  },
)

test('the paths of the face stay its own', async () => {
  const { session_id } = await shop.checkout()
  expect((await shop.send(`/checkout/v1/pymt-txn/${session_id}/`)).status).toBe(200)
  expect((await shop.send('/pbl/v2/operation/')).status).toBe(405)
  expect((await look('/b/pbl/v2/nothing/')).headers.get('content-type')).toContain('json')
})

test('who asks for unknown addresses again and again has to wait, also for one that there is', async () => {
  const stored = await store()
  let refused: Seen | undefined
  for (let i = 0; i < 130 && refused === undefined; i++) {
    const seen = await look('/b/zzzzzz')
    if (seen.status === 429) refused = seen
    else expect(seen.status).toBe(404)
  }
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused?.html).toContain('Too many wrong addresses')
  expect((await look(`/b/${stored.shortCode}`)).status).toBe(429)
  expect((await look(attachmentPath(deps.codes, stored))).status).toBe(200)
})
