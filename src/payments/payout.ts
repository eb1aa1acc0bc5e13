// Pays a merchant's money out: to a card, or to the payer of an earlier payment. It takes what is available to the merchant, and
// holds it before anybody is asked.
import type { Books } from '../books/books.ts'
import { after } from '../clock.ts'
import { AppError } from '../errors.ts'
import { chooseRoutes, type Route } from '../gateways/choose.ts'
import type { CardData, PayoutRequest as GatewayPayoutRequest } from '../gateways/connector.ts'
import { referenceOf } from '../gateways/reference.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { dayOf } from '../issuing/card.ts'
import { recordCardTransaction, recordStatementEvent } from '../issuing/card-transaction.ts'
import { accountOf, availableOf } from '../ledger/accounts.ts'
import { payoutBegun, payoutPaid } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import type { Attachment } from './charge.ts'
import { findOurCard } from './charge-our-card.ts'
import { recordStep } from './events.ts'
import type { Step } from './finish.ts'
import type { FollowUpRef } from './follow-up.ts'
import { beginOperation, decidedOperation, type NewOperation } from './operation.ts'
import {
  advancePayment,
  chargeOf,
  heldChargeOf,
  type OfCard,
  type OfGateway,
  type Payment,
  type PaymentOrigin,
  type PaymentRef,
  payerOf,
  paymentNeeds,
  paymentShelf,
  refundableOf,
} from './payment.ts'
import { carryOut, type GatewayDeps } from './perform.ts'
import { type ChargedCard, findIssuedCard, findPaymentRef } from './queries.ts'

export interface PayoutRequest {
  readonly merchantId: string
  readonly origin: PaymentOrigin
  readonly amount: Money
  readonly description: string
  readonly to: { readonly card: CardData } | { readonly paymentId: string }
  readonly merchantReference: string
  readonly terminalId?: string | undefined
  readonly attachment: Attachment
}

/**
 * The payout is made and `operation.state` says how it went. Throws `payable_too_low`, `gateway_not_available`, `payment_not_found`,
 * `payment_state_invalid` or `amount_too_large` (of the earlier payment), `currency_mismatch`, `card_data_wrong`, and what the
 * attachment throws: then nothing happened.
 */
export async function payOut(deps: GatewayDeps, request: PayoutRequest): Promise<Step> {
  const source = 'paymentId' in request.to ? await findSource(deps, request, request.to.paymentId) : undefined
  const card = await findPayee(deps, request, source)
  if (card) return payOurCard(deps, request, { card, source })
  const route = await findRoute(deps, request, source)
  const to = payeeOf(request, source)
  const ref = refOf(request, { ...ofGateway(route.account.id), id: newId(), source })
  const [operationId, refId] = [newId(), newReference('CT')]
  const operation = await deps.lane.run({
    name: 'pay out',
    needs: [...request.attachment.needs, ...paymentNeeds(ref)],
    decide: (books) => {
      const payment = begin(books, request, {
        ref,
        payee: { ...ofGateway(route.account.id), authorizedOn: null },
        refId,
        operationId,
      })
      const gatewayAccountId = route.account.id
      const begun = beginOperation(books, { ...operationOf(payment, operationId, route.reason), gatewayAccountId })
      recordStep(books, 'payout.begun', { payment, operation: begun })
      return begun
    },
  })
  return carryOut(deps, { ref, operation }, (connector, gateway) =>
    connector.payout?.(gateway, {
      reference: referenceOf(operationId),
      amount: request.amount,
      merchantReference: request.merchantReference,
      to,
      notificationUrl: deps.gateways.notificationUrl(route.account.id),
    }),
  )
}

// Whom the gateway pays, by a card or by an earlier charge of its own.
function payeeOf({ to }: PayoutRequest, source?: FollowUpRef): GatewayPayoutRequest['to'] {
  if ('card' in to) return { card: to.card }
  const charge = source?.authorization
  if (!charge) throw new AppError('payment_state_invalid', { field: 'paymentId' })
  return { charge: { reference: referenceOf(charge.operationId), gatewayReference: charge.gatewayReference } }
}

async function findSource(deps: GatewayDeps, request: PayoutRequest, paymentId: string): Promise<FollowUpRef> {
  const source = await findPaymentRef(deps.pool, request.merchantId, paymentId)
  if (source?.direction !== 'charge') throw new AppError('payment_not_found', { field: 'paymentId' })
  if (source.currency !== request.amount.currency) throw new AppError('currency_mismatch', { field: 'currency' })
  return source
}

// A card that we issued, in the currency of the payout.
async function findPayee(
  deps: GatewayDeps,
  { to, amount }: PayoutRequest,
  source?: FollowUpRef,
): Promise<ChargedCard | undefined> {
  const card =
    'card' in to
      ? await findOurPayee(deps, to.card)
      : source?.cardId
        ? await findIssuedCard(deps.pool, source.cardId)
        : undefined
  if (card && card.currency !== amount.currency) throw new AppError('currency_not_supported', { field: 'currency' })
  return card
}

async function findOurPayee(deps: GatewayDeps, data: CardData): Promise<ChargedCard | undefined> {
  const ours = await findOurCard(deps, data)
  if (ours === 'never issued' || (ours && !ours.isRight))
    throw new AppError('card_data_wrong', { field: 'card.number' })
  return ours?.card
}

async function findRoute(deps: GatewayDeps, request: PayoutRequest, source?: FollowUpRef): Promise<Route> {
  const accounts = await deps.gateways.listAccounts(request.merchantId)
  const able = source ? accounts.filter(({ id }) => id === source.gatewayAccountId) : accounts
  const [route] = chooseRoutes(able, (connector) => deps.gateways.factsOf(connector), {
    operation: 'payout',
    currency: request.amount.currency,
    brand: 'card' in request.to ? request.to.card.brand : undefined,
    terminalId: request.terminalId,
  })
  if (!route) throw new AppError('gateway_not_available', { field: 'currency' })
  return route
}

const ofGateway = (gatewayAccountId: string) => ({
  clientId: null,
  cardAccountId: null,
  cardId: null,
  cardTransactionId: null,
  gatewayAccountId,
})

type PayeeRef = Pick<PaymentRef, 'id'> & (Omit<OfCard, 'authorizedOn'> | Omit<OfGateway, 'authorizedOn'>)

const refOf = (
  { merchantId, origin, amount: { currency } }: PayoutRequest,
  { source, ...payee }: PayeeRef & { readonly source: FollowUpRef | undefined },
): PaymentRef => ({
  merchantId,
  origin,
  direction: 'payout',
  currency,
  payerCurrency: currency,
  claimId: null,
  sourcePaymentId: source?.id ?? null,
  ...payee,
})

interface Beginning {
  readonly ref: PaymentRef
  readonly payee: OfCard | OfGateway
  readonly refId: string
  readonly operationId: string
}

// The merchant's money is held: what it has, less what is held already, and for an earlier payment no more than came in by it.
function begin(books: Books, request: PayoutRequest, { ref, payee, refId, operationId }: Beginning): Payment {
  const { amount } = request.amount
  request.attachment.write(books, ref)
  const payout = chargeOf(ref)
  if (availableOf(accountOf(books, payout.payer)) < amount) throw new AppError('payable_too_low', { field: 'amount' })
  if (ref.sourcePaymentId !== null) countPaidOut(books, ref.sourcePaymentId, amount)
  const { hold } = payoutBegun(books, operationId, payout, { payerAmount: amount, payeeAmount: amount })
  const { id, merchantId, origin, currency, claimId, sourcePaymentId } = ref
  return books.put<Payment>(paymentShelf, {
    ...payee,
    id,
    merchantId,
    origin,
    direction: 'payout',
    state: 'paying',
    currency,
    amount,
    authorized: amount,
    fee: 0n,
    takenBefore: 0n,
    payerTakenBefore: 0n,
    captured: 0n,
    refunded: 0n,
    refundReserved: 0n,
    paidOut: 0n,
    payerCurrency: currency,
    rateNumerator: 1n,
    rateDenominator: 1n,
    payerAuthorized: amount,
    payerCaptured: 0n,
    payerRefunded: 0n,
    bindingToken: null,
    holdId: hold.id,
    exchangeHoldId: null,
    refId,
    description: request.description,
    openOperationId: operationId,
    claimId,
    sourcePaymentId,
    version: 1n,
    expiresAt: after(books.now, 0),
    createdAt: books.now,
  })
}

function countPaidOut(books: Books, sourceId: string, amount: bigint): void {
  const source = books.get(paymentShelf, sourceId)
  if (source.state !== 'captured') throw new AppError('payment_state_invalid', { field: 'paymentId' })
  const paidOut = source.paidOut + amount
  if (source.refunded + source.refundReserved + paidOut > refundableOf(source))
    throw new AppError('amount_too_large', { field: 'amount' })
  advancePayment(books, source, { state: 'captured', paidOut })
}

const operationOf = (payment: Payment, id: string, reason: string): Omit<NewOperation, 'gatewayAccountId'> => ({
  id,
  paymentId: payment.id,
  merchantId: payment.merchantId,
  kind: 'payout',
  amount: payment.amount,
  currency: payment.currency,
  reason,
})

// To a card that we issued the money is there with the commit.
function payOurCard(
  deps: GatewayDeps,
  request: PayoutRequest,
  { card, source }: { readonly card: ChargedCard; readonly source: FollowUpRef | undefined },
): Promise<Step> {
  const id = newId()
  const ofCard = {
    clientId: card.clientId,
    cardAccountId: card.cardAccountId,
    cardId: card.id,
    cardTransactionId: siblingId(id, 7),
    gatewayAccountId: null,
  }
  const ref = refOf(request, { ...ofCard, id, source })
  const refId = newReference('CT')
  return deps.lane.run({
    name: 'pay out to our card',
    needs: [...request.attachment.needs, ...paymentNeeds(ref)],
    decide: (books) => {
      const payee = { ...ofCard, authorizedOn: dayOf(books.now) }
      const payment = begin(books, request, { ref, payee, refId, operationId: id })
      const operation = decidedOperation(books, operationOf(payment, id, 'a card that we issued'))
      const amounts = { payerAmount: payment.amount, payeeAmount: payment.amount }
      payoutPaid(books, siblingId(id, 16), heldChargeOf(payment), amounts)
      recordPayout(books, request, { payment, ofCard, card })
      const paid = advancePayment(books, payment, {
        state: 'paid',
        captured: payment.amount,
        payerCaptured: payment.amount,
        openOperationId: null,
      })
      recordStep(books, 'payout.paid', { payment: paid, operation })
      return { payment: paid, operation }
    },
  })
}

function recordPayout(
  books: Books,
  { description }: PayoutRequest,
  {
    payment,
    ofCard,
    card,
  }: { readonly payment: Payment; readonly ofCard: Omit<OfCard, 'authorizedOn'>; readonly card: ChargedCard },
): void {
  const account = payerOf({ ...ofCard, payerCurrency: payment.payerCurrency })
  const row = recordCardTransaction(books, account, {
    id: ofCard.cardTransactionId,
    refId: payment.refId,
    status: 'posted',
    intent: 'other',
    entryType: 'DEBIT',
    amount: payment.amount,
    paymentId: payment.id,
    cardId: card.id,
    cardLast4: card.last4,
    cardEmbossedName: card.embossedName,
    description,
  })
  recordStatementEvent(books, siblingId(payment.id, 8), account, [row])
}
