import { expect, onTestFinished, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { generateKeys } from '../../src/vault/keys.ts'
import { generatePan } from '../../src/vault/pan.ts'
import { rotateKeys } from '../../src/vault/rotate.ts'
import { createVault, type Vault } from '../../src/vault/vault.ts'
import { openDatabase, waitForBlocked } from '../helpers/database.ts'
import { insertPans, issueCards, readKeys, whenBlocked, withNextKek, withoutPrevious } from './setup.ts'

const CARDS = 1200 // Three batches of 500.

async function setup(count: number) {
  const { pool } = await openDatabase()
  const env = generateKeys()
  const vault = await createVault({ pool, keys: await readKeys(env) })
  const cards = await issueCards(pool, vault, count)
  const dataKeys = async () => {
    const { rows } = await pool.query<{ dataKeyId: string; count: bigint }>(
      'select data_key_id as "dataKeyId", count(*) as count from vault.pans group by data_key_id order by count',
    )
    return rows
  }
  return { pool, env, vault, cards, dataKeys }
}

async function expectReadable(vault: Vault, cards: ReadonlyMap<string, string>): Promise<void> {
  for (const [id, pan] of cards) {
    expect((await vault.open(id)).reveal()).toBe(pan)
    expect(vault.blindIndex(pan)).toHaveLength(32)
  }
}

test('after a rotation every number opens with the new key, and the old key opens nothing', async () => {
  const { pool, env, vault, cards } = await setup(20)
  const next = withNextKek(env)
  const keys = await readKeys(next)
  await expectReadable(await createVault({ pool, keys }), cards)
  expect(await rotateKeys({ pool, keys })).toEqual({ rewrapped: 1, resealed: 0 })
  expect(await rotateKeys({ pool, keys })).toEqual({ rewrapped: 0, resealed: 0 })
  await expectReadable(await createVault({ pool, keys: await readKeys(withoutPrevious(next)) }), cards)
  await expectReadable(vault, cards) // A server that was running all the time notices nothing.
  await expect(createVault({ pool, keys: await readKeys(env) })).rejects.toThrow('FLORIN_KEY_VAULT')
})

test('a rotation without the key before is refused and names it', async () => {
  const { pool, env } = await setup(1)
  const keys = await readKeys(withoutPrevious(withNextKek(env)))
  await expect(rotateKeys({ pool, keys }, { resealPans: true, settleMs: 0 })).rejects.toThrow(
    'FLORIN_KEY_VAULT_PREVIOUS',
  )
  await expect(createVault({ pool, keys: await readKeys(env) })).resolves.toBeDefined()
})

test('resealing moves every number to a new data key', async () => {
  const { pool, env, vault, cards, dataKeys } = await setup(CARDS)
  const [before] = await dataKeys()
  const next = withNextKek(env)
  const seen: number[] = []
  const rotated = await rotateKeys(
    { pool, keys: await readKeys(next) },
    { resealPans: true, settleMs: 0, onBatch: (resealed) => seen.push(resealed) },
  )
  expect(rotated).toEqual({ rewrapped: 1, resealed: CARDS })
  expect(seen).toEqual([500, 1000, 1200])
  const after = await dataKeys()
  expect(after).toHaveLength(1)
  expect(after[0]?.dataKeyId).not.toBe(before?.dataKeyId)
  const reopened = await createVault({ pool, keys: await readKeys(withoutPrevious(next)) })
  await expectReadable(reopened, cards)
  for (const [id, pan] of [...cards].slice(0, 5)) expect(await reopened.findByPan(pan)).toBe(id)
  expect(reopened.seal(newId(), generatePan('54518800')).dataKeyId).toBe(after[0]?.dataKeyId)
  // A server without the new key cannot open what was resealed, says so, and keeps sealing with what it has.
  const [[id = ''] = []] = cards
  await expect(vault.open(id)).rejects.toThrow('started without')
  await vault.refresh()
  expect(vault.seal(newId(), generatePan('54518800')).dataKeyId).toBe(before?.dataKeyId)
})

test('a reseal that was interrupted goes on where it was, with the data key it had made', async () => {
  const { pool, env, cards, dataKeys } = await setup(CARDS)
  const keys = await readKeys(withNextKek(env))
  const crash = () => {
    throw new Error('killed')
  }
  await expect(rotateKeys({ pool, keys }, { resealPans: true, onBatch: crash })).rejects.toThrow('killed')
  const halfway = await dataKeys()
  expect(halfway.map((row) => row.count)).toEqual([500n, 700n])
  await expectReadable(await createVault({ pool, keys }), cards)
  expect(await rotateKeys({ pool, keys }, { resealPans: true, settleMs: 0 })).toEqual({ rewrapped: 0, resealed: 700 })
  expect(await dataKeys()).toEqual([{ dataKeyId: halfway[0]?.dataKeyId, count: BigInt(CARDS) }])
  await expectReadable(await createVault({ pool, keys }), cards)
})

test('a second reseal makes a new data key again', async () => {
  const { pool, env, cards, dataKeys } = await setup(3)
  const keys = await readKeys(env)
  const used = new Set((await dataKeys()).map((row) => row.dataKeyId))
  for (let run = 1; run <= 2; run++) {
    expect((await rotateKeys({ pool, keys }, { resealPans: true, settleMs: 0 })).resealed).toBe(3)
    for (const row of await dataKeys()) used.add(row.dataKeyId)
  }
  expect(used.size).toBe(3)
  await expectReadable(await createVault({ pool, keys }), cards)
})

test('a new KEK after an interrupted reseal makes another data key, because the one before may be known', async () => {
  const { pool, env, cards, dataKeys } = await setup(600)
  const keys = await readKeys(env)
  const crash = () => {
    throw new Error('killed')
  }
  await expect(rotateKeys({ pool, keys }, { resealPans: true, onBatch: crash })).rejects.toThrow('killed')
  const next = await readKeys(withNextKek(env))
  const rotated = await rotateKeys({ pool, keys: next }, { resealPans: true, settleMs: 0 })
  expect(rotated).toEqual({ rewrapped: 2, resealed: 600 })
  expect(await dataKeys()).toHaveLength(1)
  await expectReadable(await createVault({ pool, keys: next }), cards)
})

test('cards that a running server still issues under the old data key are moved too', async () => {
  const early = [newId(), newId()] // The first sweep has passed these ids when their cards come.
  const { pool, env, cards, dataKeys } = await setup(CARDS)
  const keys = await readKeys(withNextKek(env))
  const server = await createVault({ pool, keys })
  const issued: Promise<void>[] = []
  const issue = (resealed: number) => {
    const id = resealed === 500 ? early[0] : resealed === CARDS ? early[1] : undefined
    if (id === undefined) return
    const pan = generatePan('54518800')
    cards.set(id, pan)
    issued.push(insertPans(pool, [server.seal(id, pan)]))
  }
  const rotated = await rotateKeys({ pool, keys }, { resealPans: true, settleMs: 500, onBatch: issue })
  await Promise.all(issued)
  expect(rotated.resealed).toBe(CARDS + 2)
  expect(await dataKeys()).toHaveLength(1)
  await expectReadable(server, cards)
})

test('two reseals at once leave every number under one data key', async () => {
  const { pool, env, cards, dataKeys } = await setup(CARDS)
  const keys = await readKeys(withNextKek(env))
  const run = () => rotateKeys({ pool, keys }, { resealPans: true, settleMs: 0 })
  await Promise.all([run(), run()])
  await run()
  expect(await dataKeys()).toHaveLength(1)
  await expectReadable(await createVault({ pool, keys }), cards)
})

test('of two rotations at once each data key is rewrapped by one', async () => {
  const { pool, env, cards } = await setup(1)
  const keys = await readKeys(withNextKek(env))
  const runs = () => [rotateKeys({ pool, keys }), rotateKeys({ pool, keys })]
  const rotated = await Promise.all(await whenBlocked(pool, 'vault.data_keys', runs))
  expect(rotated.map(({ rewrapped }) => rewrapped).sort()).toEqual([0, 1])
  await expectReadable(await createVault({ pool, keys }), cards)
})

test('a number that another run moves meanwhile is left as that run wrote it', async () => {
  const { pool, env, cards } = await setup(1)
  const [[id = '', pan = ''] = []] = cards
  const keys = await readKeys(env)
  const other = await pool.connect()
  onTestFinished(() => other.release())
  await other.query('begin')
  await other.query('select id from vault.pans for update')
  const run = rotateKeys({ pool, keys }, { resealPans: true, settleMs: 0 })
  await waitForBlocked(pool, 1)
  const row = (await createVault({ pool, keys })).seal(id, pan)
  await other.query('update vault.pans set data_key_id = $1, sealed = $2', [row.dataKeyId, row.sealed])
  await other.query('commit')
  expect(await run).toEqual({ rewrapped: 0, resealed: 0 })
  await expectReadable(await createVault({ pool, keys }), cards)
})
