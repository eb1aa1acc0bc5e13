// The statements of a lane that concern no noun: opening and marking a batch, and settling a lost commit.

import { SHARD } from '../ids.ts'
import type { Statement } from './shelf.ts'

/** The database's time, the sandbox's offset (seconds) and the transaction's id, by which a lost COMMIT is followed. */
export const openBatch: Statement = {
  name: 'open batch',
  text: `select clock_timestamp() as at, pg_current_xact_id()::text as transaction_id,
                coalesce((select offset_seconds from business_clock where shard = ${SHARD}), 0) as offset_seconds`,
  values: [],
}

export interface BatchOpening {
  readonly at: Date
  readonly transaction_id: string
  readonly offset_seconds: bigint
}

/** A lane's name for one of its tries at a batch; `batch` rises with each. */
export interface BatchMark {
  readonly laneId: string
  readonly batch: bigint
}

/** Leaves the batch's mark in its own transaction: who finds it there knows that the batch was committed. */
export const markBatch = ({ laneId, batch }: BatchMark): Statement => ({
  name: 'mark batch',
  text: `insert into lane_marks (shard, lane_id, batch) values (${SHARD}, $1, $2)
         on conflict (shard, lane_id) do update set batch = excluded.batch`,
  values: [laneId, batch],
})

/** Whether the transaction is still running. Raises 22023 when a crash took its id back. */
export const selectTransactionStatus = (transactionId: string): Statement => ({
  name: 'select transaction status',
  text: "select coalesce(pg_xact_status($1::xid8) = 'in progress', false) as is_running",
  values: [transactionId],
})

/** The last batch that the lane committed; no row when there was none. */
export const selectLastBatch = (laneId: string): Statement => ({
  name: 'select last batch',
  text: `select batch from lane_marks where shard = ${SHARD} and lane_id = $1`,
  values: [laneId],
})

/**
 * A lane's statements find their rows by key: there is nothing to plan anew, and a table that was empty when they were
 * planned must not be read as a whole for the rest of the connection's life.
 */
export const planByKey =
  'set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off'
