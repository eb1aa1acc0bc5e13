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
  /** False when its rows are loaded without a lock. */
  readonly locks: boolean
  /** The columns as a select list that names them like the row's properties. */
  readonly selectList: string
  keyOf(row: Row): string
  /** Selects rows by key, locked in the order of the keys if the shelf or the caller says so; its result's rows are the shelf's. */
  load(keys: readonly string[], mustLock?: boolean): Statement
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
  /** False when decisions read only columns that never change. Those that do more name their rows with `needLocked`. */
  readonly locks?: boolean
}

const KEY_SEPARATOR = '\u0000' // The one character that a PostgreSQL text cannot hold.

/** The key of a row on a shelf whose primary key has several columns. */
export const compositeKey = (...parts: readonly string[]): string => parts.join(KEY_SEPARATOR)

/** Makes a shelf of a table. Rows are immutable objects; an update replaces the mutable columns of the row as a whole. */
export function tableShelf<Row extends object>(spec: ShelfSpec<Row>): Shelf<Row> {
  const { name, key = [] } = spec
  const columns = Object.keys(spec.columns) as (keyof Row & string)[]
  const [only] = key
  const selectList = columns.map((column) => `${snake(column)} as "${column}"`).join(', ')
  const texts = {
    load: selectText(spec, selectList, spec.locks !== false),
    lock: selectText(spec, selectList, true),
    insert: insertText(spec, columns),
    update: updateText(spec, columns),
  }
  return {
    name,
    selectList,
    loads: key.length > 0,
    locks: spec.locks !== false,
    keyOf: (row) => (key.length === 1 && only ? String(row[only]) : compositeKey(...key.map((c) => String(row[c])))),
    load: (keys, mustLock = false) => ({
      name: `${mustLock ? 'lock' : 'load'} ${name}`,
      text: mustLock ? texts.lock : texts.load,
      values:
        key.length === 1 ? [arrayLiteral(keys, 'text')] : transpose(keys).map((part) => arrayLiteral(part, 'text')),
    }),
    insert: (rows) => ({ name: `insert ${name}`, text: texts.insert, values: arrays(spec, columns, rows) }),
    update: (rows) => ({ name: `update ${name}`, text: texts.update, values: arrays(spec, columns, rows) }),
  }
}

// One probe of the primary key for each key, in the order of the keys: a lock in the sub-select (else `offset 0`) keeps the
// planner from turning it around, whatever it believes about the table's size. The order keeps two batches from deadlock.
function selectText<Row extends object>(spec: ShelfSpec<Row>, selectList: string, locks: boolean): string {
  const key = spec.key ?? []
  const names = key.map(snake)
  return `select t.*
     from unnest(${parameters(spec, key)}) as k(${names.join(', ')})
    cross join lateral
          (select ${selectList}
             from ${spec.name}
            where shard = ${SHARD} and ${names.map((name) => `${name} = k.${name}`).join(' and ')}
              ${locks ? 'for no key update' : 'offset 0'}) as t`
}

const insertText = <Row extends object>(spec: ShelfSpec<Row>, columns: readonly (keyof Row & string)[]): string =>
  `insert into ${spec.name} (shard, ${columns.map(snake).join(', ')})
   select ${SHARD}, * from unnest(${parameters(spec, columns)})`

// The rows are there and locked, so this only ever updates; written as an upsert it finds them by the key without planning.
const updateText = <Row extends object>(spec: ShelfSpec<Row>, columns: readonly (keyof Row & string)[]): string =>
  `${insertText(spec, columns)}
   on conflict (shard, ${(spec.key ?? []).map(snake).join(', ')})
   do update set ${(spec.mutable ?? []).map((column) => `${snake(column)} = excluded.${snake(column)}`).join(', ')}`

const parameters = <Row extends object>(spec: ShelfSpec<Row>, columns: readonly (keyof Row & string)[]): string =>
  columns.map((column, i) => `$${i + 1}::${spec.columns[column]}[]`).join(', ')

function transpose(keys: readonly string[]): string[][] {
  const parts = keys.map((key) => key.split(KEY_SEPARATOR))
  return (parts[0] ?? []).map((_, i) => parts.map((part) => part[i] ?? ''))
}

const arrays = <Row extends object>(
  spec: ShelfSpec<Row>,
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string[] =>
  columns.map((column) =>
    arrayLiteral(
      rows.map((row) => row[column]),
      spec.columns[column],
    ),
  )

// Arrays are written as PostgreSQL's own literals: the driver's general way costs more than deciding the batch. `unnest` fills
// short arrays up with NULL, so a column without values is empty; every table has one that is not.
function arrayLiteral(values: readonly unknown[], type: ColumnType): string {
  if (values.every((value) => value === null || value === undefined)) return '{}'
  return `{${values.map((value) => (value === null || value === undefined ? 'NULL' : element(value, type))).join()}}`
}

function element(value: unknown, type: ColumnType): string {
  switch (type) {
    case 'uuid':
    case 'bigint':
    case 'integer':
    case 'boolean':
    case 'date':
      return String(value)
    case 'timestamptz':
      return textOf(value as Date)
    case 'bytea':
      return `"\\\\x${(value as Buffer).toString('hex')}"`
    case 'text':
      return quote(String(value))
    case 'jsonb':
      return quote(JSON.stringify(value))
  }
}

// Most times in a batch are its own `now`.
let lastTime = { at: new Date(0), text: new Date(0).toISOString() }
function textOf(at: Date): string {
  if (at !== lastTime.at) lastTime = { at, text: at.toISOString() }
  return lastTime.text
}

// JSON escapes quotes and backslashes as PostgreSQL's arrays do, natively and so faster; only control characters differ.
const quote = (text: string): string =>
  NOT_AS_JSON.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : JSON.stringify(text)

const NOT_AS_JSON = /[\p{Cc}\p{Cs}]/u

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
