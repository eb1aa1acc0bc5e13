// Counts tries in windows of a day, on rows, so that guessing and flooding stop also across restarts.
import { type Books, type Need, need } from '../books/books.ts'
import { tableShelf } from '../books/shelf.ts'
import { after, DAY_MS, hasPassed } from '../clock.ts'

interface Velocity {
  /** What is counted, e.g. `binding-code card <id>`. */
  readonly subject: string
  readonly windowStartedAt: Date
  readonly count: number
}

export const velocityShelf = tableShelf<Velocity>({
  name: 'velocity',
  columns: { subject: 'text', windowStartedAt: 'timestamptz', count: 'integer' },
  key: ['subject'],
  mutable: ['windowStartedAt', 'count'],
})

export const needVelocity = (subject: string): Need => need(velocityShelf, subject)

/** Counts one try. Returns the seconds until the next is allowed when there were `max` already in this window, else undefined. */
export function countTry(books: Books, subject: string, max: number): number | undefined {
  const row = books.find(velocityShelf, subject)
  const windowEnd = row && after(row.windowStartedAt, DAY_MS)
  if (!row || !windowEnd || hasPassed(windowEnd, books.now)) {
    books.put(velocityShelf, { subject, windowStartedAt: books.now, count: 1 })
    return undefined
  }
  if (row.count >= max) return Math.ceil((windowEnd.getTime() - books.now.getTime()) / 1000)
  books.put(velocityShelf, { ...row, count: row.count + 1 })
  return undefined
}

/** Whether fewer than `max` tries were counted in this window. */
export function hasTriesLeft(books: Books, subject: string, max: number): boolean {
  const row = books.find(velocityShelf, subject)
  return !row || hasPassed(after(row.windowStartedAt, DAY_MS), books.now) || row.count < max
}
