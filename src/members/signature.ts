// The signature that may stand beside, or in the place of, MD5 checksums: `X-Signature: t=<unix seconds>,v1=<hex>`, an
// HMAC-SHA256 under the secure key of `<t>.<body>`. The same form on requests and on callbacks.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE_MS, SECOND_MS } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** The header, in lower case. */
export const SIGNATURE_HEADER = 'x-signature'

/** How far the time of a signature may be from ours, in wall time, before or after. */
export const SIGNATURE_TOLERANCE_MS = 5 * MINUTE_MS

const SIGNATURE = /^t=([0-9]{1,12}),v1=([0-9a-f]{64})$/

/** The value of the header for a body that is sent at this time. */
export const signBody = (key: Secret<string>, body: Uint8Array | string, wallMs: number): string => {
  const seconds = Math.floor(wallMs / SECOND_MS)
  return `t=${seconds},v1=${mac(key, String(seconds), body).toString('hex')}`
}

/**
 * Checks the time of a signature now, and returns what compares the body when it has arrived. Both throw `signature_invalid`.
 */
export function readSignature(
  header: string | undefined,
  keys: readonly Secret<string>[],
  wallMs: number,
): (body: Uint8Array | string) => void {
  const [, seconds, hex] = SIGNATURE.exec(header ?? '') ?? []
  if (seconds === undefined || hex === undefined) throw refuse('X-Signature must be t=<unix seconds>,v1=<hex>')
  if (Math.abs(wallMs - Number(seconds) * SECOND_MS) > SIGNATURE_TOLERANCE_MS) {
    throw refuse('X-Signature is too old, or from the future')
  }
  const given = Buffer.from(hex, 'hex')
  return (body) => {
    const isRight = keys.filter((key) => timingSafeEqual(mac(key, seconds, body), given)).length > 0
    if (!isRight) throw refuse('X-Signature does not match the request')
  }
}

const mac = (key: Secret<string>, seconds: string, body: Uint8Array | string): Buffer =>
  createHmac('sha256', key.reveal()).update(`${seconds}.`).update(body).digest()

const refuse = (message: string): AppError => new AppError('signature_invalid', { message })
