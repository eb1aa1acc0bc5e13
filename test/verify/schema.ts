// Writes down the schema of a database as its catalog says it: tables by name, with columns, constraints and indexes.
import type { Queryable } from '../../src/db/pool.ts'

const HEAD = `-- What the migrations make together, as the catalog of a migrated database says it: to read, not to run.
-- A test compares it. After a new migration: npm test -- test/verify/generated.test.ts -u
`

interface Table {
  /** With its schema where that is not public. */
  readonly name: string
  readonly options: string | null
}

/** All tables of our schemas but the migrations' own. */
export async function describeSchema(db: Queryable): Promise<string> {
  const { rows: tables } = await db.query<Table>(
    `select c.oid::regclass::text as name, array_to_string(c.reloptions, ', ') as options
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'vault', 'sandbox_gateway') and c.relkind in ('r', 'p') and c.relname <> 'schema_migrations'
      order by n.nspname, c.relname collate "C"`,
  )
  const parts: string[] = []
  for (const table of tables) parts.push(await describeTable(db, table))
  return [HEAD, ...parts].join('\n')
}

async function describeTable(db: Queryable, { name, options }: Table): Promise<string> {
  const columns = await listColumns(db, name)
  const nameWidth = Math.max(...columns.map((column) => column.name.length))
  const lines = [
    ...columns.map((column) => `${column.name.padEnd(nameWidth)} ${column.definition}`),
    ...(await listConstraints(db, name)).map((constraint) => `constraint ${constraint.name} ${constraint.definition}`),
  ]
  const indexes = await listIndexes(db, name)
  return [
    `create table ${name} (`,
    lines.map((line) => `  ${line}`).join(',\n'),
    `)${options ? ` with (${options})` : ''};`,
    ...indexes.map(({ definition }) => `${definition};`),
    '',
  ].join('\n')
}

interface Part {
  readonly name: string
  readonly definition: string
}

async function listColumns(db: Queryable, table: string): Promise<Part[]> {
  const { rows } = await db.query<Part>(
    `select a.attname as name,
            concat(format_type(a.atttypid, a.atttypmod),
                   case when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid, true) || ') stored'
                        when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid, true) end,
                   case when a.attnotnull then ' not null' end) as definition
       from pg_attribute a
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
      order by a.attnum`,
    [table],
  )
  return rows.map(({ name, definition }) => ({ name, definition: readable(definition) }))
}

// Since version 18 PostgreSQL has `not null` among the constraints, too.
async function listConstraints(db: Queryable, table: string): Promise<Part[]> {
  const { rows } = await db.query<Part>(
    `select conname as name, pg_get_constraintdef(oid, true) as definition
       from pg_constraint
      where conrelid = $1::regclass and contype in ('p', 'u', 'f', 'c', 'x')
      order by array_position(array['p', 'u', 'f', 'c', 'x'], contype::text), conname collate "C"`,
    [table],
  )
  return rows.map(({ name, definition }) => ({ name, definition: readable(definition) }))
}

async function listIndexes(db: Queryable, table: string): Promise<Part[]> {
  const { rows } = await db.query<Part>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid, 0, true) as definition
       from pg_index i
       join pg_class c on c.oid = i.indexrelid
      where i.indrelid = $1::regclass and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid)
      order by c.relname collate "C"`,
    [table],
  )
  return rows.map(({ name, definition }) => ({ name, definition: readable(definition) }))
}

// The catalog shouts, says the default, and names the type of each text. Every second part lies between quotes.
const readable = (definition: string): string =>
  definition
    .replace(/\s+/g, ' ')
    .replaceAll("'::text", "'")
    .replace(' USING btree', '')
    .split("'")
    .map((part, i) => (i % 2 === 0 ? part.toLowerCase() : part))
    .join("'")
