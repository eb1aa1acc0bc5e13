// When a delivery that failed is tried again, and when an endpoint is only probed or not called any more.
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../clock.ts'
import type { EndpointKind, HealthStatus } from './endpoints.ts'

export interface RetryPolicy {
  /** Whether an answer of this status has taken the message. */
  readonly takes: (status: number) => boolean
  /** How long one call may take; undefined: as long as any call out. */
  readonly timeoutMs: number | undefined
  /** Whether only a try without an answer in time is followed by another; otherwise every failure is. */
  readonly onlyAfterTimeout: boolean
  /** After the first failure, the second and so on; the last one repeats. */
  readonly delaysMs: readonly number[]
  /** Tries of a delivery at most. */
  readonly triesMax: number
  /** From a delivery's creation, or its replay, to its last try. */
  readonly lifeMs: number
  /** Failures in a row that make an endpoint unhealthy. */
  readonly unhealthyAfter: number
  /** Nothing but failures for so long suspends the endpoint; undefined: when it has been unhealthy for a delivery's life. */
  readonly suspendAfterMs: number | undefined
  /** Between two tries of an unhealthy endpoint at most. */
  readonly probeMsMax: number
  /** Whether the answer 410 Gone suspends the endpoint. */
  readonly suspendsWhenGone: boolean
  /** A factor about 1, so that deliveries that failed together do not all come back together. */
  readonly jitter: () => number
}

const HOUR_MS = 60 * MINUTE_MS

const USUAL = {
  takes: (status: number) => status >= 200 && status < 300,
  timeoutMs: undefined,
  onlyAfterTimeout: false,
  unhealthyAfter: 10,
}

/** Webhooks: 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, then every 12 h until three days are over. */
export const RETRY_POLICY: RetryPolicy = {
  ...USUAL,
  delaysMs: [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS],
  triesMax: Number.POSITIVE_INFINITY,
  lifeMs: 72 * HOUR_MS,
  suspendAfterMs: undefined,
  probeMsMax: Number.POSITIVE_INFINITY,
  suspendsWhenGone: false,
  jitter: () => 0.9 + Math.random() * 0.2,
}

/** Callbacks: 14 tries in about 77 hours. An endpoint rests after five days of failures, or when it says that it is gone. */
export const CALLBACK_RETRY_POLICY: RetryPolicy = {
  ...USUAL,
  delaysMs: [
    ...[5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS],
    ...[1, 2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
  ],
  triesMax: 14,
  lifeMs: 7 * DAY_MS, // Of a delivery that waits longer because its endpoint is only probed.
  suspendAfterMs: 5 * DAY_MS,
  probeMsMax: 15 * MINUTE_MS, // Callbacks of later orders must not wait for the delay of an early one.
  suspendsWhenGone: true,
  jitter: () => 0.8 + Math.random() * 0.4,
}

/**
 * Notices: three calls in all, five seconds apart, and only where there was no answer in time; any other failure is final. The
 * endpoint is never suspended and has no part in it: the next notice is sent whatever became of this one.
 */
export const NOTICE_RETRY_POLICY: RetryPolicy = {
  takes: (status) => status === 200 || status === 201,
  timeoutMs: 15 * SECOND_MS,
  onlyAfterTimeout: true,
  unhealthyAfter: Number.POSITIVE_INFINITY,
  delaysMs: [5 * SECOND_MS],
  triesMax: 3,
  lifeMs: DAY_MS, // Of one whose next try nobody made in time.
  suspendAfterMs: Number.POSITIVE_INFINITY,
  probeMsMax: 0,
  suspendsWhenGone: false,
  jitter: () => 1,
}

/** What a merchant has chosen for its notices, in milliseconds; `triesMax` counts the first one, too. */
export interface NoticeTerms {
  /** Of one call. */
  readonly timeoutMs: number
  readonly triesMax: number
  readonly backoffMs: number
}

/** The policy of an endpoint of the kind, on its owner's terms where there are any. */
export function policyOf(kind: EndpointKind, terms: NoticeTerms | null): RetryPolicy {
  switch (kind) {
    case 'webhook':
      return RETRY_POLICY
    case 'callback':
      return CALLBACK_RETRY_POLICY
    case 'notice':
      return terms
        ? { ...NOTICE_RETRY_POLICY, timeoutMs: terms.timeoutMs, triesMax: terms.triesMax, delaysMs: [terms.backoffMs] }
        : NOTICE_RETRY_POLICY
  }
}

const RETRY_AFTER_MS_MAX = HOUR_MS

/** Milliseconds until the next try, after so many failures before this one; not before the receiver wants it. */
export function nextDelayMs(policy: RetryPolicy, failuresBefore: number, retryAfterMs = 0): number {
  const delayMs = policy.delaysMs[failuresBefore] ?? policy.delaysMs.at(-1) ?? 0
  return Math.round(Math.max(delayMs * policy.jitter(), retryAfterMs))
}

/**
 * What a `Retry-After` header asks for in milliseconds: seconds or a date, an hour at most. Zero when it says nothing that
 * can be understood or names a time that is over.
 */
export function parseRetryAfter(text: string | undefined, now: Date): number {
  if (text === undefined) return 0
  const value = text.trim()
  if (/^\d+$/.test(value)) return Math.min(Number(value) * SECOND_MS, RETRY_AFTER_MS_MAX)
  const ms = value.endsWith(' GMT') ? Date.parse(value) - now.getTime() : Number.NaN
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}

/** An endpoint before a failure is counted. */
export interface Health {
  readonly status: HealthStatus
  /** In a row. */
  readonly failures: number
  /** Since the first of them; zero when there is none. */
  readonly failingMs: number
  readonly suspendedBecause: SuspensionReason | undefined
}

export interface Verdict {
  readonly status: HealthStatus
  readonly failures: number
  /** Until the endpoint is tried again, with whatever delivery; undefined: not any more. */
  readonly wakeMs: number | undefined
  readonly suspendedBecause: SuspensionReason | undefined
}

export type SuspensionReason = 'failing' | 'gone'

export interface FailedTry {
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  /** Until the next try of the delivery. */
  readonly delayMs: number
  /** Whether the delivery has failed for good. */
  readonly isExhausted: boolean
}

const GONE = 410

/**
 * What a failure makes of its endpoint. An unhealthy endpoint is only probed, with one delivery at a time. A single
 * message that a healthy endpoint refuses fails alone.
 */
export function judge(policy: RetryPolicy, health: Health, { status, delayMs, isExhausted }: FailedTry): Verdict {
  const failures = health.failures + 1
  const suspend = (suspendedBecause: SuspensionReason): Verdict => ({
    status: 'error',
    failures,
    wakeMs: undefined,
    suspendedBecause,
  })
  if (health.suspendedBecause) return suspend(health.suspendedBecause)
  if (policy.suspendsWhenGone && status === GONE) return suspend('gone')
  if (failures < policy.unhealthyAfter)
    return { status: health.status, failures, wakeMs: 0, suspendedBecause: undefined }
  const isOver = policy.suspendAfterMs === undefined ? isExhausted : health.failingMs >= policy.suspendAfterMs
  if (isOver) return suspend('failing')
  return {
    status: 'unhealthy',
    failures,
    wakeMs: Math.min(delayMs, policy.probeMsMax),
    suspendedBecause: undefined,
  }
}
