import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bearerOf, readBearer } from '../../src/bindings/bearer.ts'
import { createCodes } from '../../src/bindings/codes.ts'
import { newId } from '../../src/ids.ts'
import { Secret } from '../../src/secret.ts'

const codes = createCodes(new Secret(Buffer.alloc(32, 1)))
const others = createCodes(new Secret(Buffer.alloc(32, 2)))

test('a bearer gives back its id, for its purpose and under its key only', () => {
  const id = newId()
  const bearer = bearerOf(codes, 'return-page', id)
  expect(bearer).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(readBearer(codes, 'return-page', bearer)).toBe(id)
  expect(readBearer(codes, 'challenge-page', bearer)).toBeUndefined()
  expect(readBearer(others, 'return-page', bearer)).toBeUndefined()
})

test('no other text is a bearer', () => {
  const bearer = bearerOf(codes, 'return-page', newId())
  const wrong = [
    '',
    bearer.slice(1),
    `${bearer}A`,
    `${bearer}=`,
    bearer.replace(/.$/, '!'),
    bearerOf(codes, 'return-page', 'x'),
  ]
  for (const text of wrong) expect(readBearer(codes, 'return-page', text)).toBeUndefined()
  fc.assert(
    fc.property(fc.nat(42), fc.constantFrom(...'ABCDEFabcdef0123456789_-'), (at, letter) => {
      const changed = bearer.slice(0, at) + letter + bearer.slice(at + 1)
      if (changed !== bearer) expect(readBearer(codes, 'return-page', changed)).toBeUndefined()
    }),
  )
})
