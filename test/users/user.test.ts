import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { Principal } from '../../src/principals/principal.ts'
import { isPermission, isUsername, PERMISSIONS, requirePermission, usernameKey } from '../../src/users/user.ts'

const SAME = { kind: 'merchant', id: 'm', name: 'Tea House', accessKey: 'a' } as const
const principal = (permissions: 'all' | readonly string[]): Principal => ({
  ...SAME,
  actor: {
    ...{ kind: 'user', id: 'u', name: 'layla' },
    permissions: permissions === 'all' ? 'all' : new Set(permissions),
  },
})

test('who has one of the permissions may, who has all may, and anybody else may not', () => {
  expect(() => requirePermission(principal(['payment.void']), 'payment.void')).not.toThrow()
  expect(() => requirePermission(principal(['e_commerce.add']), 'e_commerce.view', 'e_commerce.add')).not.toThrow()
  expect(() => requirePermission(principal('all'), 'gateway.cards-usd')).not.toThrow()
  for (const permissions of [[], ['payment.void'], ['gateway.cards'], ['all'], ['payment.refund.x']]) {
    const ask = () => requirePermission(principal(permissions), 'payment.refund', 'gateway.cards-usd')
    expect(ask).toThrow(new AppError('forbidden'))
  }
})

test('a caller without an actor is a bug of ours, and may nothing', () => {
  expect(() => requirePermission(SAME, 'payment.refund')).toThrow('without an actor')
})

test('what can be granted is what is listed, and the use of a gateway account', () => {
  for (const code of [...Object.keys(PERMISSIONS), 'gateway.cards-usd', 'gateway.0_a'])
    expect(isPermission(code)).toBe(true)
  for (const code of [
    '',
    'payment.',
    'toString',
    'gateway.',
    'gateway.A',
    'gateway.a b',
    'gateway.-a',
    'payment.refund ',
  ])
    expect(isPermission(code)).toBe(false)
})

test('a name is of letters and digits of any script, and few signs', () => {
  for (const name of ['a', 'layla@example.com', 'Zoë.Ünal', 'zoe\u0308', 'مريم', '王小明', 'a+b-c_9', 'x'.repeat(150)])
    expect(isUsername(name)).toBe(true)
  for (const name of ['', ' ', 'a b', 'a:b', 'a\n', '\u200f', '<a>', 'x'.repeat(151)])
    expect(isUsername(name)).toBe(false)
  expect(usernameKey('ZOE\u0308')).toBe(usernameKey('zoë'))
})
