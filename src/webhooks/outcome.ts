// Waits for what a receiver answers to a notice: where a payer goes after paying depends on it.
import type { Queryable } from '../db/pool.ts'
import { findNewestEvent, hasReached } from '../events/queries.ts'
import { CONSUMER } from './fan-out.ts'
import { findNewestNotice, type NoticeStand } from './notice-queries.ts'
import { noticeEndpointId } from './notices.ts'

export interface NoticeQuery {
  readonly merchantId: string
  /** The URL that is told. */
  readonly url: string
  /** What the event is about: the payment that was tried, or the checkout where no payment was. */
  readonly subjectId: string
  /** The face's name of the event; any unless told. */
  readonly eventName?: string
}

/**
 * `answered`: what the receiver said to the newest notice. `failed`: it could not be called, did not answer the first try in time, or
 * the caller's time was up before. `none`: nothing was to be sent to this URL.
 */
export type NoticeOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'none' }

export interface Patience {
  /** How long to wait at most; more than the merchant's timeout, so that its receiver has all of it. */
  readonly timeoutMs: number
  /** Wakes the worker. */
  readonly nudge: () => void
}

const FIRST_PAUSE_MS = 20 // A receiver answers within some of these.
const PAUSE_MS_MAX = 250

/**
 * The outcome of what was committed before the call. Later tries are not waited for: the payer is. Never throws but when the
 * database does.
 */
export async function noticeOutcome(
  db: Queryable,
  query: NoticeQuery,
  { timeoutMs, nudge }: Patience,
): Promise<NoticeOutcome> {
  const endpointId = noticeEndpointId(query.merchantId, query.url)
  const deadline = performance.now() + timeoutMs
  // Whatever was committed before is not behind this event, so once it is fanned out there is nothing more to come.
  const newest = await findNewestEvent(db)
  let isFannedOut = newest === undefined
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, PAUSE_MS_MAX)) {
    isFannedOut ||= newest !== undefined && (await hasReached(db, CONSUMER, newest))
    if (isFannedOut) {
      const outcome = outcomeOf(await findNewestNotice(db, { ...query, endpointId }))
      if (outcome) return outcome
    } else nudge()
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return { kind: 'failed' }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)))
  }
}

function outcomeOf(notice: NoticeStand | undefined): NoticeOutcome | undefined {
  if (!notice) return { kind: 'none' }
  const { state, lastStatus, attempts } = notice
  if (state === 'pending' && attempts === 0) return undefined
  return lastStatus === null ? { kind: 'failed' } : { kind: 'answered', status: lastStatus }
}
