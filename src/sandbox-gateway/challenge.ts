// The payer's answer to a 3-D Secure challenge: approved with the code, declined, cancelled, or too late.
import { hasPassed } from '../clock.ts'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import type { DeclineCode } from '../gateways/connector.ts'
import { DECLINE_MESSAGES } from './cards.ts'
import {
  type Challenge,
  listExpiredChallenges,
  lockChallenge,
  updateChallenge,
  updateChallenged,
} from './challenge-queries.ts'
import { newApprovalCode } from './execute.ts'
import { insertNotification } from './notification-queries.ts'
import { findOperation, type Operation } from './queries.ts'

export const CHALLENGE_ACTIONS = ['approve', 'decline', 'cancel'] as const
export type ChallengeAction = (typeof CHALLENGE_ACTIONS)[number]

export type Answered =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'wrong'; readonly challenge: Challenge; readonly operation: Operation }
  /** Decided now, before, or by the clock. */
  | { readonly kind: 'closed'; readonly challenge: Challenge; readonly operation: Operation }

const AUTHENTICATED = '05'
const BATCH = 50

/** Takes the payer's answer. Of two at once the first counts. */
export function answerChallenge(
  pool: Pool,
  { id, action, code, now }: { id: string; action: ChallengeAction; code: string; now: Date },
): Promise<Answered> {
  return transaction(pool, async (db) => {
    const challenge = await lockChallenge(db, id)
    if (!challenge) return { kind: 'unknown' }
    if (challenge.closedAt === null) {
      if (hasPassed(challenge.expiresAt, now)) {
        await close(db, challenge, { now, code: 'authentication_failed', message: TOO_LATE })
      } else if (action === 'decline') {
        await close(db, challenge, { now, code: 'authentication_failed', message: DECLINED })
      } else if (action === 'cancel') {
        await close(db, challenge, { now, code: 'canceled_by_payer', message: DECLINE_MESSAGES.canceled_by_payer })
      } else if (code === challenge.code) {
        await close(db, challenge, { now, code: null })
      } else if (challenge.triesLeft <= 1) {
        await close(db, challenge, { now, code: 'authentication_failed', message: WRONG })
      } else {
        const left = { ...challenge, triesLeft: challenge.triesLeft - 1 }
        await updateChallenge(db, left)
        return { kind: 'wrong', challenge: left, operation: await readOperation(db, challenge) }
      }
    }
    return { kind: 'closed', challenge, operation: await readOperation(db, challenge) }
  })
}

const TOO_LATE = 'The payer did not authenticate in time.'
const DECLINED = 'The payer did not approve the payment.'
const WRONG = 'The payer gave too many wrong codes.'

/** Ends the challenges whose time is over. Returns how many. */
export async function expireChallenges(pool: Pool, now: Date): Promise<number> {
  const ids = await listExpiredChallenges(pool, now, BATCH)
  for (const id of ids) await answerChallenge(pool, { id, action: 'cancel', code: '', now })
  return ids.length
}

type Verdict =
  | { readonly now: Date; readonly code: DeclineCode; readonly message: string }
  | { readonly now: Date; readonly code: null }

async function close(db: Queryable, challenge: Challenge, verdict: Verdict): Promise<void> {
  const { now, code } = verdict
  const { accountId, reference, id } = challenge
  const { operation, amount, notificationUrl } = await readOperation(db, challenge)
  const isApproved = code === null
  await updateChallenge(db, { id, triesLeft: challenge.triesLeft, closedAt: now })
  await updateChallenged(db, {
    accountId,
    reference,
    state: isApproved ? 'approved' : 'declined',
    declineCode: code,
    declineMessage: isApproved ? null : verdict.message,
    approvalCode: isApproved ? newApprovalCode() : null,
    eci: isApproved ? AUTHENTICATED : null,
    captured: isApproved && operation === 'purchase' ? amount : 0n,
  })
  if (notificationUrl === null) return
  await insertNotification(db, {
    id: crypto.randomUUID(),
    accountId,
    reference,
    url: notificationUrl,
    copies: 1,
    dueAt: now,
  })
}

async function readOperation(db: Queryable, { accountId, reference }: Challenge): Promise<Operation> {
  const operation = await findOperation(db, accountId, reference)
  if (!operation) throw new Error('a challenge has no operation')
  return operation
}
