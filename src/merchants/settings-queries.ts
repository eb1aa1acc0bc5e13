// The SQL of merchants' settings outside the lane.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import { merchantSettingsShelf, type SettingsRow } from './merchant-settings.ts'

/** The merchant's settings, once it has any. */
export async function findSettingsRow(db: Queryable, merchantId: string): Promise<SettingsRow | undefined> {
  const { rows } = await db.query<SettingsRow>(
    `select ${merchantSettingsShelf.selectList}
       from merchant_settings
      where shard = $1
        and merchant_id = $2`,
    [SHARD, merchantId],
  )
  return rows[0]
}
