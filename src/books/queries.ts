// The statements of a lane that concern no noun: opening a batch and settling a lost commit.

import { SHARD } from '../ids.ts'
import type { Statement } from './shelf.ts'

/** The database's time, the sandbox's offset (seconds) and the transaction's id, which settles a lost COMMIT. */
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

/** `committed`, `aborted`, `in progress`, or null when the database has forgotten. */
export const selectTransactionStatus = (transactionId: string): Statement => ({
  name: 'select transaction status',
  text: 'select pg_xact_status($1::xid8) as status',
  values: [transactionId],
})
