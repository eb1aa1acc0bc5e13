import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { cancelCheckout, expireCheckout } from '../../src/checkouts/close.ts'
import { findSession } from '../../src/checkouts/find.ts'
import { findReplay } from '../../src/checkouts/operate.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { resolveDue } from '../../src/jobs/resolve.ts'
import { verify } from '../../src/verify/verify.ts'
import { enterCard, pass, stepOf } from '../helpers/gateway.ts'
import { addAccount, makeCheckout, openCheckoutWorld, operate, ourCard, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, merchantId } = world
const replayOf = (trackingKey: string) => findReplay(deps, { merchantId, trackingKey })

async function paid(pgCode = 'purchase', instrument = { card: enterCard() }) {
  const checkout = await makeCheckout(world, { pgCodes: [pgCode] })
  await pay(world, checkout, { instrument })
  return checkout
}
const childrenOf = async (checkout: { id: string }) =>
  (await sessionOf(world, checkout)).children.map(({ operation: { kind, amount, state } }) => [kind, amount, state])

test('what was paid is refunded in parts and then what is left, and no more', async () => {
  const checkout = await paid()
  await operate(world, checkout, { operation: 'refund', amount: '30.00' })
  await operate(world, checkout, { operation: 'refund' })
  await expect(operate(world, checkout, { operation: 'refund', amount: '0.01' })).rejects.toMatchObject({
    code: 'payment_state_invalid',
  })
  expect(await childrenOf(checkout)).toEqual([
    ['refund', 3_000n, 'approved'],
    ['refund', 7_000n, 'approved'],
  ])
  expect(await sessionOf(world, checkout)).toMatchObject({ state: 'paid', amount: { amount: 10_000n } })
})

test.each(['authorize', 'house-authorize'])(
  'at %s a hold is captured in parts and refunded as far as it was',
  async (pgCode) => {
    const instrument = pgCode === 'authorize' ? { card: enterCard() } : { card: (await ourCard(world)).card }
    const checkout = await paid(pgCode, instrument)
    const refused = (plan: Parameters<typeof operate>[2]) => expect(operate(world, checkout, plan)).rejects
    await refused({ operation: 'refund' }).toMatchObject({ code: 'amount_too_large' })
    await operate(world, checkout, { operation: 'capture', amount: '40.00' })
    await refused({ operation: 'void' }).toMatchObject({ code: 'already_captured' })
    await refused({ operation: 'refund', amount: '50.00' }).toMatchObject({ code: 'amount_too_large' })
    await operate(world, checkout, { operation: 'refund', amount: '40.00' })
    await operate(world, checkout, { operation: 'capture' })
    await refused({ operation: 'capture', amount: '0.01' }).toMatchObject({ code: 'payment_state_invalid' })
    expect(await childrenOf(checkout)).toEqual([
      ['capture', 4_000n, 'approved'],
      ['refund', 4_000n, 'approved'],
      ['capture', 6_000n, 'approved'],
    ])
    expect((await sessionOf(world, checkout)).state).toBe('authorized')
  },
)

test('a hold is voided as a whole, and then nothing is left to do', async () => {
  const checkout = await paid('authorize')
  await operate(world, checkout, { operation: 'void', amount: '1.00' })
  for (const operation of ['void', 'capture', 'refund'] as const)
    await expect(operate(world, checkout, { operation })).rejects.toMatchObject({
      code: expect.stringMatching(/payment_state_invalid|amount_too_large/),
    })
  expect(await childrenOf(checkout)).toEqual([['void', 10_000n, 'approved']])
})

test('a fee can be captured and is not refunded', async () => {
  const checkout = await paid('fee-authorize')
  await operate(world, checkout, { operation: 'capture', amount: '102.00' })
  await expect(operate(world, checkout, { operation: 'refund', amount: '102.00' })).rejects.toMatchObject({
    code: 'amount_too_large',
  })
  await operate(world, checkout, { operation: 'refund' })
  expect(await childrenOf(checkout)).toMatchObject([
    ['capture', 10_200n, 'approved'],
    ['refund', 10_000n, 'approved'],
  ])
})

const OPERATIONS = ['capture', 'refund', 'void'] as const

test('what the account does not do is refused without asking anybody, and is no child', async () => {
  await addAccount(world, { code: 'only-holds', mode: 'authorize', operations: ['authorize'] })
  const [held, bought] = [await paid('only-holds'), await paid('no-refund')]
  const before = await world.control('GET', '/book')
  for (const operation of OPERATIONS)
    await expect(operate(world, held, { operation, amount: '1.00' })).rejects.toMatchObject({
      code: 'operation_not_supported',
      message: `The payment gateway only-holds does not support ${operation}.`,
    })
  await expect(operate(world, bought, { operation: 'refund' })).rejects.toMatchObject({
    code: 'operation_not_supported',
  })
  expect([await childrenOf(held), await childrenOf(bought)]).toEqual([[], []])
  expect(await world.control('GET', '/book')).toEqual(before)
})

test('what was exchanged is neither captured, refunded nor voided, without asking anybody, and can be deleted', async () => {
  const rates = [{ currency: 'USD', numerator: '308', denominator: '100' }]
  await addAccount(world, { code: 'fx-authorize', currency: 'KWD', mode: 'authorize', rates })
  const [held, bought] = [await paid('fx-authorize'), await paid('fx')]
  const before = await world.control('GET', '/book')
  for (const operation of OPERATIONS)
    await expect(operate(world, held, { operation })).rejects.toMatchObject({ code: 'payment_exchanged' })
  await expect(operate(world, bought, { operation: 'refund' })).rejects.toMatchObject({ code: 'payment_exchanged' })
  expect([await childrenOf(held), await childrenOf(bought)]).toEqual([[], []])
  expect(await world.control('GET', '/book')).toEqual(before)
  const [open, late] = [await makeCheckout(world, { pgCodes: ['fx'] }), await makeCheckout(world, { pgCodes: ['fx'] })]
  expect(await cancelCheckout(deps, { merchantId, id: open.id })).toMatchObject({ state: 'canceled' })
  expect(await expireCheckout(deps, { merchantId, id: late.id })).toMatchObject({ state: 'expired' })
  for (const { id } of [held, bought]) {
    await deleteCheckout(deps, { merchantId, id })
    expect(await findSession(deps, { merchantId, id })).toBeUndefined()
  }
})

test('ten copies under one key execute once', async () => {
  const checkout = await paid()
  const trackingKey = randomUUID()
  const steps = await Promise.allSettled(
    Array.from({ length: 10 }, () => operate(world, checkout, { operation: 'refund', amount: '10.00', trackingKey })),
  )
  const refused = steps.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(9)
  for (const one of refused) expect(one).toMatchObject({ reason: { code: 'request_in_progress' } })
  const [child, ...others] = (await sessionOf(world, checkout)).children
  expect(others).toEqual([])
  expect(child).toMatchObject({ trackingKey })
  expect(await replayOf(trackingKey)).toBe(child?.operation.id)
})

test('ten refunds of everything without a key are one refund', async () => {
  const checkout = await paid()
  const steps = await Promise.allSettled(
    Array.from({ length: 10 }, () => operate(world, checkout, { operation: 'refund' })),
  )
  expect(steps.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a key whose operation failed for certain is free again', async () => {
  const checkout = await paid()
  const trackingKey = randomUUID()
  await expect(operate(world, checkout, { operation: 'refund', amount: '100.01', trackingKey })).rejects.toMatchObject({
    code: 'amount_too_large',
  })
  expect(await replayOf(trackingKey)).toBeUndefined()
  await world.arm('refuse-connect')
  expect(await operate(world, checkout, { operation: 'refund', trackingKey })).toMatchObject({
    operation: { state: 'not_sent' },
  })
  expect(await replayOf(trackingKey)).toBeUndefined()
  const { operation } = await operate(world, checkout, { operation: 'refund', trackingKey })
  expect(await replayOf(trackingKey)).toBe(operation.id)
})

test('a key is not kept of a command that was undone', async () => {
  const checkout = await paid()
  const trackingKey = randomUUID()
  const fail = () => {
    throw new Error('the disk is full')
  }
  const note = { needs: [], admit: () => undefined, write: fail }
  await expect(operate(world, checkout, { operation: 'refund', trackingKey, note })).rejects.toThrow()
  expect(await replayOf(trackingKey)).toBeUndefined()
  expect(await childrenOf(checkout)).toEqual([])
  const { operation } = await operate(world, checkout, { operation: 'refund', trackingKey })
  expect(await replayOf(trackingKey)).toBe(operation.id)
})

test.each([
  ['4000000001000183', 'approved'],
  ['4000000001000191', 'declined'],
])('a refund that the gateway queues stays bound to its key, also when it ends %s', async (number, state) => {
  const checkout = await paid('purchase', { card: enterCard(number) })
  const trackingKey = randomUUID()
  const step = await operate(world, checkout, { operation: 'refund', trackingKey })
  expect(step.operation.state).toBe('pending')
  await expect(operate(world, checkout, { operation: 'refund', amount: '0.01' })).rejects.toMatchObject({
    code: 'amount_too_large',
  })
  // That it was declined is believed when the gateway goes on saying so.
  for (const seconds of [6, 20, 20]) await pass(world, seconds, () => resolveDue(deps))
  expect((await stepOf(world, step)).payment.refundReserved).toBe(0n)
  expect(await childrenOf(checkout)).toEqual([['refund', 10_000n, state]])
  expect(await replayOf(trackingKey)).toBe(step.operation.id)
})

test('a capture that nobody knows the outcome of is no child until it is known, and its key stays bound', async () => {
  const checkout = await paid('authorize')
  const trackingKey = randomUUID()
  await world.arm('error-did')
  const { operation } = await operate(world, checkout, { operation: 'capture', trackingKey })
  expect(operation.state).toBe('unknown')
  expect(await childrenOf(checkout)).toEqual([])
  expect(await replayOf(trackingKey)).toBe(operation.id)
  await pass(world, 6, () => resolveDue(deps))
  expect(await childrenOf(checkout)).toEqual([['capture', 10_000n, 'approved']])
})

test('after all of it the books are right', async () => {
  expect((await verify(world.pool)).checks.filter(({ count }) => count > 0)).toEqual([])
})
