// Second half of binding a card: the cardholder's code makes it the merchant's to charge.
import { refuse } from '../books/command.ts'
import type { Deps } from '../deps.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { recordEvent } from '../events/events.ts'
import { type KeyClaim, keyed } from '../idempotency/keyed.ts'
import { newId } from '../ids.ts'
import { cardShelf, isExpired, needCard } from '../issuing/card.ts'
import { bindingShelf, needBinding } from './binding.ts'
import { answerChallenge, type CodeAnswer, findChallenge, needChallenge } from './challenge.ts'
import { type CardFace, findCardFace, findVerification } from './queries.ts'

export interface ConfirmBindingRequest {
  readonly merchantId: string
  readonly verificationId: string
  readonly code: string
  readonly keys: readonly KeyClaim[]
}

export interface ConfirmedBinding extends CardFace {
  /** What the merchant names the card by from now on. */
  readonly token: string
}

/** Throws `challenge_not_found`, `challenge_expired`, `challenge_blocked`, `code_wrong`, `card_already_bound`, `card_not_bindable`. */
export async function confirmBinding(
  deps: Pick<Deps, 'lane' | 'pool' | 'codes'>,
  { merchantId, verificationId, code, keys }: ConfirmBindingRequest,
): Promise<ConfirmedBinding> {
  const verification = await findVerification(deps.pool, merchantId, verificationId)
  if (!verification) throw new AppError('challenge_not_found', { field: 'verificationId' })
  const { bindingId, cardId } = verification
  const digest = deps.codes.digest(bindingId, code)
  const eventId = newId()
  const token = await deps.lane.run(
    keyed(keys, {
      name: 'confirm binding',
      needs: [needBinding(bindingId), needChallenge(bindingId, 'binding-code'), needCard(cardId)],
      decide: (books) => {
        const binding = books.get(bindingShelf, bindingId)
        if (binding.status === 'bound') return refuse('card_already_bound', { field: 'verificationId' })
        const challenge = findChallenge(books, bindingId, 'binding-code')
        if (challenge?.id !== verificationId) return refuse('challenge_expired', { field: 'verificationId' })
        const card = books.get(cardShelf, cardId)
        if (card.status !== 'active' || isExpired(card, books.now))
          return refuse('card_not_bindable', { field: 'verificationId' })
        const answer = answerChallenge(books, challenge, { digest, parameters: null })
        if (answer !== 'right')
          return refuse(REFUSALS[answer], { field: answer === 'wrong' ? 'code' : 'verificationId' })
        books.put(bindingShelf, { ...binding, status: 'bound', boundAt: books.now })
        recordEvent(books, { id: eventId, type: 'binding.bound', ownerId: merchantId, subjectId: bindingId, data: {} })
        return binding.token
      },
    }),
  )
  const face = await findCardFace(deps.pool, cardId)
  if (!face) throw new Error(`card ${cardId} has no product`)
  return { ...face, token }
}

const REFUSALS: Readonly<Record<Exclude<CodeAnswer, 'right'>, ErrorCode>> = {
  none: 'challenge_not_found',
  expired: 'challenge_expired',
  blocked: 'challenge_blocked',
  wrong: 'code_wrong',
  mismatch: 'code_wrong',
}
