import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUuid, newId, newReference, SHARD, shardOf } from '../src/ids.ts'

const SHARDS = fc.integer({ min: 0, max: 0xfff })

test('an id names its shard', () => {
  fc.assert(fc.property(SHARDS, (shard) => shardOf(newId(shard)) === shard))
  expect(shardOf(newId())).toBe(SHARD)
})

test('an id is a UUID of version 7 and of the variant that UUIDs have', () => {
  fc.assert(
    fc.property(SHARDS, (shard) => {
      const id = newId(shard)
      expect(isUuid(id)).toBe(true)
      expect(id[14]).toBe('7')
      expect('89ab').toContain(id[19])
    }),
  )
})

test('ids begin with the millisecond they were made in', () => {
  const before = Date.now()
  const time = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16)
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThanOrEqual(Date.now())
})

test('ids do not repeat, also where the store of random bytes is filled again', () => {
  expect(new Set(Array.from({ length: 5000 }, () => newId())).size).toBe(5000)
})

test('a shard that does not fit is a bug of the caller', () => {
  expect(() => newId(-1)).toThrow('does not fit')
  expect(() => newId(0x1000)).toThrow('does not fit')
})

test('a text that is no id of ours names no shard', () => {
  for (const text of [
    '',
    'x',
    '00000000-0000-4000-8000-000000000000',
    newId().toUpperCase(),
    ` ${newId()}`,
    `${newId()}\n`,
  ]) {
    expect(shardOf(text), JSON.stringify(text)).toBeUndefined()
  }
  fc.assert(fc.property(fc.string(), (text) => !isUuid(text)))
  fc.assert(fc.property(fc.uuid(), (text) => isUuid(text)))
})

test('a reference is its prefix and eight characters of A-Z and 0-9', () => {
  for (let i = 0; i < 200; i++) expect(newReference('CT')).toMatch(/^CT[A-Z0-9]{8}$/)
})
