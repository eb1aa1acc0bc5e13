// What the lane's tests share: a table of counters that knows no noun, a log of what commands did, and lanes over both.
import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { need } from '../../src/books/books.ts'
import type { Command } from '../../src/books/command.ts'
import { createLane, type Lane, type LaneOptions } from '../../src/books/lane.ts'
import { type Shelf, tableShelf } from '../../src/books/shelf.ts'
import { APP_ROLE } from '../../src/db/embedded-roles.ts'
import { connect, type Pool } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { openDatabase, type TestDatabase } from '../helpers/database.ts'

export interface Counter {
  readonly id: string
  readonly value: bigint
}

const TABLES = ['counters', 'other_counters', 'gates']

const tableOfCounters = (name: string): Shelf<Counter> =>
  tableShelf<Counter>({ name, columns: { id: 'uuid', value: 'bigint' }, key: ['id'], mutable: ['value'] })

export const counterShelf = tableOfCounters('counters')

/** The same again in tables of their own, for tests of the lock order. */
export const otherCounterShelf = tableOfCounters('other_counters')
export const gateShelf = tableOfCounters('gates')

// Without any key: a command that ran twice leaves two rows here instead of an error.
export const stepShelf = tableShelf<{ readonly commandId: string; readonly note: unknown }>({
  name: 'steps',
  columns: { commandId: 'uuid', note: 'jsonb' },
})

export const SHELVES = [counterShelf, gateShelf, otherCounterShelf, stepShelf] as unknown as readonly Shelf[]

export const quiet = pino({ level: 'silent' })

/** A database with the counters' tables. */
export async function openCounters(): Promise<TestDatabase> {
  const database = await openDatabase()
  await createCounters(database.ownerUrl)
  return database
}

/** Makes the counters' tables in any migrated database. */
export async function createCounters(ownerUrl: string): Promise<void> {
  const owner = await connect(ownerUrl)
  try {
    for (const table of TABLES) {
      await owner.query(
        `create table ${table} (shard smallint, id uuid, value bigint not null, primary key (shard, id),
           constraint ${table}_are_not_negative check (value >= 0))`,
      )
    }
    await owner.query('create table steps (shard smallint, command_id uuid, note jsonb)')
    await owner.query(`grant select, insert, update on ${TABLES.join(', ')}, steps to ${APP_ROLE}`)
  } finally {
    await owner.end()
  }
}

export const LANE_NAME = 'florin lane under test'

/** A lane over the counters, closed after the test. */
export function openLane(url: string, options: Partial<LaneOptions> = {}): Lane {
  const lane = createLane({
    connect: () => connect(url, { applicationName: LANE_NAME, statementTimeoutMs: 10_000 }),
    shelves: SHELVES,
    log: quiet,
    ...options,
  })
  onTestFinished(() => lane.close())
  return lane
}

/** A command that adds to a counter, which it makes when there is none, and leaves one row among the steps. */
export interface Step extends Command<bigint> {
  readonly id: string
}

export function addTo(counterId: string, amount = 1n): Step {
  const id = newId()
  return {
    id,
    name: 'add',
    needs: [need(counterShelf, counterId)],
    decide: (books) => {
      const value = (books.find(counterShelf, counterId)?.value ?? 0n) + amount
      books.put(counterShelf, { id: counterId, value })
      books.append(stepShelf, { commandId: id, note: null })
      return value
    },
  }
}

export async function counterValue(pool: Pool, id: string, table = 'counters'): Promise<bigint | undefined> {
  const { rows } = await pool.query<{ value: bigint }>(`select value from ${table} where id = $1`, [id])
  return rows[0]?.value
}

/** How often each command left its row. */
export async function runsOf(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; runs: number }>(
    'select command_id as id, count(*)::int as runs from steps group by command_id',
  )
  return new Map(rows.map(({ id, runs }) => [id, runs]))
}

/** Resolves when so many of the lanes' connections wait for a lock. */
export const whenLanesWait = (pool: Pool, count: number): Promise<void> =>
  vi.waitUntil(
    async () => {
      const { rowCount } = await pool.query(
        `select 1 from pg_stat_activity
          where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
        [LANE_NAME],
      )
      return rowCount === count
    },
    { timeout: 5000, interval: 10 },
  ) as unknown as Promise<void>
