// Challenges of payments, as whoever owns payments opens them.
import { needChallenge, openChallenge } from '../../src/bindings/challenge.ts'
import { sendCode } from '../../src/bindings/message.ts'
import { newId } from '../../src/ids.ts'
import type { FundedCard, Issuing } from '../helpers/seed.ts'

/** Asks the cardholder for a code that approves the payment; returns the challenge's id. */
export async function openPaymentChallenge(
  { deps }: Pick<Issuing, 'deps'>,
  paymentId: string,
  { mobile, email }: Pick<FundedCard, 'mobile' | 'email'>,
): Promise<string> {
  const { codes, lane, settings } = deps
  const id = newId()
  await lane.run({
    name: 'open challenge',
    needs: [needChallenge(paymentId, '3ds-code')],
    decide: (books) => {
      const challenge = openChallenge(books, {
        subjectId: paymentId,
        kind: '3ds-code',
        id,
        digest: codes.digest(paymentId, codes.codeOf(id)),
        parameters: null,
        attemptsMax: settings.codeAttemptsMax,
        lifeMs: settings.codeLifeMs,
      })
      sendCode(books, challenge, { mobile, email })
    },
  })
  return id
}
