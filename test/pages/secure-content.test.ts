import { beforeAll, expect, test } from 'vitest'
import { advanceBusinessClock } from '../../src/sandbox/queries.ts'
import { type Florin, fundedAccount, issueCard, openFlorin } from '../api/issuing/setup.ts'

let florin: Florin

beforeAll(async () => {
  florin = await openFlorin()
})

const linkToCard = async () => {
  const { client } = florin
  const cardAccountId = await fundedAccount(client, 0)
  const card = await issueCard(client, cardAccountId)
  const query = { cardAccountId, cardId: card.id, ipAddress: '203.0.113.7' }
  const { status, body } = await client.get('/cards/card-sensitive-info', query)
  expect(status).toBe(200)
  return { card, query, url: body.url as string, expiry: new Date(body.expiry) }
}

const visit = async (url: string) => {
  const response = await fetch(url)
  const html = await response.text()
  return { status: response.status, html, headers: response.headers }
}

test('the page shows number, expiry and CVV, and only once', async () => {
  const { card, url } = await linkToCard()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/secure-content\/[0-9a-f-]{14}4[0-9a-f-]{21}$/)
  const { vault } = florin.app.deps
  const pan = (await vault.open(card.id)).reveal()
  const month = String(card.expiryMonth).padStart(2, '0')
  const { status, html } = await visit(url)
  expect(status).toBe(200)
  expect(html.replace(/<[^>]+>/g, '')).toContain(pan)
  expect(html).toContain(`${month}/${card.expiryYear}`)
  expect(html).toContain(`<dd>${vault.cvv(card.id, `${card.expiryYear}-${month}`)}</dd>`)
  const again = await visit(url)
  expect(again.status).toBe(410)
  expect(again.html).toContain('no longer valid')
  expect(again.html).not.toContain(pan)
})

test('of ten visits at once one sees the card', async () => {
  const { url } = await linkToCard()
  const visits = await Promise.all(Array.from({ length: 10 }, () => visit(url)))
  expect(visits.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(410)])
})

test('a link that has expired shows nothing', async () => {
  const { url, expiry } = await linkToCard()
  const seconds = Math.ceil((expiry.getTime() - Date.now()) / 1000)
  await advanceBusinessClock(florin.app.pool, { seconds, offsetSecondsMax: 2 ** 30 })
  expect((await visit(url)).status).toBe(410)
})

test('a link to a card that was cancelled meanwhile shows nothing, and no new one is given', async () => {
  const { url, query } = await linkToCard()
  const { cardAccountId, cardId } = query
  await florin.client.post('/cards/cancel', { cardAccountId, cardId })
  expect((await visit(url)).status).toBe(410)
  expect((await florin.client.get('/cards/card-sensitive-info', query)).body.code).toBe('CARD_NOT_FOUND')
})

test.each(['6a3176fe-7715-4fe0-a548-034912d7f800', 'nonsense', 'a%20b'])(
  'there is a page for the unknown link %s',
  async (id) => {
    const { status, html } = await visit(`${florin.app.baseUrl}/v1/secure-content/${id}`)
    expect(status).toBe(404)
    expect(html).toContain('<!doctype html>')
  },
)

test('no page may be stored, framed, indexed or run a script', async () => {
  const { url } = await linkToCard()
  for (const { headers, html } of [await visit(url), await visit(url)]) {
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-robots-tag')).toContain('noindex')
    expect(html).not.toContain('<script')
  }
})

test('an address is given for a card of the client only, and asks for an IPv4 address', async () => {
  const { query } = await linkToCard()
  const { other, client } = florin
  expect((await other.get('/cards/card-sensitive-info', query)).status).toBe(404)
  const wrong = await client.get('/cards/card-sensitive-info', { ...query, ipAddress: '300.1.1.1' })
  expect([wrong.status, wrong.body.field]).toEqual([400, 'ipAddress'])
})
