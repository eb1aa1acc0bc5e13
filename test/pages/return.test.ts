import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { createCodes } from '../../src/bindings/codes.ts'
import { newId } from '../../src/ids.ts'
import type { Finished } from '../../src/pages/actions.ts'
import { returnPath } from '../../src/pages/links.ts'
import { registerReturn } from '../../src/pages/return.ts'
import { Secret } from '../../src/secret.ts'
import { formIn } from './serve.ts'

const codes = createCodes(new Secret(Buffer.alloc(32, 1)))
const amount = { amount: 5_000n, currency: 'EUR' }

/** The page of a payment that stands like this. */
async function comeBack(
  finished: Finished | undefined,
  { method = 'GET', payload }: { method?: 'GET' | 'POST'; payload?: string } = {},
) {
  const app = fastify()
  const operationId = newId()
  registerReturn(app, {
    codes,
    actions: { finishRedirect: async (id) => (id === operationId ? finished : undefined) },
    findReturnPage: async () => undefined,
  })
  const path = returnPath(codes, operationId)
  const headers = payload === undefined ? {} : { 'content-type': 'application/octet-stream' }
  const response = await app.inject({ method, url: path, headers, ...(payload !== undefined && { payload }) })
  return { path, status: response.statusCode, html: response.body, headers: response.headers, app }
}

const done = (changes: Partial<Extract<Finished, { kind: 'done' }>> = {}): Finished => ({
  kind: 'done',
  state: 'paid',
  merchantName: 'Tea & Co <b>',
  amount,
  url: 'https://shop.example/return?reference=a%20b&x="1"',
  fields: [
    { name: 'status', value: 'Y' },
    { name: 'firstName', value: `O'Neil "<script>" & söhne` },
    { name: 'a"b', value: '' },
  ],
  ...changes,
})

test('the form goes to the shop with all fields as they are, and the query string of its URL', async () => {
  const { status, html, headers } = await comeBack(done())
  expect(status).toBe(200)
  expect(formIn({ html })).toEqual({
    action: 'https://shop.example/return?reference=a%20b&x="1"',
    fields: { status: 'Y', firstName: `O'Neil "<script>" & söhne`, 'a"b': '' },
  })
  expect(html).toContain('Continue to Tea &amp; Co &lt;b&gt;')
  expect(headers['content-security-policy']).toContain(
    "; form-action https://shop.example https:; frame-ancestors 'none'",
  )
})

test('the form has a button, and the one script on the page only submits it', async () => {
  const { html, headers } = await comeBack(done())
  expect(html).toContain('<button type="submit">')
  expect(html.match(/<script>([^<]*)<\/script>/)?.[1]).toBe('document.forms[0].submit()')
  expect(headers['content-security-policy']).toMatch(/script-src 'sha256-[A-Za-z0-9+/=]{44}';/)
})

test.each([
  ['paid', 'Payment complete'],
  ['declined', 'Nothing was charged'],
  ['cancelled', 'Payment cancelled'],
] as const)('who comes back from a payment that is %s reads so', async (state, words) => {
  expect((await comeBack(done({ state }))).html).toContain(words)
})

test.each(['javascript:alert(1)', 'data:text/html,x', '/relative', ''])(
  'nobody is sent to %j, whoever wrote it down',
  async (target) => {
    const { status, html, headers } = await comeBack(done({ url: target }))
    expect(status).toBe(200)
    expect(html).not.toContain('<form')
    expect(html).not.toContain('<script')
    expect(headers['content-security-policy']).toContain("form-action 'none'")
  },
)

test('a payment that is not decided yet looks again by itself and by a link', async () => {
  const { status, html, path } = await comeBack({ kind: 'pending', merchantName: 'Tea House', amount })
  expect(status).toBe(202)
  expect(html).toContain(`<noscript><meta http-equiv="refresh" content="20; url=${path}"></noscript>`)
  expect(html).toContain(`href="${path}?quiet=1">Do not look again by itself`)
  expect(html).toContain(`href="${path}">Look again now`)
  expect(html).toContain('do not pay again')
})

test('gateways may send anything along', async () => {
  for (const payload of ['{"a": ', 'PaRes=1&PaRes=2', '\0', undefined]) {
    const options = { method: 'POST', ...(payload !== undefined && { payload }) } as const
    expect((await comeBack(done(), options)).status).toBe(200)
  }
})

test('an address that is not quite right shows nothing', async () => {
  const { app, path, status } = await comeBack(undefined)
  expect(status).toBe(404)
  for (const wrong of [`${path}A`, path.slice(0, -1), `/transaction/Return/${newId()}`])
    expect((await app.inject(wrong)).statusCode).toBe(404)
})
