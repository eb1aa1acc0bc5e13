import { beforeAll, expect, test } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { changePassword, setPermissions } from '../../src/users/change.ts'
import { findUserById, findUserCredential } from '../../src/users/queries.ts'
import type { Permission } from '../../src/users/user.ts'
import { openUsers, type UsersWorld } from './setup.ts'

let world: UsersWorld

beforeAll(async () => {
  world = await openUsers()
})

test('permissions are replaced, and nothing changes when one of them cannot be granted', async () => {
  const { id } = await world.addUser('promoted', { permissions: ['payment.refund'] })
  await setPermissions(world.pool, id, ['payment.void', 'gateway.auth-usd'])
  const wrong = setPermissions(world.pool, id, ['payment.refund', 'gateway.NO'] as Permission[])
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' })
  expect((await findUserById(world.pool, id))?.permissions).toEqual(['payment.void', 'gateway.auth-usd'])
})

test('a new password is a new version of the credentials, also when it is the same one', async () => {
  const { id } = await world.addUser('Forgetful')
  const before = await findUserCredential(world.pool, 'forgetful')
  await changePassword(world.pool, id, new Secret('a new one'))
  await changePassword(world.pool, id, new Secret('a new one'))
  const after = await findUserCredential(world.pool, 'FORGETFUL')
  expect([before?.credentialVersion, after?.credentialVersion]).toEqual([1, 3])
  expect(after?.passwordHash).not.toBe(before?.passwordHash)
})
