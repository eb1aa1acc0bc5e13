// The JWT that signs one request: RS256 over who calls what and when, and over the hash of the body.
import { createHash, type KeyObject } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { AppError } from '../errors.ts'

const LIFE_SECONDS_MAX = 30
const CLOCK_SKEW_SECONDS = 5
const SHA256_OF_NOTHING = createHash('sha256').digest('hex')

export interface SignedRequest {
  readonly token: string
  readonly method: string
  /** The request target, byte for byte. */
  readonly target: string
  /** Wall clock. */
  readonly nowSeconds: number
}

/**
 * The access key that a token names, which nobody has verified yet: only good for finding the key to verify with. Throws
 * `signature_invalid` for what is not an RS256 JWT and `authentication_failed` when it names nobody.
 */
export function readUnverified(token: string): string {
  const sub = readToken(token)
  if (typeof sub !== 'string') throw new AppError('authentication_failed')
  return sub
}

function readToken(token: string): unknown {
  try {
    // Said here and again when verifying: another algorithm must not even choose a key.
    if (decodeProtectedHeader(token).alg !== 'RS256') throw mismatch()
    return decodeJwt(token).sub
  } catch {
    throw mismatch()
  }
}

/**
 * Verifies the signature and that the token was made for this request, just now; returns what compares the body.
 * Throws `signature_invalid`, or `authentication_failed` when the token has expired.
 */
export async function verifySignedRequest(
  request: SignedRequest,
  publicKey: KeyObject,
): Promise<(raw: Uint8Array) => void> {
  await compactVerify(request.token, publicKey, { algorithms: ['RS256'] }).catch(() => {
    throw mismatch()
  })
  const { iat, exp, uri, method, body } = decodeJwt<Record<string, unknown>>(request.token)
  checkTimes(iat, exp, request.nowSeconds)
  if (uri !== request.target || typeof method !== 'string' || method.toUpperCase() !== request.method) throw mismatch()
  if (body !== undefined && typeof body !== 'string') throw mismatch()
  return (raw) => checkBody(raw, body)
}

function checkTimes(iat: unknown, exp: unknown, nowSeconds: number): void {
  if (!Number.isFinite(iat) || !Number.isFinite(exp)) throw mismatch()
  const [issuedAt, expiresAt] = [Number(iat), Number(exp)]
  if (expiresAt <= nowSeconds) throw new AppError('authentication_failed')
  const lifeSeconds = expiresAt - issuedAt
  if (lifeSeconds <= 0 || lifeSeconds > LIFE_SECONDS_MAX) throw mismatch()
  if (issuedAt > nowSeconds + CLOCK_SKEW_SECONDS) throw mismatch()
}

// Hashes are no secrets: what matters is that the token with this hash in it was signed.
function checkBody(raw: Uint8Array, expected: string | undefined): void {
  const actual = raw.length === 0 ? SHA256_OF_NOTHING : createHash('sha256').update(raw).digest('hex')
  const isSigned = expected === undefined ? raw.length === 0 : expected === actual
  if (!isSigned) throw mismatch()
}

const mismatch = (): AppError => new AppError('signature_invalid')
