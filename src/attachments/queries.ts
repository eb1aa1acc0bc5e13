// The SQL of attachments that no command runs. Their lives are over by business time, whether or not the job has noticed.
import { HOUR_MS } from '../clock.ts'
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type Attachment, UNUSED_LIFE_MS } from './attachment.ts'
import type { AcceptedFile } from './file.ts'

const IS_THERE = `forgotten_at is null
             and (uses > 0 or created_at > ${BUSINESS_NOW} - $3 * interval '1 millisecond')`

export type NewAttachment = Pick<Attachment, 'id' | 'merchantId'> & AcceptedFile

/** Writes an attachment that no checkout names yet, with its bytes. */
export async function insertAttachment(db: Queryable, { bytes, ...attachment }: NewAttachment): Promise<void> {
  await db.query(
    `with attachment as (
       insert into attachments (shard, id, merchant_id, filename, media_type, uses, created_at)
       values ($1, $2, $3, $4, $5, 0, date_trunc('milliseconds', ${BUSINESS_NOW}))
     )
     insert into attachment_files (shard, attachment_id, bytes)
     values ($1, $2, $6)`,
    [SHARD, attachment.id, attachment.merchantId, attachment.filename, attachment.mediaType, bytes],
  )
}

/** The attachment, whoever's, unless it is gone. */
export async function findAttachment(
  db: Queryable,
  id: string,
): Promise<Pick<Attachment, 'id' | 'merchantId' | 'filename'> | undefined> {
  const { rows } = await db.query<Pick<Attachment, 'id' | 'merchantId' | 'filename'>>(
    `select id, merchant_id as "merchantId", filename
       from attachments
      where shard = $1 and id = $2 and ${IS_THERE}`,
    [SHARD, id, UNUSED_LIFE_MS],
  )
  return rows[0]
}

/** What is in it, unless it is gone. */
export async function findAttachmentFile(db: Queryable, id: string): Promise<AcceptedFile | undefined> {
  const { rows } = await db.query<AcceptedFile>(
    `select a.filename, a.media_type as "mediaType", f.bytes
       from attachments a
       join attachment_files f on f.shard = a.shard and f.attachment_id = a.id
      where a.shard = $1 and a.id = $2 and ${IS_THERE}`,
    [SHARD, id, UNUSED_LIFE_MS],
  )
  return rows[0]
}

/** Takes an attachment away that was forgotten; any other stays. */
export async function deleteForgotten(db: Queryable, id: string): Promise<void> {
  await db.query(
    `delete from attachments
      where shard = $1 and id = $2 and forgotten_at is not null`,
    [SHARD, id],
  )
}

const GRACE_MS = HOUR_MS // A command that names one at the last moment has long been committed by then.

/** Takes away what was forgotten where the server died before it could, and what no checkout has named in time. Answers how many. */
export async function deleteUnused(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from attachments
      where (shard, id) in (select shard, id
                              from attachments
                             where shard = $1
                               and uses = 0
                               and (forgotten_at is not null or created_at <= ${BUSINESS_NOW} - $2 * interval '1 millisecond')
                             limit $3
                               for update skip locked)`,
    [SHARD, UNUSED_LIFE_MS + GRACE_MS, limit],
  )
  return rowCount ?? 0
}
