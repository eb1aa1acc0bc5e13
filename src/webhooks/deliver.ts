// Sends deliveries: takes an endpoint, sends what is next for it outside any transaction, and records what came of it. A
// crash between sending and recording sends the same message, with the same id, once more.
import { Webhook } from 'standardwebhooks'
import { type Pool, transaction } from '../db/pool.ts'
import type { Egress } from '../http/egress.ts'
import { newId } from '../ids.ts'
import { maskCardNumbers } from '../log.ts'
import type { Secret } from '../secret.ts'
import {
  type Attempt,
  type Delivery,
  findNextDelivery,
  insertAttempt,
  leaseEndpoints,
  lockHealth,
  markDelivered,
  markFailed,
  markFailing,
  markHealthy,
  restEndpoint,
} from './delivery-queries.ts'
import type { HealthStatus } from './endpoints.ts'
import { deriveWebhookSecret } from './secret.ts'

export interface RetryPolicy {
  /** After the first failure, the second and so on; the last one repeats. */
  readonly delaysMs: readonly number[]
  /** From a delivery's creation to its last try. */
  readonly lifeMs: number
  /** A factor about 1, so that deliveries that failed together do not all come back together. */
  readonly jitter: () => number
}

export interface DeliverDeps {
  readonly pool: Pool
  readonly egress: Egress
  readonly webhookKey: Secret<Buffer>
  readonly retry?: RetryPolicy
  /** How long an endpoint is kept from other senders; more than a call and its record take. */
  readonly leaseMs?: number
  readonly wallNow?: () => Date
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, then every 12 h until three days are over. */
export const RETRY_POLICY: RetryPolicy = {
  delaysMs: [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS],
  lifeMs: 72 * HOUR_MS,
  jitter: () => 0.9 + Math.random() * 0.2,
}

const LEASE_MS = 30 * SECOND_MS // Three times as long as a call may take.
const UNHEALTHY_AFTER = 10
const STORED_BODY_MAX = 4096

export interface Claim {
  readonly isFailing: boolean
  readonly limit: number
}

export interface Claimed {
  readonly deliveries: readonly Delivery[]
  /** Endpoints that had nothing due. There may be others behind them. */
  readonly rested: number
}

/** Takes endpoints whose time has come and answers what to send next, one delivery each. */
export async function claimDeliveries(deps: DeliverDeps, claim: Claim): Promise<Claimed> {
  // Two statements: the second one sees whatever was recorded before the lease.
  const endpointIds = await leaseEndpoints(deps.pool, { ...claim, leaseMs: deps.leaseMs ?? LEASE_MS })
  const deliveries: Delivery[] = []
  for (const id of endpointIds) {
    const delivery = await findOrRest(deps.pool, id)
    if (delivery) deliveries.push(delivery)
  }
  return { deliveries, rested: endpointIds.length - deliveries.length }
}

async function findOrRest(pool: Pool, endpointId: string): Promise<Delivery | undefined> {
  const delivery = await findNextDelivery(pool, endpointId)
  if (delivery) return delivery
  await transaction(pool, async (tx) => {
    await lockHealth(tx, endpointId)
    await restEndpoint(tx, endpointId)
  })
  return undefined
}

/** Sends a claimed delivery and records what came of it. Throws only when the database does. */
export async function deliver(deps: DeliverDeps, delivery: Delivery): Promise<void> {
  const attempt = await sendDelivery(deps, delivery)
  await recordAttempt(deps, delivery, attempt)
}

/** One signed call. Never throws: no answer is an outcome, too. */
export async function sendDelivery(deps: DeliverDeps, delivery: Delivery): Promise<Attempt> {
  const startedAt = performance.now()
  const outcome = await deps.egress
    .post(delivery.url, { headers: sign(deps, delivery), body: delivery.body })
    .then(({ status, body }) => ({ status, responseBody: storable(body), error: undefined }))
    .catch((error: unknown) => ({ status: undefined, responseBody: undefined, error: storable(describe(error)) }))
  return { id: newId(), deliveryId: delivery.id, ...outcome, durationMs: Math.round(performance.now() - startedAt) }
}

function sign(deps: DeliverDeps, { endpointId, messageId, body, sequence }: Delivery): Record<string, string> {
  const at = deps.wallNow?.() ?? new Date()
  return {
    'content-type': 'application/json',
    'user-agent': 'Florin-Webhooks',
    'webhook-id': messageId,
    'webhook-timestamp': Math.floor(at.getTime() / 1000).toString(),
    'webhook-signature': new Webhook(deriveWebhookSecret(deps.webhookKey, endpointId).reveal()).sign(
      messageId,
      at,
      body,
    ),
    'webhook-sequence': sequence.toString(),
  }
}

// PostgreSQL keeps no NUL in a text, and a receiver's words are kept like our log: without card numbers.
const storable = (text: string): string => maskCardNumbers(text.replaceAll('\0', '')).slice(0, STORED_BODY_MAX)

// Failing to connect to one of several addresses is an AggregateError without a message.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}

/** Records a try: of the delivery, and of what it says about the endpoint. */
export async function recordAttempt(deps: DeliverDeps, delivery: Delivery, attempt: Attempt): Promise<void> {
  const { retry = RETRY_POLICY } = deps
  const isSuccess = attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300
  await transaction(deps.pool, async (tx) => {
    const health = await lockHealth(tx, delivery.endpointId)
    await insertAttempt(tx, attempt)
    if (isSuccess) {
      await markDelivered(tx, attempt)
      await markHealthy(tx, delivery.endpointId)
      return
    }
    const delayMs = nextDelayMs(retry, delivery.attempts)
    const isExhausted = await markFailed(tx, attempt, { delayMs, lifeMs: retry.lifeMs })
    await markFailing(tx, delivery.endpointId, judge(health, { delayMs, isExhausted }))
  })
}

const nextDelayMs = ({ delaysMs, jitter }: RetryPolicy, failuresBefore: number): number =>
  Math.round((delaysMs[failuresBefore] ?? delaysMs.at(-1) ?? 0) * jitter())

// An unhealthy endpoint is only probed: with its first delivery, when that is due again. It is suspended when it has
// stayed unhealthy for the life of a delivery. A single message that a healthy endpoint refuses fails alone.
function judge(
  health: { readonly status: HealthStatus; readonly failures: number },
  { delayMs, isExhausted }: { readonly delayMs: number; readonly isExhausted: boolean },
): { status: HealthStatus; failures: number; wakeMs: number | undefined } {
  const failures = health.failures + 1
  if (health.status === 'error') return { status: 'error', failures, wakeMs: undefined }
  if (failures < UNHEALTHY_AFTER) return { status: health.status, failures, wakeMs: 0 }
  return isExhausted
    ? { status: 'error', failures, wakeMs: undefined }
    : { status: 'unhealthy', failures, wakeMs: delayMs }
}
