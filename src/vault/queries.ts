// The SQL of the vault. The insert of a card's number is not here: the lane writes it in the commit that makes the card.
import type { Queryable } from '../db/pool.ts'
import { SHARD } from '../ids.ts'
import type { WrappedKey } from './datakeys.ts'
import type { SealedPan } from './vault.ts'

/** A data key as the table holds it. */
export interface DataKeyRow extends WrappedKey {
  readonly isCurrent: boolean
  readonly isOld: boolean
  readonly isTakingOver: boolean
}

/** What opening and resealing need of a card number's row. */
export type PanRow = Pick<SealedPan, 'id' | 'dataKeyId' | 'sealed'>

/** All data keys, oldest first. `isOld` is decided by the database's clock. */
export async function selectDataKeys(db: Queryable, oldAfterDays: number): Promise<DataKeyRow[]> {
  const { rows } = await db.query<DataKeyRow>(
    `select id,
            wrapped,
            kek_id as "kekId",
            retired_at is null as "isCurrent",
            created_at < now() - make_interval(days => $2) as "isOld",
            is_taking_over as "isTakingOver"
       from vault.data_keys
      where shard = $1
      order by created_at, id`,
    [SHARD, oldAfterDays],
  )
  return rows
}

/** Adds a data key that seals from now on, unless another process has just added one. */
export async function insertDataKey(db: Queryable, key: WrappedKey & { isTakingOver: boolean }): Promise<void> {
  await db.query(
    `insert into vault.data_keys (shard, id, wrapped, kek_id, is_taking_over)
     values ($1, $2, $3, $4, $5)
         on conflict (shard) where retired_at is null do nothing`,
    [SHARD, key.id, key.wrapped, key.kekId, key.isTakingOver],
  )
}

/** Ends a data key's sealing, unless another process has just done so. */
export async function updateDataKeyRetired(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update vault.data_keys
        set retired_at = now()
      where shard = $1
        and id = $2
        and retired_at is null`,
    [SHARD, id],
  )
}

/** Replaces the wrapping of a data key, if it is still the one that was read. */
export async function updateDataKeyWrapped(db: Queryable, key: WrappedKey, kekIdBefore: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update vault.data_keys
        set wrapped = $3,
            kek_id = $4
      where shard = $1
        and id = $2
        and kek_id = $5`,
    [SHARD, key.id, key.wrapped, key.kekId, kekIdBefore],
  )
  return rowCount === 1
}

/** Notes that every card number is under the data key. */
export async function updateDataKeyTakenOver(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update vault.data_keys
        set is_taking_over = false
      where shard = $1
        and id = $2`,
    [SHARD, id],
  )
}

/** The sealed number of a card. */
export async function findPanRow(db: Queryable, cardId: string): Promise<PanRow | undefined> {
  const { rows } = await db.query<PanRow>(
    `select id, data_key_id as "dataKeyId", sealed
       from vault.pans
      where shard = $1
        and id = $2`,
    [SHARD, cardId],
  )
  return rows[0]
}

/** The card that a blind index belongs to. */
export async function findCardIdByBlindIndex(db: Queryable, blindIndex: Buffer): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select id
       from vault.pans
      where shard = $1
        and blind_index = $2
        and purpose = 'issued'`,
    [SHARD, blindIndex],
  )
  return rows[0]?.id
}

/** Forgets a number for good. */
export async function deletePan(db: Queryable, id: string): Promise<void> {
  await db.query(
    `delete from vault.pans
      where shard = $1
        and id = $2
        and purpose = 'kept'`,
    [SHARD, id],
  )
}

/** Which numbers to lock: those not under `dataKeyId`, with ids after `after`, at most `limit` of them. */
export interface PansToReseal {
  readonly dataKeyId: string
  readonly after: string
  readonly limit: number
}

/** Locks the next card numbers to reseal, in id order. */
export async function selectPansToReseal(db: Queryable, { dataKeyId, after, limit }: PansToReseal): Promise<PanRow[]> {
  const { rows } = await db.query<PanRow>(
    `select id, data_key_id as "dataKeyId", sealed
       from vault.pans
      where shard = $1
        and data_key_id <> $2
        and id > $3
      order by id
      limit $4
        for update`,
    [SHARD, dataKeyId, after, limit],
  )
  return rows
}

/** Writes resealed numbers, all under one data key, in one statement. */
export async function updatePansResealed(db: Queryable, dataKeyId: string, rows: readonly PanRow[]): Promise<void> {
  await db.query(
    `update vault.pans p
        set data_key_id = $2,
            sealed = resealed.sealed
       from unnest($3::uuid[], $4::bytea[]) as resealed (id, sealed)
      where p.shard = $1
        and p.id = resealed.id`,
    [SHARD, dataKeyId, rows.map((row) => row.id), rows.map((row) => row.sealed)],
  )
}

/** A key's answer to the fixed question. */
export interface KeyCheckRow {
  readonly name: string
  readonly value: Buffer
}

/** The recorded key check values. */
export async function selectKeyChecks(db: Queryable): Promise<KeyCheckRow[]> {
  const { rows } = await db.query<KeyCheckRow>('select name, value from vault.key_checks')
  return rows
}

/** Records the key check values of keys that have none yet. */
export async function insertKeyChecks(db: Queryable, checks: readonly KeyCheckRow[]): Promise<void> {
  await db.query(
    `insert into vault.key_checks (name, value)
     select name, value
       from unnest($1::text[], $2::bytea[]) as made (name, value)
         on conflict (name) do nothing`,
    [checks.map((check) => check.name), checks.map((check) => check.value)],
  )
}
