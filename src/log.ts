// The log: one JSON line a fact, allow-listed fields only, and a last net that masks anything that looks like a card number.
import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

/** A logger writing JSON lines to standard error, or to `destination`. */
export function createLog(level: string, destination: DestinationStream = pino.destination(2)): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => destination.write(maskCardNumbers(line)) },
  )
}

const DIGIT_RUN = /\d(?:[ -]?\d){11,}/g

/**
 * Replaces the middle of every Luhn-valid number of 12 to 19 digits, also with spaces or dashes in it or other groups of digits
 * around it.
 */
export function maskCardNumbers(text: string): string {
  return text.replace(DIGIT_RUN, (run) => maskGroups(run.split(/([ -])/)))
}

// `parts` are groups of digits at even places and what separates them at odd ones.
function maskGroups(parts: readonly string[]): string {
  let masked = ''
  for (let i = 0; i < parts.length; i += 2) {
    const end = endOfNumber(parts, i)
    const digits = parts.slice(i, end).join('').replace(/\D/g, '')
    masked += end === i ? parts[i] : `${digits.slice(0, 6)}${'*'.repeat(digits.length - 10)}${digits.slice(-4)}`
    if (end > i) i = end - 1
    masked += parts[i + 1] ?? ''
  }
  return masked
}

// Behind the longest number that begins with this group; the group's own place when there is none.
function endOfNumber(parts: readonly string[], start: number): number {
  let digits = ''
  let end = start
  for (let i = start; i < parts.length; i += 2) {
    digits += parts[i]
    if (digits.length > 19) break
    if (digits.length >= 12 && isLuhnValid(digits)) end = i + 1
  }
  return end
}

/** Whether the last digit is the Luhn check digit of the ones before it. */
export function isLuhnValid(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
