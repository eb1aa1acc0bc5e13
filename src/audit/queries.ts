// The SQL of the audit log.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type AuditEntry, auditShelf } from './audit.ts'

/** What was done to a payment, newest first. */
export async function listAuditOf(db: Queryable, merchantId: string, objectId: string): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>(
    `select ${auditShelf.selectList}
       from audit_entries
      where shard = $1 and merchant_id = $2 and object_id = $3
      order by id desc
      limit 1000`,
    [SHARD, merchantId, objectId],
  )
  return rows
}
