// Codes on their way to a cardholder: a row a recipient. The text is made when it is sent or shown.
import type { Books } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { siblingId } from '../ids.ts'
import type { Challenge, ChallengeKind } from './challenge.ts'

export interface Message {
  readonly id: string
  readonly challengeId: string | null
  readonly kind: ChallengeKind
  readonly channel: 'sms' | 'email'
  readonly recipient: string
  readonly createdAt: Date
}

export const messageShelf = tableShelf<Message>({
  name: 'messages',
  columns: {
    id: 'uuid',
    challengeId: 'uuid',
    kind: 'text',
    channel: 'text',
    recipient: 'text',
    createdAt: 'timestamptz',
  },
})

/** Where a cardholder can be reached. */
export interface Contact {
  readonly mobile: string | null
  readonly email: string | null
}

/** Sends the challenge's code to every address of the contact. */
export function sendCode(books: Books, challenge: Challenge, { mobile, email }: Contact): void {
  const to = [{ channel: 'sms', recipient: mobile } as const, { channel: 'email', recipient: email } as const]
  to.forEach(({ channel, recipient }, i) => {
    if (!recipient) return
    const id = siblingId(challenge.id, i + 1)
    books.append(messageShelf, {
      id,
      challengeId: challenge.id,
      kind: challenge.kind,
      channel,
      recipient,
      createdAt: books.now,
    })
  })
}
