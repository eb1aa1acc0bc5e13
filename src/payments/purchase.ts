// Charges a bound card with the cardholder's code: on yes the money is held for the merchant until captured or released.
import { answerChallenge, type CodeAnswer, findChallenge, needChallenge } from '../bindings/challenge.ts'
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId, newReference, siblingId } from '../ids.ts'
import { needCard } from '../issuing/card.ts'
import { chargeNeeds } from '../ledger/facts.ts'
import type { Money } from '../money.ts'
import { type AuthorizationRequest, authorizeCharge } from './authorize.ts'
import { recordStep } from './events.ts'
import { decidedOperation } from './operation.ts'
import { chargeOf, type Payment, paymentShelf } from './payment.ts'
import { findRate } from './rates.ts'
import { getBoundCard, purchaseParameters } from './verify.ts'

export interface PurchaseRequest {
  readonly merchantId: string
  /** What the merchant calls cardId. */
  readonly token: string
  readonly amount: Money
  readonly description: string
  readonly code: string
  readonly keys: readonly KeyClaim[]
}

/**
 * Throws `binding_not_found`, `currency_not_supported`; `otp_required`, `otp_wrong`, `otp_expired`, `otp_blocked`, `otp_mismatch`;
 * `card_not_active`, `card_expired`, `limit_exceeded`, `insufficient_funds`, which leave a declined row on the statement.
 */
export async function purchase(
  deps: Pick<Deps, 'lane' | 'pool' | 'codes' | 'settings'>,
  request: PurchaseRequest,
): Promise<Payment> {
  const { merchantId, token, amount, description } = request
  const card = await getBoundCard(deps, merchantId, token)
  const rate = findRate(deps.settings.rates, amount.currency, card.currency)
  if (!rate) throw new AppError('currency_not_supported', { field: 'currency' })
  const id = newId()
  const authorization: AuthorizationRequest = {
    id,
    merchantId,
    origin: 'partner-connect',
    direction: 'charge',
    claimId: null,
    sourcePaymentId: null,
    gatewayAccountId: null,
    currency: amount.currency,
    payerCurrency: card.currency,
    clientId: card.clientId,
    cardAccountId: card.cardAccountId,
    cardId: card.cardId,
    cardTransactionId: siblingId(id, 7),
    amount,
    rate,
    bindingToken: token,
    refId: newReference('CT'),
    description,
    cardPresent: false,
    merchant: card.merchant,
    lifeMs: deps.settings.authorizationLifeMs,
  }
  const answer = {
    digest: deps.codes.digest(card.bindingId, request.code),
    parameters: purchaseParameters(amount, description),
  }
  return deps.lane.run(
    keyed(request.keys, {
      name: 'purchase',
      needs: [
        needChallenge(card.bindingId, 'purchase-code'),
        needCard(card.cardId),
        ...chargeNeeds(chargeOf(authorization)),
      ],
      decide: (books) => {
        const answered = answerChallenge(books, findChallenge(books, card.bindingId, 'purchase-code'), answer)
        if (answered !== 'right') return refuse(REFUSALS[answered], { field: 'otpToken' })
        const result = authorizeCharge(books, authorization)
        switch (result.kind) {
          case 'declined':
            return refuse(result.code)
          case 'approved': {
            const payment = books.insert<Payment>(paymentShelf, result.payment)
            const { amount: minor, currency } = amount
            const operation = decidedOperation(books, {
              id,
              paymentId: id,
              merchantId,
              kind: 'authorize',
              amount: minor,
              currency,
              reason: 'a card that we issued',
            })
            recordStep(books, 'payment.authorized', { payment, operation })
            return payment
          }
        }
      },
    }),
  )
}

const REFUSALS: Readonly<Record<Exclude<CodeAnswer, 'right'>, ErrorCode>> = {
  none: 'otp_required',
  expired: 'otp_expired',
  blocked: 'otp_blocked',
  wrong: 'otp_wrong',
  mismatch: 'otp_mismatch',
}
