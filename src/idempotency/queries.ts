// The SQL of idempotency keys that no command runs.
import { BUSINESS_NOW } from '../db/business-now.ts'
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'

/** Deletes keys older than `lifeMs` of business time, at most `limit`, and none that a command holds. Returns how many. */
export async function deleteIdempotencyKeys(
  db: Queryable,
  { lifeMs, limit }: { readonly lifeMs: number; readonly limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from idempotency_keys k
      using (select shard, scope, key
               from idempotency_keys
              where shard = $1
                and created_at <= ${BUSINESS_NOW} - $2 * interval '1 millisecond'
              limit $3
                for update skip locked) old
      where k.shard = old.shard and k.scope = old.scope and k.key = old.key`,
    [SHARD, lifeMs, limit],
  )
  return rowCount ?? 0
}
