import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { findClient, insertClient } from '../../src/clients/queries.ts'
import { isUuid, newId } from '../../src/ids.ts'
import { findMerchant, insertMerchant } from '../../src/merchants/queries.ts'
import { createCredentials } from '../../src/principals/credentials.ts'
import { findCredentialByUsername, insertCredential } from '../../src/principals/queries.ts'
import { openDatabase } from '../helpers/database.ts'

const KEY = Buffer.alloc(32, 7)

describe('createCredentials', () => {
  test('gives secrets once and keeps nothing that could sign in', async () => {
    const { issued, row } = await createCredentials({ kind: 'client', id: newId() }, KEY)
    expect(issued.username).toMatch(/^client-[A-Z0-9]{8}$/)
    expect(Buffer.from(issued.password.reveal(), 'base64url').length).toBe(24)
    expect(isUuid(issued.accessKey)).toBe(true)
    expect(issued.privateKey.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(row.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(inspect({ issued, row }, { depth: 5 })).not.toContain(issued.password.reveal())
    expect(JSON.stringify({ issued, row })).not.toContain('PRIVATE KEY')
  })
})

describe('what is kept', () => {
  test('is found again, with the name of its owner', async () => {
    const { pool } = await openDatabase()
    const [merchant, client] = [newId(), newId()]
    await insertMerchant(pool, { id: merchant, name: 'Tea House', mcc: '5812', category: 'Food', country: 'HK' })
    await insertClient(pool, { id: client, name: 'Fleet Cards' })
    expect(await findMerchant(pool, merchant)).toEqual({
      id: merchant,
      name: 'Tea House',
      mcc: '5812',
      category: 'Food',
      country: 'HK',
      createdAt: expect.any(Date),
    })
    expect(await findClient(pool, client)).toEqual({ id: client, name: 'Fleet Cards', createdAt: expect.any(Date) })
    expect(await findMerchant(pool, client)).toBeUndefined()
    const { row } = await createCredentials({ kind: 'client', id: client }, KEY)
    await insertCredential(pool, row)
    expect(await findCredentialByUsername(pool, row.username)).toMatchObject({
      id: row.id,
      principal: { kind: 'client', id: client, name: 'Fleet Cards', accessKey: row.accessKey },
      secretHmac: row.secretHmac,
    })
    expect(await findCredentialByUsername(pool, row.username.toLowerCase())).toBeUndefined()
  })

  test('belongs to somebody who exists, under a username of one’s own', async () => {
    const { pool } = await openDatabase()
    const client = newId()
    await insertClient(pool, { id: client, name: 'Fleet Cards' })
    const { row } = await createCredentials({ kind: 'client', id: client }, KEY)
    const insert = (changes: Partial<typeof row>) => insertCredential(pool, { ...row, id: newId(), ...changes })
    await expect(insert({ principalId: newId() })).rejects.toMatchObject({ constraint: 'client_of_credential_exists' })
    await expect(insert({ principalKind: 'merchant' })).rejects.toMatchObject({
      constraint: 'merchant_of_credential_exists',
    })
    await expect(insert({ username: 'a:b' })).rejects.toMatchObject({
      constraint: 'username_fits_into_basic_authentication',
    })
    await insert({})
    await expect(insert({})).rejects.toMatchObject({ constraint: 'username_names_one_credential' })
    await expect(insert({ username: 'b' })).rejects.toMatchObject({ constraint: 'access_key_names_one_credential' })
  })
})
