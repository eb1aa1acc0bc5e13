// Checksums: MD5 over fields and the member's secure key, joined by `|`. The key stands inside the text, so a digest can be
// extended and two requests with a `|` in a field could hash alike: every field is matched against a strict pattern before it is
// hashed, as it arrived. A checksum proves that a request was not changed on its way; who may do what is the token's matter.
import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError, invalidField } from '../../errors.ts'
import { DUMMY_KEY } from '../../members/secure-keys.ts'
import type { Secret } from '../../secret.ts'
import {
  AMOUNT,
  type FieldRule,
  HASHED_ID,
  MEMBER_ID,
  PAYMENT_ID,
  SHORT_STATUS,
  TOTYPE,
  URL_TEXT,
  WORD,
} from './rules.ts'

/** What is hashed, by the specification's numbers. C13 is not for us; C14 is for deleting a registration. */
export const CHECKSUM_RULES = {
  C1: 'memberId|secureKey|merchantTransactionId|amount',
  C2: 'memberId|secureKey|paymentId|amount',
  C3: 'memberId|secureKey|paymentId',
  C3b: 'memberId|secureKey|merchantTransactionId',
  C3c: 'memberId|secureKey|merchantTransactionId|amount',
  C4: 'memberId|secureKey',
  C5: 'memberId|merchantTransactionId|amount|secureKey',
  C6: 'memberId|secureKey|merchantInvoiceId|amount|merchantRedirectUrl',
  C7: 'invoiceId|memberId|secureKey|merchantRedirectUrl',
  C8: 'memberId|secureKey|merchantInvoiceId',
  C9: 'memberId|secureKey|merchantRedirectUrl',
  C11: 'memberId|totype|amount|merchantTransactionId|merchantRedirectUrl|secureKey',
  C12: 'paymentId|merchantTransactionId|amount|status|secureKey',
  C14: 'memberId|secureKey|registrationId',
} as const satisfies Readonly<Record<string, string>>

export type ChecksumRule = keyof typeof CHECKSUM_RULES

const PATTERNS = {
  memberId: MEMBER_ID,
  merchantTransactionId: HASHED_ID,
  amount: AMOUNT,
  paymentId: PAYMENT_ID,
  merchantInvoiceId: HASHED_ID,
  merchantRedirectUrl: URL_TEXT,
  invoiceId: PAYMENT_ID,
  totype: TOTYPE,
  status: SHORT_STATUS,
  registrationId: WORD,
} as const satisfies Readonly<Record<string, FieldRule>>

export type HashedField = keyof typeof PATTERNS

/** The fields of a rule, as they arrived. */
export type HashedValues = Readonly<Partial<Record<HashedField, string>>>

/**
 * The checksum: 32 lower-case hex digits. Throws `invalid_request` for a field that is not strictly of its form, before
 * anything is hashed.
 */
export const checksumOf = (rule: ChecksumRule, key: Secret<string>, values: HashedValues): string =>
  digest(rule, key, values).toString('hex')

function digest(rule: ChecksumRule, key: Secret<string>, values: HashedValues): Buffer {
  const text = CHECKSUM_RULES[rule]
    .split('|')
    .map((name) => (name === 'secureKey' ? key.reveal() : strict(name as HashedField, values[name as HashedField])))
    .join('|')
  return md5(text)
}

function strict(name: HashedField, value: string | undefined): string {
  if (value === undefined || !PATTERNS[name].isValid(value)) throw invalidField(name, 'has the wrong format')
  return value
}

const CHECKSUM = /^[0-9a-f]{32}$/i

/**
 * Whether the text is the checksum under one of the keys. The same work whatever the answer, and for no keys at all, where a dummy
 * one stands in. Throws `invalid_request` as `checksumOf` does.
 */
export function isChecksum(
  rule: ChecksumRule,
  keys: readonly Secret<string>[],
  values: HashedValues,
  checksum: string,
): boolean {
  const isOfForm = CHECKSUM.test(checksum)
  // Equal lengths, or the comparison would throw.
  const given = isOfForm ? Buffer.from(checksum, 'hex') : Buffer.alloc(16)
  const tried = [keys[0] ?? DUMMY_KEY, keys[1] ?? DUMMY_KEY]
  const matches = tried.map((key) => timingSafeEqual(digest(rule, key, values), given))
  return isOfForm && keys.some((_, i) => matches[i] === true)
}

/** What is wrong with MD5 in this process, for whoever starts it; undefined when it works. */
export function findMd5Problem(): string | undefined {
  try {
    createHash('md5')
    return undefined
  } catch {
    return (
      'This Node.js refuses MD5, as builds and modes for FIPS 140 do, so checksums of Transaction Services cannot be verified: ' +
      'only members that sign their requests (X-Signature) can call it.'
    )
  }
}

function md5(text: string): Buffer {
  try {
    return createHash('md5').update(text, 'utf8').digest()
  } catch {
    throw new AppError('checksum_invalid', { message: 'MD5 is not available on this server: sign with X-Signature' })
  }
}
