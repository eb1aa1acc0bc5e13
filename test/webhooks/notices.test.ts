import type { RequestListener } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { messageText, renderMessage } from '../../src/pages/message-text.ts'
import { listMessages } from '../../src/pages/queries.ts'
import { listCallbackEndpoints } from '../../src/webhooks/callbacks.ts'
import { listWebhooks, removeWebhook } from '../../src/webhooks/endpoints.ts'
import { listAfter, listDeliveries } from '../../src/webhooks/log.ts'
import { resumeEndpoint } from '../../src/webhooks/named.ts'
import { listNoticeEndpoints, noticeSecret } from '../../src/webhooks/notices.ts'
import { replayDelivery, replayRange } from '../../src/webhooks/replay.ts'
import { startWebhookWorker } from '../../src/webhooks/worker.ts'
import { recordPayment } from './callback-setup.ts'
import {
  choose,
  endPause,
  type NoticeSetup,
  newest,
  queueNotice,
  recordNotice,
  setUpNotices,
  waitOnly,
} from './notice-setup.ts'
import { countDeliveries, deliverDue, fanOutUntil, healthOf, receive, serve } from './setup.ts'

const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 })

test('a notice is the face’s own body under Standard Webhooks headers', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  const to = await queueNotice(deps, { url: receiver.url })
  expect(await deliverDue(deps)).toBe(1)
  const [one] = receiver.received
  expect(one?.body).toBe(JSON.stringify({ to, state: 'paid' }))
  expect(one?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-sequence': '1' })
  const headers = one?.headers as Record<string, string>
  const secretOf = (ownerId: string) => new Webhook(noticeSecret(deps.webhookKey, ownerId).reveal())
  expect(secretOf(deps.ownerId).verify(one?.body ?? '', headers)).toMatchObject({ state: 'paid' })
  expect(() => secretOf(newId()).verify(one?.body ?? '', headers)).toThrow()
})

test.each([200, 201])('the answer %i takes a notice', async (status) => {
  const deps = await setUpNotices()
  const receiver = await receive()
  receiver.answer = () => status
  await queueNotice(deps, { url: receiver.url })
  expect(await deliverDue(deps)).toBe(1)
  expect(await newest(deps)).toMatchObject({ state: 'delivered', lastStatus: status, attempts: 1 })
})

test.each([202, 204, 302, 400, 410, 429, 500, 503])(
  'the answer %i is final, and was not 200 or 201',
  async (status) => {
    const deps = await setUpNotices()
    const [receiver, target] = [await receive(), await receive()]
    receiver.answer = () => status
    receiver.headers = { location: target.url, 'retry-after': '1' }
    await queueNotice(deps, { url: receiver.url })
    await deliverDue(deps)
    await endPause(deps)
    await deliverDue(deps)
    expect(receiver.received).toHaveLength(1)
    expect(target.received).toEqual([])
    expect(await newest(deps)).toMatchObject({ state: 'failed', lastStatus: status, attempts: 1, nextTryAt: null })
  },
)

test.each<[what: string, listener: RequestListener]>([
  ['closes early', (request) => request.socket.destroy()],
  ['closes in its headers', (request) => request.socket.end('HTTP/1.1 200')],
  ['does not speak HTTP', (request) => request.socket.end('hello\r\n\r\n')],
])('a receiver that %s is called once', async (_what, listener) => {
  const deps = await setUpNotices()
  const called = vi.fn(listener)
  await queueNotice(deps, await serve(called))
  await deliverDue(deps)
  await endPause(deps)
  await deliverDue(deps)
  expect(called).toHaveBeenCalledTimes(1)
  expect(await newest(deps)).toMatchObject({ state: 'failed', lastStatus: null, attempts: 1, nextTryAt: null })
})

test.each([
  ['a refused connection', 'http://127.0.0.1:1/', /ECONNREFUSED/],
  ['a name that does not resolve', 'https://shop.invalid/', /does not resolve/],
  ['no TLS', 'https://127.0.0.1:1/', /ECONNREFUSED/],
  ['a private address', 'https://10.0.0.1/', /public addresses/],
  ['the address of cloud metadata', 'https://169.254.169.254/', /public addresses/],
])('%s is final', async (_what, url, error) => {
  const deps = await setUpNotices()
  await queueNotice(deps, { url })
  await deliverDue(deps)
  await endPause(deps)
  expect(await deliverDue(deps)).toBe(0)
  expect(await newest(deps)).toMatchObject({
    ...{ state: 'failed', lastStatus: null, attempts: 1, nextTryAt: null },
    tries: [{ error: expect.stringMatching(error) }],
  })
})

test('this machine is not called unless the operator allows it', async () => {
  const deps = await setUpNotices({ egress: createEgress() })
  const receiver = await receive()
  await queueNotice(deps, { url: receiver.url })
  await deliverDue(deps)
  expect(receiver.received).toEqual([])
  expect(await newest(deps)).toMatchObject({ state: 'failed', lastError: expect.stringContaining('must be https') })
})

test('only a timeout is tried again: three calls in all, five seconds apart', async () => {
  const deps = await setUpNotices()
  await waitOnly(deps, 100)
  const receiver = await receive()
  receiver.answer = () => 'never'
  await queueNotice(deps, { url: receiver.url })
  for (const attempts of [1, 2]) {
    expect(await deliverDue(deps)).toBe(1)
    const { tries, nextTryAt, ...delivery } = await newest(deps)
    expect(delivery).toMatchObject({ state: 'waiting', attempts, lastStatus: null, lastError: 'no answer in time' })
    expect((nextTryAt?.getTime() ?? 0) - (tries[0]?.at.getTime() ?? 0)).toBe(5000)
    await endPause(deps)
  }
  expect(await deliverDue(deps)).toBe(1)
  await endPause(deps)
  expect(await deliverDue(deps)).toBe(0)
  expect(await newest(deps)).toMatchObject({ state: 'failed', attempts: 3, nextTryAt: null })
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(receiver.received).toHaveLength(3)
})

test.each([
  [200, 'delivered'],
  [500, 'failed'],
])('%i after a timeout ends it', async (status, state) => {
  const deps = await setUpNotices()
  await waitOnly(deps, 100)
  const receiver = await receive()
  receiver.answer = () => (receiver.received.length === 1 ? 'never' : status)
  await queueNotice(deps, { url: receiver.url })
  await deliverDue(deps)
  await endPause(deps)
  await deliverDue(deps)
  expect(await newest(deps)).toMatchObject({ state, lastStatus: status, attempts: 2 })
})

test('a merchant chooses how often it is called, and when again', async () => {
  const deps = await setUpNotices()
  await choose(deps, { tries: 2, backoffMs: 20_000 })
  await waitOnly(deps, 100)
  const receiver = await receive()
  receiver.answer = () => 'never'
  await queueNotice(deps, { url: receiver.url })
  await deliverDue(deps)
  const { tries, nextTryAt } = await newest(deps)
  expect((nextTryAt?.getTime() ?? 0) - (tries[0]?.at.getTime() ?? 0)).toBe(20_000)
  await endPause(deps)
  await deliverDue(deps)
  expect(await newest(deps)).toMatchObject({ state: 'failed', attempts: 2 })
})

test('an endpoint that fails is neither suspended nor rested: the next notice goes at once', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  receiver.answer = () => 410
  for (let n = 0; n < 15; n++) await recordNotice(deps, { url: receiver.url })
  await fanOutUntil(deps, 15)
  expect(await deliverDue(deps)).toBe(15)
  receiver.answer = () => 200
  const id = await recordNotice(deps, { url: receiver.url })
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'created', failures: 15 })
  await fanOutUntil(deps, 16)
  expect(await deliverDue(deps)).toBe(1)
  expect(await healthOf(deps.pool, id)).toMatchObject({ status: 'healthy', failures: 0 })
})

test('endpoints of notices are neither webhooks nor callbacks, and one for each URL', async () => {
  const deps = await setUpNotices()
  const { ownerId, pool } = deps
  const url = 'https://shop.example/hook'
  const [id, again, other] = await Promise.all(
    [url, 'SHOP.example/hook', `${url}/b`].map((to) => recordNotice(deps, { url: to })),
  )
  await recordPayment(deps, { url })
  expect([id === again, id === other]).toEqual([true, false])
  expect(await listWebhooks(deps, ownerId)).toEqual([])
  const page = { size: 10 }
  const urlsOf = ({ rows }: { rows: readonly { url: string }[] }) => rows.map((row) => row.url).sort()
  expect(urlsOf(await listNoticeEndpoints(pool, { ownerId, page }))).toEqual([url, `${url}/b`])
  expect(urlsOf(await listCallbackEndpoints(pool, { ownerId, page }))).toEqual([url])
  await expect(removeWebhook(deps, { id: id ?? '', ownerId })).rejects.toMatchObject({ code: 'webhook_not_found' })
})

test('notices are counted, listed, pulled and replayed apart from callbacks', async () => {
  const deps = await setUpNotices({
    render: async ({ type, data }) => [{ event: type, to: String(data.to ?? data.notify), body: '{}' }],
  })
  const { ownerId, pool } = deps
  const [notices, callbacks] = [await receive(), await receive()]
  notices.answer = () => 500
  for (const n of [1, 2]) {
    await recordNotice(deps, { url: notices.url })
    await recordPayment(deps, { url: `${callbacks.url}/${n}` })
  }
  await fanOutUntil(deps, 4)
  await deliverDue(deps)
  const numbers = ({ received }: typeof notices) => received.map(({ headers }) => headers['webhook-sequence']).sort()
  expect([numbers(notices), numbers(callbacks)]).toEqual([
    ['1', '2'],
    ['1', '2'],
  ])
  for (const [kind, state] of [
    ['notice', 'failed'],
    ['callback', 'delivered'],
  ] as const) {
    const { deliveries, newest: last } = await listAfter(pool, { ownerId, kind, sequence: 0n })
    expect(deliveries).toMatchObject([1n, 2n].map((sequence) => ({ kind, state, sequence })))
    expect(last).toBe(2n)
    expect((await listDeliveries(pool, { ownerId, kind }, { size: 10 })).rows).toHaveLength(2)
  }
  const ever = { from: new Date(0), to: new Date('2100-01-01') }
  expect(await replayRange(pool, { ownerId, kind: 'notice', ...ever })).toEqual({ queued: 2, waiting: 0 })
  notices.answer = () => 200
  expect(await deliverDue(deps)).toBe(2)
  const [, , again] = notices.received
  expect(notices.received[0]?.headers['webhook-id']).toBe(again?.headers['webhook-id'])
  const { id } = (await listDeliveries(pool, { ownerId, kind: 'notice' }, { size: 1 })).rows[0] ?? { id: '' }
  expect(await replayDelivery(pool, { ownerId, id })).toEqual({ queued: 1, waiting: 0 })
  expect(await deliverDue(deps)).toBe(1)
  expect(await countDeliveries(pool, 'delivered')).toBe(4)
})

const mailsTo = ({ pool }: NoticeSetup, address: string) => listMessages(pool, address, 10)

test('a notice that failed for good is mailed to the merchant’s addresses, once an hour for a URL', async () => {
  const deps = await setUpNotices()
  const { issuing, pool } = deps
  await choose(deps, { emails: ['ops@shop.example', 'owner@shop.example'] })
  const [receiver, other] = [await receive(), await receive()]
  receiver.answer = () => 500
  other.answer = () => 204
  const subjectId = newId()
  await recordNotice(deps, { url: receiver.url, subjectId })
  await recordNotice(deps, { url: receiver.url })
  await recordNotice(deps, { url: other.url })
  await fanOutUntil(deps, 3)
  await deliverDue(deps)
  const found = await mailsTo(deps, 'ops@shop.example')
  expect(found).toHaveLength(2)
  expect(await mailsTo(deps, 'owner@shop.example')).toHaveLength(2)
  const texts = { ...issuing.deps, baseUrl: () => 'https://pay.example' }
  const mails = found.map((message) => messageText(texts, message))
  const mail = mails.find(({ text }) => text.startsWith(receiver.url))
  expect(mail?.subject).toBe('A webhook of Tea House was not delivered')
  expect(mail?.text).toContain('did not take a message after 1 try: the answer was 500.')
  expect(mail?.text).toContain(`About: ${subjectId}\n`)
  expect(mails.find(({ text }) => text.startsWith(other.url))?.text).toContain('the answer was 204')
  await pool.query("update webhook_health set failure_mailed_at = failure_mailed_at - interval '1 hour'")
  await recordNotice(deps, { url: receiver.url })
  await fanOutUntil(deps, 4)
  await deliverDue(deps)
  expect(await mailsTo(deps, 'ops@shop.example')).toHaveLength(3)
})

test('a mail about a notice is of no use once that was delivered', async () => {
  const deps = await setUpNotices()
  const { issuing, pool, ownerId } = deps
  await choose(deps, { emails: ['ops@shop.example'] })
  const receiver = await receive()
  receiver.answer = () => 500
  await queueNotice(deps, { url: receiver.url })
  await deliverDue(deps)
  const [message] = await mailsTo(deps, 'ops@shop.example')
  const rendering = { ...issuing.deps, baseUrl: () => 'https://pay.example' }
  expect(await renderMessage(rendering, { id: message?.id ?? '' })).toBeDefined()
  receiver.answer = () => 200
  await replayDelivery(pool, { ownerId, id: (await newest(deps)).id })
  await deliverDue(deps)
  expect(await renderMessage(rendering, { id: message?.id ?? '' })).toBeUndefined()
})

test('nobody is mailed of a timeout that is tried again, by a merchant that wants no mails, or of callbacks', async () => {
  const deps = await setUpNotices({
    render: async ({ type, data }) => [{ event: type, to: String(data.to ?? data.notify), body: '{}' }],
  })
  await choose(deps, { emails: ['ops@shop.example'] })
  await waitOnly(deps, 100)
  const receiver = await receive()
  receiver.answer = () => 'never'
  await queueNotice(deps, { url: receiver.url })
  await deliverDue(deps)
  receiver.answer = () => 500
  await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 2)
  await deliverDue(deps)
  await deps.pool.query(
    "update webhook_deliveries set due_at = now(), created_at = now() - interval '8 days' where kind = 'callback'",
  )
  await deps.pool.query('update webhook_health set wake_at = now()')
  await deliverDue(deps)
  expect(await countDeliveries(deps.pool, 'failed')).toBe(1)
  expect(await mailsTo(deps, 'ops@shop.example')).toEqual([])
  await choose(deps, { notifyOnError: false })
  await endPause(deps)
  await deliverDue(deps)
  expect(await countDeliveries(deps.pool, 'failed')).toBe(2)
  expect(await mailsTo(deps, 'ops@shop.example')).toEqual([])
})

test('an owner is mailed that callbacks to his URL are suspended, which is of no use once he has resumed it', async () => {
  const deps = await setUpNotices({
    render: async ({ type, data }) => [{ event: type, to: String(data.notify), body: '{}' }],
  })
  const { issuing, pool, ownerId } = deps
  await choose(deps, { emails: ['ops@shop.example'] })
  const receiver = await receive()
  receiver.answer = () => 500
  const endpointId = await recordPayment(deps, { url: receiver.url })
  await fanOutUntil(deps, 1)
  await deliverDue(deps)
  expect(await mailsTo(deps, 'ops@shop.example')).toEqual([])
  receiver.answer = () => 410
  await pool.query('update webhook_deliveries set due_at = now()')
  await pool.query('update webhook_health set wake_at = now()')
  await deliverDue(deps)
  expect(await healthOf(pool, endpointId)).toMatchObject({ status: 'error' })
  const [message, ...more] = await mailsTo(deps, 'ops@shop.example')
  expect(more).toEqual([])
  const rendering = { ...issuing.deps, baseUrl: () => 'https://pay.example' }
  const mail = await renderMessage(rendering, { id: message?.id ?? '' })
  expect(mail?.subject).toBe('Callbacks of Tea House are suspended')
  expect(mail?.text).toContain(`${receiver.url} has said that it is gone (410)`)
  await resumeEndpoint(pool, { ownerId, id: endpointId })
  expect(await renderMessage(rendering, { id: message?.id ?? '' })).toBeUndefined()
})

test('a receiver that fails or is silent holds up neither what is recorded nor another merchant’s notices', async () => {
  const deps = await setUpNotices()
  const { otherMerchantId } = deps.issuing
  await waitOnly(deps, 20_000)
  let giveUp = (_status: number): void => undefined
  const silence = new Promise<number>((resolve) => {
    giveUp = resolve
  })
  const [silent, failing, others] = [await receive(), await receive(), await receive()]
  silent.answer = () => silence
  failing.answer = () => 500
  const worker = startWebhookWorker({ ...deps, intervalMs: 20 })
  onTestFinished(() => worker.stop())
  onTestFinished(() => giveUp(200))
  for (let n = 0; n < 20; n++) await recordNotice(deps, { url: `${silent.url}/${n}` })
  await eventually(() => expect(silent.received).toHaveLength(4))
  for (let n = 0; n < 5; n++) {
    await recordNotice(deps, { url: failing.url, ownerId: otherMerchantId })
    await recordNotice(deps, { url: others.url, ownerId: otherMerchantId })
  }
  await eventually(() => {
    expect(others.received).toHaveLength(5)
    expect(failing.received).toHaveLength(5)
  })
  expect(silent.received).toHaveLength(4)
})
