import { expect, test, vi } from 'vitest'
import { startPolling } from '../../src/events/poll.ts'
import { createLog } from '../../src/log.ts'

const NEVER_MS = 3_600_000
const log = createLog('silent')

test('a step runs at once, again while there is more, and again when it is nudged', async () => {
  const step = vi.fn(async () => step.mock.calls.length < 3)
  const poll = startPolling({ name: 'test', step, log, intervalMs: NEVER_MS })
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(3))
  poll.nudge()
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(4))
  await poll.stop()
})

test('a nudge during a step is not lost', async () => {
  const step = vi.fn(async () => {
    if (step.mock.calls.length === 1) poll.nudge()
    return false
  })
  const poll = startPolling({ name: 'test', step: () => Promise.resolve().then(step), log, intervalMs: NEVER_MS })
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(2))
  await poll.stop()
})

test('a step that fails is logged and runs again after the interval, not before', async () => {
  const lines: string[] = []
  const step = vi.fn(async () => {
    throw new Error('broken')
  })
  const slow = startPolling({
    name: 'test',
    step,
    log: createLog('info', { write: (line) => lines.push(line) }),
    intervalMs: NEVER_MS,
  })
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  slow.nudge()
  await slow.stop()
  expect(step).toHaveBeenCalledTimes(1)
  const quick = startPolling({ name: 'test', step, log, intervalMs: 1 })
  await vi.waitFor(() => expect(step.mock.calls.length).toBeGreaterThan(3))
  await quick.stop()
})

test('stopping waits for the step that runs', async () => {
  let finish = (): void => undefined
  const step = vi.fn(
    () =>
      new Promise<boolean>((resolve) => {
        finish = () => resolve(true)
      }),
  )
  const poll = startPolling({ name: 'test', step, log })
  let isStopped = false
  const stopping = poll.stop().then(() => {
    isStopped = true
  })
  await Promise.resolve()
  expect(isStopped).toBe(false)
  finish()
  await stopping
  expect(step).toHaveBeenCalledTimes(1)
})
