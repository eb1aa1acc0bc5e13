// The SQL of short addresses that no command runs.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { type ShortCode, shortCodeShelf } from './short-code.ts'

/** Where a short address leads, be that still there or not. */
export async function findShortCode(db: Queryable, code: string): Promise<ShortCode | undefined> {
  const { rows } = await db.query<ShortCode>(
    `select ${shortCodeShelf.selectList}
       from short_codes
      where shard = $1 and code = $2`,
    [SHARD, code],
  )
  return rows[0]
}
