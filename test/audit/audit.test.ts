import { beforeAll, expect, test } from 'vitest'
import { recordAudit } from '../../src/audit/audit.ts'
import { listAudit } from '../../src/audit/queries.ts'
import { AppError } from '../../src/errors.ts'
import { newId } from '../../src/ids.ts'
import { type AuditWorld, LAYLA, openAudit } from './setup.ts'

let world: AuditWorld

beforeAll(async () => {
  world = await openAudit()
})

const entriesOf = async (objectId: string) =>
  (await listAudit(world.pool, { merchantId: world.merchantId, objectId, page: { size: 10 } })).rows

test('an entry says who did what to what, from where, when, and how it went', async () => {
  const data = { amount: '100', currency: 'USD' }
  const written = await world.write({ data, result: 'begun' })
  expect(await entriesOf(written.objectId)).toEqual([
    {
      ...{ id: written.id, merchantId: world.merchantId, objectId: written.objectId, action: 'payment.refund' },
      ...{ actorKind: 'user', actorId: LAYLA.actor.id, actorName: 'layla', remoteAddress: '192.0.2.7' },
      ...{ result: 'begun', data, createdAt: written.createdAt },
    },
  ])
})

test('a command that fails leaves no entry', async () => {
  const objectId = newId()
  const failing = world.deps.lane.run({
    name: 'audit and fail',
    needs: [],
    decide: (books) => {
      const told = { id: newId(), merchantId: world.merchantId, action: 'payment.void', objectId, data: {} }
      recordAudit(books, LAYLA, { ...told, result: 'done' })
      throw new AppError('checkout_state_invalid')
    },
  })
  await expect(failing).rejects.toMatchObject({ code: 'checkout_state_invalid' })
  expect(await entriesOf(objectId)).toEqual([])
})

test('an entry is written once, whoever decides it again', async () => {
  const { id } = await world.write()
  await expect(world.write({ id })).rejects.toMatchObject({ constraint: 'audit_entries_pkey' })
})

test('the program can add entries, and neither change nor remove them', async () => {
  const { id } = await world.write()
  for (const statement of [
    "update audit_entries set actor_name = 'somebody else' where id = $1",
    'delete from audit_entries where id = $1',
  ])
    await expect(world.pool.query(statement, [id])).rejects.toMatchObject({ code: '42501' })
  await expect(world.pool.query('truncate audit_entries')).rejects.toMatchObject({ code: '42501' })
})
