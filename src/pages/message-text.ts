// The words in which people get their codes, by SMS, by e-mail and in the sandbox's list. Made when they are needed.
import type { ChallengeKind } from '../bindings/challenge.ts'
import { type ChallengeSubject, findChallengeSubject } from '../bindings/queries.ts'
import { MINUTE_MS } from '../clock.ts'
import type { Deps } from '../deps.ts'
import type { EmailMessage } from '../notify/queries.ts'
import type { RenderedMessage } from '../notify/worker.ts'

/** What a text is made of. The subject is unknown once a newer code has taken a code's place. */
export interface CodeMessage {
  readonly kind: ChallengeKind
  readonly code: string
  readonly lifeMs: number
  readonly subject?: Pick<ChallengeSubject, 'merchantName' | 'last4'> | undefined
}

/** The text of a message that brings a code. */
export function messageText({ kind, code, lifeMs, subject }: CodeMessage): string {
  const minutes = Math.max(1, Math.round(lifeMs / MINUTE_MS))
  const valid = `It is valid for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
  const card = subject ? `your card ending in ${subject.last4}` : 'your card'
  const merchant = subject ? subject.merchantName : 'the merchant'
  switch (kind) {
    case 'binding-code':
      return `Your code is ${code}. ${valid} and lets ${merchant} keep ${card} for payments. If you did not ask for it, ignore this message.`
    case 'purchase-code':
      return `Your code is ${code}. ${valid} and approves a payment to ${merchant} with ${card}. If you are not buying anything, give it to nobody.`
  }
}

const TITLES: Readonly<Record<ChallengeKind, string>> = {
  'binding-code': 'Your code to add a card',
  'purchase-code': 'Your code to approve a payment',
}

/** The e-mail of a message; undefined when its code is of no use any more: used, blocked, expired or replaced by a newer one. */
export async function renderMessage(
  { pool, codes, settings }: Pick<Deps, 'pool' | 'codes' | 'settings'>,
  { challengeId, kind }: Pick<EmailMessage, 'challengeId' | 'kind'>,
): Promise<RenderedMessage | undefined> {
  if (challengeId === null || !isKind(kind)) return undefined
  const subject = await findChallengeSubject(pool, challengeId)
  if (!subject?.isUsable) return undefined
  const code = codes.codeOf(challengeId)
  return { subject: TITLES[kind], text: messageText({ kind, code, lifeMs: settings.codeLifeMs, subject }), code }
}

/** Whether messages of this kind are ours to put into words. */
export const isKind = (kind: string): kind is ChallengeKind => Object.hasOwn(TITLES, kind)
