// What the tests of callbacks share: payments whose orders name a URL, and a face that writes its own messages about them.
import { createHash } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { type EventType, recordEvent } from '../../src/events/events.ts'
import type { StoredEvent } from '../../src/events/queries.ts'
import { newId } from '../../src/ids.ts'
import { callbackSecret, needCallbackEndpoint, openCallbackEndpoint } from '../../src/webhooks/callbacks.ts'
import type { DeliverDeps } from '../../src/webhooks/deliver.ts'
import type { FanOutDeps, Message } from '../../src/webhooks/fan-out.ts'
import { CALLBACK_RETRY_POLICY, type RetryPolicy } from '../../src/webhooks/policy.ts'
import { type Received, type Setup, setUp } from './setup.ts'

/** The schedule of callbacks without its pauses. */
export const CALLBACKS_AT_ONCE: RetryPolicy = { ...CALLBACK_RETRY_POLICY, delaysMs: [0] }

/** What the face of these tests knows of every merchant. */
export const SECURE_KEY = 'sk_TEST_7f3c2a9b51'

/** The checksum of a flat message. */
export const checksumOf = (body: Readonly<Record<string, string>>): string =>
  createHash('md5').update([body.paymentId, body.amount, body.transactionStatus, SECURE_KEY].join('|')).digest('hex')

/** A face that tells every step of a payment to the URL of its order, in flat JSON of texts with a checksum. */
export async function renderPayment({ type, data }: StoredEvent): Promise<readonly Message[]> {
  const { notify, paymentId, version } = data as { notify?: string; paymentId: string; version: number }
  if (notify === undefined) return []
  const body = { paymentId, status: type, transactionStatus: 'Y', amount: '50.00', currency: 'USD', n: String(version) }
  return [
    {
      event: type,
      to: notify,
      object: { id: paymentId, version },
      body: JSON.stringify({ ...body, checksum: checksumOf(body) }),
    },
  ]
}

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
