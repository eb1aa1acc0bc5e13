// Refunds that are begun at the gateway itself: nobody here asked for them, and they are booked and told all the same.
import { expect, test, vi } from 'vitest'
import { childOfGateway } from '../../../src/checkouts/child.ts'
import { operationIdOf } from '../../../src/gateways/reference.ts'
import { newId } from '../../../src/ids.ts'
import { updateMerchantSettings } from '../../../src/merchants/settings.ts'
import { adoptRefund } from '../../../src/payments/adopt-refund.ts'
import { verify } from '../../../src/verify/verify.ts'
import type { Answer } from '../../helpers/florin.ts'
import { type Receiver, receive } from '../../webhooks/setup.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, paid } = world
const { deps, pool } = florin.app

interface ByHand {
  readonly reference: string
  readonly parentReference: string
  readonly amount: string
  readonly state: string
}

/** Refunds the newest charge in the gateway's own dashboard. */
async function refundByHand(amount?: string): Promise<ByHand> {
  const charges = (await world.book()).filter(({ operation }) => operation === 'purchase' || operation === 'authorize')
  const asked = { reference: charges.at(-1)?.reference, ...(amount !== undefined && { amount }) }
  const { status, body } = await florin.sandbox('POST', '/sandbox/gateway/refunds', asked)
  expect(status).toBe(200)
  return body
}

const told = (receiver: Receiver, count: number) =>
  vi.waitFor(
    () => {
      expect(receiver.received).toHaveLength(count)
      return receiver.received.map(({ body }) => JSON.parse(body) as Answer['body'])
    },
    { timeout: 10_000 },
  )

const childrenOf = async (session: { session_id: string }) => (await shop.inquire(session)).body.transactions ?? []

/** What the gateway tells is sent with business time. */
const hear = (isSo: () => Promise<boolean>) => florin.advanceUntil(5, isSo)

test('it becomes a child, is told with its source also to who wants to hear of no calls, and counts', async () => {
  const receiver = await receive()
  await updateMerchantSettings({ ...deps, egress: { checkUrl: async () => undefined } }, shop.id, {
    notifiesApiOperations: false,
  })
  const session = await paid('cards-usd', { fields: { webhook_url: receiver.url } })
  await refundByHand('30.00')
  await hear(async () => (await childrenOf(session)).length === 1)
  const [child] = await childrenOf(session)
  expect(child).toMatchObject({ amount: '30.00', currency_code: 'USD', state: 'refunded' })
  const [, notice] = await told(receiver, 2)
  expect(notice).toMatchObject({
    ...{ source: 'pg', result: 'success', amount: '30.00', initiator: {} },
    txn: { session_id: child.session_id, state: 'refunded' },
  })
  expect((await shop.operate('refund', session, { amount: '70.01' })).status).toBe(400)
  expect((await shop.operate('refund', session)).body).toMatchObject({ amount: '70.00', result: 'success' })
  expect((await verify(pool)).checks.filter(({ rows }) => rows.length > 0)).toEqual([])
})

test('however often the gateway tells of it, at once or later, it is one child and one notice', async () => {
  const receiver = await receive()
  const session = await paid('cards-usd', { fields: { webhook_url: receiver.url } })
  const { reference, parentReference } = await refundByHand('10.00')
  const operationId = operationIdOf(reference) ?? ''
  const { rows } = await pool.query<{ accountId: string; chargeId: string }>(
    'select id as "chargeId", gateway_account_id as "accountId" from operations where id = $1',
    [operationIdOf(parentReference)],
  )
  const [charge] = rows
  if (!charge) throw new Error('there is no charge')
  const told10 = { operationId, gatewayAccountId: charge.accountId, chargeId: charge.chargeId, amount: 1000n }
  const adopt = () => adoptRefund(deps, { ...told10, currency: 'USD' }, childOfGateway)
  expect(await Promise.all([adopt(), adopt(), adopt(), adopt()])).toEqual(Array(4).fill('booked'))
  expect(await childrenOf(session)).toHaveLength(1)
  await refundByHand('20.00')
  await hear(async () => (await childrenOf(session)).length === 2)
  expect(await adopt()).toBe('booked')
  const notices = await told(receiver, 3)
  expect(notices.slice(1).map(({ amount }) => amount)).toEqual(['10.00', '20.00'])
})

test('what is told of another charge, amount or account is not believed', async () => {
  await paid()
  const { reference, parentReference } = await refundByHand('10.00')
  const [operationId, chargeId] = [operationIdOf(reference) ?? '', operationIdOf(parentReference) ?? '']
  const { rows } = await pool.query<{ id: string }>('select gateway_account_id as id from operations where id = $1', [
    chargeId,
  ])
  const right = { operationId, chargeId, gatewayAccountId: rows[0]?.id ?? '', amount: 1000n, currency: 'USD' }
  expect(await adoptRefund(deps, { ...right, amount: 1001n })).toBe('later')
  expect(await adoptRefund(deps, { ...right, currency: 'KWD' })).toBe('not ours')
  expect(await adoptRefund(deps, { ...right, chargeId: newId() })).toBe('not ours')
  expect(await adoptRefund(deps, { ...right, gatewayAccountId: newId() })).toBe('not ours')
  expect(await adoptRefund(deps, { ...right, operationId: newId() })).toBe('later')
})

test('one that the gateway refuses, or of a charge that is not ours, changes nothing', async () => {
  const session = await paid()
  expect(await refundByHand('100.01')).toMatchObject({ state: 'declined' })
  const refused = await florin.sandbox('POST', '/sandbox/gateway/refunds', { reference: 'f'.repeat(32) })
  expect(refused.status).toBe(400)
  await refundByHand('1.00')
  await hear(async () => (await childrenOf(session)).length > 0)
  expect(await childrenOf(session)).toMatchObject([{ amount: '1.00' }])
})

test('one that the payment cannot hold goes to suspense, and a person is told', async () => {
  await paid('fx-kwd')
  const { reference } = await refundByHand()
  const inbox = async () => (await florin.sandbox('GET', '/operator/inbox')).body as { operationId: string }[]
  const isOurs = ({ operationId }: { operationId: string }) => operationId.replaceAll('-', '') === reference
  await hear(async () => (await inbox()).some(isOurs))
  expect((await inbox()).find(isOurs)).toMatchObject({ caseKind: 'contradiction', kind: 'refund', amount: '30.800' })
  expect((await verify(pool)).checks.filter(({ rows }) => rows.length > 0)).toEqual([])
})
