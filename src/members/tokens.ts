// AuthTokens: JWTs that say which member or partner has signed in. Made and read here; whether one still counts is decided by
// who reads it.
import { createSecretKey, hkdfSync, randomUUID } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { after, MINUTE_MS, SECOND_MS } from '../clock.ts'
import { AppError } from '../errors.ts'
import { isUuid } from '../ids.ts'
import type { Secret } from '../secret.ts'

/** How long a token works, in business time. */
export const TOKEN_LIFE_MS = 60 * MINUTE_MS

export type TokenRole = 'merchant' | 'partner'

export interface TokenClaims {
  /** A UUID. */
  readonly id: string
  readonly role: TokenRole
  /** The member's or partner's. */
  readonly number: string
  readonly username: string
  readonly version: number
  readonly issuedAt: Date
  readonly expiresAt: Date
  /** When the secure key itself was shown last: tokens that were exchanged for one another keep it. */
  readonly signedInAt: Date
}

export interface TokenHolder {
  readonly role: TokenRole
  readonly number: string
  readonly username: string
  readonly tokenVersion: number
}

export interface Tokens {
  /** Makes a token at a business time. */
  issue(holder: TokenHolder, times: { readonly now: Date; readonly signedInAt: Date }): Promise<string>
  /** Verifies that a token is ours, whatever its age. Throws `token_invalid`. */
  read(token: string): Promise<TokenClaims>
}

const ISSUER = 'PZ' // What this API's documentation shows; clients may look at it.
const HEADER = { alg: 'HS256', typ: 'JWT' }
const TOKEN = /^[A-Za-z0-9_-]{1,200}\.[A-Za-z0-9_-]{1,1000}\.[A-Za-z0-9_-]{43}$/

/** Makes what signs and reads tokens, under a key that is derived from the one of credentials for nothing else. */
export function createTokens(credentialKey: Secret<Buffer>): Tokens {
  const derived = hkdfSync('sha256', credentialKey.reveal(), '', 'florin transaction services token', 32)
  const key = createSecretKey(Buffer.from(derived))
  return {
    issue({ role, number, username, tokenVersion }, { now, signedInAt }) {
      const claims = {
        sub: username,
        role,
        iss: ISSUER,
        exp: toSeconds(after(now, TOKEN_LIFE_MS)),
        iat: toSeconds(now),
        jti: randomUUID(),
        mid: number,
        ver: tokenVersion,
        auth_time: toSeconds(signedInAt),
      }
      return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(HEADER).sign(key)
    },
    async read(token) {
      if (!TOKEN.test(token)) throw invalid()
      const { payload } = await compactVerify(token, key, { algorithms: ['HS256'] }).catch(() => {
        throw invalid()
      })
      return readClaims(JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>)
    },
  }
}

// Whatever we have signed is of this form, unless an earlier Florin with the same key wrote it otherwise.
function readClaims({ sub, role, iss, exp, iat, jti, mid, ver, auth_time }: Record<string, unknown>): TokenClaims {
  if (iss !== ISSUER || typeof sub !== 'string' || typeof mid !== 'string') throw invalid()
  if (typeof jti !== 'string' || !isUuid(jti) || (role !== 'merchant' && role !== 'partner')) throw invalid()
  if (!isSeconds(exp) || !isSeconds(iat) || !isSeconds(auth_time) || !isSeconds(ver)) throw invalid()
  const times = { issuedAt: toDate(iat), expiresAt: toDate(exp), signedInAt: toDate(auth_time) }
  return { id: jti, role, number: mid, username: sub, version: ver, ...times }
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const toSeconds = (at: Date): number => Math.floor(at.getTime() / SECOND_MS)
const toDate = (seconds: number): Date => new Date(seconds * SECOND_MS)
const invalid = (): AppError => new AppError('token_invalid')
