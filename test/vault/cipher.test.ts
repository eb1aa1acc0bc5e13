import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { openBytes, sealBytes } from '../../src/vault/cipher.ts'

const newKey = () => new Secret(randomBytes(32))
const bytes = fc.uint8Array({ maxLength: 64 }).map((list) => Buffer.from(list))

test('what is sealed opens again, with the same key and the same text it is bound to', () => {
  const key = newKey()
  fc.assert(
    fc.property(bytes, fc.string(), (plain, boundTo) => {
      expect(openBytes({ key, boundTo }, sealBytes({ key, boundTo }, plain))).toEqual(plain)
    }),
  )
})

test('one flipped bit anywhere, and it does not open', () => {
  const seal = { key: newKey(), boundTo: 'card' }
  fc.assert(
    fc.property(bytes, fc.nat(), (plain, at) => {
      const sealed = sealBytes(seal, plain)
      const bit = at % (sealed.length * 8)
      sealed[bit >> 3] = (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openBytes(seal, sealed)).toThrow()
    }),
  )
})

test('another key, another text or a shorter buffer, and it does not open', () => {
  const key = newKey()
  fc.assert(
    fc.property(bytes, fc.string(), fc.string(), (plain, boundTo, other) => {
      fc.pre(boundTo !== other)
      const sealed = sealBytes({ key, boundTo }, plain)
      expect(() => openBytes({ key: newKey(), boundTo }, sealed)).toThrow()
      expect(() => openBytes({ key, boundTo: other }, sealed)).toThrow()
      expect(() => openBytes({ key, boundTo }, sealed.subarray(0, -1))).toThrow()
    }),
  )
  expect(() => openBytes({ key, boundTo: '' }, Buffer.alloc(27))).toThrow('too short')
})

test('the same text sealed twice differs', () => {
  const seal = { key: newKey(), boundTo: '' }
  expect(sealBytes(seal, Buffer.from('5451880000000110'))).not.toEqual(sealBytes(seal, Buffer.from('5451880000000110')))
})
