// The platform without PostgreSQL: the same commands, decided on the same books, over maps. And a runner that has every
// command done twice, by a lane and by the model, and compares what they say.
import { isDeepStrictEqual } from 'node:util'
import { Books } from '../../src/books/books.ts'
import { type Command, type Decision, decideCommand, type Runner } from '../../src/books/command.ts'
import type { Shelf } from '../../src/books/shelf.ts'
import type { Pool } from '../../src/db/pool.ts'
import { SHELVES } from '../../src/shelves.ts'

export interface Model extends Runner {
  /** Starts from what is in the database. */
  adopt(pool: Pool): Promise<void>
  /** Decides one command at this business time and keeps what it wrote. */
  decide<T>(command: Command<T>, now: Date): Decision<T>
  /** The shelf's rows: of a table that is only added to, in their order. */
  rows<Row extends object>(shelf: Shelf<Row>): readonly Row[]
}

/** An empty model. `now` is business time for `run`. */
export function createModel(now: () => Date, shelves: readonly Shelf[] = SHELVES): Model {
  const tables = new Map<Shelf, Map<string, object>>(shelves.map((shelf) => [shelf, new Map()]))
  const added = new Map<Shelf, object[]>(shelves.map((shelf) => [shelf, []]))

  const keep = (shelf: Shelf, row: object): void => {
    if (shelf.loads) tables.get(shelf)?.set(shelf.keyOf(row), row)
    else added.get(shelf)?.push(row)
  }

  const decide = <T>(command: Command<T>, at: Date): Decision<T> => {
    const books = new Books(at)
    for (const { shelf, key } of command.needs) books.place(shelf, key, tables.get(shelf)?.get(key))
    const decision = decideCommand(books, command)
    for (const shelf of shelves) {
      const { inserted, updated } = books.changes(shelf)
      for (const row of [...inserted, ...updated]) keep(shelf, row)
    }
    return decision
  }

  return {
    adopt: async (pool) => {
      for (const shelf of shelves) for (const row of await selectRows(pool, shelf)) keep(shelf, row)
    },
    decide,
    run: async (command) => {
      const decision = decide(command, now())
      if (decision.kind === 'failed') throw decision.error
      return decision.value
    },
    rows: <Row extends object>(shelf: Shelf<Row>) => {
      const known = shelf as unknown as Shelf
      return [...(tables.get(known)?.values() ?? []), ...(added.get(known) ?? [])] as unknown as readonly Row[]
    },
  }
}

interface Recorded {
  readonly command: Command<unknown>
  now: Date | undefined
  /** What the lane said. */
  decision: Decision<unknown> | undefined
}

export interface Twice extends Runner {
  /** Has the model do what the lane did since the last time. Throws when they disagree. Call it when nothing is running. */
  compare(): void
  /** Throws when a row is not the same in the database. */
  compareRows(pool: Pool): Promise<void>
  /** How many commands were compared. */
  readonly count: () => number
}

/** Runs every command on the lane, which decides in the order in which commands arrive, and afterwards on the model. */
export function runTwice(lane: Runner, model: Model, shelves: readonly Shelf[] = SHELVES): Twice {
  const waiting: Recorded[] = []
  let count = 0
  return {
    run: async <T>(command: Command<T>): Promise<T> => {
      const recorded: Recorded = { command, now: undefined, decision: undefined }
      waiting.push(recorded)
      const watched: Command<T> = {
        ...command,
        decide: (books) => {
          recorded.now = books.now
          return command.decide(books)
        },
      }
      try {
        const value = await lane.run(watched)
        recorded.decision = { kind: 'done', value }
        return value
      } catch (error) {
        recorded.decision = { kind: 'failed', error: error as Error }
        throw error
      }
    },
    compare: () => {
      for (const { command, now, decision } of waiting.splice(0)) {
        count++
        if (!now || !decision) throw new Error(`${command.name} was not decided`)
        requireEqual(command.name, toComparable(decision), toComparable(model.decide(command, now)))
      }
    },
    compareRows: async (pool) => {
      for (const shelf of shelves) await compareShelf(pool, model, shelf)
    },
    count: () => count,
  }
}

// A refusal is its code and details. Anything else that failed is a bug, also when both fail.
function toComparable(decision: Decision<unknown>): unknown {
  if (decision.kind === 'done') return { done: withoutAbsent(decision.value) }
  const { error } = decision
  if (!('code' in error && 'details' in error)) throw error
  return { refused: error.code, details: withoutAbsent(error.details) }
}

async function compareShelf(pool: Pool, model: Model, shelf: Shelf): Promise<void> {
  const expected = model.rows(shelf).map(withoutAbsent) as Row[]
  const columns = Object.keys(expected.at(-1) ?? {}) // A table may have more, which the database fills.
  const found = (await selectRows(pool, shelf)).map((row) =>
    Object.fromEntries(columns.map((column) => [column, row[column]])),
  )
  requireEqual(shelf.name, sorted(found), sorted(expected))
}

type Row = Record<string, unknown>

async function selectRows(pool: Pool, shelf: Shelf): Promise<Row[]> {
  const { rows } = await pool.query<Row>(`select * from ${shelf.name} where shard = 0`)
  return rows.map(({ shard: _, ...columns }) =>
    Object.fromEntries(Object.entries(columns).map(([name, value]) => [camel(name), value])),
  )
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const sorted = (rows: readonly Row[]): unknown[] =>
  rows
    .map((row): [string, Row] => [show(row), row])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)

function requireEqual(what: string, database: unknown, model: unknown): void {
  if (isDeepStrictEqual(database, model)) return
  const [a, b] = [show(database), show(model)]
  let at = 0
  while (a[at] === b[at]) at++
  const around = (text: string): string => `…${text.slice(Math.max(0, at - 300), at + 300)}…`
  throw new Error(`${what} differs.\n  PostgreSQL: ${around(a)}\n  the model:  ${around(b)}`)
}

// Members that are absent in one and undefined in the other are the same: JSON does not know undefined.
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent)
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, withoutAbsent(member)]),
  )
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (Array.isArray(value)) return `[${value.map(show).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${key}:${show(member)}`).join()}}`
}
