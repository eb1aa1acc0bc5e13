// The SQL of the sandbox: its clock, and the messages that would have gone to people.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** Florin's business time: the database's clock and the sandbox's offset. */
export async function selectBusinessNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>(
    `select clock_timestamp()
            + make_interval(secs => coalesce((select offset_seconds from business_clock where shard = $1), 0)) as now`,
    [SHARD],
  )
  const [row] = rows
  if (!row) throw new Error('the database did not say what time it is')
  return row.now
}

export interface BusinessClock {
  readonly now: Date
  readonly offsetSeconds: bigint
}

/** Moves business time forward; undefined when it would run more than `offsetSecondsMax` ahead. */
export async function advanceBusinessClock(
  db: Queryable,
  { seconds, offsetSecondsMax }: { readonly seconds: number; readonly offsetSecondsMax: number },
): Promise<BusinessClock | undefined> {
  const { rows } = await db.query<BusinessClock>(
    `insert into business_clock as c (shard, offset_seconds)
     values ($1, $2)
         on conflict (shard) do update
        set offset_seconds = c.offset_seconds + excluded.offset_seconds
      where c.offset_seconds + excluded.offset_seconds <= $3
     returning offset_seconds as "offsetSeconds", clock_timestamp() + make_interval(secs => offset_seconds) as now`,
    [SHARD, seconds, offsetSecondsMax],
  )
  return rows[0]
}

export interface SentMessage {
  readonly recipient: string
  readonly channel: string
  readonly kind: string
  readonly challengeId: string | null
  readonly createdAt: Date
  /** Null once a newer code has taken the code's place. */
  readonly merchantName: string | null
  readonly last4: string | null
}

/** The newest messages to an address. */
export async function listMessages(db: Queryable, recipient: string, limit: number): Promise<SentMessage[]> {
  const { rows } = await db.query<SentMessage>(
    `select msg.recipient, msg.channel, msg.kind, msg.challenge_id as "challengeId", msg.created_at as "createdAt",
            m.name as "merchantName", c.last4
       from messages msg
       left join challenges ch on ch.shard = msg.shard and ch.id = msg.challenge_id
       left join bindings b on b.shard = ch.shard and b.id = ch.subject_id
       left join merchants m on m.shard = b.shard and m.id = b.merchant_id
       left join cards c on c.shard = b.shard and c.id = b.card_id
      where msg.shard = $1 and msg.recipient = $2
      order by msg.created_at desc, msg.id desc
      limit $3`,
    [SHARD, recipient, limit],
  )
  return rows
}
