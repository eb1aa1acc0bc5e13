import { afterAll, expect, test } from 'vitest'
import { createGatewayHttp } from '../../src/gateways/http.ts'
import { sandboxConnector as connector } from '../../src/gateways/sandbox.ts'
import { Secret } from '../../src/secret.ts'
import { cardOf, newReference } from './driver.ts'
import { type ImitatedAnswers, imitateGateway } from './world.ts'

const transport = createGatewayHttp({ totalMs: 5000 })
afterAll(() => transport.close())

const HERE = [200, '{"url":"."}'] as const
const TOKEN = 'SC0123456789abcdef0123456789abcdef'

async function tokenize(answers: ImitatedAnswers, reference = newReference()) {
  const gateway = { credentials: { apiKey: new Secret('key_0123456789abcdef') }, terminalId: '1', http: transport }
  const imitated = await imitateGateway(answers)
  const outcome = await connector.tokenize?.(
    { ...gateway, ...imitated },
    { reference, card: cardOf('4111111111111111') },
  )
  return { outcome, seen: imitated.seen }
}

async function forget(status: number, body: string) {
  const gateway = { credentials: { apiKey: new Secret('key_0123456789abcdef') }, terminalId: '1', http: transport }
  const imitated = await imitateGateway({ '/v1/cards/forget': [status, body] })
  return connector.forget?.({ ...gateway, ...imitated }, new Secret(TOKEN))
}

const answer = (reference: string, changes: object = {}): string =>
  JSON.stringify({
    ...{ reference, status: 'kept', token: TOKEN, brand: 'VISA', last4: '1111', expiryMonth: 12, expiryYear: 2099 },
    ...changes,
  })

test('believes that a card is kept when it is the one that was sent', async () => {
  const reference = newReference()
  const { outcome } = await tokenize({ '/v1/directory': HERE, '/v1/cards': [200, answer(reference)] }, reference)
  expect(outcome).toEqual({
    ...{ kind: 'tokenized', brand: 'VISA', last4: '1111', expiryMonth: 12, expiryYear: 2099 },
    token: expect.any(Secret),
  })
  expect(outcome?.kind === 'tokenized' && outcome.token.reveal()).toBe(TOKEN)
})

test.each([
  [{ reference: newReference() }],
  [{ reference: undefined }],
  [{ status: 'KEPT' }],
  [{ status: undefined }],
  [{ token: '' }],
  [{ token: 1 }],
  [{ brand: 'CASH' }],
  [{ last4: '1112' }],
  [{ last4: 1111 }],
  [{ expiryMonth: 11 }],
  [{ expiryYear: '2099' }],
  [{ status: 'declined' }],
  [{ status: 'declined', decline: { code: 'because', message: 'No.' } }],
])('does not believe an answer about a card with %j', async (changes) => {
  const reference = newReference()
  const { outcome } = await tokenize(
    { '/v1/directory': HERE, '/v1/cards': [200, answer(reference, changes)] },
    reference,
  )
  expect(outcome).toMatchObject({ kind: 'unknown', cause: expect.stringMatching(/./) })
})

test.each([
  [400, 'invalid_request', 'declined'],
  [409, 'reference_reused', 'unknown'],
  [401, 'unauthorized', 'not_sent'],
  [429, 'too_many_requests', 'not_sent'],
  [503, 'unavailable', 'unknown'],
  [404, 'route_not_found', 'unknown'],
])('reads status %i %s for a card as %s', async (status, code, kind) => {
  const reference = newReference()
  const body = JSON.stringify({ error: { code, message: 'No.' }, reference })
  const { outcome } = await tokenize({ '/v1/directory': HERE, '/v1/cards': [status, body] }, reference)
  expect(outcome).toMatchObject({ kind })
})

test.each([
  [200, JSON.stringify({ url: 'https://attacker.example' })],
  [200, '{}'],
  [500, ''],
])('sends no card anywhere when the directory answers %i %s', async (status, body) => {
  const { outcome, seen } = await tokenize({ '/v1/directory': [status, body] })
  expect(outcome).toMatchObject({ kind: 'not_sent', cause: expect.stringMatching(/^the directory/) })
  expect(seen).toEqual(['GET /v1/directory'])
})

test.each([
  [200, '{"status":"forgotten"}', 'forgotten'],
  [404, '{"error":{"code":"card_not_found"}}', 'forgotten'],
  [404, '{"error":{"code":"route_not_found"}}', 'unknown'],
  [404, '', 'unknown'],
  [200, '{}', 'unknown'],
  [200, '<html>', 'unknown'],
  [500, '', 'unknown'],
  [429, '', 'not_sent'],
  [401, '', 'not_sent'],
])('reads the answer %i %s to forgetting as %s', async (status, body, kind) => {
  expect(await forget(status, body)).toMatchObject({ kind })
})
