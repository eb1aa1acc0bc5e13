// A member: a merchant as Transaction Services knows it, by a number of up to ten digits. Partners bring members.
import { invalidField } from '../errors.ts'
import type { Principal } from '../principals/principal.ts'
import type { Secret } from '../secret.ts'

/** How dates without a year first are read: `03/04/2026` is one of two days. */
export type DateOrder = 'MM/DD/YYYY' | 'DD/MM/YYYY'

export interface MemberSettings {
  /** Whether requests without a valid X-Signature are refused. */
  readonly requiresHmac: boolean
  /** Whether MD5 checksums prove anything; without them requests are signed. */
  readonly allowsMd5: boolean
  readonly dateOrder: DateOrder
  /** The IANA name of the zone in which this member reads and writes times. */
  readonly timeZone: string
  /** What an inquiry that found something answers: its own code, or that of the payment. */
  readonly inquiryCode: '00026' | '00001'
  /** Whether it is told of invalid tokens with status 200. */
  readonly legacyHttp200: boolean
}

export const DEFAULT_MEMBER_SETTINGS: MemberSettings = {
  requiresHmac: false,
  allowsMd5: true,
  dateOrder: 'MM/DD/YYYY',
  timeZone: 'UTC',
  inquiryCode: '00026',
  legacyHttp200: false,
}

/** Who is calling: the principal's id is the merchant's, its access key the member's number. */
export interface Member extends Principal, MemberSettings {
  readonly kind: 'merchant'
  readonly memberId: string
  /** `authentication.memberId`: digits, without leading zeros. */
  readonly number: string
  readonly partnerNumber: string
  readonly username: string
  /** The current one, then the one before while it still works. */
  readonly secureKeys: readonly [Secret<string>, ...Secret<string>[]]
  readonly tokenVersion: number
  readonly isActive: boolean
}

export interface Partner {
  readonly partnerId: string
  /** `authentication.partnerId`: digits, without leading zeros. */
  readonly number: string
  readonly username: string
  readonly secureKeys: readonly [Secret<string>, ...Secret<string>[]]
  readonly tokenVersion: number
  readonly isActive: boolean
}

/** A member in one request. */
export interface MemberCaller extends Member {
  /** Whether the request has a signature, which was verified before its body was read. */
  readonly isSigned: boolean
}

/** The member behind a principal of the Transaction Services face. Throws an Error for any other. */
export function memberOf(principal: Principal): MemberCaller {
  if (!isMember(principal)) throw new Error('a caller of Transaction Services is not a member')
  return principal
}

/** Whether the principal is a member in a request. */
export const isMember = (principal: Principal | undefined): principal is MemberCaller =>
  principal !== undefined && 'secureKeys' in principal && 'isSigned' in principal

const NUMBER = /^[1-9][0-9]{0,9}$/

/** Whether the text can be a member's or partner's number. */
export const isMemberNumber = (text: string): boolean => NUMBER.test(text)

/** Throws `invalid_request` for settings that the database cannot check: a time zone that there is not. */
export function checkMemberSettings({ timeZone }: Partial<MemberSettings>): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalidField('timeZone', 'must be the name of a time zone, such as Europe/Berlin')
  }
}
