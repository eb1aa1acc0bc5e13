// Reading what happened, in an order in which nothing can appear behind the reader any more.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { Event, EventType } from './events.ts'

/** A place in the stream of events: everything up to and including this event has been read. */
export interface EventCursor {
  /** An xid8 as text. */
  readonly transactionId: string
  readonly eventId: string
}

export interface StoredEvent extends Event {
  readonly transactionId: string
}

/** Before the first event. */
export const STREAM_START: EventCursor = { transactionId: '0', eventId: '00000000-0000-0000-0000-000000000000' }

/** How far the consumer has come. */
export async function findCursor(db: Queryable, consumer: string): Promise<EventCursor> {
  const { rows } = await db.query<{ transaction_id: string; event_id: string }>(
    `select transaction_id::text, event_id
       from event_cursors
      where shard = $1 and consumer = $2`,
    [SHARD, consumer],
  )
  const [row] = rows
  return row ? { transactionId: row.transaction_id, eventId: row.event_id } : STREAM_START
}

/**
 * Moves the consumer on, and keeps other readers of its stream waiting until the transaction ends. False when it is not
 * at `from` any more: somebody else has read these events.
 */
export async function moveCursor(
  tx: Queryable,
  consumer: string,
  { from, to }: { readonly from: EventCursor; readonly to: EventCursor },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into event_cursors as c (shard, consumer, transaction_id, event_id)
     values ($1, $2, $3::xid8, $4)
         on conflict (shard, consumer) do update
        set transaction_id = excluded.transaction_id, event_id = excluded.event_id
      where c.transaction_id = $5::xid8 and c.event_id = $6`,
    [SHARD, consumer, to.transactionId, to.eventId, from.transactionId, from.eventId],
  )
  return rowCount === 1
}

/** The newest event that is committed, in the order in which events are read. Undefined when nothing has happened yet. */
export async function findNewestEvent(db: Queryable): Promise<EventCursor | undefined> {
  const { rows } = await db.query<EventCursor>(
    `select transaction_id::text as "transactionId", id as "eventId"
       from events
      where shard = $1
      order by events.transaction_id desc, id desc
      limit 1`,
    [SHARD],
  )
  return rows[0]
}

/** Whether the consumer has read this event. */
export async function hasReached(db: Queryable, consumer: string, event: EventCursor): Promise<boolean> {
  const { rows } = await db.query(
    `select
       from event_cursors
      where shard = $1 and consumer = $2 and (transaction_id, event_id) >= ($3::xid8, $4::uuid)`,
    [SHARD, consumer, event.transactionId, event.eventId],
  )
  return rows.length > 0
}

interface EventRow {
  readonly id: string
  readonly type: EventType
  readonly owner_id: string
  readonly subject_id: string
  readonly data: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly transaction_id: string
}

/**
 * The next events behind the cursor. Transactions commit in another order than they get their ids, so only those are
 * read that are older than every transaction still running: no event can turn up before them later.
 */
export async function listEventsAfter(db: Queryable, cursor: EventCursor, limit: number): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>(
    `select id, type, owner_id, subject_id, data, created_at, transaction_id::text
       from events
      where shard = $1
        and (transaction_id, id) > ($2::xid8, $3::uuid)
        and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      order by events.transaction_id, id
      limit $4`,
    [SHARD, cursor.transactionId, cursor.eventId, limit],
  )
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    ownerId: row.owner_id,
    subjectId: row.subject_id,
    data: row.data,
    createdAt: row.created_at,
    transactionId: row.transaction_id,
  }))
}

/**
 * The newest event, unless something is so that makes somebody want to hear: the reader may go there without reading. `unless` is
 * SQL in which $1 is the shard. One statement, so that what comes to be so meanwhile misses nothing that happened after it.
 */
export async function findEndUnless(db: Queryable, unless: string): Promise<EventCursor | undefined> {
  const { rows } = await db.query<EventCursor>(
    `select transaction_id::text as "transactionId", id as "eventId"
       from events
      where shard = $1
        and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        and not (${unless})
      order by events.transaction_id desc, id desc
      limit 1`,
    [SHARD],
  )
  return rows[0]
}
