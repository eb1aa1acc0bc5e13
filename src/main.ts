#!/usr/bin/env node
// The `florin` command.
import { printConnectors } from './cli/connectors.ts'
import { runInbox, runSettle } from './cli/inbox.ts'
import { printKeys, runMigrate, runRotateKeys, runVerify } from './cli/maintain.ts'
import { runSandboxGateway } from './cli/sandbox-gateway.ts'
import { serve } from './cli/serve.ts'
import { type Config, readConfig } from './config.ts'
import { runDemo } from './demo/demo.ts'
import { createLog } from './log.ts'

const HELP = `florin <command>

  demo         start everything with a bundled PostgreSQL, play a story, keep serving
  serve        serve in production: needs keys and a migrated database
  migrate      bring the database to this version's schema
  verify       recompute every balance from the transfers; exit 1 when something is wrong
  keys         print a fresh set of keys (--json for a keys file)
  inbox        list what gateways have not told us, and what a person has to look at (--json)
  settle       settle such an operation: settle <operation> approved|declined --evidence TEXT [--reference ID]
  connectors   list the gateways and what they can do
  sandbox-gateway
               run the sandbox gateway alone: needs FLORIN_SANDBOX_TOKEN
  rotate-keys  put the current key in place of the previous one (--reseal: new data keys, too)

  --port N     the port to listen on (default 4000, 0 for any free one)
  --host H     the address to listen on (default 127.0.0.1)
  --data DIR   the data directory (default .florin)
  --exit       demo: end after the story

Environment variables: docs/operations.md
`

async function run(config: Config): Promise<number> {
  const log = createLog(config.logLevel)
  switch (config.command) {
    case 'demo':
      return (await runDemo(config, log)) ? 0 : 1
    case 'serve':
      await serve(config, process.env, log)
      return 0
    case 'migrate':
      await runMigrate(config, log)
      return 0
    case 'verify':
      return (await runVerify(config, log)) ? 0 : 1
    case 'inbox':
      await runInbox(config, log)
      return 0
    case 'settle':
      await runSettle(config, log)
      return 0
    case 'connectors':
      printConnectors()
      return 0
    case 'sandbox-gateway':
      await runSandboxGateway(config, process.env, log)
      return 0
    case 'keys':
      printKeys(config)
      return 0
    case 'rotate-keys':
      await runRotateKeys(config, process.env, log)
      return 0
    case 'help':
      process.stdout.write(HELP)
      return 0
    default:
      process.stderr.write(`florin: unknown command ${config.command}\n\n${HELP}`)
      return 2
  }
}

try {
  process.exitCode = await run(readConfig(process.argv.slice(2), process.env))
} catch (error) {
  process.stderr.write(`florin: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
