// Connections to PostgreSQL: how values come back, how long a statement may run, and that a lost server is an error of
// the statement that noticed it, never the end of the process.
import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import pg from 'pg'
import type { Log } from '../log.ts'

export type Pool = pg.Pool

/** What runs one statement: a pool, a client, or the transaction that `transaction` hands to its work. */
export interface Queryable {
  query<R>(text: string, values?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number | null }>
}

export interface ConnectOptions {
  readonly applicationName?: string
  readonly statementTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** How long an answer is waited for before the connection is given up: for networks that fail without a word. */
  readonly answerTimeoutMs?: number
  /** Told of connections that were lost while nobody used them. */
  readonly log?: Log
}

export interface PoolOptions extends ConnectOptions {
  /** Connections at most. */
  readonly max?: number
}

const POOL_MAX = 10
const STATEMENT_TIMEOUT_MS = 30_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000 // A process that hangs must not hold its locks for long.
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A pool of connections. int8 is read as bigint, timestamptz as Date, date as `YYYY-MM-DD`, json and jsonb parsed.
 * It connects with its first statement; end it with `pool.end()`.
 */
export function createPool(url: string, options: PoolOptions = {}): Pool {
  const pool = new pg.Pool({ ...clientConfig(url, options), max: options.max ?? POOL_MAX, Client: PreparingClient })
  pool.on('error', (error) => options.log?.warn({ err: error }, 'an idle database connection was lost'))
  // The pool listens only while a connection is idle. One that breaks in somebody's hands fails their statement, too.
  pool.on('connect', ignoreLoss)
  return pool
}

/**
 * One connection for a lane, with the parsers of `createPool`. It is pipelined: a statement is sent without waiting for
 * the answer to the one before. Who needs to know of its loss listens to `end`. Throws when there is no server.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<pg.Client> {
  const client = new pg.Client({ ...clientConfig(url, options), pipeline: true })
  ignoreLoss(client)
  await client.connect()
  return client
}

/**
 * Sends every statement that `send` queues on a pipelined connection in one piece: the driver would write each to the socket
 * by itself, which costs more than the statements of a small batch.
 */
export function inOnePiece<T>(client: pg.Client, send: () => T): T {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

/** Runs the work in one transaction: committed when it returns, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    const { command } = await client.query('commit')
    // PostgreSQL answers COMMIT with ROLLBACK when a statement had failed and the work swallowed its error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back: one of its statements had failed')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Whether a statement failed because there was no database to run it: another try may find one. */
export const isUnavailable = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string'
    ? /^(ECONN|EPIPE$|ETIMEDOUT$|08|57P0|53300$)/.test(error.code)
    : /^Connection terminated|^timeout exceeded when trying to connect/.test(error.message)

function clientConfig(url: string, options: ConnectOptions): pg.ClientConfig {
  return {
    connectionString: url,
    types: { getTypeParser },
    application_name: options.applicationName ?? 'florin',
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
  }
}

function ignoreLoss(client: pg.ClientBase): void {
  client.on('error', () => undefined)
}

const names = new Map<string, string>()

// Statements with parameters are prepared, once a connection: most are short, and planning one costs more than running it.
// Their texts are constants of this program, so there are not many.
function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 20)
  names.set(text, name)
  return name
}

class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args
    const prepared =
      typeof text === 'string' && Array.isArray(values) ? [{ name: nameOf(text), text, values }, ...rest] : args
    return (super.query as (...args: unknown[]) => never)(...prepared)
  }
}

const INT8_ARRAY = 1016
const DATE_ARRAY = 1182
const TEXT_ARRAY = 1009 // not among the builtins that pg.types names

const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(
  TEXT_ARRAY as typeof pg.types.builtins.TEXT,
)

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt],
  [pg.types.builtins.DATE, String],
  [INT8_ARRAY, (text) => parseTextArray(text).map((entry) => (entry === null ? null : BigInt(entry)))],
  [DATE_ARRAY, parseTextArray],
])

// Given to each connection instead of pg.types.setTypeParser, which would change every other user of pg in the process.
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  (format !== 'binary' && PARSERS.get(oid)) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
