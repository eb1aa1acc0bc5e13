import { expect, test } from 'vitest'
import type { InquiryAnswer } from '../../src/gateways/connector.ts'
import { newId } from '../../src/ids.ts'
import { expirePayments } from '../../src/jobs/expire.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import type { Step } from '../../src/payments/finish.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { findPayment } from '../../src/payments/queries.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { charge, enterCard, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'
import { advanceClock, expectBalancedBooks, owedTo } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, merchantId, pool } = world

// Somebody was wrong about a purchase that the gateway had done.
async function giveUp(more: Parameters<typeof charge>[1] = {}): Promise<Step> {
  await world.arm('error-did')
  const { operation } = await charge(world, more)
  const evidence = 'the gateway said so on the telephone'
  return settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence, by: 'a test' })
}

test('what a gateway did after all is booked when it is found out, and a person is told', async () => {
  const given = await giveUp()
  expect(given).toMatchObject({ payment: { state: 'declined' }, operation: { settledBy: 'person' } })
  const owed = await owedTo(world, merchantId)
  const found = await resolveOperation(deps, given.operation.id)
  expect(found).toMatchObject({ payment: { state: 'captured', captured: 10_000n }, operation: { state: 'approved' } })
  expect(await owedTo(world, merchantId)).toBe(owed + 10_000n)
  const inbox = await listInbox(pool, 100)
  expect(inbox.filter(({ operationId }) => operationId === given.operation.id)).toMatchObject([
    { caseKind: 'late_truth' },
  ])
  await expectBalancedBooks(world)
})

test('found out twice it is booked once', async () => {
  const given = await giveUp()
  const owed = await owedTo(world, merchantId)
  await Promise.all([resolveOperation(deps, given.operation.id), resolveOperation(deps, given.operation.id)])
  await resolveOperation(deps, given.operation.id)
  expect(await owedTo(world, merchantId)).toBe(owed + 10_000n)
})

test('a capture that the payment cannot hold any more is put in suspense, with a case', async () => {
  const { payment } = await charge(world, { kind: 'authorize' })
  await world.arm('error-did', { operation: 'capture' })
  const request = { merchantId, paymentId: payment.id, amount: '60.00', keys: [] }
  const lost = await capturePayment(deps, request)
  await settleByHand(deps, { operationId: lost.operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
  await advanceClock(world, 8 * 86_400)
  await expirePayments(deps)
  expect((await stepOf(world, lost)).payment.state).toBe('voided')
  await resolveOperation(deps, lost.operation.id)
  expect((await stepOf(world, lost)).payment).toMatchObject({ state: 'voided', captured: 0n })
  const { rows } = await pool.query(
    `select credits_posted - debits_posted as balance from accounts where kind = 'suspense'`,
  )
  expect(rows).toEqual([{ balance: 6_000n }])
  const inbox = await listInbox(pool, 100)
  expect(inbox.filter(({ operationId }) => operationId === lost.operation.id)).toMatchObject([
    { caseKind: 'contradiction' },
  ])
  await expectBalancedBooks(world)
})

test('what is paid twice after all goes back by itself, once', async () => {
  const more = { more: { claimId: newId() } }
  const given = await giveUp(more)
  const paid = await charge(world, more)
  expect(paid.payment.state).toBe('captured')
  await expect(charge(world, more)).rejects.toMatchObject({ code: 'claim_paid' })
  await resolveOperation(deps, given.operation.id)
  expect((await stepOf(world, given)).payment.state).toBe('captured')
  await Promise.all([refundSurplus(deps), refundSurplus(deps)].map((one) => one.catch(() => undefined)))
  await refundSurplus(deps)
  expect(await findPayment(pool, merchantId, given.payment.id)).toMatchObject({ state: 'refunded', refunded: 10_000n })
  expect(await findPayment(pool, merchantId, paid.payment.id)).toMatchObject({ state: 'captured', refunded: 0n })
  await expectBalancedBooks(world)
})

test('while one payment of a thing is not known, no other may try', async () => {
  const more = { more: { claimId: newId() } }
  await world.arm('error-did-not')
  await charge(world, more)
  await expect(charge(world, more)).rejects.toMatchObject({ code: 'claim_held' })
})

test('an id that an answer took from another operation goes back to the one whose inquiry names it', async () => {
  await world.arm('cut-json')
  const lost = await charge(world)
  await world.arm('duplicate-id')
  const fooled = await charge(world)
  expect(fooled.operation).toMatchObject({ state: 'approved', settledBy: 'answer' })
  await pass(world, 6, () => resolveDue(deps))
  await pass(world, 10, () => resolveDue(deps))
  const [one, other] = [await stepOf(world, lost), await stepOf(world, fooled)]
  expect(one).toMatchObject({ payment: { state: 'captured' }, operation: { settledBy: 'inquiry' } })
  expect(one.operation.gatewayReference).toBe(fooled.operation.gatewayReference)
  expect(other).toMatchObject({ payment: { state: 'captured' }, operation: { nextLookAt: null } })
  expect([null, one.operation.gatewayReference]).not.toContain(other.operation.gatewayReference)
  await expectBalancedBooks(world)
})

// What the gateway answers to inquiries, whatever its books say.
const withInquiry = (answer: InquiryAnswer) => ({
  ...deps,
  gateways: { ...deps.gateways, inquire: async () => answer },
})

test('an id that an answer gave to an operation which goes by another one by now is free for its owner', async () => {
  await world.arm('error-did')
  const lost = await charge(world)
  await world.arm('duplicate-id')
  const pending = await charge(world, { card: enterCard('4000000001000134') })
  await pass(world, 3600, () => resolveOperation(deps, pending.operation.id))
  await resolveOperation(deps, lost.operation.id)
  expect(await stepOf(world, lost)).toMatchObject({
    payment: { state: 'captured' },
    operation: { settledBy: 'inquiry' },
  })
})

test('the last look at what a gateway denied waits until the gateway can be asked', async () => {
  await world.arm('error-did')
  const denied = await charge(world)
  const { id } = denied.operation
  for (let i = 0; i < 8; i++) await pass(world, 15, () => resolveOperation(withInquiry({ kind: 'not_found' }), id))
  expect((await stepOf(world, denied)).operation.state).toBe('not_done')
  await pass(world, 601, () => resolveOperation(withInquiry({ kind: 'unknown', cause: 'down' }), id))
  await pass(world, 3600, () => resolveDue(deps))
  expect(await stepOf(world, denied)).toMatchObject({
    payment: { state: 'captured' },
    operation: { state: 'approved' },
  })
})

test('what was approved under the id of another operation is not declined by hand as if it had never been booked', async () => {
  const fooled = await charge(world)
  const owner = await charge(world, { card: enterCard('4000000001000134') })
  const gatewayReference = fooled.operation.gatewayReference ?? ''
  await resolveOperation(withInquiry({ kind: 'approved', gatewayReference }), owner.operation.id)
  expect((await stepOf(world, fooled)).operation.gatewayReference).toBeNull()
  const settling = {
    operationId: fooled.operation.id,
    verdict: 'declined',
    evidence: 'never done',
    by: 'a test',
  } as const
  await expect(settleByHand(deps, settling)).rejects.toMatchObject({ code: 'payment_state_invalid' })
})
