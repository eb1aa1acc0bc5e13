// What a noun exports so that a batch can lock, read and write its rows: one table seen through its primary key.
// The three statements a shelf needs differ only in their columns, so they are made here, once, from the column list.
import { SHARD } from '../ids.ts'

/** The PostgreSQL types that rows on shelves are made of. */
export type ColumnType = 'uuid' | 'text' | 'bigint' | 'integer' | 'boolean' | 'timestamptz' | 'date' | 'bytea' | 'jsonb'

export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface Shelf<Row extends object = object> {
  readonly name: string
  /** False for tables that are only ever added to: their rows are never loaded. */
  readonly loads: boolean
  keyOf(row: Row): string
  load(keys: readonly string[]): Statement
  toRow(raw: Readonly<Record<string, unknown>>): Row
  insert(rows: readonly Row[]): Statement
  update(rows: readonly Row[]): Statement
}

export interface ShelfSpec<Row extends object> {
  /** The table, which is also the shelf's name. */
  readonly name: string
  /** Every column: the property's name in camelCase (snake_case in SQL) and its type. */
  readonly columns: { readonly [Column in keyof Row & string]-?: ColumnType }
  /** The primary key behind `shard`. Absent: the table is append-only. */
  readonly key?: readonly (keyof Row & string)[]
  /** The columns that an update may change. */
  readonly mutable?: readonly (keyof Row & string)[]
  /** False when decisions read only columns that never change, so that no lock is needed. */
  readonly locks?: boolean
}

const KEY_SEPARATOR = '\u0000' // The one character that a PostgreSQL text cannot hold.

/** The key of a row on a shelf whose primary key has several columns. */
export const compositeKey = (...parts: readonly string[]): string => parts.join(KEY_SEPARATOR)

/** Makes a shelf of a table. Rows are immutable objects; an update replaces the mutable columns of the row as a whole. */
export function tableShelf<Row extends object>(spec: ShelfSpec<Row>): Shelf<Row> {
  const columns = Object.keys(spec.columns) as (keyof Row & string)[]
  const key = spec.key ?? []
  const updated = [...key, ...(spec.mutable ?? [])]
  const loadText = selectText(spec, columns, key)
  const insertText = `insert into ${spec.name} (shard, ${columns.map(snake).join(', ')})
    select ${SHARD}, * from unnest(${columns.map((column, i) => `$${i + 1}::${spec.columns[column]}[]`).join(', ')})`
  const updateText = `update ${spec.name} as t set ${(spec.mutable ?? []).map((c) => `${snake(c)} = d.${snake(c)}`).join(', ')}
     from unnest(${updated.map((column, i) => `$${i + 1}::${spec.columns[column]}[]`).join(', ')})
       as d(${updated.map(snake).join(', ')})
    where t.shard = ${SHARD} and ${key.map((column) => `t.${snake(column)} = d.${snake(column)}`).join(' and ')}`
  const raws = columns.map((column): [keyof Row & string, string] => [column, snake(column)])
  return {
    name: spec.name,
    loads: key.length > 0,
    keyOf: (row) =>
      key.length === 1 ? String(row[key[0] as keyof Row]) : compositeKey(...key.map((c) => String(row[c]))),
    load: (keys) => ({
      name: `load ${spec.name}`,
      text: loadText,
      values: key.length === 1 ? [keys] : transpose(keys),
    }),
    toRow: (raw) => Object.fromEntries(raws.map(([column, name]) => [column, raw[name]])) as Row,
    insert: (rows) => ({ name: `insert ${spec.name}`, text: insertText, values: arrays(spec, columns, rows) }),
    update: (rows) => ({ name: `update ${spec.name}`, text: updateText, values: arrays(spec, updated, rows) }),
  }
}

// Rows are locked in the order of their keys, so that two batches over the same rows cannot deadlock.
function selectText<Row extends object>(
  spec: ShelfSpec<Row>,
  columns: readonly string[],
  key: readonly string[],
): string {
  const lock = spec.locks === false ? '' : ' for no key update'
  const by =
    key.length === 1
      ? `${key.map(snake)} = any($1)`
      : `(${key.map(snake)}) in (select * from unnest(${key.map((_, i) => `$${i + 1}::text[]`)}))`
  return `select ${columns.map(snake).join(', ')} from ${spec.name}
    where shard = ${SHARD} and ${by} order by ${key.map(snake)}${lock}`
}

function transpose(keys: readonly string[]): string[][] {
  const parts = keys.map((key) => key.split(KEY_SEPARATOR))
  return (parts[0] ?? []).map((_, i) => parts.map((part) => part[i] ?? ''))
}

const arrays = <Row extends object>(
  spec: ShelfSpec<Row>,
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): unknown[][] => columns.map((column) => rows.map((row) => toParameter(row[column], spec.columns[column])))

function toParameter(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  return type === 'jsonb' ? JSON.stringify(value) : value
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
