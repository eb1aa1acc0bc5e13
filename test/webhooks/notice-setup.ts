// What the tests of notices share: a merchant with settings, payments that name a URL, and what became of what was sent there.

import { recordEvent } from '../../src/events/events.ts'
import { createEgress } from '../../src/http/egress.ts'
import { newId } from '../../src/ids.ts'
import { getMerchantSettings, type SettingsChanges, updateMerchantSettings } from '../../src/merchants/settings.ts'
import type { DeliverDeps } from '../../src/webhooks/deliver.ts'
import type { FanOutDeps } from '../../src/webhooks/fan-out.ts'
import { type DeliveryWithTries, listDeliveries } from '../../src/webhooks/log.ts'
import { needNoticeEndpoint, openNoticeEndpoint } from '../../src/webhooks/notices.ts'
import { type Issuing, openIssuing } from '../helpers/seed.ts'
import { fanOutUntil, openLane, type Setup } from './setup.ts'

export interface NoticeSetup extends Setup {
  readonly issuing: Issuing
}

/** The world of two merchants, with a face that tells every event to the endpoint that its data names. Nothing waits less than told. */
export async function setUpNotices(changes: Partial<DeliverDeps & FanOutDeps> = {}): Promise<NoticeSetup> {
  const issuing = await openIssuing()
  const { pool, url, log, logged, keys, merchantId: ownerId } = issuing
  return {
    ...{ issuing, pool, db: pool, url, log, logged, ownerId, runner: openLane(url, log), webhookKey: keys.webhookKey },
    egress: createEgress({ allow: 'loopback' }),
    render: async ({ type, data, subjectId }) => [
      { event: type, to: String(data.to), object: { id: subjectId, version: 1 }, body: JSON.stringify(data) },
    ],
    ...changes,
  }
}

/** The merchant's receivers are waited for as long as this, in milliseconds: less than a merchant can ask for. */
export async function waitOnly(deps: NoticeSetup, timeoutMs: number, ownerId = deps.ownerId): Promise<void> {
  await getMerchantSettings(deps.issuing.deps, ownerId)
  await deps.pool.query('update merchant_settings set timeout_ms = $1 where merchant_id = $2', [timeoutMs, ownerId])
}

export const choose = (deps: NoticeSetup, changes: SettingsChanges) =>
  updateMerchantSettings({ ...deps.issuing.deps, egress: deps.egress }, deps.ownerId, changes)

export interface NoticeFacts {
  readonly url: string
  readonly ownerId?: string
  readonly subjectId?: string
  readonly type?: 'payment.captured' | 'payment.declined'
}

/** Records that a payment was captured, in the commit that names the URL. Answers the endpoint's id. */
export async function recordNotice(deps: Setup, facts: NoticeFacts): Promise<string> {
  const { url, ownerId = deps.ownerId, subjectId = newId(), type = 'payment.captured' } = facts
  const id = newId()
  return await deps.runner.run({
    name: 'record notice',
    needs: [needNoticeEndpoint(ownerId, url)],
    decide: (books) => {
      const to = openNoticeEndpoint(books, ownerId, url)
      recordEvent(books, { id, type, ownerId, subjectId, data: { to, state: 'paid' } })
      return to
    },
  })
}

/** Queues one notice for a URL, the first one of all. Answers the endpoint's id. */
export async function queueNotice(deps: Setup, facts: NoticeFacts): Promise<string> {
  const endpointId = await recordNotice(deps, facts)
  await fanOutUntil(deps, 1)
  return endpointId
}

/** The newest delivery of the owner with its tries. */
export async function newest({ pool, ownerId }: Setup): Promise<DeliveryWithTries> {
  const [found] = (await listDeliveries(pool, { ownerId }, { size: 1 })).rows
  if (!found) throw new Error('nothing was queued')
  return found
}

/** Lets the pause between two tries be over. */
export async function endPause({ pool }: Setup): Promise<void> {
  await pool.query("update webhook_deliveries set due_at = now() where state = 'pending'")
  await pool.query('update webhook_health set wake_at = now()')
}
