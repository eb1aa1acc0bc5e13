// Moments in words.

/** A moment in words, such as `12 March 2026, 10:15 UTC`: where the reader is, nobody knows. */
export const timeText = (at: Date, locale = 'en-GB'): string => `${dateText(at, locale)}, ${clockText(at)}`

/** Its day in UTC, in the language of the locale. */
export const dateText = (at: Date, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at)

/** Its time of day, such as `10:15 UTC`. */
export const clockText = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`
