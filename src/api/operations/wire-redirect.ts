// What is answered when the payer has to prove who he is before a payment in one step goes on.
import type { Session } from '../../checkouts/session.ts'
import { referenceNumber } from '../../payments/reference-number.ts'
import { sessionIdOf } from '../../payments/session-id.ts'
import type { Writing } from './context.ts'

/** Where the payer goes: a page of ours that carries him on. */
export function renderRedirect(
  { session, baseUrl }: { readonly session: Session; readonly baseUrl: string },
  { codes, settings }: Writing,
): object {
  const [attempt] = session.attempts
  const sessionId = sessionIdOf(codes, session.id)
  return {
    challenge_occurred: true,
    form_of_payment: 'token_pay',
    method: 'redirect',
    order_no: session.orderNo ?? '',
    redirect_url: `${baseUrl}/b/checkout/redirect/continue/?session_id=${sessionId}`,
    reference_number: attempt ? referenceNumber(settings.referencePrefix, attempt.referenceId) : '',
    session_id: sessionId,
    status: '3DS',
  }
}
