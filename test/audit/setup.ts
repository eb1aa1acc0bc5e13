// A database with two merchants' audit log, written as commands write it.

import { type AuditEntry, type By, recordAudit } from '../../src/audit/audit.ts'
import { newId } from '../../src/ids.ts'
import { advanceClock, type Issuing, openIssuing } from '../helpers/seed.ts'

export interface AuditWorld extends Issuing {
  /** Writes an entry, a second of business time after the last one. */
  write(entry?: Partial<AuditEntry>): Promise<AuditEntry>
}

export const LAYLA: By = {
  actor: { kind: 'user', id: newId(), name: 'layla', permissions: new Set(['payment.refund']) },
  remoteAddress: '192.0.2.7',
}

/** Opens it; it ends with the test or the file. */
export async function openAudit(): Promise<AuditWorld> {
  const issuing = await openIssuing()
  return {
    ...issuing,
    write: async (entry = {}) => {
      await advanceClock(issuing, 1)
      const { merchantId } = issuing
      const told = {
        id: newId(),
        merchantId,
        action: 'payment.refund',
        objectId: newId(),
        result: 'done',
        data: {},
      } as const
      return issuing.deps.lane.run({
        name: 'audit',
        needs: [],
        decide: (books) => recordAudit(books, LAYLA, { ...told, ...entry }),
      })
    },
  }
}
