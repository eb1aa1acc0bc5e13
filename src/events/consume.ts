// A reader of what happened, one of several, each with a cursor of its own. What it makes of events is written in the transaction that
// moves its cursor on, so that every event is read once, whoever dies in between.
import { type Pool, type Queryable, transaction } from '../db/pool.ts'
import type { Log } from '../log.ts'
import { type EventCursor, findCursor, listEventsAfter, moveCursor, type StoredEvent } from './queries.ts'

/** What becomes of some events. */
export interface Reading<Part> {
  /** What one of them comes to. */
  read(event: StoredEvent): Promise<readonly Part[]>
  /** Prepares what is written of all that was read; the writing itself is done in the transaction that moves the cursor. */
  finish(parts: readonly Part[]): Promise<(tx: Queryable) => Promise<void>>
}

export interface Consumer<Part> {
  /** Its cursor's. */
  readonly name: string
  readonly pool: Pool
  readonly log: Log
  /** Where it may go without reading, when nobody wants to hear anything. */
  readonly findUnheardEnd: (db: Queryable) => Promise<EventCursor | undefined>
  /** Begins with the next events. */
  readonly open: (events: readonly StoredEvent[]) => Promise<Reading<Part>>
}

const EVENTS_MAX = 100 // In one transaction.
const TRIES_MAX = 10 // A second apart: longer than a database is gone when it restarts.

/**
 * Makes the function that takes the next events, at most a hundred, and answers whether there may be more. Any number of
 * processes may call theirs at once: each event is taken by one. It throws when an event cannot be read; after ten
 * tries that event is left out and logged, so that it does not hold up all others for good.
 */
export function createConsumer<Part>({
  name,
  pool,
  log,
  findUnheardEnd,
  open,
}: Consumer<Part>): () => Promise<boolean> {
  let failing = { eventId: '', tries: 0 }

  async function readOrLeaveOut(reading: Reading<Part>, event: StoredEvent): Promise<readonly Part[]> {
    try {
      return await reading.read(event)
    } catch (error) {
      failing = { eventId: event.id, tries: failing.eventId === event.id ? failing.tries + 1 : 1 }
      if (failing.tries < TRIES_MAX)
        throw new Error(`event ${event.id} (${event.type}) cannot be told`, { cause: error })
      log.error({ err: error, event: event.id, type: event.type }, `left an event out of the ${name}`)
      return []
    }
  }

  return async () => {
    const from = await findCursor(pool, name)
    const unheard = await findUnheardEnd(pool)
    if (unheard) {
      if (unheard.eventId !== from.eventId) await moveCursor(pool, name, { from, to: unheard })
      return false
    }
    const events = await listEventsAfter(pool, from, EVENTS_MAX)
    if (events.length === 0) return false
    // Read before the transaction begins: it may take its time, and what it holds up then is nobody.
    const reading = await open(events)
    const { parts, to, failed } = await readAll(events, (event) => readOrLeaveOut(reading, event))
    if (to) {
      const write = await reading.finish(parts)
      await transaction(pool, async (tx) => {
        if (await moveCursor(tx, name, { from, to })) await write(tx)
      })
    }
    if (failed) throw failed
    return events.length === EVENTS_MAX
  }
}

interface Batch<Part> {
  readonly parts: readonly Part[]
  /** The last event that was read. */
  readonly to?: EventCursor | undefined
  /** Why the batch ends before its last event. */
  readonly failed?: Error
}

async function readAll<Part>(
  events: readonly StoredEvent[],
  read: (event: StoredEvent) => Promise<readonly Part[]>,
): Promise<Batch<Part>> {
  const parts: Part[] = []
  let to: EventCursor | undefined
  for (const event of events) {
    try {
      parts.push(...(await read(event)))
    } catch (error) {
      return { parts, to, failed: error as Error }
    }
    to = { transactionId: event.transactionId, eventId: event.id }
  }
  return { parts, to }
}
