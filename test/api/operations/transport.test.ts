import { request as httpRequest } from 'node:http'
import Type from 'typebox'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { renderOperationsError } from '../../../src/api/operations/errors.ts'
import { createOperationsTransport } from '../../../src/api/operations/transport.ts'
import { AppError } from '../../../src/errors.ts'
import type { Authenticator } from '../../../src/http/authentication.ts'
import { type Face, route } from '../../../src/http/face.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import { createRateLimit } from '../../../src/http/rate-limit.ts'
import { createServer, type Server } from '../../../src/http/server.ts'
import { createLog } from '../../../src/log.ts'
import { createActorAuthenticator } from '../../../src/users/authenticate.ts'
import { createApiKey } from '../../../src/users/create.ts'
import { createPasswordChecker } from '../../../src/users/password.ts'
import { basic, openUsers, type UsersWorld } from '../../users/setup.ts'

const anything = Type.Object({})
const echo = async ({ body }: { body: unknown }) => ({ got: body as object })

/** A small face that speaks as the Operations face does. */
const createFace = (authenticator: Authenticator): Face => ({
  name: 'small',
  title: 'Small',
  description: 'For tests.',
  prefixes: ['/b'],
  principal: 'merchant',
  slashIsOptional: true,
  transport: createOperationsTransport(authenticator),
  renderError: renderOperationsError,
  routes: [
    route({ method: 'POST', path: '/echo/', summary: 'Echo', body: anything, response: anything, handle: echo }),
    route({ method: 'PUT', path: '/echo/', summary: 'Echo', body: anything, response: anything, handle: echo }),
    route({ method: 'PATCH', path: '/echo/', summary: 'Echo', body: anything, response: anything, handle: echo }),
    route({
      method: 'POST',
      path: '/things/',
      status: 201,
      summary: 'Make',
      response: anything,
      handle: async () => ({ made: true }),
    }),
    route({
      method: 'DELETE',
      path: '/things/:id([a-z]+)/',
      status: 204,
      summary: 'Delete',
      response: anything,
      handle: async () => ({}),
    }),
    route({
      method: 'POST',
      path: '/upload/',
      bodyBytesMax: 3 * 1024 * 1024,
      summary: 'Upload',
      response: anything,
      handle: async ({ body }: { body: unknown }) => {
        const { file } = body as { file?: { bytes: Buffer } }
        return { size: file?.bytes.length ?? 0 }
      },
    }),
    route({
      method: 'POST',
      path: '/refuse/',
      summary: 'Refuse',
      response: anything,
      handle: async ({ body }: { body: unknown }) => {
        const { fields, field, operation } = body as Record<string, string>
        throw new AppError(field === undefined ? 'checkout_state_invalid' : 'invalid_request', {
          ...(field !== undefined && { field, message: 'Not like this.' }),
          ...(fields !== undefined && { fields: { [fields]: ['One.', 'Two.'] } }),
          ...(operation !== undefined && { operation }),
        })
      },
    }),
  ],
})

let world: UsersWorld
let server: Server
let url: string
let key: string

async function start(authenticator: Authenticator, failuresPerMinute = 1_000) {
  const started = await createServer({
    faces: [createFace(authenticator)],
    log: createLog('silent', { write: () => undefined }),
    authenticator,
    rateLimit: createRateLimit({ requestsPerMinute: 1_000, failuresPerMinute }),
    metrics: createMetrics(),
    readiness: async () => ({ isReady: true }),
  })
  return { server: started, url: await started.listen({ host: '127.0.0.1', port: 0 }) }
}

beforeAll(async () => {
  world = await openUsers()
  const { pool, secretKey, merchantId } = world
  key = (await createApiKey(pool, secretKey, { merchantId, name: 'till' })).key.reveal()
  await world.addUser('layla')
  ;({ server, url } = await start(createActorAuthenticator({ db: pool, secretKey })))
})

afterAll(() => server.close())

interface Sent {
  readonly method?: string
  readonly body?: string | FormData | URLSearchParams | Buffer
  readonly type?: string
  readonly authorization?: string
  readonly at?: string
}

async function send(
  path: string,
  { method = 'POST', body, type, authorization = `Api-Key ${key}`, at = url }: Sent = {},
) {
  const response = await fetch(at + path, {
    ...{ method, redirect: 'manual' },
    headers: { ...(authorization !== '' && { authorization }), ...(type !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) }
}

const JSON_TYPE = 'application/json'

test('bodies of all three kinds arrive as the same fields', async () => {
  const fields = { operation: 'refund', order_no: 'ä ب' }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const sent of [
    { body: JSON.stringify(fields), type: JSON_TYPE },
    { body: JSON.stringify(fields), type: 'application/json; charset=UTF-8' },
    { body: new URLSearchParams(fields) },
    { body: form },
  ])
    for (const method of ['POST', 'PUT', 'PATCH'])
      expect((await send('/b/echo/', { ...sent, method })).body).toEqual({ got: fields })
})

test('a request without a body has no fields', async () => {
  expect((await send('/b/echo/')).body).toEqual({ got: {} })
  expect((await send('/b/echo/', { body: '', type: JSON_TYPE })).body).toEqual({ got: {} })
})

test('every path is answered with its last slash and without, never by a redirect', async () => {
  for (const path of ['/b/echo', '/b/echo/', '/b/echo/?x=1'])
    expect((await send(path, { body: '{"a":"1"}', type: JSON_TYPE })).body).toEqual({ got: { a: '1' } })
  for (const path of ['/b/things/abc', '/b/things/abc/'])
    expect((await send(path, { method: 'DELETE' })).status).toBe(204)
})

test('a route may answer 201, or 204 without a body', async () => {
  const made = await send('/b/things')
  expect([made.status, made.body]).toEqual([201, { made: true }])
  const gone = await send('/b/things/abc/', { method: 'DELETE' })
  expect([gone.status, gone.text, gone.headers.get('content-type')]).toEqual([204, '', null])
})

test.each(['GET', 'PUT', 'PATCH', 'DELETE'])(
  '%s where there is only POST is answered 405, and told what there is',
  async (method) => {
    for (const path of ['/b/things/', '/b/things']) {
      const { status, body, headers } = await send(path, { method })
      expect([status, body]).toEqual([405, { detail: `Method "${method}" not allowed.` }])
      expect(headers.get('allow')).toBe('POST')
    }
  },
)

test('a path that nobody has is 404 in the words of the face', async () => {
  const { status, body } = await send('/b/nowhere/')
  expect([status, body]).toEqual([404, { detail: 'Not found.' }])
})

test.each([
  ['text/plain', 'text/plain'],
  ['application/xml; charset=utf-8', 'application/xml; charset=utf-8'],
  ['application/json; charset=utf-16', 'application/json; charset=utf-16'],
  ['application/jsonp', 'application/jsonp'],
  [`text/${'x'.repeat(300)}`, `text/${'x'.repeat(95)}`],
])('a body of type %s is answered 415', async (type, shown) => {
  const { status, body } = await send('/b/echo/', { body: '{}', type })
  expect([status, body]).toEqual([415, { detail: `Unsupported media type "${shown}" in request.` }])
})

test.each<[what: string, sent: Sent, detail: RegExp]>([
  ['broken JSON', { body: '{"a":', type: JSON_TYPE }, /^JSON parse error - /],
  ['a JSON list', { body: '[{"a":1}]', type: JSON_TYPE }, /^JSON parse error - /],
  ['a broken multipart form', { body: 'x', type: 'multipart/form-data; boundary=x' }, /^Multipart form parse error/],
  ['a multipart form without a boundary', { body: 'x', type: 'multipart/form-data' }, /^Multipart form parse error/],
  ['a form that is no text', { body: 'a=%00', type: 'application/x-www-form-urlencoded' }, /not valid/],
])('%s is answered 400 with one text', async (_what, sent, detail) => {
  const { status, body } = await send('/b/echo/', sent)
  expect([status, body]).toEqual([400, { detail: expect.stringMatching(detail) }])
})

test('a body may have 64 kB, and where files are sent as much as one file needs', async () => {
  const form = (size: number) => {
    const data = new FormData()
    data.append('file', new Blob([Buffer.alloc(size, 'x')]), 'a.pdf')
    return data
  }
  expect((await send('/b/echo/', { body: form(70_000) })).status).toBe(413)
  const size = 2.5 * 1024 * 1024
  expect((await send('/b/upload/', { body: form(size) })).body).toEqual({ size })
  expect((await send('/b/upload/', { body: form(size * 2) })).status).toBe(413)
})

test('a refusal is told by its field, by all fields, with its operation, or as one text', async () => {
  const refuse = async (fields: object) =>
    (await send('/b/refuse/', { body: JSON.stringify(fields), type: JSON_TYPE })).body
  expect(await refuse({ field: 'amount' })).toEqual({ amount: ['Not like this.'] })
  expect(await refuse({ fields: 'amount' })).toEqual({ amount: ['One.', 'Two.'] })
  expect(await refuse({ operation: 'refund' })).toEqual({
    detail: 'Operation is not allowed',
    operation: 'refund',
    result: 'failed',
  })
  expect(await refuse({})).toEqual({ detail: 'Operation is not allowed' })
})

test('who is nobody is answered 401 before anything is read, and told both ways to come in', async () => {
  for (const authorization of ['', 'Bearer x', `Api-Key ${key}x`, basic('layla', 'wrong')]) {
    const { status, headers, body } = await send('/b/echo/', { body: '{', type: 'text/plain', authorization })
    expect([status, Object.keys(body)]).toEqual([401, ['detail']])
    expect(headers.get('www-authenticate')).toBe('Api-Key, Basic realm="florin", charset="UTF-8"')
  }
})

test('two Authorization headers are nobody’s, also when both are right', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { authorization: [`Api-Key ${key}`, `Api-Key ${key}`] as never }
    const request = httpRequest(`${url}/b/echo/`, { method: 'POST', headers }, (response) =>
      resolve(response.resume().statusCode),
    )
    request.on('error', reject).end()
  })
  expect(status).toBe(401)
})

test('an address that guesses is answered 429 before anything is hashed, while who is known comes in', async () => {
  let hashes = 0
  const checkPassword = createPasswordChecker({
    compare: async (_passwordHash, password) => {
      hashes++
      return password === 'right'
    },
  })
  const { pool, secretKey } = world
  const { server: own, url: at } = await start(createActorAuthenticator({ db: pool, secretKey, checkPassword }), 3)
  onTestFinished(() => own.close())
  const enter = async (authorization: string) => (await send('/b/echo/', { authorization, at })).status
  expect([await enter(basic('layla', 'right')), await enter(`Api-Key ${key}`)]).toEqual([200, 200])
  for (let i = 0; i < 3; i++) expect(await enter(basic('layla', `guess ${i}`))).toBe(401)
  expect(hashes).toBe(4)
  const { status, headers, body } = await send('/b/echo/', { authorization: basic('layla', 'guess 4'), at })
  expect([status, body]).toEqual([
    429,
    { detail: expect.stringMatching(/^Request was throttled\. Expected available in \d+ seconds\.$/) },
  ])
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(50)
  expect([await enter(basic('layla', 'right')), await enter(`Api-Key ${key}`)]).toEqual([200, 200])
  expect(hashes).toBe(4)
})

test('when too many passwords wait, others are asked to come again, and that is not held against them', async () => {
  const ends: (() => void)[] = []
  const compare = async (): Promise<boolean> => {
    await new Promise<void>((resolve) => ends.push(resolve))
    return true
  }
  const { pool, secretKey } = world
  const checkPassword = createPasswordChecker({ compare, waitingMax: 0 })
  const { server: own, url: at } = await start(createActorAuthenticator({ db: pool, secretKey, checkPassword }), 2)
  onTestFinished(() => own.close())
  const enter = (password: string) => send('/b/echo/', { authorization: basic('layla', password), at })
  const first = [enter('1'), enter('2')]
  await expect.poll(() => ends.length).toBe(2)
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await enter(`another ${i}`)
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  }
  for (const end of ends) end()
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
})
