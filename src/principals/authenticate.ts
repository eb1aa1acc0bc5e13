// Says who is calling: HTTP Basic with a machine secret, or a JWT signed for this one request.
import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import type { Queryable } from '../db/pool.ts'
import { AppError } from '../errors.ts'
import type { Authentication, AuthenticationRequest, Authenticator } from '../http/authentication.ts'
import { isUuid } from '../ids.ts'
import { type Credential, digestSecret } from './credentials.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { findCredentialByAccessKey, findCredentialByUsername } from './queries.ts'
import { readUnverified, verifySignedRequest } from './signed-request.ts'

export interface AuthenticatorOptions {
  readonly db: Queryable
  /** The key under which machine secrets are digested. */
  readonly secretKey: Buffer
  /** Whether HTTP Basic is accepted beside signed requests; it is unless told. */
  readonly allowBasic?: boolean
  /** Wall clock in milliseconds; the process's unless a test says otherwise. */
  readonly wallNow?: () => number
}

/** An authenticator over the credentials of the database, remembered for five seconds. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { db, secretKey, allowBasic = true, wallNow = Date.now } = options
  const now = () => performance.now()
  const byUsername = createLookup({ find: (username) => findCredentialByUsername(db, username), now })
  const byAccessKey = createLookup({ find: (accessKey) => findCredentialByAccessKey(db, accessKey), now })

  return {
    challenges: [...(allowBasic ? ['Basic realm="florin", charset="UTF-8"'] : []), 'Bearer realm="florin"'],
    authenticate(request) {
      const [header, second] = request.authorization
      if (header === undefined || second !== undefined) throw failed()
      const [, scheme = '', parameter = ''] = AUTHORIZATION.exec(header) ?? []
      switch (scheme.toLowerCase()) {
        case 'basic':
          if (!allowBasic) throw failed()
          return authenticateBasic(parameter, { lookup: byUsername, secretKey, refuseUnknown: request.refuseUnknown })
        case 'bearer':
          return authenticateSigned(parameter, request, { lookup: byAccessKey, wallNow })
        default:
          throw failed()
      }
    },
  }
}

const AUTHORIZATION = /^([A-Za-z]+) +([A-Za-z0-9+/=._~-]+)$/
const USERNAME = /^[A-Za-z0-9._-]{1,64}$/
const NO_SECRET = Buffer.alloc(32)

interface BasicContext {
  readonly lookup: Lookup<Credential>
  readonly secretKey: Buffer
  readonly refuseUnknown: boolean
}

function authenticateBasic(parameter: string, context: BasicContext): Authentication | Promise<Authentication> {
  const bytes = Buffer.from(parameter, 'base64')
  const text = isUtf8(bytes) ? bytes.toString('utf8') : ''
  const colon = text.indexOf(':')
  if (colon === -1) throw failed()
  const username = text.slice(0, colon)
  const password = text.slice(colon + 1)
  const found = USERNAME.test(username) ? context.lookup(username, context.refuseUnknown) : undefined
  const check = (credential: Credential | undefined) => checkSecret(credential, password, context.secretKey)
  return found instanceof Promise ? found.then(check) : check(found)
}

// The same work and the same answer, whether it is the name or the password that is wrong.
function checkSecret(credential: Credential | undefined, password: string, secretKey: Buffer): Authentication {
  const isSecret = timingSafeEqual(digestSecret(secretKey, password), credential?.secretHmac ?? NO_SECRET)
  if (!credential || !isSecret) throw failed()
  return { principal: credential.principal }
}

async function authenticateSigned(
  token: string,
  request: AuthenticationRequest,
  { lookup, wallNow }: { readonly lookup: Lookup<Credential>; readonly wallNow: () => number },
): Promise<Authentication> {
  const accessKey = readUnverified(token)
  const credential = isUuid(accessKey) ? await lookup(accessKey, request.refuseUnknown) : undefined
  if (!credential) throw failed()
  const { method, target } = request
  const signed = { token, method, target, nowSeconds: wallNow() / 1000 }
  const checkBody = await verifySignedRequest(signed, credential.publicKey)
  return { principal: credential.principal, checkBody }
}

const failed = (): AppError => new AppError('authentication_failed')
