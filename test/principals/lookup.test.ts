import { describe, expect, test } from 'vitest'
import type { Credential } from '../../src/principals/credentials.ts'
import { createLookup } from '../../src/principals/lookup.ts'

function setup(existing: readonly string[]) {
  const clock = { ms: 0 }
  const asked: string[] = []
  const lookup = createLookup({
    now: () => clock.ms,
    find: async (key) => {
      asked.push(key)
      return existing.includes(key) ? ({ id: key } as Credential) : undefined
    },
  })
  return { clock, asked, lookup }
}

describe('a lookup', () => {
  test('asks once in five seconds, for what does not exist too', async () => {
    const { clock, asked, lookup } = setup(['a'])
    for (const key of ['a', 'b', 'a', 'b']) await lookup(key, false)
    expect(asked).toEqual(['a', 'b'])
    expect(lookup('a', false)).toEqual({ id: 'a' })
    clock.ms = 5_000
    for (const key of ['a', 'b']) await lookup(key, false)
    expect(asked).toEqual(['a', 'b', 'a', 'b'])
  })

  test('asks once for callers that come together', async () => {
    const { asked, lookup } = setup(['a'])
    const found = await Promise.all([lookup('a', false), lookup('a', false)])
    expect(found).toEqual([{ id: 'a' }, { id: 'a' }])
    expect(asked).toEqual(['a'])
  })

  test('refuses only what it has never found when told to', async () => {
    const { clock, lookup } = setup(['a', 'c'])
    await lookup('a', false)
    clock.ms = 60_000
    expect(await lookup('a', true)).toEqual({ id: 'a' })
    expect(() => lookup('c', true)).toThrow(expect.objectContaining({ code: 'rate_limited' }))
  })

  test('keeps what it has found through a flood of names that do not exist', async () => {
    const { asked, lookup } = setup(['a'])
    await lookup('a', false)
    for (let i = 0; i < 10_001; i++) await lookup(`invented${i}`, false)
    asked.length = 0
    await lookup('a', false)
    await lookup('invented0', false)
    await lookup('invented10000', false)
    expect(asked).toEqual(['invented0'])
  })
})
