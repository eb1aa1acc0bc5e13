import { beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../../src/users/create.ts'
import { findUserById, findUserByNumber } from '../../src/users/queries.ts'
import type { Permission } from '../../src/users/user.ts'
import { openUsers, PASSWORD, type UsersWorld } from './setup.ts'

let world: UsersWorld

beforeAll(async () => {
  world = await openUsers()
})

test('users are numbered by their merchant, also when many come at once', async () => {
  const names = Array.from({ length: 8 }, (_, i) => `clerk${i}`)
  const made = await Promise.all(names.map((name) => world.addUser(name)))
  expect(made.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const other = await world.addUser('elsewhere', { merchantId: world.otherMerchantId })
  expect(other.number).toBe(1)
  expect(await findUserByNumber(world.pool, world.otherMerchantId, 1)).toEqual(other)
})

test('a user is kept as he was told, and his password only as a hash', async () => {
  const told = { email: 'm@example.com', firstName: 'Maryam', lastName: 'Al-Sabah', phone: '+96512345678' }
  const permissions: Permission[] = ['payment.void', 'gateway.cards-usd']
  const user = await world.addUser('Maryam', { ...told, permissions })
  expect(user).toMatchObject({ ...told, username: 'Maryam', permissions, isActive: true, isSuperadmin: false })
  expect(await findUserById(world.pool, user.id)).toEqual(user)
  const { rows } = await world.pool.query('select u::text as text, password_hash from users u where id = $1', [user.id])
  expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(rows[0].text).not.toContain(PASSWORD)
})

test.each([
  ['in another case', 'ZOË'],
  ['in another form', 'zoe\u0308'],
  ['of another merchant', 'zoë'],
])('a name is taken %s', async (_how, username) => {
  await world.addUser('Zoë').catch(() => undefined)
  const { otherMerchantId: merchantId } = world
  await expect(world.addUser(username, { merchantId })).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'username', message: 'username is taken' },
  })
})

test.each(['', 'a b', 'a:b', 'a/b', 'a\0b', 'x'.repeat(151), '🔑'])('nobody can be called %j', async (username) => {
  await expect(world.addUser(username)).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'username' },
  })
})

test('what cannot be granted is not', async () => {
  const permissions = ['payment.refund', 'payment.everything'] as Permission[]
  await expect(world.addUser('greedy', { permissions })).rejects.toMatchObject({ details: { field: 'permissions' } })
})

test('a key has 256 random bits, is told once, and is kept only as a digest', async () => {
  const { pool, secretKey, merchantId } = world
  const { id, key } = await createApiKey(pool, secretKey, { merchantId, name: 'till' })
  expect(key.reveal()).toMatch(/^flk_[A-Za-z0-9_-]{43}$/)
  expect(String(key)).not.toContain('flk_')
  const { rows } = await pool.query('select k::text as text, secret_hmac from api_keys k where id = $1', [id])
  expect(rows[0].secret_hmac).toHaveLength(32)
  expect(rows[0].text).not.toContain(key.reveal().slice(4))
  expect((await createApiKey(pool, secretKey, { merchantId, name: 'till' })).key.reveal()).not.toBe(key.reveal())
})

test('a key has a name of 1 to 50 characters', async () => {
  for (const name of ['', 'n'.repeat(51)])
    await expect(
      createApiKey(world.pool, world.secretKey, { merchantId: world.merchantId, name }),
    ).rejects.toMatchObject({ constraint: 'api_key_has_a_name' })
})
