import { verify } from '@node-rs/argon2'
import { expect, test, vi } from 'vitest'
import { Secret } from '../../src/secret.ts'
import {
  type Checked,
  createPasswordChecker,
  hashPassword,
  type PasswordCheckerOptions,
} from '../../src/users/password.ts'

const USER: Checked = { id: 'a-user', passwordHash: 'the hash', credentialVersion: 1 }
const RIGHT = { username: 'layla', password: 'open sesame', refuseUnknown: false }
const WRONG = { ...RIGHT, password: 'open barley' }

/** A checker whose only right password is `open sesame`; it counts what is hashed, and its clock stands still. */
function openChecker(options: PasswordCheckerOptions = {}) {
  let at = 0
  const hashed: string[] = []
  const check = createPasswordChecker({
    now: () => at,
    compare: async (passwordHash, password) => {
      hashed.push(passwordHash)
      return passwordHash === USER.passwordHash && password === RIGHT.password
    },
    ...options,
  })
  const pass = (ms: number) => {
    at += ms
  }
  return { check, hashed, pass }
}

/** Hashes that end when they are told to, and how many of them ran side by side. */
function openGate() {
  const ends: (() => void)[] = []
  let running = 0
  let runningMax = 0
  const compare = async (): Promise<boolean> => {
    runningMax = Math.max(runningMax, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
    return true
  }
  return { compare, ends, runningMax: () => runningMax }
}

test('a hundred requests at once hash once, and those of the next minute not at all', async () => {
  const { check, hashed, pass } = openChecker()
  expect(await Promise.all(Array.from({ length: 100 }, () => check(USER, RIGHT)))).toEqual(Array(100).fill(true))
  pass(59_999)
  expect(await check(USER, RIGHT)).toBe(true)
  expect(hashed).toHaveLength(1)
  pass(1)
  expect(await check(USER, RIGHT)).toBe(true)
  expect(hashed).toHaveLength(2)
})

test('a wrong password is not remembered, and does not end what is remembered', async () => {
  const { check, hashed } = openChecker()
  await check(USER, RIGHT)
  expect([await check(USER, WRONG), await check(USER, WRONG), await check(USER, RIGHT)]).toEqual([false, false, true])
  expect(hashed).toHaveLength(3)
})

test('what is remembered is of one user and one version of his credentials', async () => {
  const { check, hashed } = openChecker()
  await check(USER, RIGHT)
  expect(await check({ ...USER, passwordHash: 'another' }, RIGHT)).toBe(true)
  expect(await check({ ...USER, passwordHash: 'another', credentialVersion: 2 }, RIGHT)).toBe(false)
  expect(await check({ ...USER, passwordHash: 'another', id: 'another-user' }, RIGHT)).toBe(false)
  expect(hashed).toHaveLength(3)
})

test('somebody who is not there costs the same work, and no password is his', async () => {
  const { check, hashed } = openChecker({
    compare: async (passwordHash) => {
      hashed.push(passwordHash)
      return true
    },
  })
  expect([await check(undefined, RIGHT), await check(undefined, RIGHT)]).toEqual([false, false])
  expect(hashed).toHaveLength(2)
  const costOf = (hash: string) => hash.split('$').slice(0, 4)
  const [nobodys = ''] = hashed
  const real = await hashPassword(new Secret('any'))
  expect(costOf(nobodys)).toEqual(costOf(real))
  expect(costOf(real)).toEqual(['', 'argon2id', 'v=19', 'm=19456,t=2,p=1'])
  expect(nobodys).toHaveLength(real.length)
  expect(await verify(nobodys, RIGHT.password)).toBe(false)
})

test('two strangers with one password are hashed apart, like two users', async () => {
  const { check, hashed } = openChecker()
  await Promise.all([check(undefined, RIGHT), check(undefined, { ...RIGHT, username: 'omar' })])
  expect(hashed).toHaveLength(2)
})

test('an address that has guessed too often is not hashed for, unless it sends what was right before', async () => {
  const { check, hashed, pass } = openChecker()
  const guess = (password: string) => check(USER, { ...RIGHT, password, refuseUnknown: true })
  await expect(guess(RIGHT.password)).rejects.toMatchObject({ code: 'rate_limited' })
  await expect(guess(WRONG.password)).rejects.toMatchObject({ code: 'rate_limited' })
  await expect(check(undefined, { ...WRONG, refuseUnknown: true })).rejects.toMatchObject({ code: 'rate_limited' })
  expect(hashed).toEqual([])
  await check(USER, RIGHT)
  expect(await guess(RIGHT.password)).toBe(true)
  pass(60_001)
  expect(await guess(RIGHT.password)).toBe(true)
  expect(hashed).toHaveLength(2)
  await expect(guess(WRONG.password)).rejects.toMatchObject({ code: 'rate_limited' })
})

test('two are hashed at a time, some wait, more are refused, and what is remembered needs no turn', async () => {
  const { compare, ends, runningMax } = openGate()
  const { check } = openChecker({ compare, waitingMax: 2 })
  const ask = (password: string) => check(USER, { ...RIGHT, password })
  const known = ask('known')
  await vi.waitFor(() => expect(ends).toHaveLength(1))
  ends.shift()?.()
  expect(await known).toBe(true)
  const four = ['1', '2', '3', '4'].map(ask)
  await expect(ask('5')).rejects.toMatchObject({ code: 'overloaded' })
  expect(await ask('known')).toBe(true)
  for (let i = 0; i < four.length; i++) {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0))
    ends.shift()?.()
  }
  expect(await Promise.all(four)).toEqual([true, true, true, true])
  expect(runningMax()).toBe(2)
})

test('a hash that cannot be read fails alone and gives its turn back', async () => {
  const { check } = openChecker({ compare: verify })
  for (let i = 0; i < 5; i++) await expect(check(USER, RIGHT)).rejects.toThrow()
  const passwordHash = await hashPassword(new Secret(RIGHT.password))
  expect(await check({ ...USER, passwordHash }, RIGHT)).toBe(true)
})

test('only so many are remembered, the oldest goes first', async () => {
  const { check, hashed } = openChecker({
    entriesMax: 2,
    compare: async (passwordHash) => hashed.push(passwordHash) > 0,
  })
  const ask = (id: string) => check({ ...USER, id, passwordHash: id }, RIGHT)
  for (const id of ['a', 'b', 'c', 'b', 'c', 'a']) await ask(id)
  expect(hashed).toEqual(['a', 'b', 'c', 'a'])
})

test('a letter may be typed as one character or as two', async () => {
  const composed = 'p\u00e4ssw\u00f6rter'
  const passwordHash = await hashPassword(new Secret(composed.normalize('NFD')))
  const check = createPasswordChecker()
  expect(await check({ ...USER, passwordHash }, { ...RIGHT, password: composed })).toBe(true)
})
