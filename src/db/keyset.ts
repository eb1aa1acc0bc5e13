// Pages of rows, newest first, that stay true while rows arrive: a page starts at a row, never at a number.
import type { Queryable } from './pool.ts'

/** Where a page starts: just after (older) or just before (newer) a row. */
export interface PageCursor {
  readonly direction: 'next' | 'previous'
  readonly createdAt: Date
  readonly id: string
}

/** At most `size` rows; the newest when there is no cursor. */
export interface PageRequest {
  readonly size: number
  readonly cursor?: PageCursor | undefined
}

/** Rows, newest first, and where the pages beside it start, if there are any. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly previous?: PageCursor
  readonly next?: PageCursor
}

/** A condition whose parameter is written `?`, and its value; an undefined value leaves the condition out. */
export type Condition = readonly [text: string, value: unknown]

export interface PageQuery {
  /** `select … from …`; the paged table has the alias `t`. Its columns are named as the row's properties. */
  readonly select: string
  readonly conditions: readonly Condition[]
  readonly page: PageRequest
}

/** Reads one page. The conditions and the cursor become one `where`, in the order in which an index can answer it. */
export async function selectPage<Row extends { readonly id: string; readonly createdAt: Date }>(
  db: Queryable,
  { select, conditions, page }: PageQuery,
): Promise<Page<Row>> {
  const { size, cursor } = page
  const isBackward = cursor?.direction === 'previous'
  const filters = whereAll(conditions)
  const values = [...filters.values]
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const after = cursor
    ? ` and (t.created_at, t.id) ${isBackward ? '>' : '<'}
          (${parameter(cursor.createdAt.toISOString())}::timestamptz, ${parameter(cursor.id)}::uuid)`
    : ''
  const order = isBackward ? 'asc' : 'desc'
  const { rows } = await db.query<Row>(
    `${select}
      where ${filters.text}${after}
      order by t.created_at ${order}, t.id ${order}
      limit ${parameter(size + 1)}`,
    values,
  )
  const hasMore = rows.length > size
  const kept = rows.slice(0, size)
  if (isBackward) kept.reverse()
  return { rows: kept, ...neighbours(kept, isBackward ? [hasMore, true] : [cursor !== undefined, hasMore]) }
}

/** The conditions that have a value, joined by `and`, with numbered parameters. */
export function whereAll(conditions: readonly Condition[]): { text: string; values: unknown[] } {
  const given = conditions.filter(([, value]) => value !== undefined)
  return {
    text: given.map(([text], i) => text.replaceAll('?', `$${i + 1}`)).join(' and '),
    values: given.map(([, value]) => (value instanceof Date ? value.toISOString() : value)),
  }
}

type Neighbours = Pick<Page<never>, 'previous' | 'next'>

function neighbours(
  rows: readonly { readonly id: string; readonly createdAt: Date }[],
  [hasPrevious, hasNext]: readonly [boolean, boolean],
): Neighbours {
  const [first] = rows
  const last = rows.at(-1)
  return {
    ...(first && hasPrevious && { previous: { direction: 'previous', createdAt: first.createdAt, id: first.id } }),
    ...(last && hasNext && { next: { direction: 'next', createdAt: last.createdAt, id: last.id } }),
  }
}
