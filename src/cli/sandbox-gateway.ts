// `florin sandbox-gateway`: the sandbox gateway alone, for a Florin that runs elsewhere. Never for real cards.
import type { Config } from '../config.ts'
import { expectedVersion, migrate, schemaVersion } from '../db/migrate.ts'
import { createPool } from '../db/pool.ts'
import type { Log } from '../log.ts'
import { selectBusinessNow } from '../sandbox/queries.ts'
import { startSandboxGateway } from '../sandbox-gateway/start.ts'
import { Secret } from '../secret.ts'
import { type Database, openBeside, roleOf } from './database.ts'
import { untilStopped } from './until-stopped.ts'

/** Serves until it is asked to stop. Its book is in the database; on Florin's own it follows Florin's business clock. */
export async function runSandboxGateway(config: Config, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const token = env.FLORIN_SANDBOX_TOKEN
  if (!token) throw new Error('FLORIN_SANDBOX_TOKEN is not set: whoever has it may arm faults and read the book')
  const database = await openBeside(config, log)
  const pool = createPool(database.appUrl, { applicationName: 'florin sandbox gateway', log })
  try {
    await prepare(config, database, log)
    const gateway = await startSandboxGateway({
      ...{ pool, log, token: new Secret(token), host: config.host, port: config.port },
      now: () => selectBusinessNow(pool),
      ...(config.publicUrl !== undefined && { publicUrl: () => config.publicUrl ?? '' }),
    })
    process.stdout.write(`The sandbox gateway is at ${gateway.baseUrl}\n`)
    await untilStopped()
    await gateway.close()
  } finally {
    await pool.end()
    await database.stop()
  }
}

// The bundled database is nobody else's to migrate; another one belongs to whoever runs `florin migrate`.
async function prepare(config: Config, database: Database, log: Log): Promise<void> {
  if (!config.databaseUrl) await migrate(database.ownerUrl, { appRole: roleOf(database.appUrl), log })
  const pool = createPool(database.appUrl, { max: 1 })
  try {
    const [version, expected] = [await schemaVersion(pool), await expectedVersion()]
    if (version === expected) return
    throw new Error(
      `the database is at ${version ?? 'no schema'}, this gateway needs ${expected}: run \`florin migrate\``,
    )
  } finally {
    await pool.end()
  }
}
