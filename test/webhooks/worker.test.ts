import { expect, onTestFinished, test, vi } from 'vitest'
import { newId } from '../../src/ids.ts'
import { startWebhookWorker, type WebhookWorker } from '../../src/webhooks/worker.ts'
import { recordPayment, setUpCallbacks, startChild, verified } from './callback-setup.ts'
import { CALLBACKS_AT_ONCE } from './payment-face.ts'
import { countDeliveries, receive, recordFacts, type Setup, setUp, subscribe } from './setup.ts'

function start(deps: Setup, intervalMs = 20): WebhookWorker {
  const worker = startWebhookWorker({ ...deps, intervalMs })
  onTestFinished(() => worker.stop())
  return worker
}

const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 })

test('two workers deliver every event to every endpoint once, in order', async () => {
  const deps = await setUp()
  const receivers = [await receive(), await receive(), await receive()]
  for (const receiver of receivers) await subscribe(deps, receiver)
  start(deps)
  start(deps)
  await recordFacts(deps, { count: 30 })
  await eventually(async () => expect(await countDeliveries(deps.pool, 'delivered')).toBe(90))
  for (const receiver of receivers) expect(receiver.numbers()).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
})

test('a nudge is not waited out', async () => {
  const deps = await setUp()
  const receiver = await receive()
  await subscribe(deps, receiver)
  const worker = start(deps, 3_600_000)
  await recordFacts(deps)
  await eventually(() => {
    worker.nudge()
    expect(receiver.received).toHaveLength(1)
  })
})

test('receivers that never answer do not keep the others waiting', async () => {
  const deps = await setUp()
  const [silent, prompt] = [await receive(), await receive()]
  for (let i = 0; i < 12; i++) await subscribe({ ...deps, ownerId: newId() }, silent)
  const { rows } = await deps.pool.query<{ owner_id: string }>('select owner_id from webhook_endpoints')
  for (const { owner_id: ownerId } of rows) await recordFacts({ ...deps, ownerId })
  silent.answer = () => 500
  const warmUp = start(deps)
  await eventually(async () => {
    const { rows: failing } = await deps.pool.query('select from webhook_health where failures > 0')
    expect(failing).toHaveLength(12)
  })
  await warmUp.stop()
  let giveUp = (_status: number): void => undefined
  const silence = new Promise<number>((resolve) => {
    giveUp = resolve
  })
  silent.answer = () => silence
  silent.received.length = 0
  start(deps)
  onTestFinished(() => giveUp(500))
  await eventually(() => expect(silent.received).toHaveLength(4))
  await subscribe(deps, prompt)
  await recordFacts(deps)
  await eventually(() => expect(prompt.received).toHaveLength(1))
})

test('an owner with many slow URLs holds four calls, and two once they have failed', async () => {
  const deps = await setUpCallbacks({ retry: { ...CALLBACKS_AT_ONCE, delaysMs: [3_600_000] } })
  const [silent, prompt] = [await receive(), await receive()]
  const other = newId()
  let giveUp = (_status: number): void => undefined
  const wait = () =>
    new Promise<number>((resolve) => {
      giveUp = resolve
    })
  let silence = wait()
  for (let n = 0; n < 30; n++) await recordPayment(deps, { url: `${silent.url}/${n}` })
  silent.answer = () => silence
  const first = start(deps)
  await eventually(() => expect(silent.received).toHaveLength(4))
  for (let n = 0; n < 12; n++) await recordPayment(deps, { url: `${prompt.url}/${n}`, ownerId: other })
  await eventually(() => expect(prompt.received).toHaveLength(12))
  expect(silent.received).toHaveLength(4)
  giveUp(500)
  await eventually(() => expect(silent.received).toHaveLength(30))
  await first.stop()
  await deps.pool.query('update webhook_deliveries set due_at = now()')
  await deps.pool.query('update webhook_health set wake_at = now()')
  silent.received.length = 0
  silence = wait()
  start(deps)
  onTestFinished(() => giveUp(500))
  await eventually(() => expect(silent.received).toHaveLength(2))
  await recordPayment(deps, { url: prompt.url, ownerId: other })
  await eventually(() => expect(prompt.received).toHaveLength(13))
  expect(silent.received).toHaveLength(2)
})

test('a worker that is killed while it sends has its message sent again under the same id', async () => {
  const deps = await setUpCallbacks({ leaseMs: 1500 })
  const receiver = await receive()
  const child = await startChild(deps)
  receiver.answer = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    return 200
  }
  await recordPayment(deps, { url: receiver.url })
  await eventually(() => expect(child.signalCode).toBe('SIGKILL'))
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(0)
  start(deps)
  await eventually(async () => expect(await countDeliveries(deps.pool, 'delivered')).toBe(1))
  const [first, again] = receiver.received
  expect(receiver.received).toHaveLength(2)
  expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(verified(deps, again)).toEqual(verified(deps, first))
})

test('stop waits for the call that is running and records it', async () => {
  const deps = await setUp()
  const receiver = await receive()
  await subscribe(deps, receiver)
  const worker = start(deps)
  let answer = (_status: number): void => undefined
  receiver.answer = () =>
    new Promise((resolve) => {
      answer = resolve
    })
  await recordFacts(deps, { count: 2 })
  await eventually(() => expect(receiver.received).toHaveLength(1))
  let isStopped = false
  const stopping = worker.stop().then(() => {
    isStopped = true
  })
  for (let i = 0; i < 10; i++) expect(await countDeliveries(deps.pool, 'delivered')).toBe(0)
  expect(isStopped).toBe(false)
  answer(200)
  await stopping
  expect(await countDeliveries(deps.pool, 'delivered')).toBe(1)
  expect(receiver.received).toHaveLength(1)
})

test('a step that fails is logged and tried again', async () => {
  const deps = await setUp()
  const receiver = await receive()
  await subscribe(deps, receiver)
  let failures = 3
  const render: Setup['render'] = async (event) => {
    if (failures-- > 0) throw new Error('not now')
    return await deps.render(event)
  }
  start({ ...deps, render })
  await recordFacts(deps)
  await eventually(() => expect(receiver.received).toHaveLength(1))
  expect(deps.logged).toHaveLength(3)
})
