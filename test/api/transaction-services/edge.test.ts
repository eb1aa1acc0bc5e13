import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checksumOf } from '../../../src/api/transaction-services/checksum.ts'
import type { MemberSettings } from '../../../src/members/member.ts'
import { signBody } from '../../../src/members/signature.ts'
import { Secret } from '../../../src/secret.ts'
import {
  changeSettings,
  type Edge,
  KEY,
  MEMBER,
  OTHER,
  OTHER_KEY,
  openEdge,
  PARTNER,
  PARTNER_KEY,
  type RunningEdge,
  startEdge,
  tokenOf,
} from './setup.ts'

const BASE = '/transactionServices/REST/v1'
const FORM = 'application/x-www-form-urlencoded'

let edge: Edge
let running: RunningEdge

beforeAll(async () => {
  edge = await openEdge()
  running = await startEdge(edge)
})

afterAll(() => running.server.close())

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly body?: string | Buffer
  readonly type?: string
  readonly headers?: Record<string, string>
  readonly url?: string
}

async function send({ path = '/payments', method = 'POST', body, type = FORM, headers = {}, url }: Sent) {
  const response = await fetch((url ?? running.url) + (path.startsWith('/invoice') ? path : BASE + path), {
    method,
    headers: { ...(body !== undefined && { 'content-type': type }), ...headers },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  // biome-ignore lint/suspicious/noExplicitAny: what is answered is looked at member by member
  const answer: any = isJson ? JSON.parse(text) : undefined
  return { status: response.status, headers: response.headers, text, body: answer }
}

const PAYMENT = {
  'authentication.memberId': MEMBER,
  'authentication.checksum': 'd2ae514c64e62fb23e0114050fe92e6c',
  merchantTransactionId: 'ORD-2001',
  amount: '50.00',
  currency: 'EUR',
  paymentMode: 'CC',
  paymentBrand: 'VISA',
  paymentType: 'DB',
  'card.number': '4000000000000051',
  'card.expiryMonth': '12',
  'card.expiryYear': '2030',
  'card.cvv': '745',
}
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
const token = async (number = MEMBER) => ({ authtoken: await tokenOf(edge, number) })

describe('authToken', () => {
  const byName = {
    'authentication.partnerId': PARTNER,
    'merchant.username': 'teahouse',
    'authentication.sKey': KEY,
  }

  test.each<[string, Record<string, string>]>([
    ['partnerId, username and sKey', byName],
    ['the same by their plain names', { partnerId: PARTNER, username: 'teahouse', secureKey: KEY }],
    ['memberId and sKey', { 'authentication.memberId': MEMBER, 'authentication.sKey': KEY }],
  ])('takes %s, and the token works', async (_, fields) => {
    const { status, body, headers } = await send({ path: '/authToken', body: form(fields) })
    expect(status).toBe(200)
    expect(headers.get('x-request-id')).toBeTruthy()
    expect(body).toMatchObject({
      partnerId: PARTNER,
      memberId: MEMBER,
      LoginName: 'teahouse',
      result: { code: '200' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
    const paid = await send({ body: form(PAYMENT), headers: { authtoken: body.AuthToken } })
    expect(paid.body).toMatchObject({ paymentId: '900001', result: { code: '00001' }, transactionStatus: 'Y' })
  })

  test('makes an HS256 token of one hour with the claims of the API', async () => {
    const { body } = await send({ path: '/authToken', body: form(byName) })
    const [header, claims] = body.AuthToken.split('.').map((part: string) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header)).toEqual({ alg: 'HS256', typ: 'JWT' })
    const { sub, role, iss, exp, iat } = JSON.parse(claims)
    expect({ sub, role, iss }).toEqual({ sub: 'teahouse', role: 'merchant', iss: 'PZ' })
    expect(exp - iat).toBe(3600)
  })

  test('answers an unknown member, an unknown partner and a wrong key alike', async () => {
    const wrongs = [
      { ...byName, 'authentication.sKey': OTHER_KEY },
      { ...byName, 'merchant.username': 'nobody' },
      { ...byName, 'authentication.partnerId': '999' },
      { 'authentication.memberId': '77777', 'authentication.sKey': KEY },
      { 'authentication.memberId': OTHER, 'authentication.sKey': KEY },
    ]
    for (const wrong of wrongs) {
      const { status, body, headers } = await send({ path: '/authToken', body: form(wrong) })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe('AuthToken realm="florin"')
      const { timestamp: _, ...rest } = body
      expect(rest).toEqual({ paymentId: '-', result: { code: '401', description: 'Authentication failed' } })
    }
  })

  test('says what is missing, and refuses two names with two values', async () => {
    const code = async (fields: Record<string, string>) =>
      (await send({ path: '/authToken', body: form(fields) })).body.result.code
    expect(await code({})).toBe('20001')
    expect(await code({ ...byName, 'authentication.sKey': '' })).toBe('20001')
    expect(await code({ ...byName, username: 'noodlebar' })).toBe('20002')
  })

  test('of a partner says who the partner is, and is of no use for a member’s payments', async () => {
    const fields = {
      'authentication.partnerId': PARTNER,
      'partner.userName': 'partner-one',
      'authentication.sKey': PARTNER_KEY,
    }
    const { body } = await send({ path: '/partnerAuthToken', body: form(fields) })
    expect(body).toMatchObject({ partnerId: PARTNER, LoginName: 'partner-one', result: { code: '200' } })
    expect(body).not.toHaveProperty('memberId')
    const paid = await send({ body: form(PAYMENT), headers: { authtoken: body.AuthToken } })
    expect(paid).toMatchObject({ status: 401, body: { result: { code: '20010' } } })
    const wrong = await send({ path: '/partnerAuthToken', body: form({ ...fields, 'partner.userName': 'other' }) })
    expect(wrong.status).toBe(401)
  })

  test('answers 429 to an address that tries too often, and still knows who was known', async () => {
    const { url } = await startEdge(edge, { limits: { failuresPerMinute: 3 } })
    const ask = (fields: Record<string, string>) => send({ url, path: '/authToken', body: form(fields) })
    expect((await ask(byName)).status).toBe(200)
    for (let i = 0; i < 3; i++) expect((await ask({ ...byName, 'merchant.username': `user${i}` })).status).toBe(401)
    const refused = await ask({ ...byName, 'merchant.username': 'user9' })
    expect(refused).toMatchObject({ status: 429, body: { result: { code: '429' } } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect((await ask({ ...byName, 'authentication.sKey': 'sk_wrong' })).status).toBe(429)
    expect((await ask(byName)).status).toBe(200)
  })
})

describe('regenerateToken', () => {
  const exchange = (authToken: string, partnerId = PARTNER, path = '/regenerateToken') =>
    send({ path, body: form({ 'authentication.partnerId': partnerId, authToken }) })

  test('exchanges a token once, for the invoices too', async () => {
    const first = await tokenOf(edge)
    const { body } = await exchange(first)
    expect(body).toMatchObject({ memberId: MEMBER, LoginName: 'teahouse', result: { code: '200' } })
    expect((await send({ body: form(PAYMENT), headers: { authtoken: body.AuthToken } })).status).toBe(200)
    expect(await exchange(first)).toMatchObject({ status: 401, body: { result: { code: '20009' } } })
    const other = await exchange(body.AuthToken, PARTNER, '/invoiceServices/REST/v1/regenerateToken')
    expect(other.body.AuthToken).toBeTruthy()
  })

  test('needs the member’s own partner, and a token of ours', async () => {
    expect((await exchange(await tokenOf(edge), '302')).status).toBe(401)
    expect((await exchange('a.b.c')).status).toBe(401)
  })
})

describe('a token', () => {
  const pay = (headers: Record<string, string>) => send({ body: form(PAYMENT), headers })
  const claims = { sub: 'teahouse', role: 'merchant', iss: 'PZ', mid: MEMBER, ver: 0 }
  const forge = async (header: { alg: string }, key: Uint8Array) => {
    const seconds = Math.floor(Date.now() / 1000)
    const jti = '019a5b3e-7d21-4000-9f3a-41c07f2be6a4'
    const payload = { ...claims, jti, iat: seconds, exp: seconds + 3600, auth_time: seconds }
    return new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader({ typ: 'JWT', ...header }).sign(key)
  }

  test('may be in a header of any case', async () => {
    const authToken = await tokenOf(edge)
    for (const name of ['authtoken', 'AuthToken', 'AUTHTOKEN']) {
      expect((await pay({ [name]: authToken })).body.result.code).toBe('00001')
    }
  })

  test('that is missing, not ours, unsigned or signed otherwise is refused', async () => {
    const [head, body] = (await tokenOf(edge)).split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const wrongs: Record<string, string>[] = [
      {},
      { authtoken: '' },
      { authtoken: 'nonsense' },
      { authtoken: `${none}.${body}.` },
      { authtoken: `${head}.${body}.${'A'.repeat(43)}` },
      { authtoken: await forge({ alg: 'HS256' }, Buffer.alloc(32, 1)) },
      { authtoken: await forge({ alg: 'HS512' }, Buffer.alloc(64, 1)) },
      { authtoken: await forge({ alg: 'HS256' }, edge.keys.credentialKey.reveal()) },
    ]
    for (const headers of wrongs) {
      const { status, body: answer } = await pay(headers)
      expect(status).toBe(401)
      expect(answer).toMatchObject({ paymentId: '-', result: { code: '20009' } })
    }
  })

  test('must be sent once', async () => {
    const authToken = await tokenOf(edge)
    const status = await new Promise((resolve, reject) => {
      const asked = httpRequest(
        `${running.url}${BASE}/payments`,
        { method: 'POST', headers: { authtoken: [authToken, authToken], 'content-type': FORM } },
        (response) => resolve(response.resume().statusCode),
      )
      asked.on('error', reject).end(form(PAYMENT))
    })
    expect(status).toBe(401)
  })

  test('is for its member alone', async () => {
    const answer = await pay(await token(OTHER))
    expect(answer).toMatchObject({ status: 401, body: { result: { code: '20010' } } })
  })

  test('works for one hour of business time, and can be exchanged for a day', async () => {
    const own = await openEdge()
    const { url } = await startEdge(own)
    const authToken = await tokenOf(own)
    const ask = () => send({ url, body: form(PAYMENT), headers: { authtoken: authToken } })
    const exchange = (old: string) =>
      send({ url, path: '/regenerateToken', body: form({ partnerId: PARTNER, authToken: old }) })
    expect((await ask()).status).toBe(200)
    await own.advance(3601)
    expect(await ask()).toMatchObject({ status: 401, body: { result: { code: '20009' } } })
    const second = (await exchange(authToken)).body.AuthToken
    expect((await send({ url, body: form(PAYMENT), headers: { authtoken: second } })).status).toBe(200)
    await own.advance(24 * 3600 - 3600)
    expect((await exchange(second)).status).toBe(401)
  })

  test('of a member that cannot bear a 401 is refused with 200 when it was a token of that member', async () => {
    const own = await openEdge()
    const { url } = await startEdge(own)
    const authtoken = await tokenOf(own)
    await changeSettings(own, MEMBER, { legacyHttp200: true })
    await own.advance(3601)
    const expired = await send({ url, body: form(PAYMENT), headers: { authtoken } })
    expect(expired).toMatchObject({ status: 200, body: { result: { code: '20009' } } })
    expect((await send({ url, body: form(PAYMENT) })).status).toBe(401)
  })

  test('is refused with 200 to everybody where the platform says so', async () => {
    const { url } = await startEdge(edge, { legacyHttp200: true })
    expect(await send({ url, body: form(PAYMENT) })).toMatchObject({ status: 200, body: { result: { code: '20009' } } })
  })
})

describe('a request', () => {
  const nested = {
    ...PAYMENT,
    card: { number: '4000000000000051', expiryMonth: '12', expiryYear: '2030', cvv: '745' },
  }

  test.each<[string, Sent]>([
    ['a form', { body: form(PAYMENT) }],
    ['a form with its charset', { body: form(PAYMENT), type: `${FORM}; charset=UTF-8` }],
    ['dotted JSON', { body: JSON.stringify(PAYMENT), type: 'application/json' }],
    ['nested JSON', { body: JSON.stringify(nested), type: 'application/json;charset=utf-8' }],
  ])('may be %s', async (_, sent) => {
    const { status, body } = await send({ ...sent, headers: await token() })
    expect(status).toBe(200)
    expect(body.result.code).toBe('00001')
  })

  test.each<[string, Sent, number, string]>([
    ['another charset', { body: form(PAYMENT), type: `${FORM}; charset=ISO-8859-1` }, 415, '20014'],
    ['another type', { body: '<a/>', type: 'application/xml' }, 415, '20014'],
    ['a multipart form', { body: 'x', type: 'multipart/form-data; boundary=x' }, 415, '20014'],
    ['a compressed body', { body: form(PAYMENT), headers: { 'content-encoding': 'gzip' } }, 415, '20014'],
    ['no body', {}, 200, '20001'],
    ['an empty body', { body: '' }, 200, '20001'],
    ['a list', { body: '[]', type: 'application/json' }, 200, '20002'],
    ['malformed JSON', { body: '{', type: 'application/json' }, 200, '20002'],
    [
      'a number as amount',
      { body: JSON.stringify({ ...PAYMENT, amount: 50 }), type: 'application/json' },
      200,
      '20003',
    ],
    [
      'a checksum in a list',
      { body: JSON.stringify({ ...PAYMENT, 'authentication.checksum': ['x'] }), type: 'application/json' },
      200,
      '20002',
    ],
    ['two amounts', { body: `${form(PAYMENT)}&amount=1.00` }, 200, '20002'],
    ['prototypes', { body: '{"__proto__":{"amount":"1.00"}}', type: 'application/json' }, 200, '20002'],
    ['1 MB', { body: `a=${'x'.repeat(1024 * 1024)}` }, 413, '413'],
    ['bytes that are not UTF-8', { body: Buffer.from([0x61, 0x3d, 0xff]) }, 200, '20002'],
  ])('with %s is %i, %s', async (_, sent, status, code) => {
    const answer = await send({ ...sent, headers: { ...(await token()), ...sent.headers } })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ paymentId: '-', result: { code } })
    expect(answer.text).not.toContain('4000000000000051')
  })

  test('whose id was extended for a known digest is refused for its form', async () => {
    const padded = `900001%80${'%00'.repeat(24)}%F8${'%00'.repeat(7)}`
    const fields = { 'authentication.memberId': MEMBER, paymentType: 'CP', amount: '9999.00' }
    const body = form({ ...fields, 'authentication.checksum': '4736c24ca4f659a4579f2f51fd047717' })
    for (const path of [`/payments/${padded}`, '/payments/900001%C2%80', '/payments/900001%7C1']) {
      const answer = await send({ path, body, headers: await token() })
      expect([200, 400, 404]).toContain(answer.status)
      expect(answer.body.result.code).toMatch(/^(20002|404)$/)
    }
  })

  test('to no endpoint, by a wrong method or that fails is answered in the same envelope', async () => {
    const headers = await token()
    expect(await send({ path: '/nothing', body: '', headers })).toMatchObject({
      status: 404,
      body: { result: { code: '404' } },
    })
    const wrong = await send({ path: '/payments', method: 'GET', headers })
    expect(wrong).toMatchObject({ status: 405, body: { result: { code: '405' } } })
    expect(wrong.headers.get('allow')).toBe('POST')
    const failed = await send({ path: '/fail', body: '', headers })
    expect(failed).toMatchObject({ status: 500, body: { result: { code: '500', description: 'Internal error' } } })
    expect(failed.text).not.toContain('secret')
  })

  test('may be a GET of the resource path', async () => {
    const checksum = checksumOf('C3', new Secret(KEY), { memberId: MEMBER, paymentId: '900001' })
    const query = form({ 'authentication.memberId': MEMBER, 'authentication.checksum': checksum })
    const { body } = await send({ path: `/payments/900001?${query}`, method: 'GET', headers: await token() })
    expect(body).toMatchObject({ paymentId: '900001', result: { code: '00026' } })
    const none = await send({ path: '/payments/900001', method: 'GET', headers: await token() })
    expect(none.body.result.code).toBe('20001')
  })

  test('that guesses checksums is counted', async () => {
    const { url } = await startEdge(edge, { limits: { failuresPerMinute: 2 } })
    const headers = await token()
    const ask = (checksum: string) =>
      send({ url, body: form({ ...PAYMENT, 'authentication.checksum': checksum }), headers })
    const codes: string[] = []
    for (let i = 0; i < 3; i++) codes.push((await ask(String(i).repeat(32))).body.result.code)
    expect(codes).toEqual(['20007', '20007', '429'])
    expect((await ask(PAYMENT['authentication.checksum'])).body.result.code).toBe('00001')
  })
})

describe('an answer', () => {
  test('is XML when that is preferred, refusals too', async () => {
    const headers = { ...(await token()), accept: 'application/xml' }
    const paid = await send({ body: form(PAYMENT), headers })
    expect(paid.headers.get('content-type')).toBe('application/xml; charset=UTF-8')
    expect(paid.text).toContain('<response><paymentId>900001</paymentId>')
    expect(paid.text).toContain('<result><code>00001</code>')
    const refused = await send({ body: '', headers: { accept: 'text/xml' } })
    expect(refused.text).toContain('<paymentId>-</paymentId><result><code>20009</code>')
    const wrong = await send({ path: '/nothing', body: '', headers })
    expect(wrong).toMatchObject({ status: 404, text: expect.stringContaining('<code>404</code>') })
  })

  test('has times in the zone of its member', async () => {
    const own = await openEdge()
    await changeSettings(own, MEMBER, { timeZone: 'Asia/Kolkata' })
    const { url } = await startEdge(own)
    const headers = { authtoken: await tokenOf(own) }
    const toSeconds = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`)
    for (const body of [form(PAYMENT), form({ ...PAYMENT, amount: '1' })]) {
      const { body: answer } = await send({ url, body, headers })
      const ahead = toSeconds(answer.timestamp) - Date.now()
      expect(Math.round(ahead / 60_000)).toBe(330)
    }
  })
})

describe('X-Signature', () => {
  const own = async (changes: Partial<MemberSettings>) => {
    const opened = await openEdge()
    await changeSettings(opened, MEMBER, changes)
    const { url } = await startEdge(opened)
    const authtoken = await tokenOf(opened)
    return (body: string, signature?: string) =>
      send({ url, body, headers: { authtoken, ...(signature && { 'x-signature': signature }) } })
  }
  const sign = (body: string, atMs = Date.now(), key = KEY) => signBody(new Secret(key), body, atMs)
  const { 'authentication.checksum': _, ...UNSUMMED } = PAYMENT

  test('stands for a checksum, and is compared with the bytes', async () => {
    const ask = await own({})
    const body = form(UNSUMMED)
    expect((await ask(body)).body.result.code).toBe('20001')
    expect((await ask(body, sign(body))).body.result.code).toBe('00001')
    expect((await ask(`${body}&`, sign(body))).body.result.code).toBe('20007')
    expect((await ask(body, sign(body, Date.now(), OTHER_KEY))).body.result.code).toBe('20007')
  })

  test.each<[string, (body: string) => string]>([
    ['too old', (body) => sign(body, Date.now() - 301_000)],
    ['from the future', (body) => sign(body, Date.now() + 301_000)],
    ['two in one', (body) => `${sign(body)}, ${sign(body)}`],
    ['another form', (body) => sign(body).replace('v1=', 'v0=')],
    ['upper case', (body) => sign(body).toUpperCase()],
    ['short', (body) => sign(body).slice(0, -2)],
  ])('that is %s is refused, whatever the checksum says', async (_, make) => {
    const ask = await own({})
    const body = form(PAYMENT)
    expect((await ask(body, make(body))).body.result.code).toBe('20007')
  })

  test('must be there for a member that requires it', async () => {
    const ask = await own({ requiresHmac: true })
    const body = form(PAYMENT)
    expect((await ask(body)).body).toMatchObject({ paymentId: '-', result: { code: '20007' } })
    expect((await ask(body, sign(body))).body.result.code).toBe('00001')
  })

  test('of a GET is over its target', async () => {
    const opened = await openEdge()
    await changeSettings(opened, MEMBER, { requiresHmac: true })
    const { url } = await startEdge(opened)
    const authtoken = await tokenOf(opened)
    const target = `/payments/900001?${form({ 'authentication.memberId': MEMBER })}`
    const get = (signature: string) =>
      send({ url, path: target, method: 'GET', headers: { authtoken, 'x-signature': signature } })
    expect((await get(sign(BASE + target))).body.result.code).toBe('00026')
    expect((await get(sign(''))).body.result.code).toBe('20007')
  })

  test('is all that counts for a member without MD5', async () => {
    const ask = await own({ requiresHmac: true, allowsMd5: false })
    const body = form({ ...PAYMENT, 'authentication.checksum': 'f'.repeat(32) })
    const { body: answer } = await ask(body, sign(body))
    expect(answer).toMatchObject({ result: { code: '00001' }, checksum: '' })
  })

  test('is the one of the specification', () => {
    const body = '{"paymentId":"900001"}'
    const mac = '530179b21831fbbda9022bcba52f34fbc4975317c728b63e6860ba8b72919e9f'
    expect(createHmac('sha256', KEY).update(`1760000000.${body}`).digest('hex')).toBe(mac)
    expect(sign(body, 1_760_000_000_000)).toBe(`t=1760000000,v1=${mac}`)
  })
})

describe('the documentation', () => {
  test('describes tokens, forms and XML, and which routes are open', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: a document is looked at member by member
    const document: any = await (await fetch(`${running.url}/docs/transaction-services.json`)).json()
    expect(document).toMatchObject({
      openapi: '3.1.0',
      security: [{ authToken: [] }],
      components: { securitySchemes: { authToken: { type: 'apiKey', in: 'header', name: 'AuthToken' } } },
    })
    const { post } = document.paths[`${BASE}/authToken`]
    expect(post.security).toEqual([])
    expect(post).not.toHaveProperty('parameters')
    expect(Object.keys(post.requestBody.content)).toEqual([FORM, 'application/json'])
    expect(Object.keys(post.responses['200'].content)).toEqual(['application/json', 'application/xml'])
    expect(document.paths[`${BASE}/payments`].post).not.toHaveProperty('security')
    expect((await fetch(`${running.url}/docs/invoice-services.json`)).status).toBe(200)
  })

  test('has the routes of both faces in the metrics', async () => {
    const text = await (await fetch(`${running.url}/metrics`)).text()
    expect(text).toContain('face="transaction-services",route="POST /transactionServices/REST/v1/payments"')
  })
})
