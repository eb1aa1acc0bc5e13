// The commands that look after a database: migrate, verify, keys, rotate-keys.
import type { Config } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { createPool } from '../db/pool.ts'
import type { Log } from '../log.ts'
import { formatKeys, generateKeys, loadKeys } from '../vault/keys.ts'
import { rotateKeys } from '../vault/rotate.ts'
import { renderReport } from '../verify/report.ts'
import { verify } from '../verify/verify.ts'
import { openDatabase, openExisting, roleOf } from './database.ts'

/** Brings the database to this code's schema and gives the app role its rights. */
export async function runMigrate(config: Config, log: Log): Promise<void> {
  const database = await openDatabase(config, log)
  try {
    const { applied } = await migrate(database.ownerUrl, { appRole: roleOf(database.appUrl), log })
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}.\n` : 'Nothing to migrate.\n')
  } finally {
    await database.stop()
  }
}

/** Recomputes the books and prints what it found. True when everything adds up. */
export async function runVerify(config: Config, log: Log): Promise<boolean> {
  const database = await openExisting(config, log)
  const pool = createPool(database.appUrl, { max: 1, statementTimeoutMs: 0 })
  try {
    const report = await verify(pool)
    process.stdout.write(renderReport(report))
    return report.ok
  } finally {
    await pool.end()
    await database.stop()
  }
}

/** Prints a fresh set of keys: lines for an environment file, or with `--json` a keys file. */
export function printKeys(config: Config): void {
  process.stdout.write(formatKeys(generateKeys(), config.flags.has('json') ? 'json' : 'env'))
}

/** Rewraps the data keys under the current key, and with `--reseal` every card number under a new data key. */
export async function runRotateKeys(config: Config, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const keys = await loadKeys({ env })
  const database = await openDatabase(config, log)
  const pool = createPool(database.appUrl, { max: 2, statementTimeoutMs: 0 })
  try {
    const result = await rotateKeys({ pool, keys, log }, { resealPans: config.flags.has('reseal') })
    process.stdout.write(`${JSON.stringify(result)}\n`)
  } finally {
    await pool.end()
    await database.stop()
  }
}
