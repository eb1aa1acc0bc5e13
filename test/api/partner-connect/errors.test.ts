import { expect, test } from 'vitest'
import { renderPartnerConnectError, WIRE_ERRORS } from '../../../src/api/partner-connect/errors.ts'
import { ERRORS, type ErrorCode } from '../../../src/errors.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]

test('a refusal is a code and a message, and nothing else', () => {
  for (const code of CODES) {
    const { body } = renderPartnerConnectError(code, { field: 'amount' })
    expect(body).toEqual({ code: expect.stringMatching(/^[A-Z][A-Z_]+$/), message: ERRORS[code] })
  }
  expect(renderPartnerConnectError('invalid_request', { field: 'amount', message: 'amount is required' }).body).toEqual(
    {
      code: 'INVALID_PARAMETERS',
      message: 'amount is required',
    },
  )
})

test('statuses are those of the contract', () => {
  const statuses = new Set(CODES.map((code) => WIRE_ERRORS[code].status))
  expect([...statuses].sort()).toEqual([400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 500, 503])
})
