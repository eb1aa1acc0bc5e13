// One connection of a lane: runs a batch until every command in it has a true answer, whatever fails on the way.
import type { Client } from 'pg'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import { type BatchTiming, tryBatch } from './batch.ts'
import type { Command, Decision } from './command.ts'
import { type BatchMark, planByKey } from './queries.ts'
import { settleCommit } from './settle.ts'
import type { Shelf } from './shelf.ts'

/** A command and whoever waits for it. */
export interface Entry {
  readonly command: Command<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface TrackOptions {
  /** Opens a connection of the app role; the track keeps one and opens another when it is lost. */
  readonly connect: () => Promise<Client>
  /** In lock order. */
  readonly shelves: readonly Shelf[]
  readonly log: Log
  /** Told of each committed batch. */
  readonly observe: (timing: BatchTiming, size: number) => void
}

export interface Track {
  /** Runs the commands as one batch, or in parts when one of them is bad, and answers every one. Never throws. */
  run(entries: readonly Entry[]): Promise<void>
  close(): Promise<void>
}

const TRIES_MAX = 12 // With the pauses below about five seconds: longer than a PostgreSQL restart takes.
const PAUSE_MS_MAX = 800

/** Makes a track. It connects with its first batch. */
export function createTrack(options: TrackOptions): Track {
  const laneId = newId()
  let batch = 0n
  const connection = keepConnection(options.connect)
  const inside: Inside = { options, connection, nextMark: () => ({ laneId, batch: ++batch }) }
  return { run: (entries) => runBatch(inside, entries), close: connection.drop }
}

/** What the steps of a batch share. */
interface Inside {
  readonly options: TrackOptions
  readonly connection: Connection
  readonly nextMark: () => BatchMark
}

async function runBatch(inside: Inside, entries: readonly Entry[]): Promise<void> {
  const { log } = inside.options
  const commands = entries.map((entry) => entry.command)
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(inside, commands)
    switch (outcome.kind) {
      case 'committed':
        entries.forEach((entry, i) => {
          answer(log, entry, outcome.decisions[i])
        })
        observe(inside, outcome.timing, entries.length)
        return
      case 'unknown':
        for (const entry of entries) entry.reject(new AppError('outcome_unknown'))
        return
      case 'aborted': {
        const next = judge(outcome.error, tries)
        if (next === 'again') {
          await pause(tries)
          continue
        }
        if (next === 'split' && entries.length > 1) {
          const half = entries.length >> 1
          await runBatch(inside, entries.slice(0, half))
          await runBatch(inside, entries.slice(half))
          return
        }
        // Whatever this is, it may be the connection's: a plan that no longer fits the schema, a server now read-only.
        if (next === 'bug') await inside.connection.drop()
        log.error({ err: outcome.error, commands: commands.map((command) => command.name) }, 'batch failed')
        const error = next === 'give up' ? new AppError('overloaded', { retryAfterSeconds: 1 }) : outcome.error
        for (const entry of entries) entry.reject(error)
        return
      }
    }
  }
}

type Attempt =
  | { readonly kind: 'committed'; readonly decisions: readonly Decision<unknown>[]; readonly timing: BatchTiming }
  | { readonly kind: 'aborted'; readonly error: Error }
  | { readonly kind: 'unknown' }

async function attempt(
  { options, connection, nextMark }: Inside,
  commands: readonly Command<unknown>[],
): Promise<Attempt> {
  const mark = nextMark()
  let client: Client
  try {
    client = await connection.get()
  } catch (error) {
    return { kind: 'aborted', error: new ConnectionLost(error) }
  }
  const result = await tryBatch(client, options.shelves, { commands, mark })
  if (result.kind === 'committed') return result
  if (result.kind === 'unwritable') return { kind: 'aborted', error: new Unwritable(result.error) }
  if (!isDatabaseAnswer(result.error)) await connection.drop()
  if (result.kind === 'aborted')
    return isDatabaseAnswer(result.error) ? result : { kind: 'aborted', error: new ConnectionLost(result.error) }
  options.log.warn({ err: result.error }, 'the answer to COMMIT was lost')
  const status = await settleCommit(options.connect, result.transactionId, mark)
  switch (status) {
    case 'committed':
      return { kind: 'committed', decisions: result.decisions, timing: result.timing }
    case 'aborted':
      return { kind: 'aborted', error: new ConnectionLost(result.error) }
    case 'unknown':
      return { kind: 'unknown' }
  }
}

// The batch is committed and answered: what watches it can no longer change that.
function observe({ options }: Inside, timing: BatchTiming, size: number): void {
  try {
    options.observe(timing, size)
  } catch (error) {
    options.log.error({ err: error }, 'a batch could not be observed')
  }
}

function answer(log: Log, entry: Entry, decision: Decision<unknown> | undefined): void {
  if (decision?.kind === 'done') {
    entry.resolve(decision.value)
    return
  }
  const error = decision?.error ?? new Error('a command was not decided')
  if (!(error instanceof AppError)) log.error({ err: error, command: entry.command.name }, 'command failed')
  entry.reject(error)
}

class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super('the connection to PostgreSQL was lost before COMMIT', { cause })
  }
}

class Unwritable extends Error {
  constructor(cause: Error) {
    super(`a batch cannot be written: ${cause.message}`, { cause })
  }
}

const sqlState = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

const isDatabaseAnswer = (error: Error): boolean =>
  /^[0-9A-Z]{5}$/.test(sqlState(error)) && !/^(08|57P)/.test(sqlState(error))

// Serialization failure, deadlock, lock timeout, statement timeout, no disk, no memory: the same batch may succeed.
const TRANSIENT = /^(40001|40P01|55P03|57014|53...)$/
// Natural keys are looked up under lock, so a unique violation means that another writer was faster: look again.
const UNIQUE_VIOLATION = '23505'

function judge(error: Error, tries: number): 'again' | 'split' | 'give up' | 'bug' {
  const state = sqlState(error)
  if (error instanceof ConnectionLost || TRANSIENT.test(state)) return tries < TRIES_MAX ? 'again' : 'give up'
  if (state === UNIQUE_VIOLATION && tries < 3) return 'again'
  return error instanceof Unwritable || /^(22|23)/.test(state) ? 'split' : 'bug'
}

// Random, so that two writers that met once do not meet again in step.
const pause = (tries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(PAUSE_MS_MAX, 10 * 2 ** tries)))

interface Connection {
  get(): Promise<Client>
  drop(): Promise<void>
}

function keepConnection(connect: () => Promise<Client>): Connection {
  let client: Client | undefined
  return {
    get: async () => {
      if (client) return client
      const fresh = await connect()
      await fresh.query(planByKey).catch(async (error: unknown) => {
        await fresh.end().catch(() => undefined)
        throw error
      })
      const forget = (): void => {
        if (client === fresh) client = undefined
      }
      fresh.on('error', forget)
      fresh.on('end', forget)
      client = fresh
      return fresh
    },
    drop: async () => {
      const old = client
      client = undefined
      await old?.end().catch(() => undefined)
    },
  }
}
