// The SQL of the sandbox's clock.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** Florin's business time: the database's clock and the sandbox's offset. */
export async function selectBusinessNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>(`select ${BUSINESS_NOW} as now`)
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
