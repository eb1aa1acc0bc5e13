// Collects everything that is known of a payment of the Operations face: the checkout, its tries, and what followed. A payment that
// another face made for the same merchant is one, too.
import type { Deps } from '../deps.ts'
import type { GatewayAccount } from '../gateways/account.ts'
import { findOrderByName, findOrderOfPayment } from '../orders/queries.ts'
import type { ClaimState } from '../payments/claim-states.ts'
import type { Step } from '../payments/finish.ts'
import type { Operation } from '../payments/operation.ts'
import type { Payment } from '../payments/payment.ts'
import { findPayment, getStep, listOperations, listPaymentSteps } from '../payments/queries.ts'
import { HOUSE } from './accounts.ts'
import { findCardSavedWith } from './card-queries.ts'
import type { CheckoutView } from './checkout.ts'
import { isBinding } from './child.ts'
import {
  findCheckout,
  findCheckoutById,
  findCheckoutByOrderNo,
  listAttempts,
  listChildRows,
  listResponses,
} from './queries.ts'
import type { Attempt, Child, Session, ShownAccount } from './session.ts'

type FindDeps = Pick<Deps, 'pool' | 'gateways'>

/** By which of the two a caller names a payment; the id wins. */
export type SessionName = { readonly merchantId: string } & ({ readonly id: string } | { readonly orderNo: string })

/** The merchant's session; undefined when there is none, or it was deleted, or the id is that of a child. */
export async function findSession(deps: FindDeps, name: SessionName): Promise<Session | undefined> {
  const { merchantId } = name
  const checkout =
    'id' in name
      ? await findCheckout(deps.pool, merchantId, name.id)
      : await findCheckoutByOrderNo(deps.pool, merchantId, name.orderNo)
  if (checkout && 'id' in name) return sessionOf(deps, checkout)
  const paymentId = 'id' in name ? name.id : await findPaymentOfOrder(deps, merchantId, name.orderNo)
  const payment = paymentId === undefined ? undefined : await findOtherPayment(deps, merchantId, paymentId)
  // Of a number that both have, the newer one is meant.
  if (checkout && (!payment || checkout.createdAt >= payment.createdAt)) return sessionOf(deps, checkout)
  return payment && sessionOfPayment(deps, payment)
}

/** The session of this checkout, whoever's and even if it was deleted. Throws an Error when there is none: a bug. */
export async function getSession(deps: FindDeps, checkoutId: string): Promise<Session> {
  const checkout = await findCheckoutById(deps.pool, checkoutId)
  if (!checkout) throw new Error(`there is no checkout ${checkoutId}`)
  return sessionOf(deps, checkout)
}

/** The session that an operation belongs to, and the operation itself, also when the session was deleted. */
export async function getSessionOfOperation(
  deps: FindDeps,
  operationId: string,
): Promise<{ readonly session: Session; readonly child: Child }> {
  const { payment, operation } = await getStep(deps.pool, operationId)
  const checkout = payment.claimId === null ? undefined : await findCheckoutById(deps.pool, payment.claimId)
  const session = checkout ? await sessionOf(deps, checkout) : await sessionOfPayment(deps, payment)
  const child = session.children.find((one) => one.operation.id === operationId)
  if (child) return { session, child }
  return { session, child: await getChild(deps, session, operation) }
}

/** The card that was saved with a try to pay the session, or that it was made with; of a session that only keeps one, that card. */
export const findCardOf = ({ pool }: Pick<Deps, 'pool'>, { checkout }: Session, attempt: Attempt | undefined) =>
  findCardSavedWith(pool, {
    paymentId: attempt?.payment.id,
    registrationId: attempt?.card?.registrationId ?? checkout?.details.registrationId,
  })

/** An operation on the session as its child. */
export async function getChild(deps: FindDeps, session: Session, operation: Operation): Promise<Child> {
  const [child] = await childrenOf(deps, [operation], accountOf(session.settled))
  if (!child) throw new Error(`operation ${operation.id} is no child`)
  return child
}

const accountOf = (attempt: Attempt | null): ShownAccount => attempt?.account ?? OUR_ISSUER

const OUR_ISSUER: ShownAccount = { code: HOUSE, connector: HOUSE, currency: '', isSandbox: false, name: 'Florin' }

async function findPaymentOfOrder(
  { pool }: FindDeps,
  merchantId: string,
  orderNo: string,
): Promise<string | undefined> {
  const order = await findOrderByName(pool, merchantId, orderNo)
  return order?.paymentId
}

// A try to pay a checkout is no payment of its own here.
async function findOtherPayment({ pool }: FindDeps, merchantId: string, id: string): Promise<Payment | undefined> {
  const payment = await findPayment(pool, merchantId, id)
  const isOther = payment?.direction === 'charge' && payment.origin !== 'operations' && payment.origin !== 'network'
  return isOther ? payment : undefined
}

async function sessionOf(deps: FindDeps, checkout: CheckoutView): Promise<Session> {
  const { state, heldBy: _held, paidBy, ...row } = checkout
  const attempts = await attemptsOf(deps, checkout)
  const settled = attempts.find(({ payment }) => payment.id === paidBy) ?? null
  const accounts = checkout.cashCode === null ? [] : await deps.gateways.listAccounts(checkout.merchantId)
  return {
    id: checkout.id,
    merchantId: checkout.merchantId,
    state,
    orderNo: checkout.orderNo,
    amount: { amount: checkout.amount, currency: checkout.currency },
    checkout: row,
    attempts,
    settled,
    cash: accounts.find(({ code }) => code === checkout.cashCode),
    children: settled ? await listChildren(deps, settled) : [],
  }
}

async function attemptsOf(deps: FindDeps, { id, merchantId }: CheckoutView): Promise<Attempt[]> {
  const rows = await listAttempts(deps.pool, id)
  if (rows.length === 0) return []
  const steps = await listPaymentSteps(
    deps.pool,
    rows.map(({ paymentId }) => paymentId),
  )
  const found = rows.flatMap((row) => {
    const step = steps.get(row.paymentId)
    return step ? [{ row, step }] : []
  })
  const responses = await responsesTo(
    deps,
    found.map(({ step }) => step.operation),
  )
  const byCode = new Map((await deps.gateways.listAccounts(merchantId)).map((account) => [account.code, account]))
  return found.map(({ row, step }) => ({
    ...step,
    account: shownAccount(byCode.get(row.pgCode), step, row.pgCode),
    referenceId: row.tryId,
    card: row.card,
    response: readResponse(responses.get(step.operation.id)),
  }))
}

async function sessionOfPayment(deps: FindDeps, payment: Payment): Promise<Session> {
  const steps = await listPaymentSteps(deps.pool, [payment.id])
  const step = steps.get(payment.id)
  if (!step) throw new Error(`payment ${payment.id} has no operation`)
  const order = await findOrderOfPayment(deps.pool, payment.id)
  const account =
    payment.gatewayAccountId === null ? undefined : await deps.gateways.getAccount(payment.gatewayAccountId)
  const responses = await responsesTo(deps, [step.operation])
  const attempt: Attempt = {
    ...step,
    account: shownAccount(account, step, account?.code ?? HOUSE),
    referenceId: payment.id,
    card: null,
    response: readResponse(responses.get(step.operation.id)),
  }
  const state = stateOf(step)
  const settled = state === 'authorized' || state === 'paid' ? attempt : null
  return {
    id: payment.id,
    merchantId: payment.merchantId,
    state,
    orderNo: order?.merchantTransactionId ?? null,
    amount: { amount: payment.amount, currency: payment.currency },
    checkout: null,
    attempts: [attempt],
    settled,
    children: settled ? await listChildren(deps, settled) : [],
  }
}

// What is done to a payment after it has been authorized or paid does not change how it is shown as a parent.
function stateOf({ payment: { state }, operation: { kind } }: Step): ClaimState {
  switch (state) {
    case 'authorizing':
      return 'pending'
    case 'declined':
      return 'failed'
    case 'canceled':
      return 'expired'
    case 'authorized':
    case 'capturing':
    case 'voiding':
    case 'captured':
    case 'voided':
    case 'refunded':
      return kind === 'authorize' ? 'authorized' : 'paid'
    case 'paying':
    case 'paid':
      throw new Error('a payout is no session')
  }
}

async function listChildren(deps: FindDeps, { payment, account }: Attempt): Promise<readonly Child[]> {
  const operations = (await listOperations(deps.pool, payment.id)).filter((operation) => isChild(operation, payment))
  return childrenOf(deps, operations, account)
}

// A capture or void is shown when it is done; that an authorization ran out after it was captured in part is nothing to show.
function isChild(operation: Operation, payment: Payment): boolean {
  switch (operation.kind) {
    case 'capture':
      return operation.state === 'approved'
    case 'void':
      return operation.state === 'approved' && payment.captured === 0n
    case 'refund':
      return isBinding(operation)
    case 'authorize':
    case 'purchase':
    case 'payout':
      return false
  }
}

async function childrenOf(
  deps: FindDeps,
  operations: readonly Operation[],
  account: ShownAccount,
): Promise<readonly Child[]> {
  if (operations.length === 0) return []
  const ids = operations.map(({ id }) => id)
  const [rows, responses] = [await listChildRows(deps.pool, ids), await responsesTo(deps, operations)]
  return operations.map((operation) => {
    const row = rows.get(operation.id)
    return {
      operation,
      account,
      initiator: row?.initiator ?? null,
      extra: row?.extra ?? null,
      source: row?.source ?? 'input',
      trackingKey: row?.trackingKey ?? null,
      response: readResponse(responses.get(operation.id)),
    }
  })
}

// Our own issuer answers in the commit: there is nothing to read.
function responsesTo({ pool }: FindDeps, operations: readonly Operation[]): Promise<ReadonlyMap<string, string>> {
  const sent = operations.filter(({ gatewayAccountId }) => gatewayAccountId !== null)
  return sent.length === 0
    ? Promise.resolve(new Map())
    : listResponses(
        pool,
        sent.map(({ id }) => id),
      )
}

const shownAccount = (account: GatewayAccount | undefined, { payment }: Step, code: string): ShownAccount => ({
  code,
  connector: payment.gatewayAccountId === null ? HOUSE : (account?.connector ?? HOUSE),
  currency: account?.currency ?? payment.currency,
  isSandbox: account?.isSandbox ?? false,
  name: account?.name ?? OUR_ISSUER.name,
})

function readResponse(text: string | undefined): object {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {} // It was cut, or was no JSON to begin with.
  }
}
