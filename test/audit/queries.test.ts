import { beforeAll, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/audit.ts'
import { type AuditFilter, listAudit } from '../../src/audit/queries.ts'
import { newId } from '../../src/ids.ts'
import { type AuditWorld, openAudit } from './setup.ts'

const OBJECT = newId()

let world: AuditWorld
let written: AuditEntry[]

beforeAll(async () => {
  world = await openAudit()
  written = []
  for (const action of ['payment.capture', 'payment.refund', 'payment.void', 'payment.delete'])
    written.push(await world.write({ action, objectId: OBJECT }))
  written.push(await world.write({ action: 'payment.cancel' }))
  await world.write({ action: 'payment.expire', objectId: OBJECT, merchantId: world.otherMerchantId })
})

const list = async (filter: Partial<AuditFilter>) => {
  const { rows, ...neighbours } = await listAudit(world.pool, {
    merchantId: world.merchantId,
    page: { size: 10 },
    ...filter,
  })
  return { ...neighbours, actions: rows.map(({ action }) => action.replace('payment.', '')) }
}

test('what was done to one object is listed newest first, and to others not', async () => {
  expect(await list({ objectId: OBJECT })).toEqual({ actions: ['delete', 'void', 'refund', 'capture'] })
})

test('a merchant sees what was done for him alone', async () => {
  expect(await list({})).toEqual({ actions: ['cancel', 'delete', 'void', 'refund', 'capture'] })
  expect((await list({ merchantId: world.otherMerchantId, objectId: OBJECT })).actions).toEqual(['expire'])
  expect((await list({ merchantId: world.otherMerchantId, objectId: written[4]?.objectId ?? '' })).actions).toEqual([])
})

test('pages meet without a gap', async () => {
  const first = await list({ page: { size: 2 } })
  const second = await list({ page: { size: 2, cursor: first.next } })
  const third = await list({ page: { size: 2, cursor: second.next } })
  expect([first.actions, second.actions, third.actions]).toEqual([
    ['cancel', 'delete'],
    ['void', 'refund'],
    ['capture'],
  ])
  expect(third.next).toBeUndefined()
  expect((await list({ page: { size: 2, cursor: third.previous } })).actions).toEqual(second.actions)
})
