// The issuer's answer to a charge: yes holds the money, no leaves a declined row on the statement. Part of other commands.
import type { Books } from '../books/books.ts'
import { after } from '../clock.ts'
import type { ErrorCode } from '../errors.ts'
import { ERRORS } from '../errors.ts'
import { siblingId } from '../ids.ts'
import { cardShelf, countSpending, dayOf, findDecline } from '../issuing/card.ts'
import { type MerchantDetails, recordCardTransaction, recordStatementEvent } from '../issuing/card-transaction.ts'
import { accountOf, availableOf } from '../ledger/accounts.ts'
import { chargeAuthorized } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { chargeOf, type Payment, type PaymentRef, payerOf, paymentShelf, toPayerAmount } from './payment.ts'
import type { MinorRate } from './rates.ts'

/** A charge that waits for the issuer's answer. `id` becomes the payment's. */
export interface AuthorizationRequest extends PaymentRef {
  readonly amount: Money
  readonly rate: MinorRate
  readonly bindingToken: string | null
  readonly refId: string
  readonly description: string
  readonly cardPresent: boolean
  readonly merchant: MerchantDetails
  readonly lifeMs: number
}

export type Authorization =
  | { readonly kind: 'approved'; readonly payment: Payment }
  | { readonly kind: 'declined'; readonly code: ErrorCode }

/** Decides a charge on one of our cards by the card's state, its limits and the account's available balance. */
export function authorizeCharge(books: Books, request: AuthorizationRequest): Authorization {
  const card = books.get(cardShelf, request.cardId)
  const charge = chargeOf(request)
  const payerAmount = toPayerAmount(request.rate, request.amount.amount)
  const declined =
    findDecline(card, { amount: payerAmount, cardPresent: request.cardPresent, now: books.now }) ??
    (availableOf(accountOf(books, charge.payer)) < payerAmount ? 'insufficient_funds' : undefined)
  const row = recordCardTransaction(books, payerOf(request), {
    id: request.cardTransactionId,
    refId: request.refId,
    status: declined ? 'declined' : 'pending',
    intent: 'charge',
    entryType: 'CREDIT',
    amount: payerAmount,
    paymentId: declined ? null : request.id,
    cardId: card.id,
    cardLast4: card.last4,
    cardEmbossedName: card.embossedName,
    description: request.description,
    merchant: request.merchant,
    authDetails: {
      id: siblingId(request.id, 9),
      currency: request.amount.currency,
      amount: request.amount.amount.toString(),
      createdAt: books.now.toISOString(),
      type: 'purchase',
      responseCode: declined ? (RESPONSE_CODES[declined] ?? '05') : '00',
      responseMessage: declined ? ERRORS[declined] : 'Approved',
      cardPresent: request.cardPresent,
    },
  })
  const payment = declined ? undefined : hold(books, request, payerAmount)
  if (payment) countSpending(books, card, payerAmount)
  recordStatementEvent(books, siblingId(request.id, 8), payerOf(request), [row])
  return payment ? { kind: 'approved', payment } : { kind: 'declined', code: declined ?? 'insufficient_funds' }
}

// ISO 8583 response codes.
const RESPONSE_CODES: Partial<Record<ErrorCode, string>> = {
  insufficient_funds: '51',
  card_expired: '54',
  limit_exceeded: '61',
  card_not_active: '62',
}

function hold(books: Books, request: AuthorizationRequest, payerAmount: bigint): Payment {
  const amount = request.amount.amount
  const holds = chargeAuthorized(books, request.id, chargeOf(request), { payerAmount, payeeAmount: amount })
  const { id, merchantId, origin, currency, payerCurrency, clientId, cardAccountId, cardId, cardTransactionId } =
    request
  return books.insert(paymentShelf, {
    id,
    merchantId,
    origin,
    state: 'authorized',
    currency,
    amount,
    authorized: amount,
    captured: 0n,
    refunded: 0n,
    payerCurrency,
    ...request.rate,
    payerAuthorized: payerAmount,
    payerCaptured: 0n,
    payerRefunded: 0n,
    clientId,
    cardAccountId,
    cardId,
    bindingToken: request.bindingToken,
    cardTransactionId,
    holdId: holds.hold.id,
    exchangeHoldId: holds.exchangeHold?.id ?? null,
    refId: request.refId,
    description: request.description,
    authorizedOn: dayOf(books.now),
    expiresAt: after(books.now, request.lifeMs),
    createdAt: books.now,
  })
}
