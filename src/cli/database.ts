// The database that a command works on: the one that DATABASE_URL names, or the bundled one in the data directory.
import type { Config } from '../config.ts'
import { findRunningEmbedded, startEmbedded } from '../db/embedded.ts'
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

/** Starts or finds the database. Throws an Error that says what is wrong with it. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const { databaseUrl, migrateDatabaseUrl } = config
  if (!databaseUrl) return startEmbedded({ dataDir: config.dataDir, log })
  return { appUrl: databaseUrl, ownerUrl: migrateDatabaseUrl ?? databaseUrl, stop: async () => undefined }
}

/** The role that the URL connects as. */
export const roleOf = (url: string): string => decodeURIComponent(new URL(url).username)
