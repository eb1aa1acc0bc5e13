import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import { renderIssuingError } from '../../../src/api/issuing/errors.ts'
import { createIssuingFace, type IssuingDeps } from '../../../src/api/issuing/routes.ts'
import { ERRORS, type ErrorCode } from '../../../src/errors.ts'
import type { Face } from '../../../src/http/face.ts'
import { JsonNumber } from '../../../src/http/json.ts'
import { compileBody } from '../../../src/http/validate.ts'
import { type Florin, openFlorin } from './setup.ts'

let florin: Florin
let face: Face

beforeAll(async () => {
  florin = await openFlorin()
  // Only the schemas are looked at here: no route is called.
  face = createIssuingFace({ ...florin.app.deps, baseUrl: () => '' } as unknown as IssuingDeps)
})

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** A value as the body parser makes it: numbers as their texts. */
function parsed(value: unknown): unknown {
  if (typeof value === 'number') return new JsonNumber(String(value))
  if (Array.isArray(value)) return value.map(parsed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, parsed(member)]))
}

test('every example in the documentation is accepted by its schema', () => {
  for (const { method, path, body, response, examples } of face.routes) {
    const name = `${method} ${path}`
    expect(examples?.response, name).toBeDefined()
    const ajv = new Ajv({ strict: false, formats: { uuid: UUID, 'date-time': TIME } })
    expect(ajv.validate(response, examples?.response), `${name}: ${ajv.errorsText()}`).toBe(true)
    if (!body) continue
    expect(examples?.body, name).toBeDefined()
    compileBody(body)(parsed(examples?.body))
  }
})

test('no path is served twice', () => {
  const names = face.routes.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(names).size).toBe(names.length)
})

describe('refusals', () => {
  test('have the statuses of the contract, which knows no 406', () => {
    const statuses = new Set((Object.keys(ERRORS) as ErrorCode[]).map((code) => renderIssuingError(code, {}).status))
    expect([...statuses].sort()).toEqual([400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503])
  })

  test.each<[ErrorCode, number, string]>([
    ['invalid_request', 400, 'INVALID_PARAMETERS'],
    ['page_token_invalid', 400, 'INVALID_PARAMETERS'],
    ['insufficient_funds', 400, 'INSUFFICIENT_BALANCE'],
    ['currency_mismatch', 400, 'CURRENCY_MISMATCH'],
    ['account_type_invalid', 400, 'INVALID_ACCOUNT_TYPE'],
    ['authentication_failed', 401, 'AUTHENTICATION_FAILED'],
    ['signature_invalid', 401, 'INVALID_SIGNATURE'],
    ['forbidden', 403, 'FORBIDDEN'],
    ['card_account_not_found', 404, 'CARD_ACCOUNT_NOT_FOUND'],
    ['xid_taken', 409, 'XID_ALREADY_EXISTS'],
    ['idempotency_key_reused', 409, 'IDEMPOTENCY_KEY_REUSED'],
    ['request_in_progress', 409, 'REQUEST_IN_PROGRESS'],
    ['rate_limited', 429, 'TOO_MANY_REQUESTS'],
    ['internal', 500, 'INTERNAL_ERROR'],
  ])('%s is %i %s', (code, status, name) => {
    expect(renderIssuingError(code, { field: 'amount' })).toEqual({
      status,
      body: { code: name, message: ERRORS[code], field: 'amount' },
    })
  })

  test('answer unknown routes and methods in the same form', async () => {
    const { client } = florin
    const missing = await client.get('/boats')
    expect([missing.status, missing.body.code]).toEqual([404, 'NOT_FOUND'])
    const method = await client.get('/cardaccounts/transfer')
    expect([method.status, method.body.code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
    expect(missing.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

test('the largest amounts are answered exactly', async () => {
  const { client } = florin
  const { accountId } = client
  const deposit = (amount: string) =>
    client.post('/accounts/simulate-deposit', `{"accountId":"${accountId}","currency":"USD","amount":${amount}}`)
  const largest = await deposit('9999999999999.99')
  expect([largest.status, largest.body.amount]).toEqual([200, 9999999999999.99])
  expect((await deposit('10000000000000')).body.code).toBe('INVALID_PARAMETERS')
  expect((await client.get('/accounts/balances', { accountId })).status).toBe(200)
})
