// One-time codes: who must repeat what until when, and how many wrong tries are left. The newest of a kind counts.
import { timingSafeEqual } from 'node:crypto'
import { type Books, type Need, need } from '../books/books.ts'
import { compositeKey, tableShelf } from '../books/shelf.ts'
import { after, hasPassed } from '../clock.ts'

/** What a code is for: to bind a card, a purchase with a bound one, a payment on a page, to sign in. */
export type ChallengeKind = 'binding-code' | 'purchase-code' | '3ds-code' | 'login'

export interface Challenge {
  /** For whom or what the code must be repeated: a binding, a payment (`3ds-code`), who signs in (`login`). */
  readonly subjectId: string
  readonly kind: ChallengeKind
  readonly id: string
  /** A keyed digest of the code for this subject. */
  readonly digest: Buffer
  /** SHA-256 of what the code was given for; null when it is for the subject alone. */
  readonly parameters: Buffer | null
  readonly attempts: number
  readonly attemptsMax: number
  readonly status: 'open' | 'used' | 'blocked'
  readonly expiresAt: Date
  readonly createdAt: Date
}

export const challengeShelf = tableShelf<Challenge>({
  name: 'challenges',
  columns: {
    subjectId: 'uuid',
    kind: 'text',
    id: 'uuid',
    digest: 'bytea',
    parameters: 'bytea',
    attempts: 'integer',
    attemptsMax: 'integer',
    status: 'text',
    expiresAt: 'timestamptz',
    createdAt: 'timestamptz',
  },
  key: ['subjectId', 'kind'],
  mutable: ['id', 'digest', 'parameters', 'attempts', 'attemptsMax', 'status', 'expiresAt', 'createdAt'],
})

export const needChallenge = (subjectId: string, kind: ChallengeKind): Need =>
  need(challengeShelf, compositeKey(subjectId, kind))

/** The newest challenge of this kind, whatever its state. */
export const findChallenge = (books: Books, subjectId: string, kind: ChallengeKind): Challenge | undefined =>
  books.find(challengeShelf, compositeKey(subjectId, kind))

export interface NewChallenge
  extends Pick<Challenge, 'subjectId' | 'kind' | 'id' | 'digest' | 'parameters' | 'attemptsMax'> {
  readonly lifeMs: number
}

/** Opens a challenge in place of the one before. */
export const openChallenge = (books: Books, { lifeMs, ...challenge }: NewChallenge): Challenge =>
  books.put(challengeShelf, {
    ...challenge,
    attempts: 0,
    status: 'open',
    expiresAt: after(books.now, lifeMs),
    createdAt: books.now,
  })

export type CodeAnswer = 'right' | 'none' | 'expired' | 'blocked' | 'wrong' | 'mismatch'

/** Tries a code: the right one uses the challenge up, any other counts, and too many block it for the rest of its life. */
export function answerChallenge(
  books: Books,
  challenge: Challenge | undefined,
  answer: { readonly digest: Buffer; readonly parameters: Buffer | null },
): CodeAnswer {
  if (!challenge || challenge.status === 'used') return 'none'
  if (hasPassed(challenge.expiresAt, books.now)) return 'expired'
  if (challenge.status === 'blocked') return 'blocked'
  const isRight = timingSafeEqual(challenge.digest, answer.digest)
  const isForThis =
    !challenge.parameters || (answer.parameters !== null && challenge.parameters.equals(answer.parameters))
  const attempts = challenge.attempts + 1
  if (isRight && isForThis) {
    books.put(challengeShelf, { ...challenge, status: 'used' })
    return 'right'
  }
  books.put(challengeShelf, { ...challenge, attempts, status: attempts >= challenge.attemptsMax ? 'blocked' : 'open' })
  return isRight ? 'mismatch' : 'wrong'
}
