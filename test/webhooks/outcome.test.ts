import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/db/pool.ts'
import { newId } from '../../src/ids.ts'
import { type NoticeQuery, noticeOutcome } from '../../src/webhooks/outcome.ts'
import { startWebhookWorker } from '../../src/webhooks/worker.ts'
import { endPause, type NoticeSetup, recordNotice, setUpNotices, waitOnly } from './notice-setup.ts'
import { receive } from './setup.ts'

/** A worker that does nothing unless it is nudged. */
async function start(deps: NoticeSetup) {
  const worker = startWebhookWorker({ ...deps, intervalMs: 3_600_000 })
  onTestFinished(() => worker.stop())
  return { timeoutMs: 15_000, nudge: worker.nudge }
}

/** A payment that was told to the URL. */
async function tell(deps: NoticeSetup, url: string, subjectId = newId()): Promise<NoticeQuery> {
  await recordNotice(deps, { url, subjectId })
  return { merchantId: deps.ownerId, url, subjectId }
}

test.each([200, 201, 202, 302, 500])('the answer %i is the outcome', async (status) => {
  const deps = await setUpNotices()
  const receiver = await receive()
  receiver.answer = () => status
  const patience = await start(deps)
  expect(await noticeOutcome(deps.pool, await tell(deps, receiver.url), patience)).toEqual({ kind: 'answered', status })
})

test('a receiver that cannot be reached, or does not answer the first call, has failed', async () => {
  const deps = await setUpNotices()
  await waitOnly(deps, 100)
  const receiver = await receive()
  receiver.answer = () => 'never'
  const patience = await start(deps)
  const silent = await tell(deps, receiver.url)
  expect(await noticeOutcome(deps.pool, silent, patience)).toEqual({ kind: 'failed' })
  const refusing = await tell(deps, 'http://127.0.0.1:1/')
  expect(await noticeOutcome(deps.pool, refusing, patience)).toEqual({ kind: 'failed' })
  receiver.answer = () => 201
  await endPause(deps)
  await vi.waitFor(async () => {
    patience.nudge()
    expect(await noticeOutcome(deps.pool, silent, patience)).toEqual({ kind: 'answered', status: 201 })
  })
})

test('there is none where nothing was told, or only of something else or to another URL', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  const patience = await start(deps)
  const query = { merchantId: deps.ownerId, url: receiver.url, subjectId: newId() }
  expect(await noticeOutcome(deps.pool, query, patience)).toEqual({ kind: 'none' })
  const told = await tell(deps, receiver.url)
  for (const other of [
    { ...told, subjectId: newId() },
    { ...told, url: `${told.url}/other` },
    { ...told, merchantId: newId() },
    { ...told, eventName: 'payment.declined' },
  ])
    expect(await noticeOutcome(deps.pool, other, patience)).toEqual({ kind: 'none' })
  expect(await noticeOutcome(deps.pool, { ...told, eventName: 'payment.captured' }, patience)).toMatchObject({
    status: 200,
  })
})

test('of several notices about one subject the newest counts, or the newest of the name', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  receiver.answer = () => (receiver.received.length === 1 ? 201 : 200)
  const patience = await start(deps)
  const subjectId = newId()
  const told = await tell(deps, receiver.url, subjectId)
  await recordNotice(deps, { url: receiver.url, subjectId, type: 'payment.declined' })
  expect(await noticeOutcome(deps.pool, told, patience)).toMatchObject({ status: 200 })
  expect(await noticeOutcome(deps.pool, { ...told, eventName: 'payment.captured' }, patience)).toMatchObject({
    status: 201,
  })
})

test('what is not yet read is waited for, so that it is not taken for nothing', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  const patience = await start(deps)
  // A transaction that is still running holds the reader of events back.
  const blocker = await connect(deps.url)
  onTestFinished(() => blocker.end())
  await blocker.query('begin')
  await blocker.query('select pg_current_xact_id()')
  const outcome = noticeOutcome(deps.pool, await tell(deps, receiver.url), patience)
  let isDecided = false
  void outcome.then(() => {
    isDecided = true
  })
  for (let i = 0; i < 20; i++) await deps.pool.query('select 1')
  expect([isDecided, receiver.received.length]).toEqual([false, 0])
  await blocker.query('commit')
  expect(await outcome).toEqual({ kind: 'answered', status: 200 })
})

test('nobody waits longer than told', async () => {
  const deps = await setUpNotices()
  const receiver = await receive()
  const told = await tell(deps, receiver.url)
  expect(await noticeOutcome(deps.pool, told, { timeoutMs: 50, nudge: () => undefined })).toEqual({ kind: 'failed' })
  let giveUp = (_status: number): void => undefined
  receiver.answer = () =>
    new Promise((resolve) => {
      giveUp = resolve
    })
  const patience = await start(deps)
  onTestFinished(() => giveUp(200))
  expect(await noticeOutcome(deps.pool, told, { ...patience, timeoutMs: 500 })).toEqual({ kind: 'failed' })
})
