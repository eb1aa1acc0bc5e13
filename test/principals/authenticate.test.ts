import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Authentication } from '../../src/http/authentication.ts'
import { createAuthenticator } from '../../src/principals/authenticate.ts'
import { createCredentials, type IssuedCredentials } from '../../src/principals/credentials.ts'
import { findCredentialByAccessKey, insertCredential, updateCredentialRevoked } from '../../src/principals/queries.ts'
import { Secret } from '../../src/secret.ts'
import { basic, basicOf, createWorld, sha256, signed, type World } from '../http/demo-face.ts'

const NOW = 1_760_000_000
const BODY = '{"amount": 10.50}'

let world: World

beforeAll(async () => {
  world = await createWorld()
})

interface Asked {
  readonly method?: string
  readonly target?: string
  readonly authorization: readonly string[]
  readonly body?: string
}

async function ask({
  method = 'POST',
  target = '/v1/x?a=1',
  authorization,
  body = BODY,
}: Asked): Promise<Authentication> {
  const authenticator = createAuthenticator({
    db: world.database.pool,
    secretKey: world.secretKey,
    wallNow: () => NOW * 1000,
  })
  const answer = await authenticator.authenticate({ method, target, authorization, headers: {}, refuseUnknown: false })
  answer.checkBody?.(Buffer.from(body))
  return answer
}

const CLAIMS = { iat: NOW, exp: NOW + 30, uri: '/v1/x?a=1', method: 'POST', body: sha256(BODY) }
const INVALID = 'signature_invalid'
const FAILED = 'authentication_failed'

describe('a signed request', () => {
  test('is accepted and says who is calling', async () => {
    const { principal } = await ask({ authorization: [await signed(world.client, CLAIMS)] })
    expect(principal).toMatchObject({ kind: 'client', name: 'Fleet Cards', accessKey: world.client.accessKey })
  })

  test.each<[string, Record<string, unknown>, Partial<Asked>]>([
    ['a GET with the hash of nothing', { method: 'GET', body: sha256('') }, { method: 'GET', body: '' }],
    ['a GET without a body claim', { method: 'GET', body: undefined }, { method: 'GET', body: '' }],
    ['an iat five seconds ahead', { iat: NOW + 5, exp: NOW + 35 }, {}],
    ['the last second of its life', { iat: NOW - 29, exp: NOW + 1 }, {}],
    ['a method in lower case', { method: 'post' }, {}],
  ])('is accepted: %s', async (_, claims, asked) => {
    const authorization = [await signed(world.client, { ...CLAIMS, ...claims })]
    await expect(ask({ ...asked, authorization })).resolves.toBeDefined()
  })

  test.each<[string, Record<string, unknown>, string, Partial<Asked>?]>([
    ['a life of 31 seconds', { exp: NOW + 31 }, INVALID],
    ['a life of no seconds', { iat: NOW + 5, exp: NOW + 5 }, INVALID],
    ['expired', { iat: NOW - 30, exp: NOW }, FAILED],
    ['an iat six seconds ahead', { iat: NOW + 6, exp: NOW + 36 }, INVALID],
    ['no iat', { iat: undefined }, INVALID],
    ['no exp', { exp: undefined }, INVALID],
    ['an exp that is no number', { exp: String(NOW + 30) }, INVALID],
    ['a uri without its query', { uri: '/v1/x' }, INVALID],
    ['the uri of another route', { uri: '/v1/y?a=1' }, INVALID],
    ['a uri in another spelling', { uri: '/v1/%78?a=1' }, INVALID],
    ['no uri', { uri: undefined }, INVALID],
    ['another method', { method: 'GET' }, INVALID],
    ['no method', { method: undefined }, INVALID],
    ['the hash of a body written again', { body: sha256('{"amount":10.5}') }, INVALID],
    ['a hash in capitals', { body: sha256(BODY).toUpperCase() }, INVALID],
    ['no body claim but a body', { body: undefined }, INVALID],
    ['a body claim but no body', {}, INVALID, { body: '' }],
    ['a body claim that is no text', { body: 5 }, INVALID],
    ['an unknown access key', { sub: '899a7a89-bb6b-4d43-a702-c6aa45dd89cf' }, FAILED],
    ['an access key that is no UUID', { sub: "' or 1=1" }, FAILED],
    ['no access key', { sub: undefined }, FAILED],
  ])('is refused: %s', async (_, claims, code, asked = {}) => {
    const authorization = [await signed(world.client, { ...CLAIMS, ...claims })]
    await expect(ask({ ...asked, authorization })).rejects.toMatchObject({ code })
  })

  test('is refused when another key has signed it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const forged: IssuedCredentials = { ...world.client, privateKey: new Secret(pem) }
    await expect(ask({ authorization: [await signed(forged, CLAIMS)] })).rejects.toMatchObject({ code: INVALID })
    const stolen = await signed({ ...world.client, accessKey: world.merchant.accessKey }, CLAIMS)
    await expect(ask({ authorization: [stolen] })).rejects.toMatchObject({ code: INVALID })
  })

  test('is refused when a byte of it was changed', async () => {
    const [head = '', , signature = ''] = (await signed(world.client, CLAIMS)).split('.')
    const claims = Buffer.from(JSON.stringify({ ...CLAIMS, sub: world.client.accessKey, exp: NOW + 29 })).toString(
      'base64url',
    )
    await expect(ask({ authorization: [`${head}.${claims}.${signature}`] })).rejects.toMatchObject({ code: INVALID })
  })

  test.each(['PS256', 'RS512'])('is refused with the algorithm %s', async (alg) => {
    await expect(ask({ authorization: [await signed(world.client, CLAIMS, { alg })] })).rejects.toMatchObject({
      code: INVALID,
    })
  })

  test('is refused without a signature', async () => {
    for (const alg of ['none', 'None', 'RS256']) {
      const token = `${encode({ alg, typ: 'JWT' })}.${encode({ ...CLAIMS, sub: world.client.accessKey })}.`
      await expect(ask({ authorization: [`Bearer ${token}`] })).rejects.toMatchObject({ code: INVALID })
    }
  })

  test('is refused when it is an HMAC under the public key', async () => {
    const { publicKey } = (await findCredentialByAccessKey(world.database.pool, world.client.accessKey)) ?? {}
    const pem = publicKey?.export({ type: 'spki', format: 'pem' }).toString() ?? ''
    expect(createPublicKey(pem).asymmetricKeyType).toBe('rsa')
    for (const alg of ['HS256', 'RS256']) {
      const input = `${encode({ alg, typ: 'JWT' })}.${encode({ ...CLAIMS, sub: world.client.accessKey })}`
      const mac = createHmac('sha256', pem).update(input).digest('base64url')
      await expect(ask({ authorization: [`Bearer ${input}.${mac}`] })).rejects.toMatchObject({ code: INVALID })
    }
  })

  test.each(['x', 'a.b.c', 'e30.e30.', '..', `${'a'.repeat(5000)}.b.c`])(
    'is refused when it is no JWT: %#',
    async (token) => {
      await expect(ask({ authorization: [`Bearer ${token}`] })).rejects.toMatchObject({ code: INVALID })
    },
  )
})

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('HTTP Basic', () => {
  test('is accepted with any spelling of the scheme and says who is calling', async () => {
    const header = basic(world.merchant)
    for (const authorization of [header, header.replace('Basic', 'bAsIc'), header.replace(' ', '  ')]) {
      const { principal, checkBody } = await ask({ authorization: [authorization] })
      expect(principal).toMatchObject({ kind: 'merchant', name: 'Tea House', accessKey: world.merchant.accessKey })
      expect(checkBody).toBeUndefined()
    }
  })

  test('splits at the first colon and reads UTF-8', async () => {
    const { row, issued } = await createCredentials({ kind: 'merchant', id: await merchantId() }, world.secretKey)
    const password = 'pä:ss:wörd🔑'
    const secretHmac = createHmac('sha256', world.secretKey).update(password).digest()
    await insertCredential(world.database.pool, { ...row, secretHmac })
    await expect(ask({ authorization: [basicOf(`${issued.username}:${password}`)] })).resolves.toBeDefined()
    await expect(ask({ authorization: [basic(issued)] })).rejects.toMatchObject({ code: FAILED })
  })

  test('is refused when it is switched off', async () => {
    const { pool } = world.database
    const authenticator = createAuthenticator({ db: pool, secretKey: world.secretKey, allowBasic: false })
    const request = {
      method: 'GET',
      target: '/',
      authorization: [basic(world.merchant)],
      headers: {},
      refuseUnknown: false,
    }
    expect(() => authenticator.authenticate(request)).toThrow('Authentication failed.')
    expect(authenticator.challenges).toEqual(['Bearer realm="florin"'])
  })

  test('is refused under another secret key', async () => {
    const authenticator = createAuthenticator({ db: world.database.pool, secretKey: Buffer.alloc(32) })
    const request = {
      method: 'GET',
      target: '/',
      authorization: [basic(world.merchant)],
      headers: {},
      refuseUnknown: false,
    }
    await expect(authenticator.authenticate(request)).rejects.toMatchObject({ code: FAILED })
  })

  test('is refused after the credential was revoked', async () => {
    const { row, issued } = await createCredentials({ kind: 'merchant', id: await merchantId() }, world.secretKey)
    await insertCredential(world.database.pool, row)
    await expect(ask({ authorization: [basic(issued)] })).resolves.toBeDefined()
    expect(await updateCredentialRevoked(world.database.pool, row.id)).toBe(true)
    expect(await updateCredentialRevoked(world.database.pool, row.id)).toBe(false)
    await expect(ask({ authorization: [basic(issued)] })).rejects.toMatchObject({ code: FAILED })
  })
})

async function merchantId(): Promise<string> {
  return (await ask({ authorization: [basic(world.merchant)] })).principal.id
}

describe('exactly one Authorization header', () => {
  test('is needed', async () => {
    const header = basic(world.merchant)
    for (const authorization of [[], [header, header]]) {
      await expect(ask({ authorization })).rejects.toMatchObject({ code: FAILED })
    }
  })
})
