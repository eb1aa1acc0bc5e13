import Type from 'typebox'
import { describe, expect, test } from 'vitest'
import { amountSchema, parseJson } from '../../src/http/json.ts'
import { compileBody } from '../../src/http/validate.ts'

const check = compileBody(
  Type.Object({
    id: Type.Optional(Type.String({ format: 'uuid' })),
    amount: Type.Optional(amountSchema()),
    kind: Type.Optional(Type.Union([Type.Literal('virtual'), Type.Literal('physical')])),
    limit: Type.Optional(Type.Union([amountSchema(), Type.Null()])),
    holder: Type.Optional(
      Type.Object({
        name: Type.String({ pattern: '^[a-z]+$' }),
        birth: Type.Optional(Type.String({ format: 'date' })),
      }),
    ),
    notes: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    assets: Type.Optional(Type.Array(Type.String({ minLength: 3 }), { minItems: 1 })),
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
    url: Type.Optional(Type.String({ format: 'uri' })),
    owner: Type.Optional(Type.Unsafe<object | null>({ type: ['object', 'null'] })),
    at: Type.Optional(Type.String({ format: 'date-time' })),
  }),
)

const checkText = (text: string) => check(parseJson(Buffer.from(text)))

describe('compileBody', () => {
  test('gives whole numbers as numbers and ids in their canonical form', () => {
    expect(
      checkText(
        '{"retries":3,"id":"0190A7A8-9BB6-7B4D-8A70-2C6AA45DD89C","limit":null,"owner":null,"notes":{"a":["b"]}}',
      ),
    ).toEqual({
      retries: 3,
      id: '0190a7a8-9bb6-7b4d-8a70-2c6aa45dd89c',
      limit: null,
      owner: null,
      notes: { a: ['b'] },
    })
  })

  test.each([
    ['{"id":"x"}', 'id must be a UUID'],
    ['{"id":5}', 'id must be a string'],
    ['{"amount":"1"}', 'amount must be a number'],
    ['{"amount":{"text":"1"}}', 'amount must be a number'],
    ['{"kind":"other"}', 'kind must be one of virtual, physical'],
    ['{"limit":"1"}', 'limit must be a number'],
    ['{"holder":5}', 'holder must be an object'],
    ['{"holder":{}}', 'holder.name is required'],
    ['{"holder":{"name":"A"}}', 'holder.name has the wrong format'],
    ['{"holder":{"name":"a","birth":"1990-13-01"}}', 'holder.birth must be a date such as 2025-03-19'],
    ['{"notes":5}', 'notes must be an object'],
    ['{"notes":[]}', 'notes must be an object'],
    ['{"assets":[]}', 'assets must not be empty'],
    ['{"assets":"USD"}', 'assets must be a list'],
    ['{"assets":["USD","X"]}', 'assets.1 must have at least 3 characters'],
    ['{"retries":6}', 'retries must be a whole number from 0 to 5'],
    ['{"retries":"3"}', 'retries must be a whole number from 0 to 5'],
    ['{"retries":true}', 'retries must be a whole number from 0 to 5'],
    ['{"owner":5}', 'owner must be an object'],
    ['{"url":"nowhere"}', 'url must be a URL'],
    ['{"at":"yesterday"}', 'at must be a timestamp such as 2025-03-19T09:51:17.009Z'],
  ])('refuses %s: %s', (text, message) => {
    const field = message.split(' ')[0]
    expect(() => checkText(text)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message, details: expect.objectContaining({ field }) }),
    )
  })

  test('does not compile a plain number, whose value would not be the number that its type promises', () => {
    expect(() => compileBody(Type.Object({ rate: Type.Number() }))).toThrow('amountSchema()')
  })
})
