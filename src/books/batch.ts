// One try at one batch on one connection: load and lock, decide, write and commit. Two round trips, whatever its size.
import type { Client } from 'pg'
import { businessTime } from '../clock.ts'
import { inOnePiece } from '../db/pool.ts'
import { Books } from './books.ts'
import { type Command, type Decision, decideCommand } from './command.ts'
import { type BatchMark, type BatchOpening, markBatch, openBatch } from './queries.ts'
import type { Shelf, Statement } from './shelf.ts'

/**
 * How a try ended: decided and committed, certainly rolled back by an error, rolled back because a row is not what its shelf
 * can write, or with the answer to COMMIT lost.
 */
export type BatchResult =
  | { readonly kind: 'committed'; readonly decisions: readonly Decision<unknown>[]; readonly timing: BatchTiming }
  | { readonly kind: 'aborted'; readonly error: Error }
  | { readonly kind: 'unwritable'; readonly error: Error }
  | {
      readonly kind: 'unknown'
      readonly decisions: readonly Decision<unknown>[]
      readonly timing: BatchTiming
      readonly transactionId: string
      readonly error: Error
    }

/** Durations in milliseconds. */
export interface BatchTiming {
  readonly loadMs: number
  readonly decideMs: number
  readonly commitMs: number
}

/** Tries the batch once. Never throws: the caller decides by the kind of result what may be run again. */
export async function tryBatch(
  client: Client,
  shelves: readonly Shelf[],
  { commands, mark }: { readonly commands: readonly Command<unknown>[]; readonly mark: BatchMark },
): Promise<BatchResult> {
  const startedAt = performance.now()
  let opened: { books: Books; transactionId: string }
  try {
    opened = await load(client, shelves, commands)
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    return { kind: 'aborted', error: toError(error) }
  }
  const loadedAt = performance.now()
  const decisions = commands.map((command) => decideCommand(opened.books, command))
  const decidedAt = performance.now()
  let changes: Statement[]
  try {
    changes = statements(shelves, opened.books)
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    return { kind: 'unwritable', error: toError(error) }
  }
  const written = await write(client, [markBatch(mark), ...changes])
  const timing = {
    loadMs: loadedAt - startedAt,
    decideMs: decidedAt - loadedAt,
    commitMs: performance.now() - decidedAt,
  }
  switch (written.kind) {
    case 'committed':
      return { kind: 'committed', decisions, timing }
    case 'aborted':
      return written
    case 'unknown':
      return { kind: 'unknown', decisions, timing, transactionId: opened.transactionId, error: written.error }
  }
}

// Each statement has a fresh READ COMMITTED snapshot. Shelves, and on each shelf the keys, are locked in the one order that
// all batches use, so that two batches over the same rows cannot deadlock.
async function load(
  client: Client,
  shelves: readonly Shelf[],
  commands: readonly Command<unknown>[],
): Promise<{ books: Books; transactionId: string }> {
  const keys = keysByShelf(commands)
  const locked = new Set(commands.flatMap(({ needs }) => needs.filter(({ locks }) => locks).map(({ shelf }) => shelf)))
  const loaded = shelves.filter((shelf) => keys.has(shelf))
  const [, opening, ...results] = await all(
    inOnePiece(client, () => [
      client.query('begin'),
      client.query<BatchOpening>({ ...openBatch, values: [] }),
      ...loaded.map((shelf) => query(client, shelf.load([...(keys.get(shelf) ?? [])].sort(), locked.has(shelf)))),
    ]),
  )
  const first = opening?.rows[0] as BatchOpening | undefined
  if (!first) throw new Error('the database did not open the batch')
  const books = new Books(businessTime(first.at, first.offset_seconds))
  loaded.forEach((shelf, i) => {
    for (const key of keys.get(shelf) ?? []) books.place(shelf, key, undefined)
    for (const row of results[i]?.rows ?? []) books.place(shelf, shelf.keyOf(row), row)
  })
  return { books, transactionId: first.transaction_id }
}

function keysByShelf(commands: readonly Command<unknown>[]): Map<Shelf, Set<string>> {
  const keys = new Map<Shelf, Set<string>>()
  for (const command of commands) {
    for (const { shelf, key } of command.needs) {
      const known = keys.get(shelf)
      if (known) known.add(key)
      else keys.set(shelf, new Set([key]))
    }
  }
  return keys
}

type Written =
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted'; readonly error: Error }
  | { readonly kind: 'unknown'; readonly error: Error }

// The writes, as one statement, and COMMIT travel together. COMMIT after a failed statement answers ROLLBACK, so its tag is the truth;
// without an answer to it nobody knows.
async function write(client: Client, statements: readonly Statement[]): Promise<Written> {
  const answers = inOnePiece(client, () => [query(client, asOne(statements)), client.query('commit')])
  const settled = await Promise.allSettled(answers)
  const failed = settled.slice(0, -1).find((result) => result.status === 'rejected')
  const last = settled[settled.length - 1] as PromiseSettledResult<{ command: string }>
  if (last.status === 'rejected') return { kind: 'unknown', error: toError(last.reason) }
  if (last.value.command !== 'COMMIT')
    return { kind: 'aborted', error: toError(failed?.reason ?? 'the transaction was rolled back') }
  return { kind: 'committed' }
}

function statements(shelves: readonly Shelf[], books: Books): Statement[] {
  return shelves.flatMap((shelf) => {
    const { inserted, updated } = books.changes(shelf)
    return [
      ...(updated.length > 0 ? [shelf.update(updated)] : []),
      ...(inserted.length > 0 ? [shelf.insert(inserted)] : []),
    ]
  })
}

const written = new Map<string, Pick<Statement, 'name' | 'text'>>()

// Each statement costs PostgreSQL and the driver about as much as writing three rows, so a batch writes with one. Which
// shelves are in it depends on the commands; the few combinations that occur are put together once.
function asOne(statements: readonly Statement[]): Statement {
  const key = statements.map(({ name }) => name).join()
  let one = written.get(key)
  if (!one) {
    let used = 0
    const parts = statements.map(({ text, values }, i) => {
      const shifted = text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + used}`)
      used += values.length
      return `w${i} as (${shifted})`
    })
    one = { name: `write ${written.size}`, text: `with ${parts.join(',\n')}\nselect` }
    written.set(key, one)
  }
  return { ...one, values: statements.flatMap(({ values }) => values) }
}

const query = (client: Client, { name, text, values }: Statement) => client.query({ name, text, values: [...values] })

// Waits for every answer even when an early one failed: the connection must be quiet before it is used again.
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return settled.map((result) => (result as PromiseFulfilledResult<T>).value)
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
