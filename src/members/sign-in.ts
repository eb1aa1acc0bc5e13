// Signing in: a secure key for a token of one hour, or an earlier token for another one.
import { after, type BusinessClock, DAY_MS, hasPassed } from '../clock.ts'
import type { Queryable } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Directory } from './directory.ts'
import type { Member, Partner } from './member.ts'
import { insertUsedToken } from './queries.ts'
import { isSecureKey } from './secure-keys.ts'
import { TOKEN_LIFE_MS, type TokenClaims, type TokenHolder, type Tokens } from './tokens.ts'

export interface SignInDeps {
  readonly db: Queryable
  readonly directory: Directory
  readonly tokens: Tokens
  readonly clock: BusinessClock
}

/** Who claims to be whom. */
export type MemberName = { readonly number: string } | { readonly partnerNumber: string; readonly username: string }

export interface SignIn<N> {
  readonly name: N
  readonly secureKey: string
  readonly refuseUnknown: boolean
}

/**
 * Signs a member in by its secure key. Throws `authentication_failed`, after the same work, for a member that does not exist
 * and for a wrong key; `member_not_active`; `rate_limited`.
 */
export async function signInMember(
  deps: SignInDeps,
  { name, secureKey, refuseUnknown }: SignIn<MemberName>,
): Promise<{ readonly member: Member; readonly token: string }> {
  const found =
    'number' in name
      ? await deps.directory.member(name.number, refuseUnknown)
      : await deps.directory.memberByUsername(name.partnerNumber, name.username, refuseUnknown)
  const member = checkKey(found, secureKey)
  return { member, token: await issue(deps, memberHolder(member)) }
}

export interface PartnerName {
  readonly number: string
  readonly username: string
}

/** Signs a partner in by its secure key; fails as `signInMember` does. */
export async function signInPartner(
  deps: SignInDeps,
  { name, secureKey, refuseUnknown }: SignIn<PartnerName>,
): Promise<{ readonly partner: Partner; readonly token: string }> {
  const found = await deps.directory.partner(name.number, refuseUnknown)
  const partner = checkKey(found?.username === name.username ? found : undefined, secureKey)
  return { partner, token: await issue(deps, partnerHolder(partner)) }
}

/** How long after the secure key was shown tokens can still be exchanged for one another. */
export const EXCHANGE_LIFE_MS = DAY_MS

export interface ExchangeRequest {
  readonly partnerNumber: string
  /** Expired or not. */
  readonly token: string
}

export interface Exchanged {
  readonly partnerNumber: string
  /** Absent when the token is a partner's. */
  readonly memberNumber?: string
  readonly username: string
  readonly token: string
}

/**
 * Exchanges a token for a new one, once, and within a day of the sign-in that the first of them came from: a token that leaked
 * does not live longer. Throws `token_invalid`, also for a token of another partner's member.
 */
export async function exchangeToken(deps: SignInDeps, request: ExchangeRequest): Promise<Exchanged> {
  const claims = await deps.tokens.read(request.token)
  const holder = await findHolder(deps, claims)
  const invalid = (): AppError => new AppError('token_invalid', { wants200: holder?.wants200 ?? false })
  if (holder?.partnerNumber !== request.partnerNumber || holder.tokenVersion !== claims.version) throw invalid()
  const exchangeEndsAt = after(claims.signedInAt, EXCHANGE_LIFE_MS)
  const now = await deps.clock.now()
  if (hasPassed(exchangeEndsAt, now)) throw invalid()
  if (!holder.isActive) throw new AppError('member_not_active')
  // Beyond this moment the token is of no use to anybody, used or not.
  const isFirstUse = await insertUsedToken(deps.db, claims.id, after(exchangeEndsAt, TOKEN_LIFE_MS))
  if (!isFirstUse) throw invalid()
  const token = await deps.tokens.issue(holder, { now, signedInAt: claims.signedInAt })
  const { partnerNumber, username, number } = holder
  return { partnerNumber, username, token, ...(holder.role === 'merchant' && { memberNumber: number }) }
}

interface Holder extends TokenHolder {
  readonly partnerNumber: string
  readonly isActive: boolean
  readonly wants200: boolean
}

async function findHolder({ directory }: SignInDeps, { role, number }: TokenClaims): Promise<Holder | undefined> {
  switch (role) {
    case 'merchant': {
      const member = await directory.member(number)
      if (!member) return undefined
      const { partnerNumber, isActive, legacyHttp200 } = member
      return { ...memberHolder(member), partnerNumber, isActive, wants200: legacyHttp200 }
    }
    case 'partner': {
      const partner = await directory.partner(number)
      if (!partner) return undefined
      const { number: partnerNumber, isActive } = partner
      return { ...partnerHolder(partner), partnerNumber, isActive, wants200: false }
    }
  }
}

function checkKey<T extends Member | Partner>(found: T | undefined, secureKey: string): T {
  const isRight = isSecureKey(found?.secureKeys ?? [], secureKey)
  if (!found || !isRight) throw new AppError('authentication_failed')
  if (!found.isActive) throw new AppError('member_not_active')
  return found
}

const memberHolder = ({ number, username, tokenVersion }: Member): TokenHolder => ({
  role: 'merchant',
  ...{ number, username, tokenVersion },
})

const partnerHolder = ({ number, username, tokenVersion }: Partner): TokenHolder => ({
  role: 'partner',
  ...{ number, username, tokenVersion },
})

async function issue({ tokens, clock }: SignInDeps, holder: TokenHolder): Promise<string> {
  const now = await clock.now()
  return tokens.issue(holder, { now, signedInAt: now })
}
