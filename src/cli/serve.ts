// `florin serve`: the production entry. It starts only when the keys, the schema and PostgreSQL's settings are right.
import { startApp } from '../app.ts'
import type { Config } from '../config.ts'
import { canRewriteTransfers, checkSettings } from '../db/check-settings.ts'
import { expectedVersion, schemaVersion } from '../db/migrate.ts'
import { createPool } from '../db/pool.ts'
import type { Log } from '../log.ts'
import { Secret } from '../secret.ts'
import { defaultSettings } from '../settings.ts'
import { loadKeys } from '../vault/keys.ts'
import { openDatabase } from './database.ts'
import { untilStopped } from './until-stopped.ts'

/** Serves until it is asked to stop. Throws an Error that says what must be put right first. */
export async function serve(config: Config, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const keys = await loadKeys({ env })
  const token = env.FLORIN_SANDBOX_TOKEN
  const database = await openDatabase(config, log)
  try {
    await refuseUnlessSafe(database.appUrl, log)
    const app = await startApp({
      config,
      databaseUrl: database.appUrl,
      keys,
      settings: defaultSettings(Boolean(token)),
      log,
      ...(token ? { sandboxToken: new Secret(token) } : {}),
      ...(env.FLORIN_OPERATOR_TOKEN ? { operatorToken: new Secret(env.FLORIN_OPERATOR_TOKEN) } : {}),
    })
    log.info({ url: app.baseUrl, sandbox: Boolean(token) }, 'serving')
    await untilStopped()
    log.info('stopping')
    await app.close()
  } finally {
    await database.stop()
  }
}

async function refuseUnlessSafe(url: string, log: Log): Promise<void> {
  const pool = createPool(url, { max: 1 })
  try {
    const [version, expected] = [await schemaVersion(pool), await expectedVersion()]
    if (version !== expected) {
      throw new Error(
        `the database is at ${version ?? 'no schema'}, this Florin needs ${expected}: run \`npm run migrate\` first`,
      )
    }
    const problems = await checkSettings(pool)
    if (problems.length > 0)
      throw new Error(`PostgreSQL is not safe for money:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    if (await canRewriteTransfers(pool)) {
      log.warn(
        'the role of DATABASE_URL may change transfers: give the server a role of its own, see docs/operations.md',
      )
    }
  } finally {
    await pool.end()
  }
}
