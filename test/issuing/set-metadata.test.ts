import { beforeAll, expect, test } from 'vitest'
import { createFundingAccount } from '../../src/funding/create.ts'
import { newId } from '../../src/ids.ts'
import { createCardAccount } from '../../src/issuing/create-card-account.ts'
import { setMetadata } from '../../src/issuing/set-metadata.ts'
import { type Issuing, openIssuing, restart } from '../helpers/seed.ts'

let issuing: Issuing

beforeAll(async () => {
  issuing = await openIssuing()
})

const openCardAccount = async (xid?: string): Promise<string> => {
  const { deps, clientId } = issuing
  const labels = xid === undefined ? {} : { xid }
  return (await createCardAccount(deps, { clientId, accountType: 'prepaid', currency: 'USD', ...labels, keys: [] })).id
}

const setXid = (id: string, xid: string | null, { deps, clientId } = issuing) =>
  setMetadata(deps, { clientId, type: 'cardaccount', id, xid, keys: [] })

/** Which resources hold an xid, as the rows of resources and the rows of xids say. */
const holders = async (): Promise<{ carried: string[]; taken: string[] }> => {
  const { rows } = await issuing.pool.query(
    `select 'carried' as what, xid || ' ' || id as pair from card_accounts where xid is not null
      union all
     select 'taken', xid || ' ' || resource_id from xids where resource_type <> 'released'
      order by 1, 2`,
  )
  const pairs = (what: string) => rows.filter((row) => row.what === what).map((row) => row.pair)
  return { carried: pairs('carried'), taken: pairs('taken') }
}

const expectOneHolderEach = async () => {
  const { carried, taken } = await holders()
  expect(carried).toEqual(taken)
}

test('an xid that was replaced is free for any resource of the client', async () => {
  const { deps, clientId } = issuing
  const [first, name] = [await openCardAccount('old'), 'Named']
  await expect(createFundingAccount(deps, { clientId, name, assets: ['USD'], xid: 'old', keys: [] })).rejects.toThrow()
  await setXid(first, 'new')
  const second = await openCardAccount('old')
  await expect(setXid(first, 'old')).rejects.toMatchObject({ code: 'xid_taken' })
  await setXid(second, null)
  expect(await setXid(first, 'old')).toMatchObject({ xid: 'old' })
  expect(await openCardAccount('new')).toBeTruthy()
  await expectOneHolderEach()
})

test('setting the xid that a resource has changes nothing', async () => {
  const id = await openCardAccount(`same ${newId()}`)
  const { xid } = await setXid(id, null)
  expect(xid).toBeNull()
  const mine = `mine ${id}`
  await setXid(id, mine)
  expect(await setXid(id, mine)).toMatchObject({ xid: mine })
  await expectOneHolderEach()
})

test('a refused xid leaves the one before', async () => {
  const [taken, mine] = [`taken ${newId()}`, `mine ${newId()}`]
  await openCardAccount(taken)
  const id = await openCardAccount(mine)
  await expect(setXid(id, taken)).rejects.toMatchObject({ code: 'xid_taken', details: { field: 'xid' } })
  await expect(openCardAccount(mine)).rejects.toMatchObject({ code: 'xid_taken' })
  await expectOneHolderEach()
})

test('many changes at once, from two processes, leave each resource the one xid it carries', async () => {
  const second = await restart(issuing)
  const ids = await Promise.all(Array.from({ length: 3 }, () => openCardAccount(`race ${newId()}`)))
  const changes = Array.from({ length: 60 }, (_, i) =>
    setXid(ids[i % 3] ?? '', `x${i % 7}`, i % 2 === 0 ? issuing : second),
  )
  const results = await Promise.allSettled(changes)
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
  for (const result of results) {
    if (result.status === 'rejected') expect(['xid_taken', 'request_in_progress']).toContain(result.reason.code)
  }
  await expectOneHolderEach()
})

test('a key makes two calls one change, also when the xid has changed between them', async () => {
  const { deps, clientId } = issuing
  const id = await openCardAccount()
  const keys = [{ scope: 'test', key: id, fingerprint: Buffer.alloc(32) }]
  const set = () => setMetadata(deps, { clientId, type: 'cardaccount', id, xid: `a ${id}`, keys })
  const first = await set()
  await setXid(id, `b ${id}`)
  expect(await set()).toEqual(first)
  await expectOneHolderEach()
  expect((await holders()).carried).toContain(`b ${id} ${id}`)
})
