// The forms of time on this face: it differs by surface, and each has to be met.

const TWO = 2
const pad = (value: number, length = TWO): string => String(value).padStart(length, '0')

const dayOf = (at: Date): string =>
  `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`
const timeOf = (at: Date): string => `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`

/** `YYYY-MM-DD HH:MM:SS`, in UTC: of webhooks and operations. */
export const utcText = (at: Date): string => `${dayOf(at)} ${timeOf(at)}`

/** `DD/MM/YYYY HH:MM:SS`, in UTC: of checkouts. */
export const dueText = (at: Date): string =>
  `${pad(at.getUTCDate())}/${pad(at.getUTCMonth() + 1)}/${pad(at.getUTCFullYear(), 4)} ${timeOf(at)}`

const DATE = /^(?:(\d{2})\/(\d{2})\/(\d{4})|(\d{4})-(\d{2})-(\d{2}))$/

/** Midnight in UTC of a date as `DD/MM/YYYY` or `YYYY-MM-DD`; undefined for a day that there is not. */
export function parseDate(text: string): Date | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [, day, month, year, isoYear, isoMonth, isoDay] = match
  return utcDate(Number(year ?? isoYear), Number(month ?? isoMonth), Number(day ?? isoDay))
}

/** The day as YYYY-MM-DD; undefined for a text that is none. */
export function isoDateText(text: string): string | undefined {
  const day = parseDate(text)
  return day && dayOf(day)
}

function utcDate(year: number, month: number, day: number): Date | undefined {
  const at = new Date(Date.UTC(year, month - 1, day))
  return at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at : undefined
}

const DAY_AND_TIME = /^(\d{2}\/\d{2}\/\d{4})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/
const DAY_LENGTH = 10
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?$/

/** A moment as `DD/MM/YYYY hh:mm[:ss]` in UTC, ISO 8601, or a date alone. */
export function parseDateTime(text: string): Date | undefined {
  const [, date = '', hours = '', minutes = '', seconds = '0'] = DAY_AND_TIME.exec(text) ?? []
  if (date !== '') return atTime(parseDate(date), [hours, minutes, seconds].map(Number))
  if (!ISO.test(text)) return parseDate(text)
  if (!parseDate(text.slice(0, DAY_LENGTH))) return undefined // Date would make the 2nd of March of the 30th of February.
  const at = new Date(/Z|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}Z`)
  const year = at.getUTCFullYear() // Four digits also after the zone was taken off, as `dueText` tells it.
  return year >= 1 && year <= YEAR_MAX ? at : undefined
}

const YEAR_MAX = 9999

function atTime(day: Date | undefined, [hours = 0, minutes = 0, seconds = 0]: readonly number[]): Date | undefined {
  if (!day || hours > 23 || minutes > 59 || seconds > 59) return undefined
  return new Date(day.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000)
}

const DURATION = /^(?:(\d{1,4}) )?(\d{1,2}):(\d{2}):(\d{2})$/
const DAY_SECONDS = 86_400

/** Milliseconds of a positive `[DD ]HH:MM:SS`. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim())
  if (!match) return undefined
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  if ((hours ?? 0) > 23 || (minutes ?? 0) > 59 || (seconds ?? 0) > 59) return undefined
  const total = (days ?? 0) * DAY_SECONDS + ((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)
  return total > 0 ? total * 1000 : undefined
}

/** `1 00:00:00`, or `00:50:00` for less than a day. */
export function durationText(ms: number): string {
  const total = Math.round(ms / 1000)
  const [days, rest] = [Math.floor(total / DAY_SECONDS), total % DAY_SECONDS]
  const text = `${pad(Math.floor(rest / 3600))}:${pad(Math.floor(rest / 60) % 60)}:${pad(rest % 60)}`
  return days > 0 ? `${days} ${text}` : text
}
