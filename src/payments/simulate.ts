// Card traffic that did not come from a merchant of ours, played by hand in the sandbox: the same payments, paid to the network.
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { cardOf, needCard, uncountSpending } from '../issuing/card.ts'
import {
  type CardTransaction,
  cardTransactionShelf,
  type MerchantDetails,
  recordCardTransaction,
  recordStatementEvent,
} from '../issuing/card-transaction.ts'
import { FLORIN } from '../ledger/accounts.ts'
import { chargeAuthorized, chargeNeeds, chargeRefunded, chargeVoided } from '../ledger/facts.ts'
import { type Money, parseAmount } from '../money.ts'
import { authorizeCharge } from './authorize.ts'
import { runCapture } from './capture.ts'
import type { FollowUpRef } from './follow-up.ts'
import { decidedOperation } from './operation.ts'
import {
  advancePayment,
  type CardPaymentRef,
  chargeOf,
  heldChargeOf,
  type Payment,
  payerOf,
  paymentNeeds,
  paymentShelf,
  toPayerAmount,
} from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { type ChargedCard, findChargedCard, findNetworkPaymentRef } from './queries.ts'
import { findRate, type MinorRate } from './rates.ts'
import { findLapse, runVoid } from './void.ts'

type NetworkRef = CardPaymentRef & Pick<FollowUpRef, 'authorization'>

const NETWORK_MERCHANT: MerchantDetails = {
  name: 'Simulated merchant',
  mcc: '5999',
  category: 'Miscellaneous and specialty retail shops',
  country: 'HK',
}

export interface SimulatedChargeRequest {
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardId: string
  readonly amount: Money
  readonly cardPresent?: boolean
  readonly keys: readonly KeyClaim[]
}

export interface SimulatedStepRequest {
  readonly clientId: string
  readonly cardAccountId: string
  readonly cardTransactionId: string
  readonly keys: readonly KeyClaim[]
}

/** A step with a decimal text in the authorization's currency. */
export interface SimulatedAmountRequest extends SimulatedStepRequest {
  readonly amount: string
}

export interface SimulationResult {
  readonly cardTransactionId: string
}

/** Throws `card_not_found`, `currency_not_supported`, and what declines a charge, which leaves a declined row. */
export async function simulateAuthorization(
  deps: Pick<Deps, 'lane' | 'pool' | 'settings'>,
  request: SimulatedChargeRequest,
): Promise<SimulationResult> {
  const { amount, keys } = request
  const { rate, ref } = await networkCharge(deps, request)
  const refId = newReference('CT')
  return deps.lane.run(
    keyed(keys, {
      name: 'simulate authorization',
      needs: [needCard(ref.cardId), ...chargeNeeds(chargeOf(ref))],
      decide: (books) => {
        cardOf(books, request.clientId, ref.cardId)
        const result = authorizeCharge(books, {
          ...ref,
          amount,
          rate,
          bindingToken: null,
          refId,
          description: NETWORK_MERCHANT.name,
          cardPresent: request.cardPresent ?? true,
          merchant: NETWORK_MERCHANT,
          lifeMs: deps.settings.authorizationLifeMs,
        })
        if (result.kind === 'declined') return refuse(result.code)
        books.insert<Payment>(paymentShelf, result.payment)
        decidedOperation(books, {
          id: ref.id,
          paymentId: ref.id,
          merchantId: ref.merchantId,
          kind: 'authorize',
          amount: amount.amount,
          currency: amount.currency,
          reason: 'over the network',
        })
        return { cardTransactionId: ref.cardTransactionId }
      },
    }),
  )
}

/** Throws `payment_not_found`, `payment_state_invalid`, `authorization_expired`, `amount_too_large`. */
export async function simulateCapture(deps: GatewayDeps, request: SimulatedAmountRequest): Promise<SimulationResult> {
  await runCapture(deps, await getNetworkPayment(deps, request), request)
  return { cardTransactionId: request.cardTransactionId }
}

/** Throws `payment_not_found`, `payment_state_invalid`, `authorization_expired`. */
export async function simulateFullReversal(
  deps: GatewayDeps,
  request: SimulatedStepRequest,
): Promise<SimulationResult> {
  await runVoid(deps, await getNetworkPayment(deps, request), request)
  return { cardTransactionId: request.cardTransactionId }
}

/** `amount` is what stays authorized. Throws like `simulateCapture`. */
export async function simulatePartialReversal(
  deps: GatewayDeps,
  request: SimulatedAmountRequest,
): Promise<SimulationResult> {
  const ref = await getNetworkPayment(deps, request)
  const { amount } = parseAmount(request.amount, ref.currency)
  const voidId = newId()
  const holdId = newId()
  return deps.lane.run(
    keyed(request.keys, {
      name: 'simulate partial reversal',
      needs: paymentNeeds(ref),
      decide: (books) => {
        const payment = books.get(paymentShelf, ref.id)
        if (payment.state !== 'authorized' || payment.cardId === null)
          return refuse('payment_state_invalid', { field: 'cardTransactionId' })
        const lapse = findLapse(books, payment, voidId)
        if (lapse) return lapse
        if (amount >= payment.authorized) {
          return refuse('amount_too_large', { field: 'amount', message: 'amount must be less than what is authorised' })
        }
        const payerAmount = toPayerAmount(payment, amount)
        chargeVoided(books, voidId, heldChargeOf(payment))
        const holds = chargeAuthorized(books, holdId, chargeOf(payment), { payerAmount, payeeAmount: amount })
        uncountSpending(books, payment.cardId, payment.authorizedOn, payment.payerAuthorized - payerAmount)
        const charge = books.get(cardTransactionShelf, payment.cardTransactionId)
        const row = books.put<CardTransaction>(cardTransactionShelf, {
          ...charge,
          amount: payerAmount,
          grossAmount: payerAmount,
        })
        recordStatementEvent(books, siblingId(voidId, 8), payerOf(payment), [row])
        advancePayment(books, payment, {
          state: 'authorized',
          authorized: amount,
          payerAuthorized: payerAmount,
          holdId: holds.hold.id,
          exchangeHoldId: holds.exchangeHold?.id ?? null,
        })
        return { cardTransactionId: payment.cardTransactionId }
      },
    }),
  )
}

/** A credit that belongs to no authorization. Throws `card_not_found`, `currency_not_supported`. */
export async function simulateRefund(
  deps: Pick<Deps, 'lane' | 'pool' | 'settings'>,
  request: SimulatedChargeRequest,
): Promise<SimulationResult> {
  const { amount, keys } = request
  const { card, rate, ref } = await networkCharge(deps, request)
  const refId = newReference('CT')
  return deps.lane.run(
    keyed(keys, {
      name: 'simulate refund',
      needs: chargeNeeds(chargeOf(ref)),
      decide: (books) => {
        const payerAmount = toPayerAmount(rate, amount.amount)
        chargeRefunded(books, ref.id, chargeOf(ref), { payerAmount, payeeAmount: amount.amount })
        const row = recordCardTransaction(books, payerOf(ref), {
          id: ref.cardTransactionId,
          refId,
          status: 'posted',
          intent: 'refund',
          entryType: 'DEBIT',
          amount: payerAmount,
          cardId: card.id,
          cardLast4: card.last4,
          cardEmbossedName: card.embossedName,
          description: NETWORK_MERCHANT.name,
        })
        recordStatementEvent(books, siblingId(ref.id, 8), payerOf(ref), [row])
        return { cardTransactionId: row.id }
      },
    }),
  )
}

async function networkCharge(
  deps: Pick<Deps, 'pool' | 'settings'>,
  { clientId, cardAccountId, cardId, amount }: SimulatedChargeRequest,
): Promise<{ card: ChargedCard; rate: MinorRate; ref: CardPaymentRef }> {
  const card = await findChargedCard(deps.pool, clientId, cardId)
  if (card?.cardAccountId !== cardAccountId) throw new AppError('card_not_found', { field: 'cardId' })
  const rate = findRate(deps.settings.rates, amount.currency, card.currency)
  if (!rate) throw new AppError('currency_not_supported', { field: 'currency' })
  const id = newId()
  const ref: CardPaymentRef = {
    id,
    merchantId: FLORIN,
    origin: 'network',
    direction: 'charge',
    claimId: null,
    sourcePaymentId: null,
    gatewayAccountId: null,
    currency: amount.currency,
    payerCurrency: card.currency,
    clientId,
    cardAccountId,
    cardId,
    cardTransactionId: siblingId(id, 7),
  }
  return { card, rate, ref }
}

async function getNetworkPayment(deps: Pick<Deps, 'pool'>, request: SimulatedStepRequest): Promise<NetworkRef> {
  const ref = await findNetworkPaymentRef(deps.pool, request)
  if (!ref) throw new AppError('payment_not_found', { field: 'cardTransactionId' })
  return ref
}
