// What the app role may do with the tables. Rows that are facts can be added and read by it, never changed: not by a
// bug and not by whoever stole its password.
import type pg from 'pg'

/** Tables without UPDATE and DELETE for the app role. */
export const APPEND_ONLY_TABLES: readonly string[] = ['transfers', 'events', 'audit_entries']

const SCHEMAS = ['public', 'vault', 'sandbox_gateway']

const RIGHTS_BY_TABLE: ReadonlyMap<string, string> = new Map([
  ...APPEND_ONLY_TABLES.map((table): [string, string] => [`public.${table}`, 'select, insert']),
  ['public.accounts', 'select, insert, update'],
  ['public.schema_migrations', 'select'],
])
const RIGHTS = 'select, insert, update, delete'

/** Gives the role exactly its rights on the schemas and tables there are. Does nothing for the role that asks. */
export async function grantRights(client: pg.ClientBase, role: string): Promise<void> {
  const { rows } = await client.query<{ is_self: boolean }>('select current_user = $1 as is_self', [role])
  if (rows[0]?.is_self) return
  const grantee = client.escapeIdentifier(role)
  for (const schema of await selectSchemas(client)) {
    const schemaName = client.escapeIdentifier(schema)
    await client.query(`grant usage on schema ${schemaName} to ${grantee}`)
    for (const table of await selectTables(client, schema)) {
      const rights = RIGHTS_BY_TABLE.get(`${schema}.${table}`) ?? RIGHTS
      const tableName = `${schemaName}.${client.escapeIdentifier(table)}`
      await client.query(`revoke all on ${tableName} from ${grantee}`)
      await client.query(`grant ${rights} on ${tableName} to ${grantee}`)
    }
  }
}

async function selectSchemas(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select nspname as name from pg_namespace where nspname = any($1) order by nspname',
    [SCHEMAS],
  )
  return rows.map(({ name }) => name)
}

async function selectTables(client: pg.ClientBase, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name
       from pg_class
      where relnamespace = $1::regnamespace
        and relkind in ('r', 'p', 'v')
        and pg_has_role(relowner, 'usage')
      order by relname`,
    [client.escapeIdentifier(schema)],
  )
  return rows.map(({ name }) => name)
}
