import { beforeAll, expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { createActorAuthenticator } from '../../src/users/authenticate.ts'
import { changePassword } from '../../src/users/change.ts'
import { createApiKey } from '../../src/users/create.ts'
import { updateApiKeyRevoked, updateUserActive } from '../../src/users/queries.ts'
import { basic, NOW, openDoorman, openUsers, PASSWORD, type UsersWorld } from './setup.ts'

const NOTHING_SENT = 'Authentication credentials were not provided.'
const WRONG_KEY = 'Invalid API key.'
const WRONG_PASSWORD = 'Invalid username/password.'

let world: UsersWorld
let key: string
let keyId: string

beforeAll(async () => {
  world = await openUsers()
  const made = await createApiKey(world.pool, world.secretKey, { merchantId: world.merchantId, name: 'till' })
  key = made.key.reveal()
  keyId = made.id
  await world.addUser('Layla', { permissions: ['payment.refund', 'gateway.cards-usd'] })
  await world.addUser('boss', { isSuperadmin: true })
  await world.addUser('مريم')
})

const ask = (authorization: readonly string[]) => openDoorman(world).ask(authorization)
const refusalOf = (answer: unknown) => (answer instanceof AppError ? [answer.code, answer.details.message] : answer)

test('a key may do everything for its merchant, and its scheme is read in any case', async () => {
  for (const scheme of ['Api-Key', 'api-key', 'API-KEY', 'Api-Key ']) {
    expect(await ask([`${scheme} ${key}`])).toEqual({
      ...{ kind: 'merchant', id: world.merchantId, name: 'Tea House', accessKey: keyId },
      actor: { kind: 'api-key', id: keyId, name: 'till', permissions: 'all' },
    })
  }
})

test('a user may do what he was granted, and a superadmin everything', async () => {
  expect(await ask([basic('Layla')])).toMatchObject({
    ...{ kind: 'merchant', id: world.merchantId, name: 'Tea House' },
    actor: { kind: 'user', name: 'Layla', permissions: new Set(['payment.refund', 'gateway.cards-usd']) },
  })
  expect(await ask([basic('boss')])).toMatchObject({ actor: { kind: 'user', name: 'boss', permissions: 'all' } })
})

test('a user is found in any case and script, and his password begins after the first colon', async () => {
  expect(PASSWORD).toContain(':')
  for (const username of ['Layla', 'LAYLA', 'layla', 'مريم'])
    expect(await ask([basic(username)])).not.toBeInstanceOf(AppError)
})

const wrong = (make: () => string[]) => make

test.each<[what: string, make: () => string[], message: string]>([
  ['no header', wrong(() => []), NOTHING_SENT],
  ['an empty header', wrong(() => ['']), NOTHING_SENT],
  ['two headers, both right', wrong(() => [`Api-Key ${key}`, `Api-Key ${key}`]), NOTHING_SENT],
  ['another scheme', wrong(() => [`Bearer ${key}`]), NOTHING_SENT],
  ['a scheme alone', wrong(() => ['Api-Key']), NOTHING_SENT],
  ['a key without a scheme', wrong(() => [key]), NOTHING_SENT],
  ['a wrong key', wrong(() => [`Api-Key ${key.slice(0, -1)}`]), WRONG_KEY],
  ['a key in other case', wrong(() => [`Api-Key ${key.toUpperCase()}`]), WRONG_KEY],
  ['a key that is very long', wrong(() => [`Api-Key ${'k'.repeat(5000)}`]), WRONG_KEY],
  ['a key that is not ASCII', wrong(() => [`Api-Key ${key}é`]), WRONG_KEY],
  ['an unknown user', wrong(() => [basic('nobody')]), WRONG_PASSWORD],
  ['a wrong password', wrong(() => [basic('Layla', 'sesame')]), WRONG_PASSWORD],
  ['the password up to its colon', wrong(() => [basic('Layla', 'open')]), WRONG_PASSWORD],
  ['no password', wrong(() => [basic('Layla', '')]), WRONG_PASSWORD],
  ['no colon', wrong(() => [`Basic ${Buffer.from('Layla').toString('base64')}`]), WRONG_PASSWORD],
  ['a name that nobody can have', wrong(() => [basic('a b')]), WRONG_PASSWORD],
  ['a name with NUL', wrong(() => [basic('Layla\0')]), WRONG_PASSWORD],
  [
    'bytes that are not UTF-8',
    wrong(() => [`Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`]),
    WRONG_PASSWORD,
  ],
  ['no Base64', wrong(() => ['Basic !!']), WRONG_PASSWORD],
])('with %s nobody is let in', async (_what, make, message) => {
  expect(refusalOf(await ask(make()))).toEqual(['authentication_failed', message])
})

test('a key is over at its time and after it was revoked, whatever its secret is', async () => {
  const { pool, secretKey, merchantId } = world
  const add = async (expiresAt: Date) => createApiKey(pool, secretKey, { merchantId, name: 'soon over', expiresAt })
  const [over, last] = [await add(new Date(NOW)), await add(new Date(NOW + 1))]
  expect(refusalOf(await ask([`Api-Key ${over.key.reveal()}`]))).toEqual(['authentication_failed', WRONG_KEY])
  expect(await ask([`Api-Key ${last.key.reveal()}`])).toMatchObject({ kind: 'merchant' })
  await updateApiKeyRevoked(pool, last.id)
  expect(refusalOf(await ask([`Api-Key ${last.key.reveal()}`]))).toEqual(['authentication_failed', WRONG_KEY])
})

test('two keys live at once, and the end of one leaves the other', async () => {
  const { pool, secretKey, merchantId } = world
  const add = () => createApiKey(pool, secretKey, { merchantId, name: 'rotated' })
  const [old, next] = [await add(), await add()]
  await updateApiKeyRevoked(pool, old.id)
  expect(await ask([`Api-Key ${next.key.reveal()}`])).toMatchObject({ accessKey: next.id })
})

test('a key is good under the secret key it was digested with only', async () => {
  const stranger = openDoorman({ ...world, secretKey: Buffer.alloc(32) })
  expect(refusalOf(await stranger.ask([`Api-Key ${key}`]))).toEqual(['authentication_failed', WRONG_KEY])
})

test('an inactive user is let in no more, and again when he is active', async () => {
  const { id } = await world.addUser('leaver')
  await updateUserActive(world.pool, id, false)
  expect(refusalOf(await ask([basic('leaver')]))).toEqual(['authentication_failed', WRONG_PASSWORD])
  await updateUserActive(world.pool, id, true)
  expect(await ask([basic('leaver')])).toMatchObject({ actor: { id } })
})

test('a new password ends the old one, which was remembered', async () => {
  const { id } = await world.addUser('changer')
  let at = 0
  const authenticator = createActorAuthenticator({ db: world.pool, secretKey: world.secretKey, now: () => at })
  const request = { method: 'GET', target: '/', headers: {}, refuseUnknown: false }
  const enter = async (password: string) =>
    authenticator.authenticate({ ...request, authorization: [basic('changer', password)] })
  await enter(PASSWORD)
  await changePassword(world.pool, id, new Secret('another: one'))
  at += 5_000
  await expect(enter(PASSWORD)).rejects.toMatchObject({ code: 'authentication_failed' })
  expect(await enter('another: one')).toMatchObject({ principal: { actor: { id } } })
})

test('whoever is wrong, unknown, inactive or impossible costs one hash, and a key costs none', async () => {
  await updateUserActive(world.pool, (await world.addUser('sleeper')).id, false)
  for (const header of [basic('Layla', 'wrong'), basic('nobody'), basic('sleeper'), basic('a b')]) {
    const { ask, hashes } = openDoorman(world)
    await ask([header])
    expect(hashes()).toBe(1)
  }
  const { ask: askWithKey, hashes } = openDoorman(world)
  await askWithKey([`Api-Key ${key}`])
  expect(hashes()).toBe(0)
})

test('requests at once cost one hash', async () => {
  const { ask: enter, hashes } = openDoorman(world)
  const answers = await Promise.all(Array.from({ length: 30 }, () => enter([basic('Layla')])))
  expect(answers.filter((answer) => answer instanceof AppError)).toEqual([])
  expect(hashes()).toBe(1)
})

test('an address that has guessed too often learns nothing more, of users who are there neither', async () => {
  const { ask: enter, hashes } = openDoorman(world)
  await enter([basic('boss')])
  await enter([basic('Layla', 'first guess')])
  const before = hashes()
  for (const header of [
    basic('Layla', 'second guess'),
    basic('Layla'),
    basic('nobody'),
    basic('a b'),
    `Api-Key ${key}`,
  ])
    expect(await enter([header], true)).toMatchObject({ code: 'rate_limited' })
  expect(await enter([basic('boss')], true)).toMatchObject({ actor: { name: 'boss' } })
  expect(hashes()).toBe(before)
})
