// Tells customers what becomes of checkouts, as far as their merchants want it: reads what happened and puts messages on their way, each
// of them once however often the same is read.
import type { Deps } from '../deps.ts'
import { createConsumer, type Reading } from '../events/consume.ts'
import type { EventType } from '../events/events.ts'
import type { StoredEvent } from '../events/queries.ts'
import { derivedId } from '../ids.ts'
import { CHANNELS } from '../notify/message.ts'
import { deleteMessagesAbout, insertMessages, type PlainMessage } from '../notify/queries.ts'
import type { PaymentSnapshot } from '../payments/events.ts'
import type { CheckoutView, NotifiedEvent } from './checkout.ts'
import { type Happening, isToldBy, messageTo, recipientsOf } from './customer-message.ts'
import { findUntoldEnd, listCheckouts } from './queries.ts'

const CONSUMER = 'customer messages'

/** Makes the function that takes the next events; see `createConsumer`. */
export const createTeller = ({ pool, log }: Pick<Deps, 'pool' | 'log'>): (() => Promise<boolean>) =>
  createConsumer({
    name: CONSUMER,
    pool,
    log,
    findUnheardEnd: findUntoldEnd,
    open: (events) => openReading({ pool }, events),
  })

/** A message to send, or a checkout of which nothing is to be kept. */
type Part = { readonly message: PlainMessage } | { readonly forgotten: string }

async function openReading({ pool }: Pick<Deps, 'pool'>, events: readonly StoredEvent[]): Promise<Reading<Part>> {
  const ids = events.map(checkoutIdOf).filter((id) => id !== null)
  const checkouts = ids.length === 0 ? new Map<string, CheckoutView>() : await listCheckouts(pool, ids)
  return {
    read: async (event) => {
      const checkout = checkouts.get(checkoutIdOf(event) ?? '')
      return checkout ? partsOf(event, checkout) : []
    },
    finish: async (parts) => async (tx) => {
      const messages = parts.flatMap((part) => ('message' in part ? [part.message] : []))
      const forgotten = parts.flatMap((part) => ('forgotten' in part ? [part.forgotten] : []))
      if (messages.length > 0) await insertMessages(tx, messages)
      if (forgotten.length > 0) await deleteMessagesAbout(tx, forgotten)
    },
  }
}

// A payment's claim may be that of an invoice or an order, too: then there is no checkout of this id.
function checkoutIdOf({ type, subjectId, data }: StoredEvent): string | null {
  if (type.startsWith('checkout.')) return subjectId
  return type.startsWith('payment.') ? snapshotOf(data).claimId : null
}

const snapshotOf = (data: StoredEvent['data']): PaymentSnapshot => data as unknown as PaymentSnapshot

function partsOf(event: StoredEvent, checkout: CheckoutView): Part[] {
  if (event.type === 'checkout.deleted') return [{ forgotten: checkout.id }]
  const happening = checkout.state === 'deleted' ? undefined : happeningOf(event, checkout)
  return happening ? messagesOf(checkout, happening).map((message) => ({ message })) : []
}

const CHECKOUT_EVENTS: Readonly<Partial<Record<EventType, NotifiedEvent>>> = {
  'checkout.created': 'created',
  'checkout.canceled': 'canceled',
  'checkout.expired': 'expired',
  'checkout.card_saved': 'paid',
}

const DONE: ReadonlySet<EventType> = new Set([
  'payment.authorized',
  'payment.captured',
  'payment.voided',
  'payment.refunded',
])

function happeningOf({ type, subjectId, data }: StoredEvent, { paidBy }: CheckoutView): Happening | undefined {
  const event = CHECKOUT_EVENTS[type]
  if (event) return { event, operationId: null }
  // A try that failed is only told when no other may follow.
  const { claimState, operation, captured } = snapshotOf(data)
  if (type === 'payment.declined' && claimState === 'failed') return { event: 'failed', operationId: null }
  if (type === 'payment.canceled' && claimState === 'expired') return { event: 'expired', operationId: null }
  // Of a second payment that succeeded, and goes back by itself, nothing is told: what was asked for was paid by the first.
  if (!DONE.has(type) || subjectId !== paidBy) return undefined
  const done = eventOf(operation.kind, BigInt(captured))
  return done && { event: done, operationId: operation.id }
}

function eventOf(kind: PaymentSnapshot['operation']['kind'], captured: bigint): NotifiedEvent | undefined {
  switch (kind) {
    case 'authorize':
      return 'authorized'
    case 'purchase':
      return 'paid'
    case 'capture':
      return 'captured'
    case 'refund':
      return 'refunded'
    case 'void':
      return captured === 0n ? 'voided' : undefined // That the rest of a hold ran out is no news.
    case 'payout':
      return undefined
  }
}

// A checkout comes to each of its states once, whichever event says so; each capture and refund is told.
const REPEATED: ReadonlySet<NotifiedEvent> = new Set(['captured', 'refunded'])

function messagesOf(checkout: CheckoutView, happening: Happening): PlainMessage[] {
  const { event, operationId } = happening
  const about = REPEATED.has(event) ? (operationId ?? checkout.id) : checkout.id
  return CHANNELS.filter((channel) => isToldBy(checkout.details, channel, event)).flatMap((channel) =>
    recipientsOf(checkout.details, channel).map((recipient) => {
      const id = derivedId('customer message', about, event, channel, recipient)
      return messageTo(checkout, happening, { id, channel, recipient })
    }),
  )
}
