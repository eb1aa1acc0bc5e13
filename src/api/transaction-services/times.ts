// Times as this face writes and reads them: without a zone, in the one of the member.
import { invalidField } from '../../errors.ts'
import type { DateOrder } from '../../members/member.ts'

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
      ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
    })
    formatters.set(timeZone, formatter)
  }
  return formatter
}

/** `2026-01-05 10:15:00` in the zone. */
export function formatTimestamp(at: Date, timeZone: string): string {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  return `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`
}

/** `2026-01-05 10:15:00.0`, as JDBC writes times. */
export const formatJdbcTime = (at: Date, timeZone: string): string => `${formatTimestamp(at, timeZone)}.0`

/** A day of the calendar. */
export interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

const DAY = /^([0-9]{2})\/([0-9]{2})\/([0-9]{4})$/

/** Reads `03/04/2026` in the given order. Throws `invalid_request` for another form and for a day that does not exist. */
export function parseDay(text: string, order: DateOrder, field: string): Day {
  const [, first = '', second = '', year = ''] = DAY.exec(text) ?? []
  const [month, day] = order === 'MM/DD/YYYY' ? [Number(first), Number(second)] : [Number(second), Number(first)]
  const date = new Date(Date.UTC(Number(year), month - 1, day))
  const isReal = Number(year) >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!isReal) throw invalidField(field, `must be a date in the order ${order}`)
  return { year: Number(year), month, day }
}

/** How many days after 1970-01-01 it is. */
export const dayNumber = ({ year, month, day }: Day): number => Date.UTC(year, month - 1, day) / 86_400_000

/** The moment at which a day, or the day `daysLater`, begins in the zone. */
export function startOfDay({ year, month, day }: Day, timeZone: string, daysLater = 0): Date {
  const wanted = Date.UTC(year, month - 1, day + daysLater)
  // The zone's offset at that moment, found by guessing with that of UTC midnight and correcting once, for changes between.
  const guess = wanted - offsetAt(wanted, timeZone)
  return new Date(wanted - offsetAt(guess, timeZone))
}

function offsetAt(at: number, timeZone: string): number {
  const local = formatTimestamp(new Date(at), timeZone)
  return Date.parse(`${local.replace(' ', 'T')}Z`) - at
}
