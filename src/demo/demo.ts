// `florin demo`: everything from nothing on one machine, a story played over real HTTP, and then a server to try.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, startApp } from '../app.ts'
import { openDatabase, roleOf } from '../cli/database.ts'
import { untilStopped } from '../cli/until-stopped.ts'
import type { Config } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import type { Log } from '../log.ts'
import { Secret } from '../secret.ts'
import { defaultSettings } from '../settings.ts'
import { loadKeys } from '../vault/keys.ts'
import { describeMembers } from './members.ts'
import { playStory } from './story.ts'
import { openWorld, readTokens, type World, writePrivately } from './world.ts'

/** Runs until it is asked to stop, or with `--exit` until the story is over. True when the story went as it should. */
export async function runDemo(config: Config, log: Log): Promise<boolean> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  print('Florin demo: starting PostgreSQL …')
  const database = await openDatabase(config, log)
  let app: App | undefined
  try {
    await migrate(database.ownerUrl, { appRole: roleOf(database.appUrl), log })
    const keys = await loadKeys({ env: {}, file: join(config.dataDir, 'keys.json') })
    const known = await readTokens(config.dataDir)
    const sandboxToken = known.sandboxToken ?? newToken()
    const operatorToken = known.operatorToken ?? newToken()
    app = await startApp({
      config,
      databaseUrl: database.appUrl,
      keys,
      settings: defaultSettings(true),
      log,
      sandboxToken: new Secret(sandboxToken),
      operatorToken: new Secret(operatorToken),
    })
    const tokens = { sandboxToken, operatorToken }
    const world = await openWorld(app, { dataDir: config.dataDir, secretKey: keys.credentialKey, ...tokens })
    const wentWell = await playStory(app, world, print)
    const file = join(config.dataDir, 'demo.json')
    await writePrivately(file, await describeMembers(app, world))
    if (config.flags.has('exit')) return wentWell
    print(farewell(app.baseUrl, file, world))
    await untilStopped()
    print('Stopping …')
    return wentWell
  } finally {
    await app?.close()
    await database.stop()
  }
}

const newToken = (): string => randomBytes(24).toString('base64url')

const farewell = (baseUrl: string, file: string, world: World): string => `
Serving at ${baseUrl}. Press Ctrl-C to stop.

  ${`${baseUrl}/docs`.padEnd(48)}the APIs, to read and to try
  ${`${baseUrl}/metrics`.padEnd(48)}Prometheus
  ${file.padEnd(48)}credentials, cards, sandbox token (keep it private)

A first call, as the client ${world.clients[0]?.name ?? ''}:

  curl -u '${world.clients[0]?.username ?? ''}:${world.clients[0]?.password ?? ''}' ${baseUrl}/v1/cardaccounts
`
