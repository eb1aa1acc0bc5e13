import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCodes } from '../../src/bindings/codes.ts'
import { newId } from '../../src/ids.ts'
import { readSessionId, sessionIdOf } from '../../src/payments/session-id.ts'
import { Secret } from '../../src/secret.ts'

const codes = createCodes(new Secret(randomBytes(32)))

test('a session id is forty hex digits, from which the id can be read', () => {
  const id = newId()
  const sessionId = sessionIdOf(codes, id)
  expect(sessionId).toMatch(/^[0-9a-f]{40}$/)
  expect(readSessionId(codes, sessionId)).toBe(id)
})

test('an id with made-up digits, another server’s, or anything else is no session id', () => {
  const sessionId = sessionIdOf(codes, newId())
  const last = sessionId.endsWith('0') ? '1' : '0'
  const others = createCodes(new Secret(randomBytes(32)))
  expect(readSessionId(codes, sessionId.slice(0, -1) + last)).toBeUndefined()
  expect(readSessionId(codes, sessionIdOf(others, newId()))).toBeUndefined()
  expect(readSessionId(codes, sessionId.toUpperCase())).toBeUndefined()
  expect(readSessionId(codes, '')).toBeUndefined()
})
