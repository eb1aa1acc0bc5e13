import { afterEach, expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { expirePayments } from '../../src/jobs/expire.ts'
import { refundSurplus } from '../../src/jobs/refund-surplus.ts'
import { parseAmount } from '../../src/money.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { approveChallenge } from '../../src/payments/challenge.ts'
import type { Step } from '../../src/payments/finish.ts'
import { settleByHand } from '../../src/payments/inbox.ts'
import { listInbox } from '../../src/payments/inbox-queries.ts'
import { payOut } from '../../src/payments/payout.ts'
import { bookFinding } from '../../src/payments/perform.ts'
import { findPayment, getOperationRef, listOperations } from '../../src/payments/queries.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { voidPayment } from '../../src/payments/void.ts'
import { verify } from '../../src/verify/verify.ts'
import { addGatewayAccount, charge, enterCard, openGatewayWorld, stepOf } from '../helpers/gateway.ts'
import { advanceClock, issueFundedCard, newestCode } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, merchantId, pool } = world

// Whatever comes late, the books are right afterwards.
afterEach(async () => {
  const { checks } = await verify(pool)
  expect(checks.filter(({ count }) => count > 0)).toEqual([])
})

// Somebody was wrong about what the gateway had done.
async function misjudge(act: () => Promise<Step>): Promise<Step> {
  await world.arm('error-did')
  const { operation } = await act()
  return settleByHand(deps, { operationId: operation.id, verdict: 'declined', evidence: 'a mistake', by: 'a test' })
}

const settle = ({ operation }: Step, verdict: 'approved' | 'declined') =>
  settleByHand(deps, { operationId: operation.id, verdict, evidence: 'the gateway gave it back', by: 'a test' })

const keys = { keys: [] }

async function suspended(gatewayAccountId = world.accountId): Promise<bigint> {
  const { rows } = await pool.query<{ balance: bigint }>(
    `select credits_posted - debits_posted as balance from accounts where kind = 'suspense' and owner_id = $1`,
    [gatewayAccountId],
  )
  return rows[0]?.balance ?? 0n
}

const casesOf = async ({ operation }: Step) =>
  (await listInbox(pool, 100)).filter(({ operationId }) => operationId === operation.id).map(({ caseKind }) => caseKind)

async function expire(): Promise<void> {
  await advanceClock(world, 8 * 86_400)
  await expirePayments(deps)
}

test('a contradiction is booked once, however often it is said, and its money leaves suspense when it was given back', async () => {
  const { payment } = await charge(world, { kind: 'authorize' })
  const lost = await misjudge(() =>
    capturePayment(deps, { merchantId, paymentId: payment.id, amount: '60.00', ...keys }),
  )
  await expire()
  for (let i = 0; i < 3; i++) await resolveOperation(deps, lost.operation.id)
  expect([await suspended(), await casesOf(lost)]).toEqual([6_000n, ['contradiction']])
  await expect(settle(lost, 'approved')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  await settle(lost, 'declined')
  await resolveOperation(deps, lost.operation.id)
  expect([await suspended(), await casesOf(lost)]).toEqual([0n, []])
  await expect(settle(lost, 'declined')).rejects.toMatchObject({ code: 'payment_state_invalid' })
})

test('a refund that is found out when its money has been paid out is put in suspense', async () => {
  const { payment } = await charge(world)
  const amount = { amount: parseAmount('60.00', 'USD'), description: 'Back', reason: 'returned' }
  const lost = await misjudge(() => refundPayment(deps, { merchantId, paymentId: payment.id, ...amount, ...keys }))
  await payOut(deps, {
    ...{ merchantId, origin: 'transaction-services', amount: parseAmount('50.00', 'USD'), description: 'Winnings' },
    ...{ to: { paymentId: payment.id }, merchantReference: newId() },
    attachment: { needs: [], write: () => undefined },
  })
  await resolveOperation(deps, lost.operation.id)
  expect([await suspended(), await casesOf(lost)]).toEqual([-6_000n, ['contradiction']])
  expect(await findPayment(pool, merchantId, payment.id)).toMatchObject({ refunded: 0n, paidOut: 5_000n })
  await settle(lost, 'declined')
  expect(await suspended()).toBe(0n)
})

test('a void that is found out when the authorization has expired contradicts nothing', async () => {
  const { payment } = await charge(world, { kind: 'authorize' })
  const lost = await misjudge(() => voidPayment(deps, { merchantId, paymentId: payment.id, ...keys }))
  expect(lost.payment.state).toBe('authorized')
  await expire()
  const found = await resolveOperation(deps, lost.operation.id)
  expect(found).toMatchObject({ payment: { state: 'voided' }, operation: { state: 'approved' } })
  expect(await casesOf(lost)).toEqual(['late_truth'])
})

test('an attempt that another gateway followed, and that was done after all, is put in suspense at its own gateway', async () => {
  await addGatewayAccount(world, { code: 'second', currency: 'USD', priority: 20 })
  await world.arm('refuse-connect', { gatewayAccount: 'sandbox-usd' })
  const step = await charge(world)
  expect(step).toMatchObject({ payment: { state: 'captured' }, operation: { attempt: 2 } })
  const [first] = await listOperations(pool, step.payment.id)
  if (!first) throw new Error('there was no first attempt')
  const { ref } = await getOperationRef(pool, first.id)
  const finding = { kind: 'approved', gatewayReference: 'SG-LATE' } as const
  const late = await bookFinding(deps, { ref, operation: first }, { finding, by: 'inquiry' })
  expect(late).toMatchObject({ payment: { captured: 10_000n }, operation: { state: 'not_sent' } })
  expect([await suspended(first.gatewayAccountId ?? ''), await casesOf(late)]).toEqual([10_000n, ['contradiction']])
})

test('a card of ours that pays what was found to be paid meanwhile gets its money back', async () => {
  const holder = await issueFundedCard(world, { balance: '100.00' })
  const { expiryMonth, expiryYear } = holder.card
  const { cvv: _, ...card } = enterCard(holder.pan, { expiryMonth, expiryYear })
  const claimId = newId()
  const lost = await misjudge(() => charge(world, { amount: '60.00', more: { claimId } }))
  const waiting = await charge(world, { card, amount: '60.00', more: { claimId, authentication: 'required' } })
  await resolveOperation(deps, lost.operation.id)
  const code = await newestCode(world, holder)
  const second = await approveChallenge(deps, { operationId: waiting.operation.id, code })
  expect(second.payment.state).toBe('captured')
  expect(await casesOf(second)).toEqual(['surplus'])
  await refundSurplus(deps)
  expect(await stepOf(world, second)).toMatchObject({ payment: { state: 'refunded' } })
  expect(await stepOf(world, lost)).toMatchObject({ payment: { state: 'captured' } })
})
