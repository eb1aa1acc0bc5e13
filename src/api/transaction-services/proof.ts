// Whether a request is its member's: the member that it names is the one of the token, and its checksum or signature is right.
import { AppError } from '../../errors.ts'
import type { MemberCaller } from '../../members/member.ts'
import { type ChecksumRule, type HashedValues, isChecksum } from './checksum.ts'
import { CHECKSUM, MEMBER_ID } from './rules.ts'
import { missing, optional, type ReadFields, required } from './shape.ts'

/** The fields of every request but those for tokens. */
export const PROOF_SHAPE = {
  'authentication.memberId': required(MEMBER_ID),
  'authentication.checksum': optional(CHECKSUM),
}

/** One way to make the checksum. */
export interface Hashed {
  readonly rule: ChecksumRule
  /** Besides the memberId. */
  readonly values: HashedValues
}

/** Throws `token_of_another` when the request names another member than its token: asked before anything else of it is read. */
export function requireOwnMember(caller: MemberCaller, memberId: string): void {
  if (memberId !== caller.number) throw new AppError('token_of_another')
}

/**
 * Throws unless the request is proved: by one of these checksums or, without one, by a signature, which was verified before. A
 * checksum that is there must be right even if there is a signature. Throws `checksum_invalid`, `field_missing`.
 */
export function requireProof(
  caller: MemberCaller,
  read: ReadFields<typeof PROOF_SHAPE>,
  hashed: readonly Hashed[],
): void {
  const checksum = read['authentication.checksum']
  // Without MD5 such a member signs every request; that it did was checked with its token.
  if (!caller.allowsMd5) return
  if (checksum === undefined) {
    if (caller.isSigned) return
    throw missing('authentication.checksum')
  }
  const values = { memberId: read['authentication.memberId'] }
  const matches = hashed.map((way) => isChecksum(way.rule, caller.secureKeys, { ...values, ...way.values }, checksum))
  if (!matches.includes(true)) throw new AppError('checksum_invalid')
}

/** Whether only a signature proves the request. It does not cover the path, so what the path names must be in the body, too. */
export const isProvedByBodyAlone = (caller: MemberCaller, read: ReadFields<typeof PROOF_SHAPE>): boolean =>
  !caller.allowsMd5 || read['authentication.checksum'] === undefined
