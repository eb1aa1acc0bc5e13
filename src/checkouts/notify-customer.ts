// Tells the customer of a checkout how it stands, because its merchant wants him to hear it now.
import type { Note } from '../books/books.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { type Channel, sendMessage } from '../notify/message.ts'
import { isPayable } from '../payments/claim-states.ts'
import { needCheckout } from './checkout.ts'
import { ownCheckout } from './close.ts'
import { addressOf, type Happening, messageTo, recipientsOf } from './customer-message.ts'
import type { Child, Session } from './session.ts'

export interface NotifyRequest {
  readonly merchantId: string
  readonly session: Session
  readonly channels: readonly Channel[]
  readonly note?: Note
}

/**
 * Sends by all of the channels, as often as it is asked. Throws, and then nothing was sent: `invalid_request` naming `channels` and
 * saying why, `checkout_not_found` when it was deleted meanwhile.
 */
export async function notifyCustomer(
  deps: Pick<Deps, 'lane'>,
  { merchantId, session, channels: named, note }: NotifyRequest,
): Promise<void> {
  const { checkout } = session
  const channels = [...new Set(named)]
  const [problem] = channels.map((channel) => problemOf(session, channel)).filter((one) => one !== undefined)
  if (!checkout || channels.length === 0 || problem !== undefined) throw refuse(problem ?? 'There are no channels.')
  const happening = currentOf(session)
  if (!happening) throw refuse(`There is nothing to tell of a payment that is ${session.state}.`)
  const messages = channels.flatMap((channel) =>
    recipientsOf(checkout.details, channel).map((recipient) =>
      messageTo(checkout, happening, { id: newId(), channel, recipient }),
    ),
  )
  await deps.lane.run({
    name: 'notify customer',
    needs: [...needCheckout(checkout.id), ...(note?.needs ?? [])],
    decide: (books) => {
      ownCheckout(books, merchantId, checkout.id)
      for (const message of messages) sendMessage(books, message)
      note?.write(books)
      return null
    },
  })
}

const refuse = (message: string): AppError => new AppError('invalid_request', { field: 'channels', message })

function problemOf({ checkout, state }: Session, channel: Channel): string | undefined {
  if (!checkout || (checkout.details.notifications?.[channel] ?? []).length === 0)
    return `The payment has no ${channel} notifications.`
  if (addressOf(checkout.details, channel) === undefined)
    return `To use ${channel} notifications provide the \`${fieldOf(channel)}\` field.`
  if (channel === 'whatsapp' && !isPayable(state)) return `A payment that is ${state} is not told by whatsapp.`
  return undefined
}

const fieldOf = (channel: Channel): string => (channel === 'email' ? 'customer_email' : 'customer_phone')

// What was done to it last: the state of what was paid does not change by what follows, but it is no news any more.
function currentOf(session: Session): Happening | undefined {
  const { state, settled } = session
  switch (state) {
    case 'created':
    case 'pending':
    case 'attempted':
      return { event: 'created', operationId: null }
    case 'failed':
    case 'canceled':
    case 'expired':
      return { event: state, operationId: null }
    case 'authorized':
    case 'paid': {
      const child = newestOf(session.children)
      if (child) return child
      const operationId = settled?.operation.id ?? null
      const isOver = state === 'authorized' && settled?.payment.state === 'voided'
      return { event: isOver ? 'voided' : state, operationId }
    }
    case 'cod':
    case 'invalided':
    case 'deleted':
      return undefined
  }
}

function newestOf(children: readonly Child[]): Happening | undefined {
  const done = children.filter(({ operation: { state } }) => state === 'approved')
  const newest = done.reduce<Child | undefined>((last, one) => (isAfter(one, last) ? one : last), undefined)
  if (!newest) return undefined
  const { id: operationId, kind } = newest.operation
  return { event: kind === 'capture' ? 'captured' : kind === 'void' ? 'voided' : 'refunded', operationId }
}

const isAfter = ({ operation }: Child, last: Child | undefined): boolean =>
  !last || (operation.settledAt ?? operation.createdAt) >= (last.operation.settledAt ?? last.operation.createdAt)
