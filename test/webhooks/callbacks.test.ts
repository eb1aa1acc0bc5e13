import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import {
  callbackSecret,
  listCallbackEndpoints,
  needCallbackEndpoint,
  openCallbackEndpoint,
} from '../../src/webhooks/callbacks.ts'
import { listWebhooks, removeWebhook, webhookStats } from '../../src/webhooks/endpoints.ts'
import { setUpCallbacks } from './callback-setup.ts'
import { openLane, type Setup, subscribe } from './setup.ts'

const url = 'https://shop.example/notify'

const open = (deps: Setup, to: string, ownerId = deps.ownerId): Promise<string> =>
  deps.runner.run({
    name: 'open',
    needs: [needCallbackEndpoint(ownerId, to)],
    decide: (books) => openCallbackEndpoint(books, ownerId, to),
  })

test('a merchant has one endpoint for each URL, however it is written and whoever opens it at the same time', async () => {
  const deps = await setUpCallbacks()
  const other = newId()
  const ids = await Promise.all([
    ...Array.from({ length: 100 }, () => open(deps, 'https://shop.example/notify')),
    open(deps, 'shop.example/notify'),
    open(deps, 'https://SHOP.example/notify'),
    open(deps, 'https://shop.example/other'),
    open(deps, url, other),
  ])
  expect(new Set(ids).size).toBe(3)
  const page = { size: 10 }
  const own = await listCallbackEndpoints(deps.pool, { ownerId: deps.ownerId, page })
  expect(own.rows.map((row) => row.url).sort()).toEqual(['https://shop.example/notify', 'https://shop.example/other'])
  expect(own.rows[0]).toMatchObject({ status: 'created', failures: 0, suspendedBecause: null, lastSuccessAt: null })
  expect((await listCallbackEndpoints(deps.pool, { ownerId: other, page })).rows).toHaveLength(1)
})

test('an endpoint that two processes open at once is made once', async () => {
  const deps = await setUpCallbacks()
  const other = { ...deps, runner: openLane(deps.url, deps.log) }
  const urls = Array.from({ length: 30 }, (_, n) => `${url}/${n % 10}`)
  const ids = await Promise.all(urls.flatMap((to) => [open(deps, to), open(other, to)]))
  expect(new Set(ids).size).toBe(10)
  expect((await listCallbackEndpoints(deps.pool, { ownerId: deps.ownerId, page: { size: 20 } })).rows).toHaveLength(10)
})

test('callback endpoints are no webhooks: not listed, not counted, not removed', async () => {
  const deps = await setUpCallbacks()
  const id = await open(deps, url)
  expect(await listWebhooks(deps, deps.ownerId)).toEqual([])
  expect(await webhookStats(deps, { ownerId: deps.ownerId })).toEqual([])
  await expect(removeWebhook(deps, { id, ownerId: deps.ownerId })).rejects.toMatchObject({ code: 'webhook_not_found' })
})

test('all callbacks of a merchant are signed with one secret, which is nobody else’s', async () => {
  const deps = await setUpCallbacks()
  const webhook = await subscribe(deps, { url: 'http://127.0.0.1:9/' })
  const own = callbackSecret(deps.webhookKey, deps.ownerId).reveal()
  expect(own).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(callbackSecret(deps.webhookKey, deps.ownerId).reveal()).toBe(own)
  expect(new Set([own, callbackSecret(deps.webhookKey, newId()).reveal(), webhook.secret.reveal()]).size).toBe(3)
})
