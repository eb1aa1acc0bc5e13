// Charges a card by its number, through whoever can: one that we issued is decided in the commit that makes the payment, any other
// goes to the merchant's gateways, the next one only after an attempt that certainly did nothing.
import type { Books, Need } from '../books/books.ts'
import { after } from '../clock.ts'
import { AppError } from '../errors.ts'
import { chooseRoutes, type Route } from '../gateways/choose.ts'
import type { CardData, ChargeRequest as GatewayChargeRequest, Outcome } from '../gateways/connector.ts'
import { referenceOf } from '../gateways/reference.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { gatewayReceivable, needAccount } from '../ledger/accounts.ts'
import { chargeAuthorized } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { chargeOurCard, findOurCard } from './charge-our-card.ts'
import { holdClaim, needClaim } from './claim.ts'
import { recordStep } from './events.ts'
import { failed, type Step } from './finish.ts'
import { releaseHeld } from './moves.ts'
import { beginOperation, needOperation, type Operation, operationShelf } from './operation.ts'
import {
  chargeOf,
  type GatewayPaymentRef,
  type Payment,
  type PaymentOrigin,
  paymentNeeds,
  paymentShelf,
} from './payment.ts'
import { type Begun, bookFinding, call, type GatewayDeps, patiently } from './perform.ts'
import { type Price, priceAt } from './price.ts'

/** What a face wants written in the commit that makes the payment: names of its own, what the merchant said about it. */
export interface Attachment {
  readonly needs: readonly Need[]
  /** Throws an `AppError` when the payment may not be made: then nothing was. */
  write(books: Books, payment: Pick<Payment, 'id' | 'merchantId'>): void
}

export interface ChargeRequest {
  readonly merchantId: string
  readonly origin: PaymentOrigin
  /** Whether the money is held, or held and taken. */
  readonly kind: 'authorize' | 'purchase'
  readonly amount: Money
  readonly description: string
  /** In the clear, for this call alone. */
  readonly card: CardData
  readonly authentication: GatewayChargeRequest['authentication']
  /** Whether the cardholder is absent: a repeated payment under an agreement. */
  readonly isRepeated: boolean
  /** The merchant's own name for the payment. */
  readonly merchantReference: string
  readonly terminalId?: string | undefined
  /** The gateway account that was chosen, with its price; one of those that are routed when there is none. */
  readonly accountId?: string | undefined
  /** The obligation that it pays. */
  readonly claimId?: string | undefined
  /** Whether nothing else may be tried to pay it when this fails. */
  readonly isLastTry?: boolean | undefined
  readonly attachment: Attachment
}

/**
 * The payment is made and `operation.state` says how it went: approved, declined, redirected, or not known yet. Throws
 * `gateway_not_available` when nobody can carry it, `claim_held`, `claim_paid`, `claim_closed`, and what the attachment throws: then nothing
 * happened.
 */
export async function chargeCard(deps: GatewayDeps, request: ChargeRequest): Promise<Step> {
  const ours = await findOurCard(deps, request.card)
  if (ours) return chargeOurCard(deps, request, { ours, fee: await feeOfOurs(deps, request) })
  const routes = await findRoutes(deps, request)
  const [first] = routes
  if (!first) throw new AppError('gateway_not_available', { field: 'currency' })
  const begun = await begin(deps, request, first)
  return patiently(deps, begun, tryRoutes(deps, request, { begun, routes }))
}

// What a chosen account costs it costs with our cards, too. An exchange would be one too many: the card's issuer has rates of its own.
async function feeOfOurs(deps: GatewayDeps, { accountId, amount }: ChargeRequest): Promise<bigint> {
  if (accountId === undefined) return 0n
  const price = priceAt(await deps.gateways.getAccount(accountId), amount)
  if (price.isExchanged) throw new AppError('gateway_not_available', { field: 'currency' })
  return price.merchantFee
}

async function findRoutes(deps: GatewayDeps, request: ChargeRequest): Promise<readonly Route[]> {
  const accounts = await deps.gateways.listAccounts(request.merchantId)
  return chooseRoutes(accounts, (connector) => deps.gateways.factsOf(connector), {
    operation: request.kind,
    currency: request.amount.currency,
    brand: request.card.brand,
    terminalId: request.terminalId,
    accountId: request.accountId,
  })
}

// Committed before the gateway hears of it: the payment, the operation that says what is being tried, and its amount held.
function begin(deps: GatewayDeps, request: ChargeRequest, route: Route): Promise<Begun> {
  const { attachment, claimId } = request
  const ref = refOf(request, newId(), route)
  const [operationId, refId] = [newId(), newReference('CT')]
  const price = priceAt(route.account, request.amount)
  return deps.lane.run({
    name: 'charge',
    needs: [...attachment.needs, ...(claimId === undefined ? [] : [needClaim(claimId)]), ...paymentNeeds(ref)],
    decide: (books) => {
      attachment.write(books, ref)
      if (claimId !== undefined) holdClaim(books, claimId, { paymentId: ref.id, isLastTry: request.isLastTry })
      const operation = beginAttempt(books, request, { ref, operationId, attempt: 1, route, price })
      const payment = books.put<Payment>(paymentShelf, {
        ...newPayment(deps, request, { ref, price, now: books.now }),
        ...hold(books, ref, { operationId, price }),
        refId,
        openOperationId: operationId,
      })
      recordStep(books, 'payment.begun', { payment, operation })
      return { ref, operation }
    },
  })
}

const refOf = (
  { merchantId, origin, amount, claimId }: ChargeRequest,
  id: string,
  { account }: Route,
): GatewayPaymentRef => ({
  id,
  merchantId,
  origin,
  direction: 'charge',
  currency: amount.currency,
  payerCurrency: account.currency,
  claimId: claimId ?? null,
  sourcePaymentId: null,
  clientId: null,
  cardAccountId: null,
  cardId: null,
  cardTransactionId: null,
  gatewayAccountId: account.id,
})

interface Priced {
  readonly ref: GatewayPaymentRef
  readonly price: Price
  readonly now: Date
}

function newPayment(deps: GatewayDeps, request: ChargeRequest, { ref, price, now }: Priced) {
  const { amount } = request.amount
  return {
    ...ref,
    state: 'authorizing' as const,
    amount,
    fee: price.merchantFee,
    authorized: amount + price.merchantFee,
    captured: 0n,
    refunded: 0n,
    refundReserved: 0n,
    paidOut: 0n,
    takenBefore: 0n,
    payerTakenBefore: 0n,
    rateNumerator: price.numerator,
    rateDenominator: price.denominator,
    payerAuthorized: price.total,
    payerCaptured: 0n,
    payerRefunded: 0n,
    authorizedOn: null,
    bindingToken: null,
    description: request.description,
    version: 1n,
    expiresAt: after(now, deps.settings.authorizationLifeMs),
    createdAt: now,
  }
}

interface Attempt {
  readonly ref: GatewayPaymentRef
  readonly operationId: string
  readonly attempt: number
  readonly route: Route
  readonly price: Price
}

const beginAttempt = (
  books: Books,
  request: ChargeRequest,
  { ref, operationId, attempt, route, price }: Attempt,
): Operation =>
  beginOperation(books, {
    id: operationId,
    paymentId: ref.id,
    merchantId: request.merchantId,
    kind: request.kind,
    attempt,
    gatewayAccountId: route.account.id,
    amount: price.total,
    currency: price.currency,
    reason: route.reason,
  })

function hold(
  books: Books,
  ref: GatewayPaymentRef,
  { operationId, price }: Pick<Attempt, 'operationId' | 'price'>,
): Pick<Payment, 'holdId' | 'exchangeHoldId'> {
  const amounts = { payerAmount: price.total, payeeAmount: price.asked + price.merchantFee }
  const holds = chargeAuthorized(books, operationId, chargeOf(ref), amounts)
  return { holdId: holds.hold.id, exchangeHoldId: holds.exchangeHold?.id ?? null }
}

interface Trying {
  readonly begun: Begun
  readonly routes: readonly Route[]
}

async function tryRoutes(deps: GatewayDeps, request: ChargeRequest, { begun, routes }: Trying): Promise<Step> {
  let current = begun
  for (const next of [...routes.slice(1), undefined]) {
    const outcome = await call(deps, current.operation, (connector, gateway) =>
      connector[request.kind]?.(gateway, toGatewayRequest(deps, request, current.operation)),
    )
    if (outcome.kind !== 'not_sent' || !next) return bookFinding(deps, current, { finding: outcome, by: 'answer' })
    current = await tryNext(deps, request, { begun: current, outcome, next })
  }
  throw new Error('a payment was tried without end')
}

function toGatewayRequest(
  deps: GatewayDeps,
  request: ChargeRequest,
  { id, gatewayAccountId, amount, currency }: Operation,
): GatewayChargeRequest {
  const { card, description, authentication, isRepeated, merchantReference } = request
  return {
    reference: referenceOf(id),
    amount: { amount, currency },
    merchantReference,
    card,
    description,
    authentication,
    isRepeated,
    returnUrl: deps.gateways.returnUrl(id),
    notificationUrl: deps.gateways.notificationUrl(gatewayAccountId ?? ''),
  }
}

interface Failover {
  readonly begun: Begun
  readonly outcome: Extract<Outcome, { kind: 'not_sent' }>
  readonly next: Route
}

// One commit: the attempt that did nothing is over, and the next one is what the payment waits for.
function tryNext(deps: GatewayDeps, request: ChargeRequest, { begun, outcome, next }: Failover): Promise<Begun> {
  const operationId = newId()
  const before = begun.operation
  const ref = refOf(request, begun.ref.id, next)
  const price = priceAt(next.account, request.amount)
  return deps.lane.run({
    name: 'charge elsewhere',
    needs: [
      needOperation(before.id),
      ...paymentNeeds(begun.ref),
      needAccount(gatewayReceivable(next.account.id, request.amount.currency)),
    ],
    decide: (books) => {
      const payment = books.get(paymentShelf, ref.id)
      const operation = books.get(operationShelf, before.id)
      if (operation.state !== 'calling') throw new Error(`attempt ${before.id} was settled by somebody else`)
      failed(books, operation, { finding: outcome, by: 'answer' })
      releaseHeld(books, payment, siblingId(before.id, 48))
      const route = { ...next, reason: `${next.reason} (${outcome.cause})` }
      const following = beginAttempt(books, request, { ref, operationId, attempt: before.attempt + 1, route, price })
      books.put<Payment>(paymentShelf, {
        ...payment,
        ...ref,
        authorizedOn: null,
        ...hold(books, ref, { operationId, price }),
        openOperationId: operationId,
        version: payment.version + 1n,
      })
      return { ref, operation: following }
    },
  })
}
