// A face for the tests of callbacks: it writes its own messages about payments. Also used by processes without vitest.
import { createHash } from 'node:crypto'
import type { StoredEvent } from '../../src/events/queries.ts'
import type { Message } from '../../src/webhooks/fan-out.ts'
import { CALLBACK_RETRY_POLICY, type RetryPolicy } from '../../src/webhooks/policy.ts'

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
