import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isUuid } from '../../src/ids.ts'
import {
  basic,
  basicOf,
  createSender,
  createWorld,
  PAY,
  type RunningServer,
  type Sent,
  sha256,
  signed,
  startServer,
  type World,
} from './demo-face.ts'

let world: World
let running: RunningServer
let send: ReturnType<typeof createSender>

beforeAll(async () => {
  world = await createWorld()
  running = await startServer(world)
  send = createSender(world, running)
})

afterAll(() => running.server.close())

describe('a good request', () => {
  test('is answered with the amount as a number, exactly', async () => {
    const { status, body, headers } = await send()
    expect(status).toBe(200)
    expect(body).toEqual({ amount: 10.5, text: '10.50', route: 'POST /v1/shop/orders/pay', merchant: 'Tea House' })
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test('has the same canonical route under the other prefix', async () => {
    const { status, body } = await send({ path: '/shop/orders/pay' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ route: 'POST /v1/shop/orders/pay' })
  })

  test('hands its idempotency key to the handler', async () => {
    const key = 'k'.repeat(255)
    expect((await send({ headers: { 'idempotency-key': key } })).body).toMatchObject({ key })
  })

  test.each(['k'.repeat(256), '', 'kéy'])('is refused with an unusable idempotency key', async (key) => {
    const { status, body } = await send({ headers: { 'idempotency-key': key } })
    expect(status).toBe(400)
    expect(body.message).toContain('Idempotency-Key')
  })

  test.each([null, ''])('needs no body where the route has none, whatever its content type', async (body) => {
    expect((await send({ path: '/shop/poke', body })).status).toBe(200)
    expect((await send({ path: '/shop/poke', body, headers: { 'content-type': 'application/json' } })).status).toBe(200)
  })

  test.each([
    ['intent=a&intent=b', { intent: ['a', 'b'], pageSize: 20 }],
    ['intent[]=a&intent[]=b', { intent: ['a', 'b'], pageSize: 20 }],
    ['intent=a', { intent: ['a'], pageSize: 20 }],
    ['intent=a,b&pageSize=5&other=1', { intent: ['a,b'], pageSize: 5 }],
    ['search=a%20b', { intent: [], pageSize: 20, search: 'a b' }],
  ])('may have the query %s', async (query, expected) => {
    const { body } = await send({
      path: `/v1/things?${query}`,
      method: 'GET',
      body: null,
      headers: { authorization: basic(world.client) },
    })
    expect(body).toEqual(expected)
  })

  test.each([
    ['pageSize=0', 'pageSize must be a whole number of at least 1'],
    ['pageSize=two', 'pageSize must be a whole number of at least 1'],
    ['pageSize=1&pageSize=2', 'pageSize must be given once'],
    ['search=', 'search must not be empty'],
    ['search=%00', 'search contains a character that is not valid'],
  ])('may not have the query %s', async (query, message) => {
    const { status, body } = await send({
      path: `/v1/things?${query}`,
      method: 'GET',
      body: null,
      headers: { authorization: basic(world.client) },
    })
    expect(status).toBe(400)
    expect(body.message).toBe(message)
  })
})

describe('authentication over HTTP', () => {
  const wrong = (make: () => string | undefined, label: string) => [label, make] as const

  test.each([
    wrong(() => undefined, 'no header'),
    wrong(() => 'Digest abc', 'another scheme'),
    wrong(() => 'Basic', 'nothing after the scheme'),
    wrong(() => basicOf('nobody:secret'), 'an unknown user'),
    wrong(() => basicOf(`${world.merchant.username}:wrong`), 'a wrong password'),
    wrong(() => basicOf(`${world.merchant.username}:with:colon`), 'a wrong password with a colon'),
    wrong(() => basicOf(`${world.merchant.username}:pässwörd`), 'a wrong password that is not ASCII'),
    wrong(() => basicOf(world.merchant.username), 'no colon'),
    wrong(() => `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`, 'bytes that are not UTF-8'),
    wrong(() => basicOf('a\0b:secret'), 'a NUL in the name'),
  ])('refuses %s with the same 401', async (_, make) => {
    const authorization = make()
    const response = await fetch(`${running.url}/shop/orders/pay`, {
      method: 'POST',
      body: 'not even JSON',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ code: 'authentication_failed', message: 'Authentication failed.' })
    expect(response.headers.get('www-authenticate')).toBe(
      'Basic realm="florin", charset="UTF-8", Bearer realm="florin"',
    )
  })

  test('refuses two Authorization headers, even when both are right', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(
        `${running.url}/shop/poke`,
        { method: 'POST', headers: { authorization: [basic(world.merchant), basic(world.merchant)] as never } },
        (response) => resolve(response.resume().statusCode),
      )
      request.on('error', reject).end()
    })
    expect(status).toBe(401)
  })

  test('refuses a principal of the wrong kind with 403', async () => {
    expect((await send({ headers: { authorization: basic(world.client) } })).status).toBe(403)
    const { status } = await send({ path: '/v1/things', method: 'GET', body: null })
    expect(status).toBe(403)
  })

  test('compares a signed body byte for byte before it is parsed', async () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iat, exp: iat + 30, method: 'POST', uri: '/v1/shop/orders/pay' }
    const raw = '{ "amount": 10.50, "currency": "USD" }'
    const good = await signed(world.merchant, { ...claims, body: sha256(raw) })
    expect((await send({ body: raw, headers: { authorization: good } })).status).toBe(200)
    const bad = await signed(world.merchant, { ...claims, body: sha256(JSON.stringify(JSON.parse(raw))) })
    const refused = await send({ body: raw, headers: { authorization: bad } })
    expect(refused.status).toBe(401)
    expect(refused.body).toEqual({ code: 'INVALID_SIGNATURE', message: 'JWT signature verification failed' })
    expect((await send({ body: '{', headers: { authorization: bad } })).status).toBe(401)
    expect((await send({ body: null, headers: { authorization: bad } })).status).toBe(401)
  })
})

describe('a body that cannot be used', () => {
  const json = (body: string) => ({ body })

  test.each<[string, Sent, number, RegExp]>([
    ['malformed', json('{"amount":1,'), 400, /not well-formed JSON at position 12/],
    ['empty', json(''), 400, /A JSON body is required/],
    ['missing', { body: null }, 400, /A JSON body is required/],
    ['only spaces', json('   '), 400, /A JSON body is required/],
    ['a list', json('[1]'), 400, /must be a JSON object/],
    ['a number', json('1'), 400, /must be a JSON object/],
    ['a duplicate key', json('{"amount":1,"amount":2,"currency":"USD"}'), 400, /a member twice/],
    ['an equal duplicate key', json('{"amount":1,"amount":1,"currency":"USD"}'), 400, /a member twice/],
    ['__proto__', json('{"__proto__":{"isAdmin":true},"amount":1,"currency":"USD"}'), 400, /not allowed/],
    ['a constructor with a prototype', json('{"constructor":{"prototype":{"a":1}}}'), 400, /not allowed/],
    ['too deep', json(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`), 400, /deeper than 16/],
    ['not UTF-8', { body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400, /must be UTF-8/],
    ['another type', { headers: { 'content-type': 'text/plain' } }, 415, /application\/json/],
    ['another charset', { headers: { 'content-type': 'application/json; charset=utf-16' } }, 415, /application\/json/],
    ['compressed', { headers: { 'content-encoding': 'gzip' } }, 415, /application\/json/],
    ['2 MB', json(`{"note":"${'x'.repeat(2 * 1024 * 1024)}"}`), 413, /too large/],
    ['a string as amount', json('{"amount":"100","currency":"USD"}'), 400, /^amount must be a number$/],
    ['null as amount', json('{"amount":null,"currency":"USD"}'), 400, /^amount must be a number$/],
    ['no amount', json('{"currency":"USD"}'), 400, /^amount is required$/],
    ['a short currency', json('{"amount":1,"currency":"US"}'), 400, /^currency must have at least 3 characters$/],
    ['a number as currency', json('{"amount":1,"currency":840}'), 400, /^currency must be a string$/],
    [
      'a fraction as count',
      json('{"amount":1,"currency":"USD","count":1.5}'),
      400,
      /^count must be a whole number from 1 to 9$/,
    ],
    ['a huge amount', json('{"amount":1e21,"currency":"USD"}'), 400, /^amount is too large$/],
    ['NaN as amount', json('{"amount":NaN,"currency":"USD"}'), 400, /not well-formed JSON/],
  ])('%s is refused', async (_, sent, status, message) => {
    const answer = await send(sent)
    expect(answer.status).toBe(status)
    expect(answer.body.message).toMatch(message)
    expect(answer.body.code).toBeTypeOf('string')
    expect(isUuid(answer.headers.get('x-request-id') ?? '')).toBe(true)
  })

  test('is refused without repeating what it said', async () => {
    expect((await send({ body: '{"pan":"5123450000000008" oops' })).text).not.toContain('512345')
  })

  test('leaves the connection open, so that a client that is still sending sees the answer', async () => {
    for (const body of ['{', `{"note":"${'x'.repeat(200_000)}"}`]) {
      expect((await send({ body })).headers.get('connection')).not.toBe('close')
    }
  })

  test('may start with a byte order mark, name its charset, and have members that nobody knows', async () => {
    expect((await send({ body: `\ufeff${PAY}` })).status).toBe(200)
    expect((await send({ headers: { 'content-type': 'application/json; charset=UTF-8' } })).status).toBe(200)
    expect((await send({ body: '{"amount":1,"currency":"USD","extra":{"a":[1]}}' })).status).toBe(200)
  })
})

describe('limits', () => {
  test('a principal that is over the limit of an endpoint gets 429 there, and only there', async () => {
    const { url } = await startServer(world, { limits: { perRoute: { 'POST /v1/shop/poke': 2 } } })
    const poke = (path: string) =>
      fetch(url + path, { method: 'POST', headers: { authorization: basic(world.merchant) } })
    const statuses = [(await poke('/shop/poke')).status, (await poke('/v1/shop/poke')).status]
    const refused = await poke('/shop/poke')
    expect([...statuses, refused.status]).toEqual([200, 200, 429])
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect((await poke('/shop/fail')).status).toBe(500)
  })

  test('an address that fails to authenticate too often is answered 429, and known credentials still work', async () => {
    const { url } = await startServer(world, { limits: { failuresPerMinute: 3 } })
    const poke = async (authorization: string) => {
      const { status, headers } = await fetch(`${url}/shop/poke`, { method: 'POST', headers: { authorization } })
      return { status, retryAfter: headers.get('retry-after') }
    }
    expect((await poke(basic(world.merchant))).status).toBe(200)
    for (let i = 0; i < 3; i++) expect((await poke(basicOf(`user${i}:x`))).status).toBe(401)
    const { status, retryAfter } = await poke(basicOf('user4:x'))
    expect(status).toBe(429)
    expect(Number(retryAfter)).toBeGreaterThan(50)
    expect((await poke(basicOf(`${world.merchant.username}:x`))).status).toBe(429)
    expect((await poke(basic(world.merchant))).status).toBe(200)
  })
})
