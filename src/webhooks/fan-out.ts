// Turns what happened into deliveries: every event is read once, put into the face's words, and queued for each endpoint
// that listens to it, in the transaction that moves the reader's cursor on.
import { stringify } from 'lossless-json'
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import { type EventCursor, findCursor, listEventsAfter, moveCursor, type StoredEvent } from '../events/queries.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import {
  findUnheardEnd,
  insertDeliveries,
  type Listener,
  listListeners,
  type NewDelivery,
  takeSequences,
} from './queries.ts'

/** What a receiver is told: the face's name of the event and its data, in the face's own words. */
export interface Message {
  readonly event: string
  /** Anything JSON can hold, with bigint and lossless-json's numbers besides. */
  readonly data: object
}

export interface FanOutDeps {
  readonly pool: Pool
  readonly log: Log
  /** The messages that the owner's face makes of an event; none when it does not tell it. */
  readonly render: (event: StoredEvent) => Promise<readonly Message[]>
}

const CONSUMER = 'webhooks'
const EVENTS_MAX = 100 // In one transaction.
const RENDER_TRIES_MAX = 10 // A second apart: longer than a database is gone when it restarts.

/**
 * Makes the function that takes the next events, at most a hundred, and answers whether there may be more. Any number of
 * processes may call theirs at once: each event is taken by one. It throws when an event cannot be rendered; after ten
 * tries that event is left out and logged, so that it does not hold up all others for good.
 */
export function createFanOut(deps: FanOutDeps): () => Promise<boolean> {
  let failing = { eventId: '', tries: 0 }

  async function draftOrLeaveOut(event: StoredEvent, audience: readonly Listener[]): Promise<Draft[]> {
    try {
      return draft(event, audience, await deps.render(event))
    } catch (error) {
      failing = { eventId: event.id, tries: failing.eventId === event.id ? failing.tries + 1 : 1 }
      if (failing.tries < RENDER_TRIES_MAX)
        throw new Error(`event ${event.id} (${event.type}) cannot be rendered`, { cause: error })
      deps.log.error({ err: error, event: event.id, type: event.type }, 'left an event out of the webhooks')
      return []
    }
  }

  return async () => {
    const from = await findCursor(deps.pool, CONSUMER)
    const unheard = await findUnheardEnd(deps.pool)
    if (unheard) {
      if (unheard.eventId !== from.eventId) await moveCursor(deps.pool, CONSUMER, { from, to: unheard })
      return false
    }
    const events = await listEventsAfter(deps.pool, from, EVENTS_MAX)
    const last = events.at(-1)
    if (!last) return false
    // Rendered before the transaction begins: it may take its time, and what it holds up then is nobody.
    const batch = await draftAll(deps.pool, events, draftOrLeaveOut)
    const to = batch.failed ? batch.before : { transactionId: last.transactionId, eventId: last.id }
    if (to) await transaction(deps.pool, (tx) => write(tx, { from, to, drafts: batch.drafts }))
    if (batch.failed) throw batch.failed
    return events.length === EVENTS_MAX
  }
}

type Draft = Omit<NewDelivery, 'sequence' | 'id'>

interface Batch {
  readonly drafts: readonly Draft[]
  /** Why the batch ends before its last event. */
  readonly failed?: Error
  /** The last event before the one that failed. */
  readonly before?: EventCursor | undefined
}

async function draftAll(
  db: Queryable,
  events: readonly StoredEvent[],
  draftOne: (event: StoredEvent, audience: readonly Listener[]) => Promise<Draft[]>,
): Promise<Batch> {
  const listeners = await listListeners(db, [...new Set(events.map((event) => event.ownerId))])
  const drafts: Draft[] = []
  let before: EventCursor | undefined
  for (const event of events) {
    const audience = listeners.filter((listener) => isFor(listener, event))
    try {
      if (audience.length > 0) drafts.push(...(await draftOne(event, audience)))
    } catch (error) {
      return { drafts, failed: error as Error, before }
    }
    before = { transactionId: event.transactionId, eventId: event.id }
  }
  return { drafts }
}

// An endpoint hears what happens from its creation on.
const isFor = (listener: Listener, event: StoredEvent): boolean =>
  listener.ownerId === event.ownerId && listener.createdAt.getTime() <= event.createdAt.getTime()

const listensTo = ({ events }: Listener, name: string): boolean => events.includes('*') || events.includes(name)

function draft(event: StoredEvent, audience: readonly Listener[], messages: readonly Message[]): Draft[] {
  return messages.flatMap((message, part) => {
    const messageId = newId()
    const body = stringify({ event: message.event, id: messageId, data: message.data, time: event.createdAt })
    if (body === undefined) throw new Error(`event ${event.id} has no JSON form`)
    return audience
      .filter((listener) => listensTo(listener, message.event))
      .map((listener) => ({
        endpointId: listener.id,
        eventId: event.id,
        part,
        messageId,
        subjectId: event.subjectId,
        eventName: message.event,
        body,
      }))
  })
}

async function write(
  tx: Queryable,
  { from, to, drafts }: { readonly from: EventCursor; readonly to: EventCursor; readonly drafts: readonly Draft[] },
): Promise<void> {
  if (!(await moveCursor(tx, CONSUMER, { from, to })) || drafts.length === 0) return
  const counts = new Map<string, number>()
  for (const { endpointId } of drafts) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1)
  const next = new Map<string, bigint>()
  for (const [id, last] of await takeSequences(tx, counts)) next.set(id, last - BigInt(counts.get(id) ?? 0))
  const deliveries = drafts.map((delivery) => {
    const sequence = (next.get(delivery.endpointId) ?? 0n) + 1n
    next.set(delivery.endpointId, sequence)
    return { ...delivery, id: newId(), sequence }
  })
  await insertDeliveries(tx, deliveries)
}
