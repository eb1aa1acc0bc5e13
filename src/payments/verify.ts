// Asks the cardholder for consent: a one-time code for exactly this purchase. The newest code replaces the one before.
import { createHash } from 'node:crypto'
import { needChallenge, openChallenge } from '../bindings/challenge.ts'
import { sendCode } from '../bindings/message.ts'
import { type BoundCard, findBoundCard } from '../bindings/queries.ts'
import { countTry, needVelocity } from '../bindings/velocity.ts'
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
import { cardShelf, isExpired, needCard } from '../issuing/card.ts'
import type { Money } from '../money.ts'
import { findRate } from './rates.ts'

export interface VerifyRequest {
  readonly merchantId: string
  /** What the merchant calls cardId. */
  readonly token: string
  readonly amount: Money
  readonly description: string
  readonly keys: readonly KeyClaim[]
}

/**
 * Funds and limits are not looked at: that is the purchase's.
 * Throws `binding_not_found`, `currency_not_supported`, `card_not_active`, `card_expired`, `velocity_exceeded`.
 */
export async function verifyPurchase(
  deps: Pick<Deps, 'lane' | 'pool' | 'codes' | 'settings'>,
  request: VerifyRequest,
): Promise<void> {
  const { merchantId, token, amount } = request
  const card = await getBoundCard(deps, merchantId, token)
  if (!findRate(deps.settings.rates, amount.currency, card.currency))
    throw new AppError('currency_not_supported', { field: 'currency' })
  const { velocity, codeLifeMs, codeAttemptsMax } = deps.settings
  const tries = `purchase-codes merchant ${merchantId}`
  const codes = `purchase-code card ${card.cardId}`
  const challengeId = newId()
  const digest = deps.codes.digest(card.bindingId, deps.codes.codeOf(challengeId))
  await deps.lane.run(
    keyed(request.keys, {
      name: 'verify purchase',
      needs: [
        needVelocity(tries),
        needVelocity(codes),
        needChallenge(card.bindingId, 'purchase-code'),
        needCard(card.cardId),
      ],
      decide: (books) => {
        const { status, mobile, email, expiryMonth, expiryYear } = books.get(cardShelf, card.cardId)
        if (status !== 'active') return refuse('card_not_active', { field: 'cardId' })
        if (isExpired({ expiryMonth, expiryYear }, books.now)) return refuse('card_expired', { field: 'cardId' })
        const retryAfterSeconds =
          countTry(books, tries, velocity.purchaseCodesPerMerchant) ??
          countTry(books, codes, velocity.purchaseCodesPerCard)
        if (retryAfterSeconds !== undefined) return refuse('velocity_exceeded', { retryAfterSeconds })
        const challenge = openChallenge(books, {
          subjectId: card.bindingId,
          kind: 'purchase-code',
          id: challengeId,
          digest,
          parameters: purchaseParameters(amount, request.description),
          attemptsMax: codeAttemptsMax,
          lifeMs: codeLifeMs,
        })
        sendCode(books, challenge, { mobile, email })
        return null
      },
    }),
  )
}

/** The merchant's bound card. Throws `binding_not_found`, also for another merchant's. */
export async function getBoundCard(deps: Pick<Deps, 'pool'>, merchantId: string, token: string): Promise<BoundCard> {
  const card = await findBoundCard(deps.pool, merchantId, token)
  if (!card) throw new AppError('binding_not_found', { field: 'cardId' })
  return card
}

/** What a code is given for, as SHA-256: the purchase must repeat all of it. */
export const purchaseParameters = ({ amount, currency }: Money, description: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([amount.toString(), currency, description]))
    .digest()
