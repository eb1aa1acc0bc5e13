// Where a merchant may have a payer's browser sent to: a web address that no page of ours can be made to run.
import { invalidField } from '../errors.ts'

const LENGTH_MAX = 2048

/**
 * The URL as it was given, when a browser may be sent there: http or https, without credentials, control characters and `|`
 * (which separates the fields of checksums). Throws `invalid_request` naming `field`.
 */
export function checkRedirectUrl(url: string, field = 'merchantRedirectUrl'): string {
  const problem = problemOf(url)
  if (problem !== undefined) throw invalidField(field, problem)
  return url
}

/** Whether `checkRedirectUrl` takes it. */
export const isRedirectUrl = (url: string): boolean => problemOf(url) === undefined

function problemOf(url: string): string | undefined {
  if (url.length > LENGTH_MAX) return `must have at most ${LENGTH_MAX} characters`
  // Parsers of URLs drop these or take them for others: what was checked must be what a browser reads.
  if (/[\p{Cc}\p{Cs}\s\\]/u.test(url)) return 'must not contain spaces, backslashes or control characters'
  if (url.includes('|')) return 'must not contain |: write it as %7C'
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'must be a URL that begins with https:// or http://'
  const { username, password } = new URL(url)
  return username === '' && password === '' ? undefined : 'must not contain credentials'
}
