// The issuer's answer to a charge: yes holds the money, no leaves a declined row on the statement. Part of other commands.
import type { Books } from '../books/books.ts'
import { after } from '../clock.ts'
import type { ErrorCode } from '../errors.ts'
import { ERRORS } from '../errors.ts'
import { siblingId } from '../ids.ts'
import { type Card, cardShelf, countSpending, dayOf, findDecline } from '../issuing/card.ts'
import { type MerchantDetails, recordCardTransaction, recordStatementEvent } from '../issuing/card-transaction.ts'
import { accountOf, availableOf } from '../ledger/accounts.ts'
import { chargeAuthorized } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { type CardPayment, type CardPaymentRef, chargeOf, payerOf, toPayerAmount } from './payment.ts'
import type { MinorRate } from './rates.ts'

/** A charge that waits for the issuer's answer. `id` becomes the payment's. */
export interface AuthorizationRequest extends CardPaymentRef {
  readonly amount: Money
  /** On top of the amount, in its currency; nothing unless told. */
  readonly fee?: bigint
  readonly rate: MinorRate
  readonly bindingToken: string | null
  readonly refId: string
  readonly description: string
  readonly cardPresent: boolean
  readonly merchant: MerchantDetails
  readonly lifeMs: number
  /** Whether a declined payment is kept, too, so that its statement row names it. */
  readonly keepsDeclined?: boolean
}

/** `payment` is what the caller writes: a row that holds the money, or the declined one. */
export type Authorization =
  | { readonly kind: 'approved'; readonly payment: CardPayment }
  | { readonly kind: 'declined'; readonly code: ErrorCode; readonly payment: CardPayment }

/** Decides a charge on one of our cards by the card's state, its limits and the account's available balance. */
export function authorizeCharge(books: Books, request: AuthorizationRequest): Authorization {
  const card = books.get(cardShelf, request.cardId)
  const charge = chargeOf(request)
  const amount = request.amount.amount + (request.fee ?? 0n)
  const payerAmount = toPayerAmount(request.rate, amount)
  const declined =
    findDecline(card, { amount: payerAmount, cardPresent: request.cardPresent, now: books.now }) ??
    (availableOf(accountOf(books, charge.payer)) < payerAmount ? 'insufficient_funds' : undefined)
  const payment = cardPayment(request, books.now)
  if (declined) {
    recordCharge(books, request, { card, payerAmount, declined })
    return { kind: 'declined', code: declined, payment: { ...payment, state: 'declined' } }
  }
  const holds = chargeAuthorized(books, request.id, charge, { payerAmount, payeeAmount: amount })
  countSpending(books, card, payerAmount)
  recordCharge(books, request, { card, payerAmount, declined }) // After the hold: it tells what can be spent now.
  return {
    kind: 'approved',
    payment: {
      ...payment,
      state: 'authorized',
      authorized: amount,
      payerAuthorized: payerAmount,
      holdId: holds.hold.id,
      exchangeHoldId: holds.exchangeHold?.id ?? null,
    },
  }
}

interface DecidedCharge {
  readonly card: Card
  readonly payerAmount: bigint
  readonly declined: ErrorCode | undefined
}

function recordCharge(
  books: Books,
  request: AuthorizationRequest,
  { card, payerAmount, declined }: DecidedCharge,
): void {
  const row = recordCardTransaction(books, payerOf(request), {
    id: request.cardTransactionId,
    refId: request.refId,
    status: declined ? 'declined' : 'pending',
    intent: 'charge',
    entryType: 'CREDIT',
    amount: payerAmount,
    paymentId: declined && !request.keepsDeclined ? null : request.id,
    cardId: card.id,
    cardLast4: card.last4,
    cardEmbossedName: card.embossedName,
    description: request.description,
    merchant: detailsOf(request.merchant),
    authDetails: {
      id: siblingId(request.id, 9),
      currency: request.amount.currency,
      amount: (request.amount.amount + (request.fee ?? 0n)).toString(),
      createdAt: books.now.toISOString(),
      type: 'purchase',
      responseCode: declined ? (RESPONSE_CODES[declined] ?? '05') : '00',
      responseMessage: declined ? ERRORS[declined] : 'Approved',
      cardPresent: request.cardPresent,
    },
  })
  recordStatementEvent(books, siblingId(request.id, 8), payerOf(request), [row])
}

// A statement shows these and nothing else, whatever the caller knows of the merchant.
const detailsOf = ({ name, mcc, category, country }: MerchantDetails): MerchantDetails => ({
  name,
  mcc,
  category,
  country,
})

// ISO 8583 response codes.
const RESPONSE_CODES: Partial<Record<ErrorCode, string>> = {
  insufficient_funds: '51',
  card_expired: '54',
  limit_exceeded: '61',
  card_not_active: '62',
}

/** A payment by one of our cards of which nothing is held yet. */
export function cardPayment(request: AuthorizationRequest, now: Date): CardPayment {
  const {
    id,
    merchantId,
    origin,
    direction,
    currency,
    payerCurrency,
    clientId,
    cardAccountId,
    cardId,
    cardTransactionId,
  } = request
  return {
    id,
    merchantId,
    origin,
    direction,
    state: 'authorizing',
    currency,
    amount: request.amount.amount,
    fee: request.fee ?? 0n,
    authorized: 0n,
    captured: 0n,
    refunded: 0n,
    refundReserved: 0n,
    payerCurrency,
    ...request.rate,
    payerAuthorized: 0n,
    payerCaptured: 0n,
    payerRefunded: 0n,
    takenBefore: 0n,
    payerTakenBefore: 0n,
    clientId,
    cardAccountId,
    cardId,
    gatewayAccountId: null,
    bindingToken: request.bindingToken,
    cardTransactionId,
    holdId: null,
    exchangeHoldId: null,
    refId: request.refId,
    description: request.description,
    authorizedOn: dayOf(now),
    openOperationId: null,
    claimId: request.claimId,
    sourcePaymentId: request.sourcePaymentId,
    paidOut: 0n,
    version: 1n,
    expiresAt: after(now, request.lifeMs),
    createdAt: now,
  }
}
