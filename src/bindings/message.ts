// Codes on their way to a cardholder.
import type { Books } from '../books/books.ts'
import { siblingId } from '../ids.ts'
import { sendMessage } from '../notify/message.ts'
import type { Challenge } from './challenge.ts'

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
    sendMessage(books, { id, kind: challenge.kind, channel, recipient, challengeId: challenge.id })
  })
}
