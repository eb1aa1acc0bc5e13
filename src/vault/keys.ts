// All secrets of the process: read from the environment or a file, made once for the demo, never printed.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Secret } from '../secret.ts'
import { KEY_BYTES } from './cipher.ts'

/** The environment variable (and the member of a keys file) of each key. */
export const KEY_VARIABLES = {
  vault: 'FLORIN_KEY_VAULT',
  blindIndex: 'FLORIN_KEY_BLIND_INDEX',
  cvv: 'FLORIN_KEY_CVV',
  codes: 'FLORIN_KEY_CODES',
  credentials: 'FLORIN_KEY_CREDENTIALS',
  webhooks: 'FLORIN_KEY_WEBHOOKS',
} as const

export type KeyName = keyof typeof KEY_VARIABLES

const PREVIOUS_VARIABLE = 'FLORIN_KEY_VAULT_PREVIOUS'
const FILE_VARIABLE = 'FLORIN_KEYS_FILE'

/** A key that wraps data keys. Its id is derived from the key, so an id can never name another key. */
export interface Kek {
  readonly id: string
  readonly key: Secret<Buffer>
}

/** Every key is 32 bytes. */
export interface Keys {
  /** Wraps the data keys that seal card numbers. */
  readonly vaultKek: Kek
  /** The earlier ones, which still unwrap until a rotation has rewrapped every data key. */
  readonly vaultKeksPrevious: readonly Kek[]
  /** HMAC by which a card number finds its card. */
  readonly blindIndexKey: Secret<Buffer>
  /** HMAC from which a CVV is derived. */
  readonly cvvKey: Secret<Buffer>
  /** HMAC of one-time codes. */
  readonly codeKey: Secret<Buffer>
  /** HMAC of machine secrets. */
  readonly credentialKey: Secret<Buffer>
  /** Seals webhook secrets. */
  readonly webhookKey: Secret<Buffer>
}

type Variables = Readonly<Record<string, string | undefined>>

export interface KeySource {
  readonly env: Variables
  /** The demo's keys file: made with fresh keys when it is not there. Without it the keys come from `env`. */
  readonly file?: string
}

/**
 * Reads all keys: from `file`, else from the file that FLORIN_KEYS_FILE names, else from the FLORIN_KEY_ variables.
 * Throws an Error that names each variable at fault and how to make a key; it never contains a key.
 */
export async function loadKeys({ env, file }: KeySource): Promise<Keys> {
  if (file !== undefined) {
    await createKeysFile(file)
    return parseKeys(await readKeysFile(file), `in ${file}`)
  }
  const path = env[FILE_VARIABLE]
  if (!path) return parseKeys(env, 'in the environment')
  const also = [...Object.values(KEY_VARIABLES), PREVIOUS_VARIABLE].find((variable) => env[variable])
  if (also) throw new Error(`${FILE_VARIABLE} and ${also} are both set: keys come from one place only`)
  return parseKeys(await readKeysFile(path), `in ${path} (${FILE_VARIABLE})`)
}

/** A fresh set of keys as variable name to base64. Holds secrets in the clear: for `florin keys` and the demo only. */
export function generateKeys(): Record<string, string> {
  return Object.fromEntries(
    Object.values(KEY_VARIABLES).map((variable) => [variable, randomBytes(KEY_BYTES).toString('base64')]),
  )
}

/** What `florin keys` prints: NAME=value lines, or with `json` the content of a keys file. */
export const formatKeys = (keys: Readonly<Record<string, string>>, format: 'env' | 'json'): string =>
  format === 'json'
    ? `${JSON.stringify(keys, null, 2)}\n`
    : Object.entries(keys)
        .map(([variable, value]) => `${variable}=${value}\n`)
        .join('')

function parseKeys(values: Variables, where: string): Keys {
  const problems: string[] = []
  const parse = (variable: string, text: string | undefined): Secret<Buffer> => {
    const key = parseKey(text)
    if (typeof key !== 'string') return key
    problems.push(`${variable} ${key}`)
    return new Secret(Buffer.alloc(0))
  }
  const read = (name: KeyName) => parse(KEY_VARIABLES[name], values[KEY_VARIABLES[name]])
  const previous = (values[PREVIOUS_VARIABLE] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)
  const keys: Keys = {
    vaultKek: toKek(read('vault')),
    vaultKeksPrevious: previous.map((text) => toKek(parse(PREVIOUS_VARIABLE, text))),
    blindIndexKey: read('blindIndex'),
    cvvKey: read('cvv'),
    codeKey: read('codes'),
    credentialKey: read('credentials'),
    webhookKey: read('webhooks'),
  }
  if (problems.length === 0) problems.push(...sharedKeys(values))
  if (problems.length > 0) throw new Error(describeProblems(problems, where))
  return keys
}

const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/

// The key, or what is wrong with the text.
function parseKey(text: string | undefined): Secret<Buffer> | string {
  if (!text) return 'is missing'
  if (BASE64_OF_32_BYTES.test(text.trim())) return new Secret(Buffer.from(text.trim(), 'base64'))
  return 'is not the base64 of 32 bytes'
}

// One key for two purposes would let the weaker use endanger the stronger one.
function sharedKeys(values: Variables): string[] {
  const firstWith = new Map<string | undefined, string>()
  return Object.values(KEY_VARIABLES).flatMap((variable) => {
    const value = values[variable]?.trim()
    const first = firstWith.get(value)
    firstWith.set(value, first ?? variable)
    return first === undefined ? [] : [`${variable} is the same key as ${first}`]
  })
}

const describeProblems = (problems: readonly string[], where: string): string =>
  `The keys ${where} cannot be used: ${problems.join('; ')}. Each is 32 random bytes in base64, and each another one: ` +
  '`florin keys` prints a fresh set for a new installation; an existing one needs the keys it was made with.'

const toKek = (key: Secret<Buffer>): Kek => ({
  id: createHmac('sha256', key.reveal()).update('florin kek id').digest('hex').slice(0, 16),
  key,
})

async function readKeysFile(path: string): Promise<Variables> {
  const { mode } = await stat(path)
  // Windows has no such bits; a group may read it because that is how orchestrators mount secrets.
  if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
    throw new Error(`${path} holds keys but everybody on this machine can read it: run chmod 600 on it`)
  }
  const content = parseJson(await readFile(path, 'utf8'))
  if (typeof content !== 'object' || content === null) {
    throw new Error(`${path} must hold a JSON object as \`florin keys --json\` prints it`)
  }
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
  )
}

// JSON.parse quotes the text in its error, which here would be keys.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Written aside and then linked, because a link never replaces: a crash leaves no half file, and of two first starts
// at once both use the keys of the one that came first.
async function createKeysFile(path: string): Promise<void> {
  if (await exists(path)) return
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(formatKeys(generateKeys(), 'json'))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

// Without it a power cut may forget the file while the database remembers what its keys sealed.
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
