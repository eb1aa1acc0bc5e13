// Messages to customers that a merchant asks for.
import { notifyCustomer } from '../../checkouts/notify-customer.ts'
import { AppError } from '../../errors.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import { requirePermission } from '../../users/user.ts'
import { noteOf } from './audit.ts'
import type { Body } from './body.ts'
import type { OperationsDeps } from './context.ts'
import { EXAMPLES } from './examples.ts'
import { MESSAGE_BODY, MESSAGE_RESPONSE } from './schemas.ts'
import { requireSession } from './sessions.ts'
import { readMessage } from './wire-message.ts'

type MessageCall = Call<Body, Readonly<Record<string, string>>>

/** The route of messages. */
export const messageRoutes = (deps: OperationsDeps): readonly Route[] => [
  route({
    method: 'POST',
    path: '/pbl/v2/message-notification/',
    summary: 'Tell a customer how a payment stands',
    description: 'By the channels that its checkout has notifications for; as often as it is asked.',
    body: MESSAGE_BODY,
    response: MESSAGE_RESPONSE,
    examples: {
      body: { session_id: EXAMPLES.inquiry.body.session_id, channels: ['email'] },
      response: { message: 'Customer notified.' },
    },
    handle: (call) => tell(deps, call as unknown as MessageCall),
  }),
]

async function tell(deps: OperationsDeps, { principal, body, ip }: MessageCall): Promise<{ readonly message: string }> {
  const { channels, ...names } = readMessage(body)
  requirePermission(principal, 'e_commerce.change', 'payment_request.change')
  const session = await requireSession(deps, principal.id, names)
  if (session.checkout) requirePermission(principal, `${session.checkout.type}.change`)
  const note = noteOf({ principal, ip }, { action: 'payment.notify', objectId: session.id, data: { channels } })
  await notifyCustomer(deps, { merchantId: principal.id, session, channels, note }).catch(asFailed)
  return { message: 'Customer notified.' }
}

// The contract says so beside the field.
function asFailed(error: unknown): never {
  if (!(error instanceof AppError) || error.details.field !== 'channels') throw error
  throw new AppError('invalid_request', { fields: { channels: [error.details.message ?? ''] }, result: 'failed' })
}
