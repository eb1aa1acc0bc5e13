// The roles and the database inside a bundled PostgreSQL. Only the owner may change the schema; the app role's rights
// on tables come with the migrations.
import type pg from 'pg'

export const OWNER_ROLE = 'florin_owner'
export const APP_ROLE = 'florin_app'
export const DATABASE = 'florin'

/** Makes the two roles where they are missing and sets their passwords. For a superuser, safe to repeat. */
export async function ensureRoles(
  client: pg.ClientBase,
  passwords: { readonly ownerPassword: string; readonly appPassword: string },
): Promise<void> {
  await ensureRole(client, OWNER_ROLE, passwords.ownerPassword)
  await ensureRole(client, APP_ROLE, passwords.appPassword)
}

/** Makes the database where it is missing: the owner's, and of the others only the app role may connect. */
export async function ensureDatabase(client: pg.ClientBase, database: string): Promise<void> {
  if (!(await hasRow(client, 'select 1 from pg_database where datname = $1', database))) {
    await client.query(`create database ${database} owner ${OWNER_ROLE} template template0 encoding 'UTF8'`)
  }
  await client.query(`revoke all on database ${database} from public`)
  await client.query(`grant connect on database ${database} to ${APP_ROLE}`)
}

async function ensureRole(client: pg.ClientBase, role: string, password: string): Promise<void> {
  if (!(await hasRow(client, 'select 1 from pg_roles where rolname = $1', role))) {
    await client.query(`create role ${role} nosuperuser nocreatedb nocreaterole`)
  }
  await client.query(`alter role ${role} login password ${client.escapeLiteral(password)}`)
}

async function hasRow(client: pg.ClientBase, text: string, value: string): Promise<boolean> {
  return (await client.query(text, [value])).rows.length > 0
}
