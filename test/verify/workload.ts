// A bit of everything that moves money or names something, so that each check of verify has rows to look at.
import { createFundingAccount } from '../../src/funding/create.ts'
import { transferFunds } from '../../src/funding/transfer.ts'
import { fingerprintOf, type KeyClaim } from '../../src/idempotency/keyed.ts'
import { setMetadata } from '../../src/issuing/set-metadata.ts'
import { topUpCardAccount, withdrawFromCardAccount } from '../../src/issuing/top-up.ts'
import { transferBalance } from '../../src/issuing/transfer-balance.ts'
import { parseAmount } from '../../src/money.ts'
import { capturePayment } from '../../src/payments/capture.ts'
import type { Payment } from '../../src/payments/payment.ts'
import { refundPayment } from '../../src/payments/refund.ts'
import {
  simulateAuthorization,
  simulateCapture,
  simulateFullReversal,
  simulatePartialReversal,
  simulateRefund,
} from '../../src/payments/simulate.ts'
import { expirePayment, voidPayment } from '../../src/payments/void.ts'
import { type GatewayWorld, openGatewayWorld } from '../helpers/gateway.ts'
import {
  advanceClock,
  authorize,
  buy,
  changeStatus,
  type FundedCard,
  type Issuing,
  issueBoundCard,
  issueFundedCard,
  newestCode,
  otherThan,
  verifyOrder,
} from '../helpers/seed.ts'
import { type CheckoutPart, playCheckouts } from './checkout-workload.ts'
import { type GatewayPart, playGateways } from './gateway-workload.ts'

/** The world after the workload, and what faults are planted on. */
export interface Worked extends GatewayWorld {
  readonly gateways: GatewayPart
  readonly checkouts: CheckoutPart
  readonly holder: FundedCard
  readonly receiver: FundedCard
  /** Two open, of different amounts. */
  readonly authorized: readonly [Payment, Payment]
  /** Two voided, of equal amounts. */
  readonly voided: readonly [Payment, Payment]
  /** Two captured in different parts of equal holds. */
  readonly captured: readonly [Payment, Payment]
  /** In one currency, refunded in part. */
  readonly refundedInPart: Payment
  /** Between two currencies, refunded in two parts. */
  readonly exchanged: Payment
}

/** Runs it on a database of its own. */
export async function openWorked(): Promise<Worked> {
  const issuing = await openGatewayWorld({ gatewayTimeoutMs: 5000, callerWaitMs: 8000 }) // No fault of it is slow.
  const gateways = await playGateways(issuing)
  const checkouts = await playCheckouts(issuing)
  const holder = await issueBoundCard(issuing, { balance: '1000.00' })
  const receiver = await issueFundedCard(issuing, { balance: '50.00' })
  await issueFundedCard(issuing, { balance: '5000', currency: 'JPY' })
  const buyFor = (amount: string): Promise<Payment> => authorize(issuing, holder, { amount })

  const expiring = await buyFor('5.00')
  await advanceClock(issuing, 8 * 86_400)
  await expirePayment(issuing.deps, expiring)
  const voided = [await buyFor('10.00'), await buyFor('10.00')] as const
  for (const { id } of voided) await release(issuing, id)
  const captured = [await buyFor('50.00'), await buyFor('50.00')] as const
  await capture(issuing, captured[0].id, '20.00')
  await capture(issuing, captured[1].id, '30.00')
  const refunded = await buyFor('100.00')
  await capture(issuing, refunded.id, '60.00')
  await refund(issuing, refunded.id, '20.00')
  await refund(issuing, refunded.id, '40.00')
  const refundedInPart = await buyFor('40.00')
  await capture(issuing, refundedInPart.id, '40.00')
  await refund(issuing, refundedInPart.id, '15.00')
  const authorized = [await buyFor('30.00'), await buyFor('25.00')] as const

  const exchanged = await exchange(issuing)
  await decline(issuing, holder)
  await playNetwork(issuing, holder)
  await moveBalances(issuing, holder, receiver)
  return { ...issuing, gateways, checkouts, holder, receiver, authorized, voided, captured, refundedInPart, exchanged }
}

const capture = ({ deps, merchantId }: Issuing, paymentId: string, amount: string) =>
  capturePayment(deps, { merchantId, paymentId, amount, keys: [] })

const release = ({ deps, merchantId }: Issuing, paymentId: string) =>
  voidPayment(deps, { merchantId, paymentId, keys: [] })

const refund = ({ deps, merchantId }: Issuing, paymentId: string, amount: string) =>
  refundPayment(deps, {
    merchantId,
    paymentId,
    amount: parseAmount(amount, 'USD'),
    description: 'Returned',
    reason: 'requested_by_customer',
    keys: [],
  })

// A card in Hong Kong dollars charged in US dollars, at a rate that leaves something to round.
async function exchange(issuing: Issuing): Promise<Payment> {
  const holder = await issueBoundCard(issuing, { balance: '2000.00', currency: 'HKD' })
  const payment = await authorize(issuing, holder, { amount: '10.01' })
  await capture(issuing, payment.id, '7.07')
  await refund(issuing, payment.id, '3.03')
  await refund(issuing, payment.id, '2.02')
  const other = await authorize(issuing, holder, { amount: '1.00' })
  await release(issuing, other.id)
  const small = await issueBoundCard(issuing, { balance: '1.00' })
  const tiny = await authorize(issuing, small, { amount: '0.07', currency: 'HKD' })
  await capture(issuing, tiny.id, '0.07')
  for (const amount of ['0.01', '0.06']) {
    await refundPayment(issuing.deps, {
      merchantId: issuing.merchantId,
      paymentId: tiny.id,
      amount: parseAmount(amount, 'HKD'),
      description: 'Returned',
      reason: 'requested_by_customer',
      keys: [],
    })
  }
  return payment
}

async function decline(issuing: Issuing, holder: FundedCard & { token: string }): Promise<void> {
  const poor = await issueBoundCard(issuing, { balance: '1.00' })
  await refused(authorize(issuing, poor, { amount: '2.00' }))
  await verifyOrder(issuing, { token: poor.token, amount: '0.50' })
  const wrong = otherThan(await newestCode(issuing, poor))
  for (let i = 0; i < 6; i++) await refused(buy(issuing, { token: poor.token, amount: '0.50', code: wrong }))
  await changeStatus(issuing, 'lock', poor)
  await refused(authorize(issuing, poor, { amount: '0.10' }))
  await refused(authorize(issuing, holder, { amount: '10000.00' }))
}

async function playNetwork(issuing: Issuing, { card, cardAccountId }: FundedCard): Promise<void> {
  const { deps, clientId } = issuing
  const charge = (amount: string, currency = 'USD') =>
    simulateAuthorization(deps, {
      clientId,
      cardAccountId,
      cardId: card.id,
      amount: parseAmount(amount, currency),
      keys: [],
    })
  const step = ({ cardTransactionId }: { cardTransactionId: string }) => ({
    clientId,
    cardAccountId,
    cardTransactionId,
    keys: [],
  })
  const reduced = await charge('20.00')
  await simulatePartialReversal(deps, { ...step(reduced), amount: '12.00' })
  await simulatePartialReversal(deps, { ...step(reduced), amount: '11.00' })
  await simulateCapture(deps, { ...step(reduced), amount: '9.00' })
  await simulateFullReversal(deps, step(await charge('8.00')))
  await simulatePartialReversal(deps, { ...step(await charge('9.99', 'EUR')), amount: '3.33' })
  await simulateRefund(deps, {
    clientId,
    cardAccountId,
    cardId: card.id,
    amount: parseAmount('4.44', 'EUR'),
    keys: [],
  })
  await simulateRefund(deps, { clientId, cardAccountId, cardId: card.id, amount: parseAmount('1.00', 'USD'), keys: [] })
}

async function moveBalances(issuing: Issuing, holder: FundedCard, receiver: FundedCard): Promise<void> {
  const { deps, clientId, fundingAccountId } = issuing
  const between = { sourceCardAccountId: holder.cardAccountId, destinationCardAccountId: receiver.cardAccountId }
  const transfer = {
    clientId,
    ...between,
    amount: parseAmount('12.34', 'USD'),
    xid: 'transfer-1',
    keys: claims('transfer-1'),
  }
  const { id } = await transferBalance(deps, transfer)
  await transferBalance(deps, transfer)
  await refused(transferBalance(deps, { ...transfer, keys: [] }))
  await refused(
    transferBalance(deps, { clientId, ...between, amount: parseAmount('9999', 'USD'), keys: claims('too much') }),
  )
  const fund = { clientId, accountId: fundingAccountId, cardAccountId: receiver.cardAccountId, keys: [] }
  await withdrawFromCardAccount(deps, { ...fund, amount: parseAmount('60.00', 'USD'), xid: 'withdrawal-1' })
  await topUpCardAccount(deps, { ...fund, amount: parseAmount('30.00', 'USD') })
  const other = await createFundingAccount(deps, {
    clientId,
    name: 'Other',
    assets: ['USD'],
    xid: 'account-1',
    keys: [],
  })
  await transferFunds(deps, {
    clientId,
    sourceAccountId: fundingAccountId,
    destinationAccountId: other.id,
    amount: parseAmount('30.00', 'USD'),
    xid: 'transfer-2',
    keys: [],
  })
  await setMetadata(deps, { clientId, type: 'transaction', id, xid: 'transfer-1b', keys: [] })
  await setMetadata(deps, { clientId, type: 'card', id: holder.card.id, xid: 'transfer-1', keys: [] })
  await setMetadata(deps, { clientId, type: 'account', id: other.id, xid: null, keys: [] })
}

const claims = (key: string): KeyClaim[] => [{ scope: 'workload', key, fingerprint: fingerprintOf(key) }]

async function refused(attempt: Promise<unknown>): Promise<void> {
  const succeeded = await attempt.then(
    () => true,
    () => false,
  )
  if (succeeded) throw new Error('the workload expected a refusal')
}
