import { decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import {
  type Fields,
  fetchAnswer,
  KEY,
  type ServicesMember,
  TRANSACTIONS,
  write,
} from '../../helpers/services-member.ts'

let florin: Florin
let member: ServicesMember

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
})

function post(path: string, fields: Fields, as: 'form' | 'dotted' | 'nested' = 'form') {
  const { type, body } = write(fields, as)
  return fetchAnswer(florin.url + path, { method: 'POST', headers: { 'content-type': type }, body })
}

const signIn = (fields: Fields, as?: 'form' | 'dotted' | 'nested') => post(`${TRANSACTIONS}/authToken`, fields, as)

test('a token is had by partner, login name and key, or by member and key, as a form or either JSON', async () => {
  const byName = {
    'authentication.partnerId': member.partnerId,
    'merchant.username': member.username,
    'authentication.sKey': member.secureKey,
  }
  const byNumber = { 'authentication.memberId': member.memberId, 'authentication.sKey': member.secureKey }
  for (const fields of [byName, byNumber]) {
    for (const as of ['form', 'dotted', 'nested'] as const) {
      const { status, body } = await signIn(fields, as)
      expect(status).toBe(200)
      expect(body).toEqual({
        partnerId: member.partnerId,
        memberId: member.memberId,
        result: { code: '200', description: 'Token generated successfully' },
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        LoginName: member.username,
        AuthToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      })
      expect(decodeProtectedHeader(body.AuthToken)).toEqual({ alg: 'HS256', typ: 'JWT' })
      const claims = decodeJwt(body.AuthToken)
      expect(claims).toMatchObject({ sub: member.username, role: 'merchant', iss: 'PZ' })
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600)
      const { paymentId } = await member.pay()
      const asked = await member.send(
        'inquiry',
        { paymentId, ...member.proof(member.memberId, KEY, paymentId) },
        { token: body.AuthToken },
      )
      expect(asked.body.result.code).toBe('00026')
    }
  }
})

test('a wrong key, an unknown member and a member of another partner are one answer', async () => {
  const answers = [
    await signIn({ 'authentication.memberId': member.memberId, 'authentication.sKey': 'wrong' }),
    await signIn({ 'authentication.memberId': '4711', 'authentication.sKey': member.secureKey }),
    await signIn({
      'authentication.partnerId': '4711',
      'merchant.username': member.username,
      'authentication.sKey': member.secureKey,
    }),
  ]
  for (const { status, body } of answers) {
    expect(status).toBe(401)
    expect(body).toMatchObject({ paymentId: '-', result: { code: '401', description: 'Authentication failed' } })
    expect(body).not.toHaveProperty('AuthToken')
  }
})

test('a partner has a token of its own, which does nothing to the payments of its members', async () => {
  const { partner } = florin
  const { body } = await post(`${TRANSACTIONS}/partnerAuthToken`, {
    'authentication.partnerId': partner.partnerId,
    'partner.userName': partner.userName,
    'authentication.sKey': partner.secureKey,
  })
  expect(body).toMatchObject({ partnerId: partner.partnerId, LoginName: partner.userName, result: { code: '200' } })
  expect(body).not.toHaveProperty('memberId')
  expect(decodeJwt(body.AuthToken)).toMatchObject({ role: 'partner', sub: partner.userName })
  const refused = await member.send('getTransactionList', member.proof(member.memberId, KEY), { token: body.AuthToken })
  expect([refused.status, refused.body.result.code]).toEqual([401, '20010'])
})

test('a token works for an hour to the second, and is then exchanged, once', async () => {
  const token = (await signIn({ 'authentication.memberId': member.memberId, 'authentication.sKey': member.secureKey }))
    .body.AuthToken
  const list = async (with_: string) => {
    const { status, body } = await member.send('getTransactionList', member.proof(member.memberId, KEY), {
      token: with_,
    })
    return [status, body.result.code]
  }
  await florin.advance(3590)
  expect(await list(token)).toEqual([200, '00029'])
  await florin.advance(11)
  expect(await list(token)).toEqual([401, '20009'])
  const exchange = () =>
    post(`${TRANSACTIONS}/regenerateToken`, { 'authentication.partnerId': member.partnerId, authToken: token })
  const [first, second] = [await exchange(), await exchange()]
  expect(first.body).toMatchObject({ memberId: member.memberId, LoginName: member.username, result: { code: '200' } })
  expect(await list(first.body.AuthToken)).toEqual([200, '00029'])
  expect([second.status, second.body.result.code]).toEqual([401, '20009'])
})

test('the token endpoints answer XML, too', async () => {
  const { type, body } = write(
    { 'authentication.memberId': member.memberId, 'authentication.sKey': member.secureKey },
    'form',
  )
  const answer = await fetchAnswer(`${florin.url}${TRANSACTIONS}/authToken`, {
    method: 'POST',
    headers: { 'content-type': type, accept: 'application/xml' },
    body,
  })
  expect(answer.headers.get('content-type')).toBe('application/xml; charset=UTF-8')
  expect(answer.body).toMatch(
    /^<\?xml [^>]*\?>\s*<response><partnerId>\d+<\/partnerId>.*<AuthToken>[\w.-]+<\/AuthToken>/s,
  )
})
