// Who may do what, and that nobody learns what he may not know.
import { expect, test } from 'vitest'
import { listAudit } from '../../../src/audit/queries.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import { Secret } from '../../../src/secret.ts'
import { createUser } from '../../../src/users/create.ts'
import { updateApiKeyRevoked, updateUserActive } from '../../../src/users/queries.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, other, paid, florin } = world
const { pool, deps } = florin.app
const OPERATIONS = ['capture', 'refund', 'void', 'cancel', 'expire', 'delete'] as const
const NOBODY = { session_id: 'f'.repeat(40) }
const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
const auditOf = async ({ session_id }: { session_id: string }) => {
  const objectId = readSessionId(deps.codes, session_id) ?? ''
  return (await listAudit(pool, { merchantId: shop.id, objectId, page: { size: 10 } })).rows
}
const status = async (authorization: string) => (await shop.operate('cancel', NOBODY, {}, { authorization })).status

test.each([
  ['no header', '', 'Authentication credentials were not provided.'],
  ['another scheme', 'Bearer x', 'Authentication credentials were not provided.'],
  ['a wrong key', 'Api-Key flk_wrong', 'Invalid API key.'],
  ['a wrong password', basic('nobody', 'wrong'), 'Invalid username/password.'],
  ['no password', 'Basic !!', 'Invalid username/password.'],
])('with %s nobody is let in', async (_, authorization, detail) => {
  const { status, headers, body } = await shop.operate('cancel', NOBODY, {}, { authorization })
  expect([status, body]).toEqual([401, { detail }])
  expect(headers.get('www-authenticate')).toContain('Api-Key')
})

test('the scheme is read in any case', async () => {
  expect(await status(`api-key ${shop.apiKey}`)).toBe(400)
})

test('revoked keys and inactive users are let in no more', async () => {
  const { rows } = await pool.query<{ id: string }>('select id from api_keys where merchant_id = $1 and name = $2', [
    other.id,
    'demo',
  ])
  await updateApiKeyRevoked(pool, rows[0]?.id ?? '')
  expect(await status(`Api-Key ${other.apiKey}`)).toBe(401)
  const password = new Secret('correct horse')
  const user = await createUser(pool, {
    merchantId: shop.id,
    username: 'leaver',
    password,
    permissions: ['payment.cancel'],
  })
  await updateUserActive(pool, user.id, false)
  expect(await status(basic('leaver', 'correct horse'))).toBe(401)
})

test('passwords may have colons, names any letters, and names are found in any case', async () => {
  const password = new Secret('a:b:c')
  await createUser(pool, { merchantId: shop.id, username: 'Zoë.Ünal', password, permissions: ['payment.cancel'] })
  expect(await status(basic('Zoë.Ünal', 'a:b:c'))).toBe(400)
  expect(await status(basic('zoë.ünal', 'a:b:c'))).toBe(400)
  expect(await status(basic('Zoë.Ünal', 'a:b'))).toBe(401)
})

test.each(OPERATIONS)(
  'payment.%s alone allows exactly its operation, before anybody learns whether the payment is there',
  async (allowed) => {
    const authorization = shop.as(`payment.${allowed}`)
    for (const operation of OPERATIONS) {
      const { status, body } = await shop.operate(operation, NOBODY, {}, { authorization })
      expect(status).toBe(operation === allowed ? 400 : 403)
      if (status === 403) expect(body).toEqual({ detail: 'You do not have permission to perform this action.' })
    }
    const inquiry = await shop.send('/pbl/v2/inquiry/', NOBODY, { authorization })
    expect(inquiry.status).toBe(403)
  },
)

test('payment.inquiry alone allows inquiries', async () => {
  const authorization = shop.as('payment.inquiry')
  expect((await shop.send('/pbl/v2/inquiry/', NOBODY, { authorization })).status).toBe(400)
  expect((await shop.operate('refund', NOBODY, {}, { authorization })).status).toBe(403)
})

test('a superadmin may do everything', async () => {
  const admin = shop.users.find(({ permissions }) => permissions[0] === 'superadmin')
  const authorization = basic(admin?.username ?? '', admin?.password ?? '')
  for (const operation of OPERATIONS)
    expect((await shop.operate(operation, NOBODY, {}, { authorization })).status).toBe(400)
})

test('a user makes checkouts only with the accounts that he may use', async () => {
  const fields = { type: 'e_commerce', amount: '1.00', currency_code: 'USD', pg_codes: ['cards-usd'] }
  const create = (authorization: string) => shop.send('/checkout/v1/pymt-txn/', fields, { authorization })
  expect((await create(shop.as('e_commerce.add'))).status).toBe(403)
  expect((await create(shop.as('e_commerce.view'))).status).toBe(403)
  const clerk = shop.users.find(({ username }) => username.endsWith('.clerk'))
  const made = await create(basic(clerk?.username ?? '', clerk?.password ?? ''))
  expect([made.status, made.body.initiator_id]).toEqual([201, expect.any(Number)])
})

test('who asked is told with the child, and written down', async () => {
  const session = await paid()
  const authorization = shop.as('payment.refund')
  const { body } = await shop.operate('refund', session, { amount: '1' }, { authorization })
  expect(body.initiator).toMatchObject({ id: expect.any(Number), username: expect.stringContaining('payment.refund') })
  await shop.operate('delete', session)
  const entries = await auditOf(session)
  expect(entries).toMatchObject([
    { action: 'payment.delete', actorKind: 'api-key', actorName: 'demo', result: 'done' },
    {
      action: 'payment.refund',
      actorKind: 'user',
      result: 'begun',
      remoteAddress: '127.0.0.1',
      data: { amount: '100', currency: 'USD' },
    },
  ])
})

test('what was refused is not written down as done, and no row of the log can be changed', async () => {
  const session = await paid()
  await shop.operate('void', session)
  expect(await auditOf(session)).toEqual([])
  await expect(pool.query('update audit_entries set action = action')).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query('delete from audit_entries')).rejects.toMatchObject({ code: '42501' })
})
