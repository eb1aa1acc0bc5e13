// What the server asks of authentication. Who may call is decided in principals/.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Principal } from '../principals/principal.ts'

export interface AuthenticationRequest {
  readonly method: string
  /** The request target, byte for byte, with its query. */
  readonly target: string
  /** Every Authorization header that was sent. */
  readonly authorization: readonly string[]
  /** All headers, of which Node has joined those that came twice. */
  readonly headers: IncomingHttpHeaders
  /** Whether credentials that this process has not seen lately are refused without looking them up. */
  readonly refuseUnknown: boolean
}

export interface Authentication {
  readonly principal: Principal
  /** Present when the body is signed: throws `signature_invalid` when these are not its bytes. Asked before any parsing. */
  readonly checkBody?: (raw: Uint8Array) => void
}

export interface Authenticator {
  /** The values of WWW-Authenticate in a 401. */
  readonly challenges: readonly string[]
  /**
   * Says who is calling. Throws `authentication_failed`, `signature_invalid`, or `rate_limited` for an unknown credential
   * when those are refused. Answers without a promise when it can, because that is cheaper.
   */
  authenticate(request: AuthenticationRequest): Authentication | Promise<Authentication>
}

/** Every Authorization header of a request; Node's own `headers` hides all but the first. */
export function authorizationHeaders({ rawHeaders }: IncomingMessage): string[] {
  const found: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 13 && name.toLowerCase() === 'authorization') found.push(rawHeaders[i + 1] ?? '')
  }
  return found
}
