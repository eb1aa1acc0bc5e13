import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { formatKeys, generateKeys, KEY_VARIABLES, type Keys, loadKeys } from '../../src/vault/keys.ts'

const VARIABLES = Object.values(KEY_VARIABLES)

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'florin-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const inBase64 = (keys: Keys) =>
  [keys.vaultKek.key, keys.blindIndexKey, keys.cvvKey, keys.codeKey, keys.credentialKey, keys.webhookKey].map((key) =>
    key.reveal().toString('base64'),
  )

test('keys are read from the environment, each from its own variable', async () => {
  const env = generateKeys()
  const keys = await loadKeys({ env })
  expect(inBase64(keys)).toEqual(VARIABLES.map((variable) => env[variable]))
  expect(keys.vaultKeksPrevious).toEqual([])
})

test('the id of a KEK follows from the key alone', async () => {
  const env = generateKeys()
  const before = (await loadKeys({ env })).vaultKek
  const next = {
    ...generateKeys(),
    FLORIN_KEY_VAULT_PREVIOUS: ` ${env.FLORIN_KEY_VAULT}, ${generateKeys().FLORIN_KEY_CVV} `,
  }
  const keys = await loadKeys({ env: next })
  expect(keys.vaultKeksPrevious.map((kek) => kek.id)[0]).toBe(before.id)
  expect(new Set([keys.vaultKek, ...keys.vaultKeksPrevious].map((kek) => kek.id)).size).toBe(3)
})

test.each(VARIABLES)('a missing, short or damaged %s is named, and nothing of any key is printed', async (variable) => {
  const env = generateKeys()
  const bad = [
    undefined,
    '',
    env[variable]?.slice(4),
    `${env[variable]}AAAA`,
    'password',
    Buffer.alloc(31).toString('base64'),
  ]
  for (const value of bad) {
    const error = await loadKeys({ env: { ...env, [variable]: value } }).catch((thrown: Error) => thrown)
    const text = inspect(error)
    expect(text).toContain(variable)
    expect(text).toContain('florin keys')
    for (const other of VARIABLES.filter((name) => name !== variable)) expect(text).not.toContain(`${other} is`)
    for (const key of Object.values(env)) expect(text).not.toContain(key.slice(4, -4))
    expect(text).not.toContain('password')
  }
})

test('all keys at fault are named at once', async () => {
  const error = loadKeys({ env: { FLORIN_KEY_VAULT_PREVIOUS: 'short' } })
  for (const variable of [...VARIABLES, 'FLORIN_KEY_VAULT_PREVIOUS']) await expect(error).rejects.toThrow(variable)
})

test('one key for two purposes is refused', async () => {
  const env = generateKeys()
  await expect(loadKeys({ env: { ...env, FLORIN_KEY_CVV: env.FLORIN_KEY_VAULT } })).rejects.toThrow(
    'FLORIN_KEY_CVV is the same key as FLORIN_KEY_VAULT',
  )
})

test('a keys file named in the environment is read; keys in both places are refused', async () => {
  const file = join(await newFolder(), 'florin.json')
  const set = generateKeys()
  await writeFile(file, formatKeys(set, 'json'), { mode: 0o600 })
  expect(inBase64(await loadKeys({ env: { FLORIN_KEYS_FILE: file } }))).toEqual(Object.values(set))
  const both = loadKeys({ env: { FLORIN_KEYS_FILE: file, FLORIN_KEY_CVV: set.FLORIN_KEY_CVV } })
  await expect(both).rejects.toThrow('FLORIN_KEYS_FILE and FLORIN_KEY_CVV')
})

test('a keys file that everybody can read is refused', async () => {
  const file = join(await newFolder(), 'florin.json')
  await writeFile(file, formatKeys(generateKeys(), 'json'))
  await chmod(file, 0o644)
  await expect(loadKeys({ env: { FLORIN_KEYS_FILE: file } })).rejects.toThrow('chmod 600')
})

test('a damaged keys file is refused without quoting it', async () => {
  const file = join(await newFolder(), 'florin.json')
  const set = generateKeys()
  await writeFile(file, formatKeys(set, 'json').slice(0, -3), { mode: 0o600 })
  const error = await loadKeys({ env: { FLORIN_KEYS_FILE: file } }).catch((thrown: Error) => thrown)
  expect(inspect(error)).toContain(file)
  for (const key of Object.values(set)) expect(inspect(error)).not.toContain(key.slice(0, 8))
})

test('the demo makes its keys file once, for its owner only, and then keeps it', async () => {
  const folder = join(await newFolder(), 'new', 'data')
  const file = join(folder, 'keys.json')
  const first = await loadKeys({ env: {}, file })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['keys.json'])
  const content = await readFile(file, 'utf8')
  expect(inBase64(await loadKeys({ env: {}, file }))).toEqual(inBase64(first))
  expect(await readFile(file, 'utf8')).toBe(content)
})

test('several first starts at once end with the same keys', async () => {
  for (let round = 0; round < 10; round++) {
    const folder = await newFolder()
    const starts = Array.from({ length: 8 }, async (_, at) => {
      for (let step = 0; step < at; step++) await stat(folder) // A little later each, so that some find others at work.
      return loadKeys({ env: {}, file: join(folder, 'keys.json') })
    })
    const sets = (await Promise.all(starts)).map((keys) => inBase64(keys).join())
    expect(new Set(sets).size).toBe(1)
    expect(await readdir(folder)).toEqual(['keys.json'])
  }
})

test('the printed lines are what the environment takes', async () => {
  const lines = formatKeys(generateKeys(), 'env').trimEnd().split('\n')
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  await expect(loadKeys({ env })).resolves.toBeDefined()
})

test('keys do not print', async () => {
  const env = generateKeys()
  const keys = await loadKeys({ env: { ...env, FLORIN_KEY_VAULT_PREVIOUS: generateKeys().FLORIN_KEY_VAULT } })
  const printed = `${inspect(keys, { depth: 9, showHidden: true })} ${JSON.stringify(keys)} ${String(keys.cvvKey)}`
  for (const key of inBase64(keys)) {
    expect(printed).not.toContain(key)
    expect(printed).not.toContain(Buffer.from(key, 'base64').toString('hex').slice(0, 8))
    expect(printed).not.toContain(inspect(Buffer.from(key, 'base64')).slice(8, 30))
  }
})
