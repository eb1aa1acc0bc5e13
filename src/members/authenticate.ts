// Says which member is calling: by the AuthToken header, and by the X-Signature header when there is or must be one.
import { type BusinessClock, hasPassed } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Authentication, AuthenticationRequest, Authenticator } from '../http/authentication.ts'
import type { Directory } from './directory.ts'
import type { Member, MemberCaller } from './member.ts'
import { readSignature, SIGNATURE_HEADER } from './signature.ts'
import type { Tokens } from './tokens.ts'

export interface MemberAuthenticatorOptions {
  readonly directory: Pick<Directory, 'member'>
  readonly tokens: Tokens
  readonly clock: BusinessClock
  /** Wall clock in milliseconds; the process's unless a test says otherwise. */
  readonly wallNow?: () => number
}

/** An authenticator of members; `memberOf` gives the member of a principal. */
export const createMemberAuthenticator = (options: MemberAuthenticatorOptions): Authenticator => ({
  challenges: ['AuthToken realm="florin"'],
  async authenticate(request) {
    const member = await findCaller(options, request)
    return checkSignature(member, request, (options.wallNow ?? Date.now)())
  },
})

async function findCaller(
  { directory, tokens, clock }: MemberAuthenticatorOptions,
  { headers }: AuthenticationRequest,
): Promise<Member> {
  const header = headers.authtoken // Two of them are one text with a comma, which no token has.
  if (typeof header !== 'string') throw new AppError('token_invalid')
  const { role, number, version, expiresAt } = await tokens.read(header.trim())
  if (role !== 'merchant') throw new AppError('token_of_another')
  const member = await directory.member(number)
  const invalid = (): AppError => new AppError('token_invalid', { wants200: member?.legacyHttp200 ?? false })
  if (member?.tokenVersion !== version) throw invalid()
  if (hasPassed(expiresAt, await clock.now())) throw invalid()
  if (!member.isActive) throw new AppError('member_not_active')
  return member
}

function checkSignature(
  member: Member,
  { method, target, headers }: AuthenticationRequest,
  wallMs: number,
): Authentication {
  const header = headers[SIGNATURE_HEADER]
  const isSigned = header !== undefined || member.requiresHmac
  const principal: MemberCaller = { ...member, isSigned }
  if (!isSigned) return { principal }
  const check = readSignature(typeof header === 'string' ? header : undefined, member.secureKeys, wallMs)
  // A request without a body says in its target what it wants, so that is what it signs.
  const isInTarget = (raw: Uint8Array): boolean => method === 'GET' || (method === 'DELETE' && raw.length === 0)
  return { principal, checkBody: (raw) => check(isInTarget(raw) ? target : raw) }
}
