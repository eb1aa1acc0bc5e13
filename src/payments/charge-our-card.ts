// Charges a card that we issued by its number, in the commit that makes the payment: the house gateway. What is printed on the card
// must be right, and who guesses at it is stopped.
import { timingSafeEqual } from 'node:crypto'
import { countTry, hasTriesLeft, needVelocity } from '../bindings/velocity.ts'
import type { Books } from '../books/books.ts'
import { ERRORS, type ErrorCode } from '../errors.ts'
import type { CardData } from '../gateways/connector.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { needCard } from '../issuing/card.ts'
import { chargeNeeds } from '../ledger/facts.ts'
import { findMerchant } from '../merchants/queries.ts'
import { type AuthorizationRequest, authorizeCharge, cardPayment } from './authorize.ts'
import { beginChallenge, needPaymentChallenge, prepareChallenge } from './challenge.ts'
import type { ChargeRequest } from './charge.ts'
import { freeClaim, holdClaim, needClaim, payClaim } from './claim.ts'
import { recordStep } from './events.ts'
import type { Step } from './finish.ts'
import { captureHeld } from './moves.ts'
import { decidedOperation, type NewOperation } from './operation.ts'
import { type CardPaymentRef, chargeOf, type Payment, paymentShelf } from './payment.ts'
import type { GatewayDeps } from './perform.ts'
import { type ChargedCard, findIssuedCard, isOurBin } from './queries.ts'
import { findRate } from './rates.ts'

/** One of our cards; or a number of ours that we never issued. */
export type OurCard = { readonly card: ChargedCard; readonly isRight: boolean } | 'never issued'

/** Whether the number is ours, and whether what was said of the card is what is printed on it. */
export async function findOurCard(
  deps: Pick<GatewayDeps, 'pool' | 'vault'>,
  data: CardData,
): Promise<OurCard | undefined> {
  const pan = data.pan.reveal()
  const id = await deps.vault.findByPan(pan)
  const card = id === undefined ? undefined : await findIssuedCard(deps.pool, id)
  if (card) return { card, isRight: isRight(deps, card, data) }
  return (await isOurBin(deps.pool, pan)) ? 'never issued' : undefined
}

// The code is compared where there is one: a stored card and a repeated payment have none.
function isRight({ vault }: Pick<GatewayDeps, 'vault'>, card: ChargedCard, data: CardData): boolean {
  const expiry = `${card.expiryYear}-${String(card.expiryMonth).padStart(2, '0')}`
  const [given, expected] = [Buffer.from(data.cvv?.reveal() ?? ''), Buffer.from(vault.cvv(card.id, expiry))]
  const isCode = data.cvv === undefined || (given.length === expected.length && timingSafeEqual(given, expected))
  return isCode && data.expiryMonth === card.expiryMonth && data.expiryYear === card.expiryYear
}

/** Decides the charge; the fee comes on top, in its currency. Declined or not, there is a payment. Throws like `chargeCard`. */
export async function chargeOurCard(
  deps: GatewayDeps,
  request: ChargeRequest,
  { ours, fee }: { readonly ours: OurCard; readonly fee: bigint },
): Promise<Step> {
  const merchant = await findMerchant(deps.pool, request.merchantId)
  if (!merchant) throw new Error(`there is no merchant ${request.merchantId}`)
  const id = newId()
  if (ours === 'never issued') return declineUnknown(deps, request, id)
  const { card } = ours
  const rate = findRate(deps.settings.rates, request.amount.currency, card.currency)
  const authorization: AuthorizationRequest = {
    ...refOf(request, id, card),
    amount: request.amount,
    fee,
    rate: rate ?? { rateNumerator: 1n, rateDenominator: 1n },
    bindingToken: null,
    refId: newReference('CT'),
    description: request.description,
    cardPresent: false,
    merchant,
    lifeMs: deps.settings.authorizationLifeMs,
    keepsDeclined: true,
  }
  // Without the cardholder there is nobody to ask, and one who cannot be reached cannot answer.
  const challenge = card.mobile !== null || card.email !== null ? prepareChallenge(deps, id) : undefined
  const guesses = guessesAt(card)
  const { attachment, claimId } = request
  return deps.lane.run({
    name: 'charge our card',
    needs: [
      ...attachment.needs,
      ...(claimId === undefined ? [] : [needClaim(claimId)]),
      needVelocity(guesses),
      needCard(card.id),
      needPaymentChallenge(id),
      ...chargeNeeds(chargeOf(authorization)),
    ],
    decide: (books) => {
      attachment.write(books, authorization)
      if (claimId !== undefined) holdClaim(books, claimId, { paymentId: id, isLastTry: request.isLastTry })
      const max = deps.settings.velocity.cardDataPerCard
      const wrong = findWrong(books, { guesses, max, isRight: ours.isRight, isPriced: rate !== undefined })
      if (wrong) return decline(books, request, { authorization, code: wrong })
      if (request.authentication !== 'required') return decide(books, request, authorization)
      if (!challenge) return decline(books, request, { authorization, code: 'holder_not_reachable' })
      return beginChallenge(books, { authorization, card, operation: operationOf(request, { id, fee }) }, challenge)
    },
  })
}

function refOf({ merchantId, origin, amount, claimId }: ChargeRequest, id: string, card: ChargedCard): CardPaymentRef {
  return {
    id,
    merchantId,
    origin,
    direction: 'charge',
    currency: amount.currency,
    payerCurrency: card.currency,
    claimId: claimId ?? null,
    sourcePaymentId: null,
    clientId: card.clientId,
    cardAccountId: card.cardAccountId,
    cardId: card.id,
    cardTransactionId: siblingId(id, 7),
    gatewayAccountId: null,
  }
}

// Wrong data counts. Who has guessed too often gets no answer to the right data either, for the rest of the day.
function findWrong(
  books: Books,
  { guesses, max, isRight, isPriced }: Guess & { readonly isPriced: boolean },
): ErrorCode | undefined {
  if (!mayBeBelieved(books, { guesses, max, isRight })) return 'card_data_wrong'
  return isPriced ? undefined : 'currency_not_supported'
}

interface Guess {
  readonly guesses: string
  readonly max: number
  readonly isRight: boolean
}

/** The count of wrong guesses at what is printed on the card. */
export const guessesAt = (card: Pick<ChargedCard, 'id'>): string => `card-data card ${card.id}`

/** Whether what was said of the card is right, and nobody has guessed too often. Counts a wrong guess. */
export function mayBeBelieved(books: Books, { guesses, max, isRight }: Guess): boolean {
  if (!hasTriesLeft(books, guesses, max)) return false
  if (!isRight) countTry(books, guesses, max)
  return isRight
}

function decide(books: Books, request: ChargeRequest, authorization: AuthorizationRequest): Step {
  const result = authorizeCharge(books, authorization)
  switch (result.kind) {
    case 'declined':
      return refuseWith(books, request, { payment: result.payment, code: result.code })
    case 'approved': {
      const operation = decidedOperation(books, operationOf(request, result.payment))
      const held = books.insert<Payment>(paymentShelf, result.payment)
      payClaim(books, held.claimId, { paymentId: held.id, as: request.kind === 'authorize' ? 'authorized' : 'paid' })
      if (request.kind === 'authorize') {
        recordStep(books, 'payment.authorized', { payment: held, operation })
        return { payment: held, operation }
      }
      const taken = captureHeld(books, held, { moveId: siblingId(held.id, 16), amount: held.authorized })
      recordStep(books, 'payment.captured', { payment: taken, operation })
      return { payment: taken, operation }
    }
  }
}

// Refused before the issuer looked at the account: nothing on the card's statement, a declined payment for the merchant.
function decline(
  books: Books,
  request: ChargeRequest,
  { authorization, code }: { readonly authorization: AuthorizationRequest; readonly code: ErrorCode },
): Step {
  return refuseWith(books, request, { payment: { ...cardPayment(authorization, books.now), state: 'declined' }, code })
}

function refuseWith(
  books: Books,
  request: ChargeRequest,
  { payment, code }: { payment: Payment; code: ErrorCode },
): Step {
  const operation = decidedOperation(books, operationOf(request, payment), { code, message: ERRORS[code] })
  freeClaim(books, payment.claimId, payment.id, 'failed')
  books.insert(paymentShelf, payment)
  recordStep(books, 'payment.declined', { payment, operation })
  return { payment, operation }
}

const operationOf = (
  { merchantId, kind, amount }: ChargeRequest,
  { id: paymentId, fee }: Pick<Payment, 'id' | 'fee'>,
): Omit<NewOperation, 'gatewayAccountId'> => ({
  id: paymentId,
  paymentId,
  merchantId,
  kind,
  amount: amount.amount + fee,
  currency: amount.currency,
  reason: 'a card that we issued',
})

// A number under our BIN that is nobody's: our issuer says so, as it would to the network.
function declineUnknown(deps: GatewayDeps, request: ChargeRequest, id: string): Promise<Step> {
  const { attachment, merchantId, origin, amount, description, claimId } = request
  const refId = newReference('CT')
  return deps.lane.run({
    name: 'charge our card',
    needs: [...attachment.needs, ...(claimId === undefined ? [] : [needClaim(claimId)])],
    decide: (books) => {
      attachment.write(books, { id, merchantId })
      if (claimId !== undefined) holdClaim(books, claimId, { paymentId: id, isLastTry: request.isLastTry })
      const { currency } = amount
      const nobody = {
        clientId: null,
        cardAccountId: null,
        cardId: null,
        cardTransactionId: null,
        gatewayAccountId: null,
      }
      const payment: Payment = {
        ...nobody,
        ...NOTHING_HELD,
        id,
        merchantId,
        origin,
        direction: 'charge',
        state: 'declined',
        currency,
        amount: amount.amount,
        payerCurrency: currency,
        refId,
        description,
        claimId: claimId ?? null,
        expiresAt: books.now,
        createdAt: books.now,
      }
      return refuseWith(books, request, { payment, code: 'card_data_wrong' })
    },
  })
}

const NOTHING_HELD = {
  authorized: 0n,
  captured: 0n,
  refunded: 0n,
  refundReserved: 0n,
  paidOut: 0n,
  fee: 0n,
  takenBefore: 0n,
  payerTakenBefore: 0n,
  rateNumerator: 1n,
  rateDenominator: 1n,
  payerAuthorized: 0n,
  payerCaptured: 0n,
  payerRefunded: 0n,
  authorizedOn: null,
  bindingToken: null,
  holdId: null,
  exchangeHoldId: null,
  openOperationId: null,
  sourcePaymentId: null,
  version: 1n,
} as const
