import { expect, test } from 'vitest'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import { abandonChallenge, approveChallenge } from '../../src/payments/challenge.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import { voidPayment } from '../../src/payments/void.ts'
import { Secret } from '../../src/secret.ts'
import { charge, enterCard, openGatewayWorld, pass, stepOf } from '../helpers/gateway.ts'
import { expectBalancedBooks, fundsOf, issueFundedCard, newestCode, owedTo, statementOf } from '../helpers/seed.ts'

const world = await openGatewayWorld()
const { deps, merchantId } = world

const capture = (paymentId: string, amount: string) => capturePayment(deps, { merchantId, paymentId, amount, keys: [] })
const refund = (paymentId: string, amount: bigint) =>
  refundPayment(deps, {
    merchantId,
    paymentId,
    amount: { amount, currency: 'USD' },
    description: 'Back',
    reason: 'returned',
    keys: [],
  })

test('a purchase through a gateway is captured, and the gateway owes what the merchant is owed', async () => {
  const owed = await owedTo(world, merchantId)
  const { payment, operation } = await charge(world)
  expect(payment).toMatchObject({ state: 'captured', captured: 10_000n, cardId: null })
  expect(operation).toMatchObject({ state: 'approved', settledBy: 'answer', attempt: 1 })
  expect(await world.bookOf(operation.id)).toMatchObject({ operation: 'purchase', amount: '100.00', state: 'approved' })
  expect(await owedTo(world, merchantId)).toBe(owed + 10_000n)
  await expectBalancedBooks(world)
})

test.each([
  ['JPY', '100', 100n],
  ['KWD', '1.234', 1_234n],
])('%s keeps its own decimals on the way to the gateway', async (currency, amount, minor) => {
  const { payment, operation } = await charge(world, { currency, amount })
  expect(payment).toMatchObject({ state: 'captured', captured: minor })
  expect(await world.bookOf(operation.id)).toMatchObject({ amount, currency })
})

test('an authorization is captured in part and refunded once', async () => {
  const { payment, operation } = await charge(world, { kind: 'authorize' })
  expect([payment.state, operation.state]).toEqual(['authorized', 'approved'])
  const captured = await capture(payment.id, '60.00')
  expect(captured.payment).toMatchObject({ state: 'captured', captured: 6_000n })
  await expect(capture(payment.id, '1.00')).rejects.toMatchObject({ code: 'payment_state_invalid' })
  const refunded = await refund(payment.id, 2_000n)
  expect(refunded.payment).toMatchObject({ state: 'captured', refunded: 2_000n, refundReserved: 0n })
  await expect(refund(payment.id, 1_000n)).rejects.toMatchObject({ code: 'already_refunded' })
  expect(await world.bookOf(refunded.operation.id)).toMatchObject({ operation: 'refund', amount: '20.00' })
  await expectBalancedBooks(world)
})

test('a void gives the hold up, once', async () => {
  const { payment } = await charge(world, { kind: 'authorize' })
  const voided = await voidPayment(deps, { merchantId, paymentId: payment.id, keys: [] })
  expect(voided.payment.state).toBe('voided')
  await expect(voidPayment(deps, { merchantId, paymentId: payment.id, keys: [] })).rejects.toMatchObject({
    code: 'payment_state_invalid',
  })
})

test('a decline is an outcome with a reason, and holds nothing', async () => {
  const { payment, operation } = await charge(world, { card: enterCard('4000000001000050') })
  expect(payment).toMatchObject({ state: 'declined', authorized: 0n })
  expect(operation).toMatchObject({ state: 'declined', code: 'insufficient_funds' })
  await expectBalancedBooks(world)
})

test.each([
  'late-did',
  'reset-after-doing',
  'cut-json',
  'html',
  'wrong-amount',
  'wrong-reference',
  'error-did',
  'duplicate-id',
])('a purchase whose answer is %s is unknown, holds the money, and is found to be done', async (mode) => {
  await world.arm(mode)
  const { payment, operation } = await charge(world)
  expect([payment.state, operation.state]).toEqual(['authorizing', 'unknown'])
  await expect(capture(payment.id, '1.00')).rejects.toMatchObject({ code: 'operation_in_progress' })
  await pass(world, 6, () => resolveDue(deps))
  expect(await stepOf(world, { payment, operation })).toMatchObject({
    payment: { state: 'captured' },
    operation: { state: 'approved', settledBy: 'inquiry' },
  })
  await expectBalancedBooks(world)
})

test.each(['late-did-not', 'error-did-not', 'unavailable', 'never-answer'])(
  'a purchase whose answer is %s and that was not done is only believed not to be when the gateway has long said so',
  async (mode) => {
    await world.arm(mode)
    const { payment, operation } = await charge(world)
    expect(operation.state).toBe('unknown')
    for (const seconds of [6, 10, 15]) {
      await pass(world, seconds, () => resolveDue(deps))
      expect((await stepOf(world, { payment, operation })).operation.state).toBe('unknown')
    }
    await pass(world, 30, () => resolveDue(deps))
    expect(await stepOf(world, { payment, operation })).toMatchObject({
      payment: { state: 'declined', authorized: 0n },
      operation: { state: 'not_done' },
    })
    await expectBalancedBooks(world)
  },
)

test('a gateway that finds its books half a minute late is not taken for one that did nothing', async () => {
  await world.arm('not-found-first')
  const { payment, operation } = await charge(world)
  expect(operation.state).toBe('unknown')
  for (const seconds of [6, 10, 15, 30]) await pass(world, seconds, () => resolveDue(deps))
  expect((await stepOf(world, { payment, operation })).payment.state).toBe('captured')
})

test('a gateway that changes its mind is taken at its last word', async () => {
  await world.arm('flips')
  const { payment, operation } = await charge(world)
  expect(operation.state).toBe('pending')
  for (const seconds of [6, 6, 2, 20]) await pass(world, seconds, () => resolveDue(deps))
  expect((await stepOf(world, { payment, operation })).payment.state).toBe('captured')
})

test('what never left is declined at once when no other gateway takes it', async () => {
  await world.arm('refuse-connect')
  const { payment, operation } = await charge(world)
  expect([payment.state, operation.state, operation.code]).toEqual(['declined', 'not_sent', 'gateway_unreachable'])
})

test('a refund that the gateway queues counts as refunded until it is decided', async () => {
  const { payment } = await charge(world, { card: enterCard('4000000001000183') })
  const queued = await refund(payment.id, 10_000n)
  expect(queued).toMatchObject({ operation: { state: 'pending' }, payment: { refundReserved: 10_000n, refunded: 0n } })
  await expect(refund(payment.id, 1n)).rejects.toMatchObject({ code: 'already_refunded' })
  await pass(world, 6, () => resolveDue(deps))
  expect((await stepOf(world, queued)).payment).toMatchObject({ state: 'refunded', refundReserved: 0n })
})

test('a card of ours is charged in the same commit, and wrong data is a decline', async () => {
  const holder = await issueFundedCard(world, { balance: '100.00' })
  const expiry = `${holder.card.expiryYear}-${String(holder.card.expiryMonth).padStart(2, '0')}`
  const { expiryMonth, expiryYear } = holder.card
  const cvv = new Secret(deps.vault.cvv(holder.card.id, expiry))
  const card = enterCard(holder.pan, { expiryMonth, expiryYear, cvv })
  const { payment, operation } = await charge(world, { card, amount: '60.00' })
  expect(payment).toMatchObject({ state: 'captured', cardId: holder.card.id })
  expect(operation).toMatchObject({ state: 'approved', settledBy: 'issuer', gatewayAccountId: null })
  expect(await fundsOf(world, holder)).toEqual({ balance: 4_000n, held: 0n })
  const broke = await charge(world, { card, amount: '60.00' })
  expect(broke).toMatchObject({ payment: { state: 'declined' }, operation: { code: 'insufficient_funds' } })
  const wrong = await charge(world, { card: { ...card, cvv: new Secret('000') }, amount: '1.00' })
  expect(wrong).toMatchObject({ payment: { state: 'declined' }, operation: { code: 'card_data_wrong' } })
  await expectBalancedBooks(world)
})

test('a card of ours that the merchant wants authenticated waits for its holder, without a hold', async () => {
  const holder = await issueFundedCard(world, { balance: '100.00' })
  const { expiryMonth, expiryYear } = holder.card
  const { cvv: _, ...card } = enterCard(holder.pan, { expiryMonth, expiryYear })
  const more = { authentication: 'required' } as const
  const waiting = await charge(world, { card, amount: '60.00', more })
  expect(waiting).toMatchObject({
    payment: { state: 'authorizing', authorized: 0n },
    operation: { state: 'redirected' },
  })
  expect(await fundsOf(world, holder)).toEqual({ balance: 10_000n, held: 0n })
  const operationId = waiting.operation.id
  await expect(approveChallenge(deps, { operationId, code: '000000' })).rejects.toMatchObject({ code: 'code_wrong' })
  const done = await approveChallenge(deps, { operationId, code: await newestCode(world, holder) })
  expect(done).toMatchObject({ payment: { state: 'captured', captured: 6_000n }, operation: { state: 'approved' } })
  expect(await fundsOf(world, holder)).toEqual({ balance: 4_000n, held: 0n })
  expect((await statementOf(world, holder))[0]?.merchant).toEqual({
    name: 'Tea House',
    mcc: '5812',
    category: 'Eating places and restaurants',
    country: 'HK',
  })
  const other = await charge(world, { card, amount: '10.00', more })
  const given = await abandonChallenge(deps, { operationId: other.operation.id, isDenied: false })
  expect(given.payment.state).toBe('canceled')
  await expectBalancedBooks(world)
})
