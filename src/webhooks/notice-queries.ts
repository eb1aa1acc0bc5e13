// The SQL of notices: who is mailed when one has failed, and what became of one that somebody waits for.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** Whom to mail that the endpoint fails; nobody within an hour of the last time. */
export async function takeFailureRecipients(
  tx: Queryable,
  { endpointId, ownerId }: { readonly endpointId: string; readonly ownerId: string },
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ emails: readonly string[] }>(
    `update webhook_health h
        set failure_mailed_at = now()
       from merchant_settings s
      where h.shard = $1 and h.endpoint_id = $2 and s.shard = h.shard and s.merchant_id = $3
        and s.notify_on_error and s.emails <> '[]'
        and (h.failure_mailed_at is null or h.failure_mailed_at <= now() - interval '1 hour')
     returning s.emails`,
    [SHARD, endpointId, ownerId],
  )
  return rows[0]?.emails ?? []
}

export interface NoticeStand {
  readonly state: 'pending' | 'delivered' | 'failed'
  /** Of the newest try; null when it got no answer. */
  readonly lastStatus: number | null
  /** Since it was made or replayed. */
  readonly attempts: number
}

/** The newest notice about the subject to the endpoint; with `eventName` the newest of that name. */
export async function findNewestNotice(
  db: Queryable,
  request: { readonly endpointId: string; readonly subjectId: string; readonly eventName?: string | undefined },
): Promise<NoticeStand | undefined> {
  const { rows } = await db.query<NoticeStand>(
    `select state, last_status as "lastStatus", attempts
       from webhook_deliveries
      where shard = $1 and endpoint_id = $2 and subject_id = $3 and kind = 'notice' and ($4::text is null or event_name = $4)
      order by sequence desc
      limit 1`,
    [SHARD, request.endpointId, request.subjectId, request.eventName ?? null],
  )
  return rows[0]
}
