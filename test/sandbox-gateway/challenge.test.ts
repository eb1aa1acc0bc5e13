import { afterAll, expect, test, vi } from 'vitest'
import type { ChargeRequest } from '../../src/gateways/connector.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { parseAmount } from '../../src/money.ts'
import { cardOf, newReference } from '../gateways/driver.ts'
import { startSandboxWorld } from '../gateways/world.ts'

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const world = await startSandboxWorld((close) => closers.push(close))
const gateway = world.account()
const RETURN_URL = 'https://shop.example/back?order=1&note=%22%3E<script>'

interface Challenged {
  readonly request: ChargeRequest
  readonly url: string
  readonly fields: Record<string, string>
  readonly page: string
  readonly code: string
}

async function challenge(operation: 'purchase' | 'authorize' = 'purchase'): Promise<Challenged> {
  const request: ChargeRequest = {
    reference: newReference(),
    amount: parseAmount('10.00', 'USD'),
    merchantReference: '<b>order</b>',
    card: cardOf('4000000000000002', '237'),
    description: 'An order',
    authentication: 'auto',
    returnUrl: RETURN_URL,
    notificationUrl: world.notificationUrl,
    isRepeated: false,
  }
  const outcome = await connector[operation]?.(gateway, request)
  if (outcome?.kind !== 'redirect') throw new Error(`not a redirect: ${outcome?.kind}`)
  const { url, parameters } = outcome.redirect
  const fields = Object.fromEntries(parameters.map(({ name, value }) => [name, value]))
  const page = await (await post(url, fields)).text()
  return { request, url, fields, page, code: /<code>(\d{6})<\/code>/.exec(page)?.[1] ?? '' }
}

const post = (url: string, fields: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
const inquire = ({ reference, amount }: ChargeRequest, operation: 'purchase' | 'authorize' = 'purchase') =>
  connector.inquire?.(gateway, { reference, amount, operation })
const notified = (reference: string): boolean => world.notified.some(({ body }) => body.includes(reference))

test('a payer who gives the code has authenticated, and goes back to the shop', async () => {
  const { request, url, fields, page, code } = await challenge()
  expect(page).toContain('10.00 USD')
  expect(page).toContain('&lt;b&gt;order&lt;/b&gt;')
  expect(await inquire(request)).toMatchObject({ kind: 'pending' })
  const response = await post(url, { ...fields, action: 'approve', code: ` ${code} ` })
  const back = await response.text()
  expect(response.status).toBe(200)
  expect(back).toContain(
    '<form method="post" action="https://shop.example/back?order=1&amp;note=%22%3E&lt;script&gt;">',
  )
  expect(back).toContain(`name="reference" value="${request.reference}"`)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(response.headers.get('content-security-policy')).toContain('form-action https://shop.example;')
  expect(await inquire(request)).toMatchObject({ kind: 'approved', eci: '05', approvalCode: expect.any(String) })
  await vi.waitFor(() => expect(notified(request.reference)).toBe(true), 5000)
})

test('a hold that was authenticated can be captured, and was not before', async () => {
  const { request, url, fields, code } = await challenge('authorize')
  const capture = () =>
    connector.capture?.(gateway, {
      ...{ reference: newReference(), amount: request.amount, notificationUrl: world.notificationUrl },
      charge: { reference: request.reference, gatewayReference: null },
      isFinal: true,
    })
  expect(await capture()).toMatchObject({ kind: 'declined', code: 'state_invalid' })
  await post(url, { ...fields, action: 'approve', code })
  expect(await capture()).toMatchObject({ kind: 'approved' })
})

test.each([
  ['decline', 'authentication_failed'],
  ['cancel', 'canceled_by_payer'],
])('a payer can %s: %s', async (action, code) => {
  const { request, url, fields } = await challenge()
  const back = await (await post(url, { ...fields, action })).text()
  expect(back).toContain('The payment was not approved')
  expect(back).toContain('<form method="post" action="https://shop.example/back')
  expect(await inquire(request)).toMatchObject({ kind: 'declined', code })
})

test('three wrong codes decline, and the right one after them changes nothing', async () => {
  const { request, url, fields, code } = await challenge()
  const wrong = code === '000000' ? '000001' : '000000'
  for (const left of ['2 more tries', 'one more try']) {
    const response = await post(url, { ...fields, action: 'approve', code: wrong })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain(left)
  }
  await post(url, { ...fields, action: 'approve', code: wrong })
  await post(url, { ...fields, action: 'approve', code })
  expect(await inquire(request)).toMatchObject({ kind: 'declined', code: 'authentication_failed' })
})

test('of two answers at once the first counts', async () => {
  const { request, url, fields, code } = await challenge()
  await Promise.all([
    post(url, { ...fields, action: 'approve', code }),
    post(url, { ...fields, action: 'cancel' }),
    post(url, { ...fields, action: 'approve', code }),
  ])
  const decided = (await inquire(request))?.kind
  expect(decided).toMatch(/^(approved|declined)$/)
  await post(url, { ...fields, action: decided === 'approved' ? 'cancel' : 'approve', code })
  expect((await inquire(request))?.kind).toBe(decided)
})

test('after five minutes it is over, whether or not somebody looks', async () => {
  const [looked, asked, left] = [await challenge(), await challenge(), await challenge()]
  await world.advance(301)
  const back = await (await post(looked.url, looked.fields)).text()
  expect(back).toContain('did not authenticate in time')
  expect(await inquire(asked.request)).toMatchObject({ kind: 'declined', code: 'authentication_failed' })
  await vi.waitFor(() => expect(notified(left.request.reference)).toBe(true), 5000)
  await post(left.url, { ...left.fields, action: 'approve', code: left.code })
  expect(await inquire(left.request)).toMatchObject({ kind: 'declined' })
})

test('the same request again leads to the same challenge', async () => {
  const { request, fields } = await challenge()
  const outcome = await connector.purchase?.(gateway, request)
  expect(outcome).toMatchObject({
    kind: 'redirect',
    redirect: { parameters: [{ name: 'challenge', value: fields.challenge }] },
  })
})

test('the page needs no script, may do nothing but its form, and is nobody else’s frame', async () => {
  const { url, fields, page } = await challenge()
  const response = await fetch(`${url}?${new URLSearchParams(fields)}`)
  expect(await response.text()).toBe(page)
  expect(page).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//)
  expect(page).toContain('name="viewport"')
  const policy = response.headers.get('content-security-policy')
  expect(policy).toMatch(/default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test.each(['', 'x', '0'.repeat(32)])('there is nothing at the challenge %j', async (id) => {
  const { url } = await challenge()
  expect((await post(url, { challenge: id, action: 'approve', code: '000000' })).status).toBe(404)
  expect((await fetch(`${url}?challenge=${id}`)).status).toBe(404)
  expect((await fetch(url)).status).toBe(404)
})
