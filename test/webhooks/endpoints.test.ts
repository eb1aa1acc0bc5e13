import { expect, test } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { fingerprintOf } from '../../src/idempotency/keyed.ts'
import { newId } from '../../src/ids.ts'
import { createWebhook, listWebhooks, removeWebhook, webhookStats } from '../../src/webhooks/endpoints.ts'
import { deliverDue, fanOutUntil, receive, recordFacts, setUp, subscribe } from './setup.ts'

const url = 'http://127.0.0.1:9/hook'

test('a new webhook is named by its id and hands out a secret of 32 bytes', async () => {
  const deps = await setUp()
  const id = newId()
  const webhook = await createWebhook(deps, { id, ownerId: deps.ownerId, url, events: ['*'] })
  expect(webhook).toMatchObject({ id, ownerId: deps.ownerId, name: id, url, events: ['*'], status: 'created' })
  expect(webhook.secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
})

test('a repetition under the same key answers the same webhook and secret, and the secret is not in the database', async () => {
  const deps = await setUp()
  const request = { ownerId: deps.ownerId, url, events: ['card.created'], name: 'shop' }
  const claims = [{ scope: 'webhooks', key: 'k1', fingerprint: fingerprintOf(request) }]
  const first = await createWebhook(deps, { ...request, id: newId(), claims })
  const again = await createWebhook(deps, { ...request, id: newId(), claims })
  expect(again.id).toBe(first.id)
  expect(again.createdAt).toEqual(first.createdAt)
  expect(again.secret.reveal()).toBe(first.secret.reveal())
  expect(await listWebhooks(deps, deps.ownerId)).toHaveLength(1)
  const { rows } = await deps.pool.query(
    'select e::text, k::text as key from webhook_endpoints e cross join idempotency_keys k',
  )
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain(first.secret.reveal().slice('whsec_'.length))
})

test('two webhooks have two secrets', async () => {
  const deps = await setUp()
  const [one, other] = [await subscribe(deps, { url }), await subscribe(deps, { url })]
  expect(one.secret.reveal()).not.toBe(other.secret.reveal())
})

test('a URL inside, and lists of events that are none, are refused', async () => {
  const deps = { ...(await setUp()), egress: createEgress() }
  const request = { id: newId(), ownerId: deps.ownerId, url: 'https://8.8.8.8/', events: ['*'] }
  for (const [field, change] of [
    ['url', { url: 'https://169.254.169.254/latest' }],
    ['events', { events: [] }],
    ['events', { events: [''] }],
    ['name', { name: 'a'.repeat(129) }],
  ] as const)
    await expect(createWebhook(deps, { ...request, ...change })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field },
    })
  expect(await listWebhooks(deps, deps.ownerId)).toEqual([])
})

test('only its owner can remove a webhook, and twice is as good as once', async () => {
  const deps = await setUp()
  const { id, secret: _, ...webhook } = await subscribe(deps, { url })
  for (const request of [
    { id, ownerId: newId() },
    { id: newId(), ownerId: deps.ownerId },
    { id: 'nonsense', ownerId: deps.ownerId },
  ])
    await expect(removeWebhook(deps, request)).rejects.toMatchObject({ code: 'webhook_not_found' })
  const removed = await removeWebhook(deps, { id, ownerId: deps.ownerId })
  expect(removed).toEqual({ ...webhook, id, status: 'removed', removedAt: expect.any(Date) })
  expect(await removeWebhook(deps, { id, ownerId: deps.ownerId })).toEqual(removed)
  expect(await listWebhooks(deps, deps.ownerId)).toEqual([])
})

test('stats tell how the owner’s webhooks are doing, removed ones too', async () => {
  const deps = await setUp()
  const receiver = await receive()
  const [used, idle, removed] = [
    await subscribe(deps, receiver, ['card.created']),
    await subscribe(deps, receiver, ['no.such.event']),
    await subscribe(deps, receiver, ['no.such.event']),
  ]
  await removeWebhook(deps, { id: removed.id, ownerId: deps.ownerId })
  await recordFacts(deps, { count: 2 })
  await fanOutUntil(deps, 2)
  receiver.answer = () => (receiver.received.length === 1 ? 500 : 200)
  await deliverDue(deps, 2)
  const never = { lastSuccessfulDeliveryTime: null, lastFailedDeliveryTime: null }
  expect(await webhookStats(deps, { ownerId: deps.ownerId })).toEqual([
    { id: removed.id, status: 'deleted', queuedMessages: 0, ...never },
    { id: idle.id, status: 'healthy', queuedMessages: 0, ...never },
    {
      id: used.id,
      status: 'healthy',
      queuedMessages: 1,
      lastSuccessfulDeliveryTime: expect.any(Date),
      lastFailedDeliveryTime: expect.any(Date),
    },
  ])
  expect(await webhookStats(deps, { ownerId: deps.ownerId, id: idle.id })).toHaveLength(1)
  expect(await webhookStats(deps, { ownerId: newId() })).toEqual([])
  for (const request of [
    { ownerId: newId(), id: idle.id },
    { ownerId: deps.ownerId, id: 'nonsense' },
  ])
    await expect(webhookStats(deps, request)).rejects.toMatchObject({ code: 'webhook_not_found' })
})
