// Settings of PostgreSQL under which it forgets what it said was committed, or cannot hold our data.
import type { Queryable } from './pool.ts'

const VERSION_MIN = 150_000

/** The unsafe settings of the server as sentences that say what to do; none when books may be kept there. */
export async function checkSettings(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ name: string; setting: string }>(
    `select name, setting
       from pg_settings
      where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names',
                     'server_version_num', 'server_version', 'server_encoding')`,
  )
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
  const problems: string[] = []
  for (const [name, loss] of LOSSES) {
    if (settings.get(name) === 'off') problems.push(`${name} is off, so ${loss}: set it to on.`)
  }
  const commit = settings.get('synchronous_commit')
  if (settings.get('synchronous_standby_names') && (commit === 'local' || commit === 'remote_write')) {
    problems.push(`synchronous_commit is ${commit}, so a failover to the standby can lose commits: set it to on.`)
  }
  if (Number(settings.get('server_version_num')) < VERSION_MIN) {
    problems.push(`server_version is ${settings.get('server_version')}, which is too old: use PostgreSQL 15 or newer.`)
  }
  const encoding = settings.get('server_encoding')
  if (encoding !== 'UTF8') {
    problems.push(
      `server_encoding is ${encoding}, which cannot hold every text: create the database with encoding UTF8.`,
    )
  }
  return problems
}

/** Whether this role could change the transfers that were written: then only the program's own care keeps them as they are. */
export async function canRewriteTransfers(database: Queryable): Promise<boolean> {
  const { rows } = await database.query<{ can: boolean }>(
    "select has_table_privilege(current_user, 'transfers', 'update') as can",
  )
  return rows[0]?.can ?? false
}

const LOSSES = [
  ['fsync', 'a crash of the machine can destroy the database'],
  ['full_page_writes', 'a crash of the machine can destroy pages that were being written'],
  ['synchronous_commit', 'a crash loses payments that were already answered'],
] as const
