import { expect, test } from 'vitest'
import { updateCheckout } from '../../src/checkouts/create.ts'
import { listNoticeEndpoints } from '../../src/webhooks/notices.ts'
import { makeCheckout, openCheckoutWorld } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world

const urls = async (): Promise<string[]> =>
  (await listNoticeEndpoints(pool, { ownerId: merchantId, page: { size: 10 } })).rows.map(({ url }) => url).sort()

test('the URL that a checkout names has its endpoint with it, once, and with a change that names another', async () => {
  await makeCheckout(world)
  expect(await urls()).toEqual([])
  const { id } = await makeCheckout(world, { webhookUrl: 'https://shop.example/hook' })
  await makeCheckout(world, { webhookUrl: 'https://SHOP.example/hook' })
  expect(await urls()).toEqual(['https://shop.example/hook'])
  const update = (changes: Parameters<typeof updateCheckout>[1]['changes']) =>
    updateCheckout(deps, { merchantId, id, changes, isShort: false })
  await update({ orderNo: 'a-1' })
  expect(await urls()).toHaveLength(1)
  await update({ webhookUrl: 'https://shop.example/other' })
  expect(await urls()).toEqual(['https://shop.example/hook', 'https://shop.example/other'])
})

test('a checkout that is refused leaves no endpoint', async () => {
  const before = await urls()
  const refused = makeCheckout(world, { pgCodes: ['unknown'], webhookUrl: 'https://shop.example/refused' })
  await expect(refused).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await urls()).toEqual(before)
})
