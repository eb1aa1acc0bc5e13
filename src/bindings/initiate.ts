// First half of binding a card: a code goes to the cardholder. Asking again within its life changes nothing.
import type { Books } from '../books/books.ts'
import { type Refusal, refuse } from '../books/command.ts'
import { hasPassed } from '../clock.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
import { type Card, cardShelf, isExpired, needCard } from '../issuing/card.ts'
import { isPan, maskPan } from '../vault/pan.ts'
import { bindingIdOf, bindingShelf, needBinding } from './binding.ts'
import { findChallenge, needChallenge, openChallenge } from './challenge.ts'
import { sendCode } from './message.ts'
import { findCardFace } from './queries.ts'
import { countTry, needVelocity } from './velocity.ts'

export interface InitiateBindingRequest {
  readonly merchantId: string
  readonly pan: string
  /** The token that the merchant will know the card by: random, used only when this call makes the binding. */
  readonly token: string
  readonly keys: readonly KeyClaim[]
}

export interface Verification {
  readonly verificationId: string
  readonly expiresAt: Date
  readonly code: string
  readonly maskedPan: string
  readonly contact: string
  readonly imageUrl: string
}

/**
 * Throws `card_not_found`, `card_not_bindable`, `card_already_bound`, `velocity_exceeded`. Unknown numbers count, too:
 * that is what stops a merchant from guessing.
 */
export async function initiateBinding(
  deps: Pick<Deps, 'lane' | 'pool' | 'vault' | 'codes' | 'settings'>,
  request: InitiateBindingRequest,
): Promise<Verification> {
  if (!isPan(request.pan))
    throw new AppError('invalid_request', { field: 'fullPan', message: 'fullPan must be 12 to 19 digits' })
  const cardId = await deps.vault.findByPan(request.pan)
  const opened = await deps.lane.run(keyed(request.keys, initiate(deps, request, cardId)))
  const face = await findCardFace(deps.pool, opened.cardId)
  if (!face) throw new Error(`card ${opened.cardId} has no product`)
  return {
    verificationId: opened.challengeId,
    expiresAt: opened.expiresAt,
    code: deps.codes.codeOf(opened.challengeId),
    maskedPan: maskPan(request.pan),
    contact: face.mobile ?? face.email ?? '',
    imageUrl: face.imageUrl,
  }
}

interface Opened {
  readonly cardId: string
  readonly challengeId: string
  readonly expiresAt: Date
}

function initiate(
  deps: Pick<Deps, 'codes' | 'settings'>,
  { merchantId, token }: InitiateBindingRequest,
  cardId: string | undefined,
) {
  const { velocity, codeLifeMs, codeAttemptsMax } = deps.settings
  const challengeId = newId()
  const tries = `bindings merchant ${merchantId}`
  const codes = `binding-codes card ${cardId}`
  const id = bindingIdOf(merchantId, cardId ?? '')
  const digest = deps.codes.digest(id, deps.codes.codeOf(challengeId))
  return {
    name: 'initiate binding',
    needs: [
      needVelocity(tries),
      ...(cardId ? [needVelocity(codes), needBinding(id), needChallenge(id, 'binding-code'), needCard(cardId)] : []),
    ],
    decide: (books: Books): Opened | Refusal => {
      const retryAfterSeconds = countTry(books, tries, velocity.bindingsPerMerchant)
      if (retryAfterSeconds !== undefined) return refuse('velocity_exceeded', { retryAfterSeconds })
      const card = cardId === undefined ? undefined : books.find(cardShelf, cardId)
      if (!card) return refuse('card_not_found', { field: 'fullPan' })
      if (!isBindable(card, books.now)) return refuse('card_not_bindable', { field: 'fullPan' })
      const binding = books.find(bindingShelf, id)
      if (binding?.status === 'bound') return refuse('card_already_bound', { field: 'fullPan' })
      const open = findChallenge(books, id, 'binding-code')
      if (open && !hasPassed(open.expiresAt, books.now))
        return { cardId: card.id, challengeId: open.id, expiresAt: open.expiresAt }
      const flooded = countTry(books, codes, velocity.bindingCodesPerCard)
      if (flooded !== undefined) return refuse('velocity_exceeded', { retryAfterSeconds: flooded })
      if (!binding) {
        books.put(bindingShelf, {
          id,
          merchantId,
          cardId: card.id,
          token,
          status: 'pending',
          createdAt: books.now,
          boundAt: null,
        })
      }
      const challenge = openChallenge(books, {
        subjectId: id,
        kind: 'binding-code',
        id: challengeId,
        digest,
        parameters: null,
        attemptsMax: codeAttemptsMax,
        lifeMs: codeLifeMs,
      })
      sendCode(books, challenge, card)
      return { cardId: card.id, challengeId, expiresAt: challenge.expiresAt }
    },
  }
}

/** Whether a merchant may bind or keep using the card: active, not expired, and its holder can be reached. */
const isBindable = (card: Card, now: Date): boolean =>
  card.status === 'active' && !isExpired(card, now) && (card.mobile !== null || card.email !== null)
