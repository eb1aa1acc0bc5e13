import { expect, test } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { listCallbackEndpoints } from '../../src/webhooks/callbacks.ts'
import { namedEndpointId, namedUrl, resumeEndpoint } from '../../src/webhooks/named.ts'
import { recordPayment, setUpCallbacks } from './callback-setup.ts'
import { deliverDue, fanOutUntil, healthOf, receive } from './setup.ts'

test.each([
  ['www.shop.example/notify', 'https://www.shop.example/notify'],
  ['shop.example:8443', 'https://shop.example:8443/'],
  [' https://Shop.example/a?b=c ', 'https://shop.example/a?b=c'],
  ['http://127.0.0.1:4001/x', 'http://127.0.0.1:4001/x'],
  ['HTTPS://shop.example', 'https://shop.example/'],
])('a notification URL %s means %s', async (text, meant) => {
  expect(namedUrl(text)).toBe(meant)
  expect(namedUrl(meant)).toBe(meant)
})

test.each(['', 'javascript:alert(1)', 'ftp://shop.example/', 'http://shop.example/', '10.0.0.1/x', 'https://:443/'])(
  'egress refuses what is meant by %j',
  async (text) => {
    await expect(createEgress().checkUrl(namedUrl(text))).rejects.toMatchObject({ code: 'invalid_request' })
  },
)

test('the endpoints of a kind, a merchant and a URL are one, others are others', () => {
  const [merchantId, url] = [newId(), 'https://shop.example/notify']
  const ids = [
    namedEndpointId('callback', { merchantId, url }),
    namedEndpointId('callback', { merchantId, url: 'SHOP.example/notify' }),
    namedEndpointId('notice', { merchantId, url }),
    namedEndpointId('notice', { merchantId, url: `${url}/` }),
    namedEndpointId('notice', { merchantId: newId(), url }),
  ]
  expect(ids[1]).toBe(ids[0])
  expect(new Set(ids).size).toBe(4)
})

test('an endpoint that is gone keeps what it misses, and is sent it when its owner resumes it', async () => {
  const deps = await setUpCallbacks()
  const receiver = await receive()
  receiver.answer = () => 410
  const id = await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 1)
  expect(await deliverDue(deps)).toBe(1)
  await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 2)
  expect(await deliverDue(deps)).toBe(0)
  const page = { size: 10 }
  const { rows } = await listCallbackEndpoints(deps.pool, { ownerId: deps.ownerId, page })
  expect(rows).toMatchObject([{ id, status: 'error', suspendedBecause: 'gone', failures: 1 }])
  for (const request of [
    { ownerId: newId(), id },
    { ownerId: deps.ownerId, id: newId() },
    { ownerId: deps.ownerId, id: 'nonsense' },
  ])
    await expect(resumeEndpoint(deps.pool, request)).rejects.toMatchObject({ code: 'webhook_not_found' })
  expect(await deliverDue(deps)).toBe(0)
  receiver.answer = () => 200
  await resumeEndpoint(deps.pool, { ownerId: deps.ownerId, id })
  expect(await deliverDue(deps)).toBe(2)
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'healthy', failures: 0 })
})
