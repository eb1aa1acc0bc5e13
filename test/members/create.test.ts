import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { createMember, createPartner } from '../../src/members/create.ts'
import { insertMerchant } from '../../src/merchants/queries.ts'
import { type Edge, openEdge } from '../api/transaction-services/setup.ts'

const merchant = async ({ database }: Edge) => {
  const id = newId()
  await insertMerchant(database.pool, { id, name: 'Tea House', mcc: '5812', category: 'Food', country: 'HK' })
  return id
}

test('a partner and a member get numbers of at most ten digits and keys that are not stored in clear', async () => {
  const edge = await openEdge()
  const deps = { db: edge.database.pool, vault: edge.vault }
  const partner = await createPartner(deps, { username: 'acme' })
  const merchantId = await merchant(edge)
  const member = await createMember(deps, { merchantId, partnerId: partner.id, username: 'shop' })
  for (const { number, secureKey } of [partner, member]) {
    expect(number).toMatch(/^[1-9][0-9]{7,9}$/)
    expect(secureKey.reveal()).toMatch(/^sk_[A-Za-z0-9_-]{32}$/)
    expect(String(secureKey)).toBe('[secret]')
  }
  const found = await edge.directory.member(member.number)
  expect(found?.secureKeys.map((key) => key.reveal())).toEqual([member.secureKey.reveal()])
  expect(found).toMatchObject({
    kind: 'merchant',
    id: merchantId,
    accessKey: member.number,
    partnerNumber: partner.number,
  })
  const { rows } = await edge.database.pool.query('select * from members union all select * from members')
  expect(JSON.stringify(rows.map((row) => String(row.sealed_key)))).not.toContain(member.secureKey.reveal())
  expect((await edge.directory.memberOfMerchant(merchantId))?.number).toBe(member.number)
})

test('a merchant is one member, a username is one member of its partner, a number is one member', async () => {
  const edge = await openEdge()
  const deps = { db: edge.database.pool, vault: edge.vault }
  const { id: partnerId } = await createPartner(deps, { username: 'acme' })
  const merchantId = await merchant(edge)
  await createMember(deps, { merchantId, partnerId, username: 'shop', number: 5000n })
  const again = (changes: object) => createMember(deps, { merchantId, partnerId, username: 'other', ...changes })
  await expect(again({})).rejects.toThrow('merchant_is_one_member')
  const other = await merchant(edge)
  await expect(again({ merchantId: other, username: 'shop' })).rejects.toThrow('member_username_is_unique')
  await expect(again({ merchantId: other, number: 5000n })).rejects.toThrow('this number already')
})

test('settings that make no sense are refused', async () => {
  const edge = await openEdge()
  const deps = { db: edge.database.pool, vault: edge.vault }
  const { id: partnerId } = await createPartner(deps, { username: 'acme' })
  const add = async (settings: object) =>
    createMember(deps, { merchantId: await merchant(edge), partnerId, username: 'shop', settings })
  await expect(add({ timeZone: 'Europe/Atlantis' })).rejects.toThrow('timeZone')
  await expect(add({ allowsMd5: false })).rejects.toThrow('member_proves_requests_somehow')
  await expect(add({ inquiryCode: '1' })).rejects.toThrow('member_inquiry_code_is_known')
  await expect(add({ dateOrder: 'YYYY' })).rejects.toThrow('member_date_order_is_known')
})
