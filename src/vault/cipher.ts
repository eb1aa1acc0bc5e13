// AES-256-GCM as the vault uses it: nonce, ciphertext and tag in one buffer, bound to a text that says whose it is.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Secret } from '../secret.ts'

export const KEY_BYTES = 32

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A sealing: the key, and the text (AAD) that must be given again to open it. */
export interface Seal {
  readonly key: Secret<Buffer>
  readonly boundTo: string
}

/** Seals under a fresh random nonce. The result is 28 bytes longer than `plain`. */
export function sealBytes({ key, boundTo }: Seal, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key.reveal(), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(boundTo))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealBytes` made. Throws when the key, the text it is bound to or any bit of it is another one. */
export function openBytes({ key, boundTo }: Seal, sealed: Buffer): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('the sealed bytes are too short')
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(ALGORITHM, key.reveal(), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(boundTo))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
