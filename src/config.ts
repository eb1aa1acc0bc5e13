// What an operator tells the process: command line first, then environment. Every variable is listed in docs/operations.md.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Config {
  readonly command: string
  /** The rest of the command line, e.g. `--reseal`. */
  readonly flags: ReadonlySet<string>
  /** Options with a value that only some commands know, e.g. `evidence`. */
  readonly values: Readonly<Record<string, string | undefined>>
  /** What follows the command, e.g. `settle <operation> approved`. */
  readonly operands: readonly string[]
  readonly host: string
  readonly port: number
  /** How callers reach the server, without a trailing slash; from host and port unless told. */
  readonly publicUrl: string | undefined
  readonly dataDir: string
  /** The app role's. Absent: the bundled PostgreSQL in the data directory. */
  readonly databaseUrl: string | undefined
  /** The owner's, for migrations; the app role's unless told. */
  readonly migrateDatabaseUrl: string | undefined
  readonly logLevel: string
  readonly requestsPerMinute: number
  readonly allowBasic: boolean
  /** Whether Transaction Services answers 200 instead of 401. */
  readonly legacyHttp200: boolean
  readonly allowLoopbackEgress: boolean
  readonly trustedProxies: readonly string[]
  /** Where the sandbox gateway runs, when it does not run in this process. */
  readonly sandboxGatewayUrl: string | undefined
  readonly smtp: { readonly url: string; readonly from: string } | undefined
}

const PORT = 4000
const REQUESTS_PER_MINUTE = 600
const REQUESTS_PER_MINUTE_DEMO = 1_000_000 // Nobody who tries the demo under load should measure the limit.

const WITH_OPERANDS: ReadonlySet<string> = new Set(['settle'])

/** Reads the configuration. Throws an Error that names what it does not understand. */
export function readConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      exit: { type: 'boolean' },
      json: { type: 'boolean' },
      reseal: { type: 'boolean' },
      evidence: { type: 'string' },
      reference: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [command = 'help', ...rest] = positionals
  if (rest.length > 0 && !WITH_OPERANDS.has(command)) throw new Error(`unexpected argument: ${rest.join(' ')}`)
  const isDemo = command === 'demo'
  return {
    command: values.help ? 'help' : command,
    flags: new Set(Object.entries(values).flatMap(([name, value]) => (value === true ? [name] : []))),
    values: { evidence: values.evidence, reference: values.reference },
    operands: rest,
    host: values.host ?? env.HOST ?? '127.0.0.1',
    port: readNumber('port', values.port ?? env.PORT, PORT, 65_535),
    publicUrl: env.FLORIN_PUBLIC_URL?.replace(/\/+$/, ''),
    dataDir: resolve(values.data ?? env.FLORIN_DATA ?? '.florin'),
    databaseUrl: env.DATABASE_URL,
    migrateDatabaseUrl: env.MIGRATE_DATABASE_URL,
    logLevel: env.LOG_LEVEL ?? (command === 'serve' ? 'info' : 'warn'),
    requestsPerMinute: readNumber(
      'FLORIN_REQUESTS_PER_MINUTE',
      env.FLORIN_REQUESTS_PER_MINUTE,
      isDemo ? REQUESTS_PER_MINUTE_DEMO : REQUESTS_PER_MINUTE,
    ),
    allowBasic: readSwitch('FLORIN_ALLOW_BASIC', env.FLORIN_ALLOW_BASIC, true),
    legacyHttp200: readSwitch('FLORIN_LEGACY_HTTP_200', env.FLORIN_LEGACY_HTTP_200, false),
    allowLoopbackEgress: readSwitch('FLORIN_ALLOW_LOOPBACK_EGRESS', env.FLORIN_ALLOW_LOOPBACK_EGRESS, isDemo),
    trustedProxies: env.FLORIN_TRUSTED_PROXIES?.split(',').map((proxy) => proxy.trim()) ?? [],
    sandboxGatewayUrl: env.FLORIN_SANDBOX_GATEWAY_URL?.replace(/\/+$/, ''),
    smtp: env.SMTP_URL ? { url: env.SMTP_URL, from: env.SMTP_FROM ?? 'Florin <florin@localhost>' } : undefined,
  }
}

function readNumber(name: string, text: string | undefined, otherwise: number, max = Number.MAX_SAFE_INTEGER): number {
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max) throw new Error(`${name} must be a whole number up to ${max}, not ${text}`)
  return value
}

function readSwitch(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined || text === '') return otherwise
  if (text !== 'on' && text !== 'off') throw new Error(`${name} must be on or off, not ${text}`)
  return text === 'on'
}
