import { expect, test } from 'vitest'
import { findAttachment, findAttachmentFile } from '../../src/attachments/queries.ts'
import { storeAttachment } from '../../src/attachments/store.ts'
import { attachToCheckout } from '../../src/checkouts/attach.ts'
import { updateCheckout } from '../../src/checkouts/create.ts'
import { findCheckout } from '../../src/checkouts/queries.ts'
import { deleteCheckout, restoreCheckout } from '../../src/checkouts/remove.ts'
import { tidy } from '../../src/jobs/tidy.ts'
import { verify } from '../../src/verify/verify.ts'
import { fileOf } from '../attachments/files.ts'
import { advanceClock } from '../helpers/seed.ts'
import { makeCheckout, openCheckoutWorld, pay } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId, otherMerchantId } = world

const store = (by = merchantId) => storeAttachment(deps, { merchantId: by, file: fileOf('pdf'), isShort: false })
const remove = ({ id }: { readonly id: string }) => deleteCheckout(deps, { merchantId, id })
const isThere = async ({ id }: { readonly id: string }) => (await findAttachmentFile(pool, id)) !== undefined

test('a file that a checkout names goes with it', async () => {
  const attachment = await store()
  const checkout = await makeCheckout(world, { details: { attachment } })
  expect(checkout.details.attachment).toEqual(attachment)
  await remove(checkout)
  expect(await isThere(attachment)).toBe(false)
  const { rows } = await pool.query('select 1 from attachment_files where attachment_id = $1', [attachment.id])
  expect(rows).toEqual([])
})

test('a file that several checkouts name goes with the last of them', async () => {
  const attachment = await store()
  const [first, second] = await Promise.all([1, 2].map(() => makeCheckout(world, { details: { attachment } })))
  if (!first || !second) throw new Error('there are two')
  await remove(first)
  expect(await isThere(attachment)).toBe(true)
  await remove(second)
  expect(await isThere(attachment)).toBe(false)
})

test('a file stays with a checkout that is only hidden', async () => {
  const attachment = await store()
  const checkout = await makeCheckout(world, { details: { attachment } })
  await pay(world, checkout)
  await remove(checkout)
  expect(await isThere(attachment)).toBe(true)
  await restoreCheckout(deps, { merchantId, id: checkout.id })
  expect((await findCheckout(pool, merchantId, checkout.id))?.details.attachment).toEqual(attachment)
})

test('a checkout keeps its file longer than a file without one is kept', async () => {
  const [attachment, idle] = [await store(), await store()]
  await makeCheckout(world, { details: { attachment } })
  await advanceClock(world, 31 * 24 * 3600)
  await tidy(pool)
  expect([await isThere(attachment), await isThere(idle)]).toEqual([true, false])
  const { rows } = await pool.query('select id from attachments where id = any($1)', [[attachment.id, idle.id]])
  expect(rows).toEqual([{ id: attachment.id }])
  await expect(makeCheckout(world, { details: { attachment: idle } })).rejects.toMatchObject({
    code: 'invalid_request',
  })
})

test('no checkout names another merchant’s file, or one that is gone', async () => {
  const [others, gone] = [await store(otherMerchantId), await store()]
  await remove(await makeCheckout(world, { details: { attachment: gone } }))
  const checkout = await makeCheckout(world)
  for (const attachment of [others, gone]) {
    const wrong = { code: 'invalid_request', details: { field: 'attachment' } }
    await expect(makeCheckout(world, { details: { attachment } })).rejects.toMatchObject(wrong)
    await expect(attachToCheckout(deps, { merchantId, id: checkout.id, attachment })).rejects.toMatchObject(wrong)
  }
  await expect(
    attachToCheckout(deps, { merchantId: otherMerchantId, id: checkout.id, attachment: others }),
  ).rejects.toMatchObject({ code: 'checkout_not_found' })
  expect(await isThere(others)).toBe(true)
})

test('another file takes the place of the one before, which is gone', async () => {
  const [first, second, third] = [await store(), await store(), await store()]
  const { id } = await makeCheckout(world, { details: { attachment: first, customerEmail: 'ada@example.com' } })
  await attachToCheckout(deps, { merchantId, id, attachment: second })
  await attachToCheckout(deps, { merchantId, id, attachment: second })
  const details = { attachment: third, customerEmail: 'ada@example.com' }
  const changed = await updateCheckout(deps, { merchantId, id, changes: { details }, isShort: false })
  expect(changed.details).toEqual(details)
  expect([await isThere(first), await isThere(second), await isThere(third)]).toEqual([false, false, true])
  await updateCheckout(deps, { merchantId, id, changes: { orderNo: '7' }, isShort: false })
  expect(await isThere(third)).toBe(true)
  await updateCheckout(deps, { merchantId, id, changes: { details: {} }, isShort: false })
  expect(await findAttachment(pool, third.id)).toBeUndefined()
})

test('a file can be handed to who has paid', async () => {
  const checkout = await makeCheckout(world, { details: { attachmentUrl: 'https://shop.example/a.pdf' } })
  await pay(world, checkout)
  const attachment = await store()
  const view = await attachToCheckout(deps, { merchantId, id: checkout.id, attachment })
  expect(view).toMatchObject({ state: 'paid', details: { attachment } })
  expect(view.details).not.toHaveProperty('attachmentUrl')
})

test('ten files that are handed over at once leave one', async () => {
  const { id } = await makeCheckout(world)
  const files = await Promise.all(Array.from({ length: 10 }, () => store()))
  const results = await Promise.allSettled(
    files.map((attachment) => attachToCheckout(deps, { merchantId, id, attachment })),
  )
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
  expect(refused.every((code) => code === 'claim_held')).toBe(true)
  expect(refused.length).toBeLessThan(10)
  const named = (await findCheckout(pool, merchantId, id))?.details.attachment?.id
  const { rows } = await pool.query('select id from attachments where uses > 0 and id = any($1)', [
    files.map((file) => file.id),
  ])
  expect(rows).toEqual([{ id: named }])
})

test('after all of it every file counts its checkouts', async () => {
  expect((await verify(pool)).checks.filter(({ count }) => count > 0)).toEqual([])
})
