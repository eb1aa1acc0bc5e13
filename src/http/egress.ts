// Outbound calls that cannot reach inside: a name is resolved once, every address of it is checked, and the connection
// goes to just these addresses. https with verified certificates, no redirects, bounded in time and size.
import type { LookupAddress, LookupOptions } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Client, type Dispatcher, errors } from 'undici'
import { invalidField } from '../errors.ts'

export interface EgressOptions {
  /** `loopback` adds this machine, over http too and on any port: for demos and tests. Nothing else private, ever. */
  readonly allow?: 'public' | 'loopback'
  /** The limit of a call from its name's resolution to the last byte that is read. */
  readonly timeoutMs?: number
  /** Every address of a name; empty when there is none. */
  readonly resolve?: (name: string, signal: AbortSignal) => Promise<readonly string[]>
  /** The certificate authorities (PEM) to trust instead of the usual ones. */
  readonly ca?: string
}

export interface EgressRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Instead of the limit that every call has. */
  readonly timeoutMs?: number | undefined
}

/** The time was up before anything was answered. Whether the other side took the call, nobody knows. */
export class NoAnswerInTime extends Error {
  constructor(cause: unknown) {
    super('no answer in time', { cause })
    this.name = 'NoAnswerInTime'
  }
}

/** Whatever was answered, redirects and errors too. The body is cut at 64 kB, or where the time was up. */
export interface EgressResponse {
  readonly status: number
  /** The `Retry-After` header as it came. */
  readonly retryAfter?: string | undefined
  readonly body: string
}

export interface Egress {
  /** Sends the body. Throws `NoAnswerInTime`, and another Error when the address is not allowed or the call failed. */
  post(url: string, request: EgressRequest): Promise<EgressResponse>
  /**
   * Throws `invalid_request` naming `field` (default: `url`) for a URL that will not be called. A name that does not resolve yet
   * may do so later.
   */
  checkUrl(url: string, field?: string): Promise<void>
}

const TIMEOUT_MS = 10_000
const CHECK_TIMEOUT_MS = 3000 // Somebody waits for the answer; the addresses are checked again with every call.
const BODY_BYTES_MAX = 64 * 1024
const URL_LENGTH_MAX = 2048
const PUBLIC_PORTS = ['', '8443'] // 443 is https's own and has no text: other ports are rarely meant for callers.

/** Makes the one way out. Without options it reaches public addresses only. */
export function createEgress(options: EgressOptions = {}): Egress {
  return {
    async post(url, request) {
      const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS
      const signal = AbortSignal.timeout(timeoutMs)
      const place = await locate(options, url, signal)
      if (signal.aborted) throw new NoAnswerInTime(signal.reason)
      switch (place.kind) {
        case 'refused':
          throw new Error(`not called: the URL ${place.problem}`)
        case 'unresolved':
          throw new Error(`not called: ${place.name} does not resolve`)
        case 'allowed':
          return call(options, place, { ...request, timeoutMs, signal })
      }
    },
    async checkUrl(url, field = 'url') {
      const place = await locate(options, url, AbortSignal.timeout(CHECK_TIMEOUT_MS))
      if (place.kind === 'refused') throw invalidField(field, place.problem)
    },
  }
}

interface Allowed {
  readonly kind: 'allowed'
  readonly url: URL
  readonly addresses: readonly string[]
}

type Place =
  | Allowed
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'unresolved'; readonly name: string }

const refused = (problem: string): Place => ({ kind: 'refused', problem })

async function locate(options: EgressOptions, text: string, signal: AbortSignal): Promise<Place> {
  const isLoopbackAllowed = options.allow === 'loopback'
  if (text.length > URL_LENGTH_MAX) return refused(`must have at most ${URL_LENGTH_MAX} characters`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return refused('is not a URL')
  if (url.protocol !== 'https:' && !(isLoopbackAllowed && url.protocol === 'http:')) return refused('must be https')
  if (url.username !== '' || url.password !== '') return refused('must not contain credentials')
  const name = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (name === '') return refused('has no host')
  const addresses = await addressesOf(options, name, signal)
  if (addresses.length === 0) return { kind: 'unresolved', name }
  const isAllowed = (address: string): boolean =>
    (url.protocol === 'https:' && isPublicAddress(address)) || (isLoopbackAllowed && isLoopbackAddress(address))
  if (!addresses.every(isAllowed)) return refused('must lead to public addresses')
  const isLoopback = addresses.every(isLoopbackAddress)
  if (!isLoopback && !PUBLIC_PORTS.includes(url.port)) return refused('must use port 443 or 8443')
  return { kind: 'allowed', url, addresses }
}

async function addressesOf(options: EgressOptions, name: string, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name]
  if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1']
  return (options.resolve ?? resolveName)(name, signal)
}

// Asks the name servers itself instead of getaddrinfo, which would hold a thread of the process's four while it waits.
async function resolveName(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  signal.removeEventListener('abort', cancel)
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96')

/**
 * Whether the address is public unicast. An allow-list: of IPv6 only what is assigned for it, so that IPv4-mapped,
 * IPv4-compatible, 6to4 and Teredo forms of an inner address are out; NAT64 is judged by the IPv4 address in it.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false
  const address = ipaddr.parse(text)
  if (address.kind() === 'ipv4') return address.range() === 'unicast'
  if (address.match(NAT64)) return ipaddr.fromByteArray(address.toByteArray().slice(12)).range() === 'unicast'
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast'
}

const isLoopbackAddress = (text: string): boolean => isIP(text) !== 0 && ipaddr.parse(text).range() === 'loopback'

async function call(
  options: EgressOptions,
  { url, addresses }: Allowed,
  request: EgressRequest & { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<EgressResponse> {
  const client = new Client(url.origin, {
    connect: {
      timeout: request.timeoutMs, // Else 10 s, however long the call may take.
      lookup: lookupIn(addresses),
      rejectUnauthorized: true, // Not left to NODE_TLS_REJECT_UNAUTHORIZED.
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
  })
  try {
    const response = await client.request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: { ...request.headers },
      body: request.body,
      signal: request.signal,
    })
    const retryAfter = response.headers['retry-after']
    return {
      status: response.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : retryAfter?.[0],
      body: await readStart(response.body, request.signal),
    }
  } catch (error) {
    throw request.signal.aborted || isConnectTimeout(error) ? new NoAnswerInTime(error) : error
  } finally {
    // Reports nothing new: what failed has been thrown above. Not waited for: it ends no sooner than an attempt to connect.
    client.destroy().catch(() => undefined)
  }
}

// Its clock runs out at the same time as ours; either may be seen first.
const isConnectTimeout = (error: unknown): boolean => error instanceof errors.ConnectTimeoutError

type Lookup = (
  name: string,
  options: LookupOptions,
  done: (error: null, address: string | LookupAddress[], family?: number) => void,
) => void

// Hands out the addresses that were checked, whatever the name would resolve to by now.
const lookupIn = (addresses: readonly string[]): Lookup => {
  const [first = '', ...others] = addresses
  const answer = [first, ...others].map((address) => ({ address, family: isIP(address) }))
  return (_name, { all }, done) => (all ? done(null, answer) : done(null, first, isIP(first)))
}

// The status has been heard, so a body that is too long or too slow is cut, not an error.
async function readStart(body: Dispatcher.ResponseData['body'], signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= BODY_BYTES_MAX) break
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString()
}
