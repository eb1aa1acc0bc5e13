import { inspect } from 'node:util'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { generateKeys, KEY_VARIABLES } from '../../src/vault/keys.ts'
import { generatePan } from '../../src/vault/pan.ts'
import { createVault, type Vault } from '../../src/vault/vault.ts'
import { openDatabase } from '../helpers/database.ts'
import { insertPans, issueCards, readKeys, whenBlocked } from './setup.ts'

const env = generateKeys()
let database: Awaited<ReturnType<typeof openDatabase>>
let vault: Vault

beforeAll(async () => {
  database = await openDatabase()
  vault = await createVault({ pool: database.pool, keys: await readKeys(env) })
})

const openVault = async () => createVault({ pool: database.pool, keys: await readKeys(env) })

async function freshPool() {
  const { pool } = await openDatabase()
  return pool
}

const pans = fc.stringMatching(/^[0-9]{12,19}$/)

test('a sealed number opens, in this process and after a restart, and is found by itself', async () => {
  const cards = await issueCards(database.pool, vault, 20)
  const restarted = await openVault()
  for (const [id, pan] of cards) {
    expect((await vault.open(id)).reveal()).toBe(pan)
    expect((await restarted.open(id)).reveal()).toBe(pan)
    expect(await restarted.findByPan(pan)).toBe(id)
  }
})

test('any 12 to 19 digits can be sealed, and the row shows only the last four', async () => {
  const [samples = []] = fc.sample(fc.uniqueArray(pans, { minLength: 100, maxLength: 100 }), 1)
  const rows = samples.map((pan) => vault.seal(newId(), pan))
  await insertPans(database.pool, rows)
  for (const [at, row] of rows.entries()) {
    const pan = samples[at] ?? ''
    expect(row).toMatchObject({ last4: pan.slice(-4), blindIndex: vault.blindIndex(pan) })
    for (const bytes of [row.sealed, row.blindIndex]) expect(bytes.includes(pan)).toBe(false)
    expect((await vault.open(row.id)).reveal()).toBe(pan)
    expect(await vault.findByPan(pan)).toBe(row.id)
  }
})

test('a number moved to another card does not open', async () => {
  const [mine, other] = [newId(), newId()]
  const row = vault.seal(mine, generatePan('54518800'))
  await insertPans(database.pool, [{ ...row, id: other }])
  await expect(vault.open(other)).rejects.toThrow(other)
})

test('a flipped bit in the sealed number is noticed, wherever it is', async () => {
  const rows = Array.from({ length: 44 }, (_, at) => {
    const row = vault.seal(newId(), generatePan('54518800'))
    row.sealed[at] = (row.sealed[at] ?? 0) ^ 1
    return row
  })
  await insertPans(database.pool, rows)
  for (const { id } of rows) await expect(vault.open(id)).rejects.toThrow('its row was changed')
})

test('a number is on one card only', async () => {
  const pan = generatePan('54518800')
  await insertPans(database.pool, [vault.seal(newId(), pan)])
  await expect(insertPans(database.pool, [vault.seal(newId(), pan)])).rejects.toMatchObject({
    constraint: 'number_is_issued_once',
  })
})

test('an unknown number or what is not a number finds nothing; an unknown card is an error', async () => {
  expect(await vault.findByPan('5123888812341234')).toBeUndefined()
  expect(await vault.findByPan('not a number')).toBeUndefined()
  await expect(vault.open(newId())).rejects.toThrow('has no number')
})

test('what is not a card number or not an id is refused without being quoted', () => {
  for (const pan of ['54518800', '5451 8800 0000 0110', '']) {
    expect(() => vault.seal(newId(), pan)).toThrow('what is to be sealed is not a card number')
  }
  expect(() => vault.seal('5451880000000110', generatePan('54518800'))).toThrow('is not a UUID')
})

test('a CVV is three digits that depend on the card, the expiry and the key, and on nothing else', async () => {
  const id = newId()
  const other = await createVault({ pool: await freshPool(), keys: await readKeys() })
  const seen = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const card = newId()
    expect(vault.cvv(card, '2030-09')).toMatch(/^[0-9]{3}$/)
    seen.add(vault.cvv(card, '2030-09'))
  }
  expect(seen.size).toBeGreaterThan(150)
  expect(vault.cvv(id, '2030-09')).toBe((await openVault()).cvv(id, '2030-09'))
  const months = Array.from({ length: 12 }, (_, month) => `2030-${String(month + 1).padStart(2, '0')}`)
  const cvvs = (from: Vault) => months.map((month) => from.cvv(id, month)).join()
  expect(new Set(months.map((month) => vault.cvv(id, month))).size).toBeGreaterThan(6)
  expect(cvvs(vault)).not.toBe(cvvs(other))
  for (const expiry of ['09/30', '2030-9', '2030-13', '']) expect(() => vault.cvv(id, expiry)).toThrow('2030-09')
})

test('a sealed text opens for its purpose and id only, and not when it was changed', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ unit: 'grapheme' }), fc.string(), (purpose, id, text, other) => {
      fc.pre(other !== purpose && other !== id)
      const sealed = vault.sealText(purpose, id, text)
      expect(vault.openText(purpose, id, sealed).reveal()).toBe(text)
      expect(() => vault.openText(other, id, sealed)).toThrow()
      expect(() => vault.openText(purpose, other, sealed)).toThrow()
      sealed[0] = (sealed[0] ?? 0) ^ 1
      expect(() => vault.openText(purpose, id, sealed)).toThrow()
    }),
  )
})

test.each(Object.values(KEY_VARIABLES))('a wrong %s is refused at start, by its name alone', async (variable) => {
  const wrong = { ...env, [variable]: generateKeys()[variable] ?? '' }
  const refusal = await createVault({ pool: database.pool, keys: await readKeys(wrong) }).catch((error: Error) => error)
  expect(refusal).toBeInstanceOf(Error)
  const text = String(refusal)
  expect(text.slice(0, text.indexOf(': not'))).toBe(`Error: ${variable}`)
  expect(text).toContain('not what this database was made with')
  await expect(openVault()).resolves.toBeDefined()
})

test('a set of keys with one wrong key leaves nothing behind', async () => {
  const pool = await freshPool()
  await createVault({ pool, keys: await readKeys(env) })
  await pool.query("delete from vault.key_checks where name <> 'FLORIN_KEY_CVV'")
  await expect(createVault({ pool, keys: await readKeys() })).rejects.toThrow('FLORIN_KEY_CVV')
  expect((await pool.query('select name from vault.key_checks')).rowCount).toBe(1)
})

test('a key that was replaced on purpose is taken once its recorded check is deleted', async () => {
  const pool = await freshPool()
  await createVault({ pool, keys: await readKeys(env) })
  const next = await readKeys({ ...env, FLORIN_KEY_CODES: generateKeys().FLORIN_KEY_CODES ?? '' })
  await expect(createVault({ pool, keys: next })).rejects.toThrow('FLORIN_KEY_CODES')
  await pool.query("delete from vault.key_checks where name = 'FLORIN_KEY_CODES'")
  await expect(createVault({ pool, keys: next })).resolves.toBeDefined()
  await expect(createVault({ pool, keys: await readKeys(env) })).rejects.toThrow('FLORIN_KEY_CODES')
})

test('processes that start at once on an empty database make one data key', async () => {
  const pool = await freshPool()
  const keys = await readKeys()
  const starts = () => [1, 2, 3].map(() => createVault({ pool, keys }))
  const vaults = await Promise.all(await whenBlocked(pool, 'vault.data_keys', starts))
  const used = vaults.map((each) => each.seal(newId(), generatePan('54518800')).dataKeyId)
  expect(new Set(used).size).toBe(1)
})

test('of two first starts at once with different keys one is refused', async () => {
  const pool = await freshPool()
  const sets = [await readKeys(), await readKeys()]
  const starts = () => sets.map((keys) => createVault({ pool, keys }))
  const ends = await Promise.allSettled(await whenBlocked(pool, 'vault.key_checks', starts))
  expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(String(ends.find((end) => end.status === 'rejected')?.reason)).toContain(
    'not what this database was made with',
  )
})

test('a data key older than 90 days is followed by a new one, and what it sealed still opens', async () => {
  const pool = await freshPool()
  const keys = await readKeys()
  const [one, two] = [await createVault({ pool, keys }), await createVault({ pool, keys })]
  const cards = await issueCards(pool, one, 3)
  const before = one.seal(newId(), generatePan('54518800')).dataKeyId
  await one.refresh()
  expect(one.seal(newId(), generatePan('54518800')).dataKeyId).toBe(before)
  await pool.query("update vault.data_keys set created_at = now() - interval '91 days'")
  await Promise.all(await whenBlocked(pool, 'vault.data_keys', () => [one.refresh(), two.refresh()]))
  const after = one.seal(newId(), generatePan('54518800')).dataKeyId
  expect(after).not.toBe(before)
  expect(two.seal(newId(), generatePan('54518800')).dataKeyId).toBe(after)
  expect((await pool.query('select id from vault.data_keys')).rowCount).toBe(2)
  for (const [id, pan] of cards) expect((await two.open(id)).reveal()).toBe(pan)
})

test('a number sealed under a data key that this process has not heard of opens', async () => {
  const pool = await freshPool()
  const keys = await readKeys()
  const one = await createVault({ pool, keys })
  await pool.query("update vault.data_keys set created_at = now() - interval '91 days'")
  const cards = await issueCards(pool, await createVault({ pool, keys }), 1)
  for (const [id, pan] of cards) expect((await one.open(id)).reveal()).toBe(pan)
})

test('a tampered data key is noticed at start', async () => {
  const pool = await freshPool()
  const keys = await readKeys()
  await createVault({ pool, keys })
  await pool.query('update vault.data_keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)')
  await expect(createVault({ pool, keys })).rejects.toThrow('its row was changed')
})

test('a vault and what it gives out do not print secrets', async () => {
  const [[id = '', pan = ''] = []] = await issueCards(database.pool, vault, 1)
  const opened = await vault.open(id)
  const text = vault.openText('webhook', id, vault.sealText('webhook', id, 'whsec_hidden'))
  const row = vault.seal(id, pan)
  const values = [vault, opened, text, row, { vault, opened, text }]
  const printed = values
    .map((value) => `${inspect(value, { depth: 9, showHidden: true })}${JSON.stringify(value)}`)
    .join()
  expect(printed).not.toContain(pan)
  expect(printed).not.toContain('whsec_hidden')
  for (const key of Object.values(env)) expect(printed).not.toContain(key)
})
