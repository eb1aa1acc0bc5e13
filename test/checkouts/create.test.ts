// Only what the pages and faces of checkouts do not show: the short address, what happens where two draw the same one, and the
// endpoint of a URL that is told.
import { expect, test, vi } from 'vitest'
import { updateCheckout } from '../../src/checkouts/create.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { findShortCode } from '../../src/short-codes/queries.ts'
import { listNoticeEndpoints } from '../../src/webhooks/notices.ts'
import { makeCheckout, openCheckoutWorld } from './setup.ts'

const scripted = vi.hoisted((): number[] => [])

// Dice that can be loaded: chance alone would not draw the same code twice while anybody waits.
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>()
  return { ...crypto, randomInt: (max: number) => scripted.shift() ?? crypto.randomInt(max) }
})

const world = await openCheckoutWorld()
const { deps, pool, merchantId } = world

/** The next codes that are drawn begin with these letters, six each. */
const draw = (...codes: readonly (readonly number[])[]): void => {
  scripted.splice(0, scripted.length, ...codes.flat())
}

const A = [0, 0, 0, 0, 0, 0]
const B = [1, 1, 1, 1, 1, 1]
const C = [2, 2, 2, 2, 2, 2]

test('a checkout whose short code is another one’s gets the next that is drawn', async () => {
  draw(A)
  const first = await makeCheckout(world, { isShort: true })
  expect(first.shortCode).toBe('AAAAAA')
  draw(A, B)
  const second = await makeCheckout(world, { isShort: true })
  expect(second.shortCode).toBe('BBBBBB')
  expect(await findShortCode(pool, 'AAAAAA')).toMatchObject({ kind: 'checkout', targetId: first.id })
  expect(await findShortCode(pool, 'BBBBBB')).toMatchObject({ kind: 'checkout', targetId: second.id })
})

test('ten that are made at once, some of which draw the same code, all get one of their own', async () => {
  const [X, Y] = [Array(6).fill(40), Array(6).fill(41)]
  draw(X, Y, X, Y, X, Y, X, Y)
  const made = await Promise.all(Array.from({ length: 10 }, () => makeCheckout(world, { isShort: true })))
  expect(new Set(made.map(({ shortCode }) => shortCode)).size).toBe(10)
})

test('a checkout gets its short code later, if it is asked for then, and keeps it', async () => {
  const checkout = await makeCheckout(world)
  expect(checkout.shortCode).toBeNull()
  const update = { merchantId, id: checkout.id, changes: {}, isShort: true }
  draw(A, C)
  expect((await updateCheckout(deps, update)).shortCode).toBe('CCCCCC')
  expect((await updateCheckout(deps, update)).shortCode).toBe('CCCCCC')
  expect((await updateCheckout(deps, { ...update, isShort: false })).shortCode).toBe('CCCCCC')
})

test('the code of a checkout that is gone is not given to another one', async () => {
  const D = [3, 3, 3, 3, 3, 3]
  draw(D)
  const gone = await makeCheckout(world, { isShort: true })
  await deleteCheckout(deps, { merchantId, id: gone.id })
  draw(D)
  const next = await makeCheckout(world, { isShort: true })
  expect(next.shortCode).not.toBe(gone.shortCode)
})

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
