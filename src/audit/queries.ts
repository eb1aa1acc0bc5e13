// The SQL of the audit log.
import { type Page, type PageRequest, selectPage } from '../db/keyset.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type AuditEntry, auditShelf } from './audit.ts'

export interface AuditFilter {
  readonly merchantId: string
  /** Of one checkout or payment; without it everything of the merchant. */
  readonly objectId?: string
  readonly page: PageRequest
}

/** What was done, newest first. */
export const listAudit = (db: Queryable, { merchantId, objectId, page }: AuditFilter): Promise<Page<AuditEntry>> =>
  selectPage<AuditEntry>(db, {
    select: `select ${auditShelf.selectList} from audit_entries t`,
    conditions: [
      ['t.shard = ?', SHARD],
      ['t.merchant_id = ?', merchantId],
      ['t.object_id = ?', objectId],
    ],
    page,
  })
