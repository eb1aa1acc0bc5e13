// The database that a command works on: the one that DATABASE_URL names, or the bundled one in the data directory.
import type { Config } from '../config.ts'
import { findRunningEmbedded, hasEmbedded, startEmbedded } from '../db/embedded.ts'
import type { Log } from '../log.ts'

export interface Database {
  /** For everything but migrations. */
  readonly appUrl: string
  /** For migrations. */
  readonly ownerUrl: string
  /** Stops the bundled server; nothing for another one. */
  stop(): Promise<void>
}

/** The database of a Florin that may be running: for commands that only read. */
export const openBeside = async (config: Config, log: Log): Promise<Database> =>
  (config.databaseUrl ? undefined : await findRunningEmbedded(config.dataDir)) ?? (await openDatabase(config, log))

/** The same, for commands that need what somebody wrote before. Throws an Error where there is no database. */
export async function openExisting(config: Config, log: Log): Promise<Database> {
  if (!config.databaseUrl && !(await hasEmbedded(config.dataDir)))
    throw new Error(`there is no database in ${config.dataDir}: name one with --data or DATABASE_URL`)
  return openBeside(config, log)
}

/** Starts or finds the database. Throws an Error that says what is wrong with it. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const { databaseUrl, migrateDatabaseUrl } = config
  if (!databaseUrl) return startEmbedded({ dataDir: config.dataDir, log })
  return { appUrl: databaseUrl, ownerUrl: migrateDatabaseUrl ?? databaseUrl, stop: async () => undefined }
}

/** The role that the URL connects as. */
export const roleOf = (url: string): string => decodeURIComponent(new URL(url).username)
