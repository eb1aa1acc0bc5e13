// Says who acts for which merchant: an API key, or a user with his password.
import { isUtf8 } from 'node:buffer'
import type { Queryable } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Authentication, AuthenticationRequest, Authenticator } from '../http/authentication.ts'
import { digestSecret } from '../principals/credentials.ts'
import { createLookup, type Lookup } from '../principals/lookup.ts'
import type { Actor, Principal } from '../principals/principal.ts'
import { createPasswordChecker, type PasswordChecker } from './password.ts'
import { type ApiKey, findApiKey, findUserCredential, type UserCredential } from './queries.ts'
import { isUsername, usernameKey } from './user.ts'

export interface ActorAuthenticatorOptions {
  readonly db: Queryable
  /** The key under which API keys are digested. */
  readonly secretKey: Buffer
  readonly checkPassword?: PasswordChecker
  readonly wallNow?: () => number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

/**
 * An authenticator whose principals carry an actor. Who may no longer come in is noticed within five seconds. Throws
 * `authentication_failed`; `rate_limited` and `overloaded` before anything is looked up or hashed.
 */
export function createActorAuthenticator(options: ActorAuthenticatorOptions): Authenticator {
  const { db, secretKey, wallNow = Date.now, now = () => performance.now() } = options
  const { checkPassword = createPasswordChecker({ now }) } = options
  const byKey = createLookup({ find: (digest) => findApiKey(db, Buffer.from(digest, 'base64')), now })
  const byUsername = createLookup({ find: (username) => findUserCredential(db, username), now })

  return {
    challenges: ['Api-Key', 'Basic realm="florin", charset="UTF-8"'],
    authenticate(request) {
      const [header, second] = request.authorization
      if (header === undefined || second !== undefined) throw missing()
      const [, scheme = '', parameter = ''] = AUTHORIZATION.exec(header) ?? []
      switch (scheme.toLowerCase()) {
        case 'api-key':
          return authenticateKey(parameter, request, { byKey, secretKey, wallNow })
        case 'basic':
          return authenticateUser(parameter, request, { byUsername, checkPassword })
        default:
          throw missing()
      }
    },
  }
}

const AUTHORIZATION = /^([A-Za-z-]+) +(\S+)$/
const API_KEY = /^[\x21-\x7e]{1,128}$/

interface KeyContext {
  readonly byKey: Lookup<ApiKey>
  readonly secretKey: Buffer
  readonly wallNow: () => number
}

async function authenticateKey(
  text: string,
  { refuseUnknown }: AuthenticationRequest,
  { byKey, secretKey, wallNow }: KeyContext,
): Promise<Authentication> {
  if (!API_KEY.test(text)) throw wrongKey()
  const key = await byKey(digestSecret(secretKey, text).toString('base64'), refuseUnknown)
  const isOver = (at: Date | null | undefined): boolean => at != null && at.getTime() <= wallNow()
  if (!key || key.revokedAt !== null || isOver(key.expiresAt)) throw wrongKey()
  return {
    principal: toPrincipal(key, { kind: 'api-key', id: key.id, name: key.name, permissions: 'all' }),
  }
}

interface UserContext {
  readonly byUsername: Lookup<UserCredential>
  readonly checkPassword: PasswordChecker
}

async function authenticateUser(
  encoded: string,
  { refuseUnknown }: AuthenticationRequest,
  { byUsername, checkPassword }: UserContext,
): Promise<Authentication> {
  const bytes = Buffer.from(encoded, 'base64')
  const text = isUtf8(bytes) ? bytes.toString('utf8') : ''
  const colon = text.indexOf(':')
  if (colon === -1) throw wrongPassword()
  const [username, password] = [text.slice(0, colon), text.slice(colon + 1)]
  const user = isUsername(username) ? await byUsername(usernameKey(username), refuseUnknown) : undefined
  const isRight = await checkPassword(user, { username, password, refuseUnknown })
  if (!user || !isRight || !user.isActive) throw wrongPassword()
  const permissions = user.isSuperadmin ? 'all' : new Set(user.permissions)
  return { principal: toPrincipal(user, { kind: 'user', id: user.id, name: user.username, permissions }) }
}

const toPrincipal = (
  { merchantId, merchantName }: { readonly merchantId: string; readonly merchantName: string },
  actor: Actor,
): Principal => ({ kind: 'merchant', id: merchantId, name: merchantName, accessKey: actor.id, actor })

const failed = (message: string): AppError => new AppError('authentication_failed', { message })
const missing = (): AppError => failed('Authentication credentials were not provided.')
const wrongKey = (): AppError => failed('Invalid API key.')
const wrongPassword = (): AppError => failed('Invalid username/password.')
