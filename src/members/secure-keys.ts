// Secure keys: what members and partners prove themselves with. Random, shown once, sealed at rest because checksums need them
// in clear.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Secret } from '../secret.ts'
import type { Vault } from '../vault/vault.ts'

const KEY_BYTES = 24 // 192 bits: an MD5 with it inside cannot be searched for it

/** A new key. Its characters have no meaning in forms, URLs or checksums. */
export const newSecureKey = (): Secret<string> => new Secret(`sk_${randomBytes(KEY_BYTES).toString('base64url')}`)

export type KeyOwner = 'member' | 'partner'

const purposeOf = (owner: KeyOwner): string => `${owner}-secure-key`

/** Seals the key of the member or partner with this id. */
export const sealSecureKey = (
  vault: Pick<Vault, 'sealText'>,
  owner: { readonly kind: KeyOwner; readonly id: string },
  key: Secret<string>,
): Buffer => vault.sealText(purposeOf(owner.kind), owner.id, key.reveal())

/** Opens it. Throws an Error when the row was tampered with. */
export const openSecureKey = (
  vault: Pick<Vault, 'openText'>,
  owner: { readonly kind: KeyOwner; readonly id: string },
  sealed: Buffer,
): Secret<string> => vault.openText(purposeOf(owner.kind), owner.id, sealed)

/** Keys in the place of those that somebody unknown, or with one key only, does not have. */
export const DUMMY_KEY = newSecureKey()

// Of this process only: it gives texts of any length digests of one length.
const COMPARISON_KEY = randomBytes(32)

const digest = (text: string): Buffer => createHmac('sha256', COMPARISON_KEY).update(text, 'utf8').digest()

/** Whether the text is one of the keys. The same work whatever the answer, also when there are no keys. */
export function isSecureKey(keys: readonly Secret<string>[], text: string): boolean {
  const given = digest(text)
  const isCurrent = timingSafeEqual(digest((keys[0] ?? DUMMY_KEY).reveal()), given)
  const isPrevious = timingSafeEqual(digest((keys[1] ?? DUMMY_KEY).reveal()), given)
  return isCurrent || isPrevious
}
