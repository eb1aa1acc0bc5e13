// Tells whoever asked what was decided: signed, at least once, until it arrives or was tried too often.
import { createHmac } from 'node:crypto'
import { after, SECOND_MS } from '../clock.ts'
import type { Pool } from '../db/pool.ts'
import type { Egress } from '../http/egress.ts'
import type { Log } from '../log.ts'
import { formatAmount } from '../money.ts'
import { claimNotifications, type DueNotification, markArrived, markMissed } from './notification-queries.ts'

export interface NotifierDeps {
  readonly pool: Pool
  readonly now: () => Promise<Date>
  readonly egress: Egress
  readonly log: Log
}

const LIMIT = 20
const LEASE_MS = 60 * SECOND_MS
const DELAYS_MS = [1, 5, 15, 60, 300].map((seconds) => seconds * SECOND_MS)

/** Sends what is due; true when there may be more. */
export async function sendNotifications(deps: NotifierDeps): Promise<boolean> {
  const now = await deps.now()
  const due = await claimNotifications(deps.pool, { now, leasedUntil: after(now, LEASE_MS), limit: LIMIT })
  await Promise.all(due.map((notification) => send(deps, notification)))
  return due.length > 0
}

/** Sends one now, whether it is due or not, and waits until it has arrived or failed. */
export async function sendNotification(deps: NotifierDeps, id: string): Promise<void> {
  const now = await deps.now()
  for (const notification of await claimNotifications(deps.pool, {
    ...{ now, leasedUntil: after(now, LEASE_MS), limit: 1, id },
  })) {
    await send(deps, notification)
  }
}

async function send(deps: NotifierDeps, notification: DueNotification): Promise<void> {
  const { pool, now, log } = deps
  const { id, attempts } = notification
  const problem = await post(deps, notification)
  if (problem === undefined) return markArrived(pool, id, await now())
  log.debug({ notification: id, attempts, reason: problem }, 'a notification did not arrive')
  const delayMs = DELAYS_MS[attempts - 1]
  await markMissed(pool, id, delayMs === undefined ? null : after(await now(), delayMs))
}

// What went wrong; undefined when it has arrived.
async function post({ egress }: NotifierDeps, notification: DueNotification): Promise<string | undefined> {
  const { id: eventId, url, signingKey, reference, operation, chargeReference, currency } = notification
  const followed = chargeReference !== null && { chargeReference, amount: formatAmount(notification), currency }
  const body = JSON.stringify({ eventId, reference, operation, ...followed })
  try {
    const { status } = await egress.post(url, {
      headers: { 'content-type': 'application/json', 'x-sandbox-signature': sign(signingKey, body, Date.now()) },
      body,
    })
    return status >= 200 && status <= 299 ? undefined : `status ${status}`
  } catch (error) {
    return (error as Error).message
  }
}

/** `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`. The time is real, not business time, and fresh in each attempt. */
export function sign(signingKey: Buffer, body: string, atMs: number): string {
  const seconds = Math.floor(atMs / SECOND_MS)
  const digest = createHmac('sha256', signingKey).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${digest}`
}
