// One-time codes, their digests and the MACs of bearers, all made from a key, so that none of them rests in the database.
import { createHmac } from 'node:crypto'
import type { Codes } from '../deps.ts'
import type { Secret } from '../secret.ts'

const CODES = 1_000_000n

/** Codes under this key. */
export function createCodes(key: Secret<Buffer>): Codes {
  const hmac = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', key.reveal()).update(parts.join(' ')).digest()
  return {
    // 64 bits modulo a million: the bias towards low codes is below one in ten million million.
    codeOf: (challengeId) => (hmac('code', challengeId).readBigUInt64BE() % CODES).toString().padStart(6, '0'),
    digest: (subjectId, code) => hmac('digest', subjectId, code),
    mac: (purpose, text) => hmac(purpose, text),
  }
}
