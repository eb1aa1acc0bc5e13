// Who may do what, and that nobody learns what he may not know.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { listAudit } from '../../../src/audit/queries.ts'
import { payCheckout } from '../../../src/checkouts/pay.ts'
import { readSessionId } from '../../../src/payments/session-id.ts'
import { Secret } from '../../../src/secret.ts'
import { createUser } from '../../../src/users/create.ts'
import { updateApiKeyRevoked, updateUserActive } from '../../../src/users/queries.ts'
import { enterCard } from '../../helpers/gateway.ts'
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

test('a permission for one type of checkouts allows nothing with those of the other', async () => {
  const fields = { pg_codes: ['cash'], customer_email: 'ada@example.com', notifications: { email: ['created'] } }
  const { session_id } = await shop.checkout({ ...fields, type: 'payment_request' })
  const [adds, changes] = [shop.as('e_commerce.add'), shop.as('e_commerce.change')]
  const answers = [
    await shop.send('/pbl/v2/payment/cash/', { session_id }, { authorization: adds }),
    await shop.send('/pbl/v2/auto-debit/', { session_id, token: 'x' }, { authorization: adds }),
    await shop.send('/pbl/v2/message-notification/', { session_id, channels: ['email'] }, { authorization: changes }),
    await shop.send('/checkout/v1/upload-attachment/', { session_id }, { as: 'multipart', authorization: changes }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
})

test('nobody makes a checkout of a type that he may not make by a change of another', async () => {
  const { session_id } = await shop.checkout()
  const path = `/checkout/v1/pymt-txn/${session_id}/`
  const change = (authorization: string) =>
    shop.send(path, { type: 'payment_request' }, { method: 'PATCH', authorization })
  expect((await change(shop.as('e_commerce.change'))).status).toBe(403)
  const clerk = shop.users.find(({ username }) => username.endsWith('.clerk'))
  expect((await change(basic(clerk?.username ?? '', clerk?.password ?? ''))).status).toBe(200)
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
    {
      action: 'e_commerce.add',
      actorKind: 'api-key',
      data: { amount: '10000', currency: 'USD', pgCodes: ['cards-usd'] },
    },
  ])
})

test('whatever is done to a checkout is written down once, in the commit that did it', async () => {
  const fields = { pg_codes: ['cards-usd', 'cash'], customer_email: 'ada@example.com', customer_id: 'a-7' }
  const session = await shop.checkout({ ...fields, notifications: { email: ['created'] } })
  const { session_id } = session
  await shop.send(`/checkout/v1/pymt-txn/${session_id}/`, { amount: '90' }, { method: 'PATCH' })
  await shop.send('/pbl/v2/message-notification/', { session_id, channels: ['email'] })
  await shop.send('/pbl/v2/payment/cash/', { session_id })
  await shop.operate('cancel', session)
  const entries = await auditOf(session)
  expect(entries.map(({ action }) => action)).toEqual([
    ...['payment.cancel', 'payment.cash', 'payment.notify', 'e_commerce.change', 'e_commerce.add'],
  ])
  expect(entries[3]?.data).toEqual({ fields: ['amount'] })
  expect(JSON.stringify(entries)).not.toContain('ada@example.com')
})

test('a card that is deleted is written down', async () => {
  const customer = { customer_id: 'a-8', type: 'sandbox' }
  const session = await shop.checkout({ customer_id: 'a-8' })
  await payCheckout(deps, {
    ...{ checkoutId: readSessionId(deps.codes, session.session_id) ?? '', pgCode: 'cards-usd' },
    ...{ tryId: randomUUID(), instrument: { card: enterCard() }, keepsCard: true, referencePrefix: 'FL' },
  })
  const [card] = (await shop.send('/pbl/v2/card/', customer)).body
  const path = `/pbl/v2/card/${card.token}/?${new URLSearchParams(customer)}`
  expect((await shop.send(path, undefined, { method: 'DELETE' })).status).toBe(204)
  const { rows } = await listAudit(pool, { merchantId: shop.id, page: { size: 1 } })
  expect(rows).toMatchObject([{ action: 'card.delete', actorName: 'demo' }])
})

test('what was refused is not written down as done, and no row of the log can be changed', async () => {
  const session = await paid()
  await shop.operate('void', session)
  expect((await auditOf(session)).map(({ action }) => action)).toEqual(['e_commerce.add'])
  await expect(pool.query('update audit_entries set action = action')).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query('delete from audit_entries')).rejects.toMatchObject({ code: '42501' })
})
