// The one writer of a shard. Whatever arrives while its batches are in flight forms the next ones, so nothing waits at low
// load and a hot row costs no more than any other. A few tracks work at a time, on commands that share no row: while one
// batch commits, the next is decided. Row locks and constraints decide, never this process's memory.
import type { Client } from 'pg'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { BatchTiming } from './batch.ts'
import type { Command, Runner } from './command.ts'
import type { Shelf } from './shelf.ts'
import { createTrack, type Entry, type Track } from './track.ts'

export interface LaneOptions {
  /** Opens a connection of the app role; each track keeps one and opens another when it is lost. */
  readonly connect: () => Promise<Client>
  /** In lock order. */
  readonly shelves: readonly Shelf[]
  readonly log: Log
  /** Commands in one batch at most. */
  readonly batchMax?: number
  /** Commands waiting at most; more are refused as `overloaded`. */
  readonly queueMax?: number
  readonly observe?: (batch: BatchTiming & { readonly size: number }) => void
}

export interface Lane extends Runner {
  readonly queued: () => number
  /** Finishes what is queued, refuses what comes after, and closes the connections. */
  close(): Promise<void>
}

const TRACKS = 3 // One decides, one writes, one waits for the disk. More make the batches small.
const BATCH_MAX = 256 // Beyond it the cost of a command no longer falls, while its neighbours wait longer.
const BATCH_SHARE_MIN = 16 // Fewer commands than this are not worth dividing between tracks.
const QUEUE_MAX = 4096

interface Waiting extends Entry {
  /** The rows that it locks. */
  readonly rows: readonly string[]
}

interface Running {
  readonly track: Track
  /** What its batch locks; undefined while it is idle. */
  busy: ReadonlySet<string> | undefined
  size: number
}

/** Starts a lane. It connects with its first command. */
export function createLane(options: LaneOptions): Lane {
  const { connect, shelves, log, batchMax = BATCH_MAX, queueMax = QUEUE_MAX } = options
  let queue: Waiting[] = []
  let closing: Promise<void> | undefined
  let isScheduled = false
  let endIdle = (): void => undefined

  const observe = (timing: BatchTiming, size: number): void => options.observe?.({ ...timing, size })
  const tracks: Running[] = Array.from({ length: TRACKS }, () => ({
    track: createTrack({ connect, shelves, log, observe }),
    busy: undefined,
    size: 0,
  }))

  const start = (running: Running, batch: readonly Waiting[]): void => {
    running.busy = new Set(batch.flatMap((entry) => entry.rows))
    running.size = batch.length
    void running.track.run(batch).finally(() => {
      running.busy = undefined
      running.size = 0
      scheduleSoon()
    })
  }

  // After this turn of the event loop, so that everything that it brings is in one batch.
  const scheduleSoon = (): void => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(schedule)
  }

  const schedule = (): void => {
    isScheduled = false
    for (const running of tracks) {
      if (running.busy || queue.length === 0) continue
      const inFlight = tracks.reduce((sum, track) => sum + track.size, 0)
      const fair = Math.max(BATCH_SHARE_MIN, Math.ceil((queue.length + inFlight) / TRACKS))
      const taken = takeBatch(queue, tracks, { share: Math.min(batchMax, fair), max: batchMax })
      queue = taken.rest
      if (taken.batch.length > 0) start(running, taken.batch)
    }
    if (queue.length === 0 && tracks.every((running) => !running.busy)) endIdle()
  }

  return {
    run: <T>(command: Command<T>): Promise<T> => {
      if (closing || queue.length >= queueMax)
        return Promise.reject(new AppError('overloaded', { retryAfterSeconds: 1 }))
      return new Promise<T>((resolve, reject) => {
        queue.push({ command, rows: rowsOf(command), resolve: resolve as (value: unknown) => void, reject })
        scheduleSoon()
      })
    },
    queued: () => queue.length,
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        endIdle = resolve
        schedule()
      }).then(async () => {
        await Promise.all(tracks.map((running) => running.track.close()))
      })
      return closing
    },
  }
}

const rowsOf = ({ needs }: Command<unknown>): string[] =>
  needs.filter(({ shelf, locks }) => locks ?? shelf.locks).map(({ shelf, key }) => `${shelf.name} ${key}`)

// In order of arrival. A command whose rows are in use waits, and so does whoever came after it for one of its rows. The
// share leaves the other track something to do, except of commands that need the batch's own rows: those could not run there.
function takeBatch(
  queue: readonly Waiting[],
  tracks: readonly Running[],
  { share, max }: { readonly share: number; readonly max: number },
): { batch: Waiting[]; rest: Waiting[] } {
  const batch: Waiting[] = []
  const rest: Waiting[] = []
  const own = new Set<string>()
  const held = new Set<string>()
  const isHeld = (row: string): boolean => held.has(row) || tracks.some(({ busy }) => busy?.has(row))
  for (const entry of queue) {
    const isWanted = batch.length < share || (batch.length < max && entry.rows.some((row) => own.has(row)))
    const isTaken = isWanted && !entry.rows.some(isHeld)
    const rows = isTaken ? own : held
    for (const row of entry.rows) rows.add(row)
    ;(isTaken ? batch : rest).push(entry)
  }
  return { batch, rest }
}
