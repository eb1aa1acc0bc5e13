// Moments in words.

/** A moment in words, such as `12 March 2026, 10:15 UTC`: where the reader is, nobody knows. */
export const timeText = (at: Date, locale = 'en-GB'): string =>
  `${new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at)}, ${at.toISOString().slice(11, 16)} UTC`
