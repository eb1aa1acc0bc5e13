// Payments to be written, as the contract's samples have them.
import type { Writing } from '../../../src/api/operations/context.ts'
import { createCodes } from '../../../src/bindings/codes.ts'
import type { Checkout, CheckoutView } from '../../../src/checkouts/checkout.ts'
import type { Attempt, Child, Session } from '../../../src/checkouts/session.ts'
import { type GatewayAccount, PLAIN_TERMS } from '../../../src/gateways/account.ts'
import type { Operation } from '../../../src/payments/operation.ts'
import type { Payment } from '../../../src/payments/payment.ts'
import { sessionIdOf } from '../../../src/payments/session-id.ts'
import { Secret } from '../../../src/secret.ts'

export const CHECKOUT_ID = '018c0000-0000-7000-8000-000000000001'
export const PAYMENT_ID = '018c0000-0000-7000-8000-000000000002'
export const OPERATION_ID = '018c0000-0000-7000-8000-000000000003'
export const CHILD_ID = '018c0000-0000-7000-8000-000000000004'
const MERCHANT_ID = '018c0000-0000-7000-8000-000000000005'
const ACCOUNT_ID = '018c0000-0000-7000-8000-000000000006'
const TRY_ID = '018c0000-0000-7000-8000-000000000007'

const codes = createCodes(new Secret(Buffer.alloc(32, 7)))
export const writing: Writing = {
  codes,
  settings: { hmacKey: new Secret('test-key'), referencePrefix: 'staging' },
}

export const sessionId = (id: string): string => sessionIdOf(codes, id)

export const PAID_AT = new Date('2023-11-02T09:00:07Z')

export const account: GatewayAccount = {
  ...{ id: ACCOUNT_ID, merchantId: MERCHANT_ID, code: 'Credit-Card', connector: 'Gateway_Example', currency: 'KWD' },
  ...{ mode: 'purchase', terminalId: '300', brands: null, priority: 1, isSandbox: true, isActive: true },
  ...{ canHaveMultipleAttempts: true, baseUrl: 'https://gateway.example', sealedCredentials: Buffer.alloc(0) },
  ...{ ...PLAIN_TERMS, name: 'Credit Card' },
}

export const checkout = (changes: Partial<CheckoutView> = {}): CheckoutView => ({
  ...{ id: CHECKOUT_ID, merchantId: MERCHANT_ID, type: 'e_commerce', paymentType: 'one_off', orderNo: 'Y3ODg' },
  ...{ isOrderNoUnique: false, currency: 'KWD', amount: 10_000n, pgCodes: [account.code], customerId: 'Example' },
  ...{ language: 'en', redirectUrl: null, webhookUrl: null, initiator: null, shortCode: null, cashCode: null },
  ...{ invalidatedBecause: null, deletedAt: null, state: 'created', heldBy: null, paidBy: null },
  details: {
    customerEmail: 'example@example.com',
    customerFirstName: 'first_name_example',
    customerLastName: 'last_name_example',
    customerPhone: '1234567',
  },
  dueAt: new Date('2023-11-02T08:50:00Z'),
  expiresAt: new Date('2023-11-03T08:50:00Z'),
  expiryDueAt: null,
  createdAt: new Date('2023-11-02T08:50:00Z'),
  ...changes,
})

export const payment = (changes: Partial<Payment> = {}): Payment =>
  ({
    ...{ id: PAYMENT_ID, merchantId: MERCHANT_ID, origin: 'operations', direction: 'charge', state: 'captured' },
    ...{ currency: 'KWD', amount: 10_000n, fee: 20_000n, authorized: 30_000n, captured: 30_000n, refunded: 0n },
    ...{ refundReserved: 0n, payerCurrency: 'KWD', rateNumerator: 1n, rateDenominator: 1n, payerAuthorized: 30_000n },
    ...{ payerCaptured: 30_000n, payerRefunded: 0n, takenBefore: 0n, payerTakenBefore: 0n, clientId: null },
    ...{ cardAccountId: null, cardId: null, cardTransactionId: null, authorizedOn: null, gatewayAccountId: ACCOUNT_ID },
    ...{ bindingToken: null, holdId: null, exchangeHoldId: null, refId: 'x', description: '', openOperationId: null },
    ...{
      claimId: CHECKOUT_ID,
      sourcePaymentId: null,
      paidOut: 0n,
      version: 1n,
      expiresAt: PAID_AT,
      createdAt: PAID_AT,
    },
    ...changes,
  }) as Payment

export const operation = (changes: Partial<Operation> = {}): Operation => ({
  ...{ id: OPERATION_ID, paymentId: PAYMENT_ID, merchantId: MERCHANT_ID, kind: 'purchase', attempt: 1 },
  ...{ gatewayAccountId: ACCOUNT_ID, amount: 30_000n, currency: 'KWD', state: 'approved', gatewayReference: null },
  ...{ approvalCode: null, eci: null, code: null, message: null, redirect: null, reason: '', looks: 0, doubt: null },
  ...{ doubtedAt: null, nextLookAt: null, settledBy: 'answer', settledAt: PAID_AT, createdAt: PAID_AT },
  ...changes,
})

export const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
  ...{ payment: payment(), operation: operation(), account, referenceId: TRY_ID, card: null, response: {} },
  ...changes,
})

export const child = (changes: Partial<Operation> = {}, more: Partial<Child> = {}): Child => ({
  operation: operation({ id: CHILD_ID, kind: 'refund', amount: 9000n, ...changes }),
  ...{ initiator: null, extra: null, source: 'input', trackingKey: null, account, response: {} },
  ...more,
})

/** A session of the checkout with one try, which has paid it unless told. */
export function session(changes: Partial<Session> = {}, made: Partial<Checkout> = {}): Session {
  const about = checkout(made)
  const paid = attempt()
  return {
    ...{ id: CHECKOUT_ID, merchantId: MERCHANT_ID, state: 'paid', orderNo: about.orderNo, checkout: about },
    ...{ amount: { amount: about.amount, currency: about.currency }, attempts: [paid], settled: paid, children: [] },
    ...changes,
  }
}
