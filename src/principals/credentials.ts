// Makes API credentials. Secrets are random, so that a fast keyed hash of them is enough to keep.
import { createHmac, generateKeyPair, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { newId, newReference } from '../ids.ts'
import { Secret } from '../secret.ts'
import type { Principal, PrincipalKind } from './principal.ts'

/** A credential as authentication needs it. */
export interface Credential {
  readonly id: string
  readonly principal: Principal
  readonly secretHmac: Buffer
  readonly publicKey: KeyObject
}

/** A credential as the table keeps it: nothing in it lets anybody sign in. */
export interface CredentialRow {
  readonly id: string
  readonly principalKind: PrincipalKind
  readonly principalId: string
  readonly username: string
  readonly secretHmac: Buffer
  readonly accessKey: string
  readonly publicKey: string
}

/** What the owner is given, once. */
export interface IssuedCredentials {
  readonly username: string
  readonly password: Secret<string>
  readonly accessKey: string
  /** PKCS #8 PEM. */
  readonly privateKey: Secret<string>
}

const PASSWORD_BYTES = 24 // 192 bits: no guessing, hence no slow hash on every request
const RSA_BITS = 2048

const generateKeyPairAsync = promisify(generateKeyPair)

/** Makes username, password, access key and RSA key pair of a merchant or client, and the row to insert. */
export async function createCredentials(
  owner: { readonly kind: PrincipalKind; readonly id: string },
  secretKey: Buffer,
): Promise<{ issued: IssuedCredentials; row: CredentialRow }> {
  const keys = await generateKeyPairAsync('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const username = newReference(`${owner.kind}-`)
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  const accessKey = randomUUID()
  return {
    issued: { username, password: new Secret(password), accessKey, privateKey: new Secret(keys.privateKey) },
    row: {
      id: newId(),
      principalKind: owner.kind,
      principalId: owner.id,
      username,
      secretHmac: digestSecret(secretKey, password),
      accessKey,
      publicKey: keys.publicKey,
    },
  }
}

/** What is kept of a machine secret: HMAC-SHA256 under a key that is not in the database. */
export const digestSecret = (secretKey: Buffer, secret: string): Buffer =>
  createHmac('sha256', secretKey).update(secret, 'utf8').digest()
