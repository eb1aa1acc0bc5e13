// What the tests of callbacks share: payments whose orders name a URL, what is received of them, workers to kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished } from 'vitest'
import { type EventType, recordEvent } from '../../src/events/events.ts'
import { newId } from '../../src/ids.ts'
import { callbackSecret, needCallbackEndpoint, openCallbackEndpoint } from '../../src/webhooks/callbacks.ts'
import type { DeliverDeps } from '../../src/webhooks/deliver.ts'
import type { FanOutDeps } from '../../src/webhooks/fan-out.ts'
import { CALLBACKS_AT_ONCE, checksumOf, renderPayment } from './payment-face.ts'
import { type Received, type Setup, setUp } from './setup.ts'

export const setUpCallbacks = (changes: Partial<DeliverDeps & FanOutDeps> = {}): Promise<Setup> =>
  setUp({ render: renderPayment, retry: CALLBACKS_AT_ONCE, ...changes })

export interface PaymentFacts {
  readonly url: string
  readonly ownerId?: string
  readonly subjectId?: string
  readonly steps?: readonly EventType[]
  /** The version before the first step. */
  readonly version?: number
}

/** Records the steps of a payment, each in a commit of its own, the first with the order. Answers the endpoint's id. */
export async function recordPayment(deps: Setup, facts: PaymentFacts): Promise<string> {
  const { url, ownerId = deps.ownerId, subjectId = newId(), steps = ['payment.begun'], version = 0 } = facts
  let endpointId = ''
  for (const [i, type] of steps.entries()) {
    const id = newId()
    endpointId = await deps.runner.run({
      name: 'record step',
      needs: [needCallbackEndpoint(ownerId, url)],
      decide: (books) => {
        const notify = openCallbackEndpoint(books, ownerId, url)
        const data = { notify, paymentId: '900001', version: version + i + 1 }
        recordEvent(books, { id, type, ownerId, subjectId, data })
        return notify
      },
    })
  }
  return endpointId
}

/** What was received, once its signature and its checksum have been verified. */
export function verified(deps: Setup, one: Received | undefined, ownerId = deps.ownerId): Record<string, string> {
  if (!one) throw new Error('nothing was received')
  const secret = callbackSecret(deps.webhookKey, ownerId).reveal()
  const body = new Webhook(secret).verify(one.body, one.headers as Record<string, string>) as Record<string, string>
  expect(body.checksum).toBe(checksumOf(body))
  return body
}

/** A worker in a process of its own, to be killed. */
export async function startChild({ url, webhookKey, leaseMs }: Setup): Promise<ChildProcess> {
  // Node 20 cannot run TypeScript; vite, which vitest brings, can.
  const script = "import('vite').then((vite) => vite.runnerImport('./test/webhooks/worker-child.ts'))"
  const child = spawn(process.execPath, ['-e', script], {
    env: {
      ...process.env,
      FLORIN_TEST_URL: url,
      FLORIN_TEST_KEY: webhookKey.reveal().toString('hex'),
      FLORIN_TEST_LEASE_MS: String(leaseMs ?? 5000),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(createInterface(child.stdout), 'line')
  return child
}
