// Sends deliveries: takes an endpoint, sends what is next for it outside any transaction, and records what came of it. A
// crash between sending and recording sends the same message, with the same id, once more.
import { Webhook } from 'standardwebhooks'
import { type Pool, transaction } from '../db/pool.ts'
import { type Egress, NoAnswerInTime } from '../http/egress.ts'
import { newId } from '../ids.ts'
import { type Log, maskCardNumbers } from '../log.ts'
import type { Secret } from '../secret.ts'
import {
  type Attempt,
  type Delivery,
  findNextDelivery,
  insertAttempt,
  type Lease,
  leaseEndpoints,
  lockHealth,
  markDelivered,
  markFailed,
  markFailing,
  markHealthy,
  releaseEndpoints,
  restEndpoint,
} from './delivery-queries.ts'
import type { EndpointKind } from './endpoints.ts'
import { mailFailure } from './failure-mail.ts'
import { judge, nextDelayMs, parseRetryAfter, policyOf, type RetryPolicy, type SuspensionReason } from './policy.ts'
import { hurryEndpoint } from './replay-queries.ts'
import { deriveWebhookSecret, signerOf } from './secret.ts'

export interface DeliverDeps {
  readonly pool: Pool
  readonly egress: Egress
  readonly log: Log
  readonly webhookKey: Secret<Buffer>
  /** A face's own headers, made when a message is sent. They cannot replace ours. */
  readonly headersFor?: (outgoing: Outgoing) => Promise<Readonly<Record<string, string>>>
  /** Instead of the policy of the endpoint's kind. */
  readonly retry?: RetryPolicy
  /** How long an endpoint is kept from other senders; more than a call and its record take. */
  readonly leaseMs?: number
  readonly wallNow?: () => Date
}

/** A message on its way, for whoever adds headers to it. */
export interface Outgoing {
  readonly kind: EndpointKind
  readonly endpointId: string
  readonly ownerId: string
  readonly url: string
  readonly eventName: string
  /** As it is sent, byte for byte in UTF-8. */
  readonly body: string
  /** When it is sent. */
  readonly at: Date
}

const LEASE_MS = 30_000 // Half as long again as the longest call that a merchant may want.
const STREAK_MS_MAX = 1000
const STORED_BODY_MAX = 4096

export interface Claim {
  readonly isFailing: boolean
  readonly limit: number
  /** Calls to an owner's endpoints at a time at most, and how many of each are running: nobody keeps the others waiting. */
  readonly ownerMax?: number
  readonly running?: ReadonlyMap<string, number>
}

export interface Claimed {
  readonly deliveries: readonly Delivery[]
  /** Endpoints that had nothing due or were too many of one owner. There may be others behind them. */
  readonly rested: number
}

/** Takes endpoints whose time has come and answers what to send next, one delivery each. */
export async function claimDeliveries(deps: DeliverDeps, claim: Claim): Promise<Claimed> {
  const { isFailing, limit, ownerMax = limit, running = new Map<string, number>() } = claim
  // Two statements: the second one sees whatever was recorded before the lease.
  const leases = await leaseEndpoints(deps.pool, {
    isFailing,
    limit,
    leaseMs: deps.leaseMs ?? LEASE_MS,
    exceptOwners: [...running].filter(([, count]) => count >= ownerMax).map(([ownerId]) => ownerId),
  })
  const { kept, surplus } = shareOut(leases, new Map(running), ownerMax)
  if (surplus.length > 0) await releaseEndpoints(deps.pool, surplus)
  const deliveries: Delivery[] = []
  for (const id of kept) {
    const delivery = await findOrRest(deps.pool, id)
    if (delivery) deliveries.push(delivery)
  }
  return { deliveries, rested: leases.length - deliveries.length }
}

function shareOut(
  leases: readonly Lease[],
  running: Map<string, number>,
  ownerMax: number,
): { readonly kept: readonly string[]; readonly surplus: readonly string[] } {
  const kept: string[] = []
  const surplus: string[] = []
  for (const { endpointId, ownerId } of leases) {
    const count = (running.get(ownerId) ?? 0) + 1
    if (count <= ownerMax) running.set(ownerId, count)
    ;(count <= ownerMax ? kept : surplus).push(endpointId)
  }
  return { kept, surplus }
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
  const outcome = await sendDelivery(deps, delivery)
  await recordAttempt(deps, delivery, outcome)
}

/**
 * Sends a claimed delivery and, while its endpoint answers well, what is next for it: claiming anew for each would take
 * longer than sending. Ends after a while, so that other endpoints have their turn, and when `isStopped` says so.
 */
export async function deliverStreak(deps: DeliverDeps, first: Delivery, isStopped: () => boolean): Promise<void> {
  const startedAt = performance.now()
  let next: Delivery | undefined = first
  while (next) {
    const outcome = await sendDelivery(deps, next)
    const keepsLease = performance.now() - startedAt < STREAK_MS_MAX && !isStopped()
    const isSuccess = await recordAttempt(deps, next, outcome, keepsLease)
    if (!isSuccess || !keepsLease) return
    next = await findOrRest(deps.pool, next.endpointId)
  }
}

/** What came of a call. */
export interface Outcome {
  readonly attempt: Attempt
  /** Whether there was no answer because the time was up. */
  readonly isTimeout: boolean
  /** Until when the receiver wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number
}

/** One signed call. Never throws: no answer is an outcome, too. */
export async function sendDelivery(deps: DeliverDeps, delivery: Delivery): Promise<Outcome> {
  const at = deps.wallNow?.() ?? new Date()
  const startedAt = performance.now()
  const answer = await call(deps, delivery, at)
  const { retryAfter, isTimeout, ...outcome } = answer
  const durationMs = Math.round(performance.now() - startedAt)
  return {
    attempt: { id: newId(), deliveryId: delivery.id, ...outcome, durationMs },
    isTimeout,
    retryAfterMs: parseRetryAfter(retryAfter, new Date()),
  }
}

interface Answer extends Pick<Attempt, 'status' | 'responseBody' | 'error'>, Pick<Outcome, 'isTimeout'> {
  readonly retryAfter: string | undefined
}

async function call(deps: DeliverDeps, delivery: Delivery, at: Date): Promise<Answer> {
  const unanswered = { status: undefined, responseBody: undefined, retryAfter: undefined, isTimeout: false }
  let own: Readonly<Record<string, string>>
  try {
    own = (await deps.headersFor?.({ ...delivery, at })) ?? {}
  } catch (error) {
    // Ours to mend, so the receiver's owner is told no more than that.
    deps.log.error({ err: error, delivery: delivery.id }, 'the headers of a delivery could not be made')
    return { ...unanswered, error: 'not called: its headers could not be made' }
  }
  try {
    const headers = { ...lowerCased(own), ...sign(deps, delivery, at) }
    const { timeoutMs } = policyFor(deps, delivery)
    const { status, body, retryAfter } = await deps.egress.post(delivery.url, {
      headers,
      body: delivery.body,
      timeoutMs,
    })
    return { status, responseBody: storable(body), error: undefined, retryAfter, isTimeout: false }
  } catch (error) {
    return { ...unanswered, error: storable(describe(error)), isTimeout: error instanceof NoAnswerInTime }
  }
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

function sign(deps: DeliverDeps, delivery: Delivery, at: Date): Record<string, string> {
  const { endpointId: id, kind, ownerId, messageId, body, objectId, objectVersion } = delivery
  const secret = deriveWebhookSecret(deps.webhookKey, signerOf({ id, kind, ownerId }))
  return {
    'content-type': 'application/json',
    'user-agent': 'Florin-Webhooks',
    'webhook-id': messageId,
    'webhook-timestamp': Math.floor(at.getTime() / 1000).toString(),
    'webhook-signature': new Webhook(secret.reveal()).sign(messageId, at, body),
    'webhook-sequence': (delivery.ownerSequence ?? delivery.sequence).toString(),
    ...(objectId !== null &&
      objectVersion !== null && {
        'webhook-object-id': objectId,
        'webhook-object-version': objectVersion.toString(),
      }),
  }
}

// PostgreSQL keeps no NUL in a text, and a receiver's words are kept like our log: without card numbers.
const storable = (text: string): string => maskCardNumbers(text.replaceAll('\0', '')).slice(0, STORED_BODY_MAX)

// Failing to connect to one of several addresses is an AggregateError without a message.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}

/**
 * Records a try: of the delivery, and of what it says about the endpoint. Answers whether it was a success; only then is
 * the lease kept that the caller wants to keep.
 */
export async function recordAttempt(
  deps: DeliverDeps,
  delivery: Delivery,
  outcome: Outcome,
  keepsLease = false,
): Promise<boolean> {
  const { status } = outcome.attempt
  if (status !== undefined && policyFor(deps, delivery).takes(status)) {
    await recordSuccess(deps, delivery, { ...outcome, leaseMs: keepsLease ? (deps.leaseMs ?? LEASE_MS) : 0 })
    return true
  }
  const suspendedBecause = await recordFailure(deps, delivery, outcome)
  if (suspendedBecause)
    deps.log.warn({ endpoint: delivery.endpointId, because: suspendedBecause }, 'an endpoint is suspended')
  return false
}

const policyFor = ({ retry }: DeliverDeps, { kind, terms }: Delivery): RetryPolicy => retry ?? policyOf(kind, terms)

const recordSuccess = (
  { pool }: DeliverDeps,
  { endpointId }: Delivery,
  { attempt, leaseMs }: Outcome & { readonly leaseMs: number },
): Promise<void> =>
  transaction(pool, async (tx) => {
    const health = await lockHealth(tx, endpointId)
    await insertAttempt(tx, attempt)
    await markDelivered(tx, attempt)
    await markHealthy(tx, endpointId, leaseMs)
    // What was put off only because the endpoint was ill need not wait any more.
    if (health.status === 'unhealthy') await hurryEndpoint(tx, endpointId)
  })

// Answers why the endpoint is suspended by this.
const recordFailure = (
  deps: DeliverDeps,
  delivery: Delivery,
  { attempt, isTimeout, retryAfterMs }: Outcome,
): Promise<SuspensionReason | undefined> =>
  transaction(deps.pool, async (tx) => {
    const { endpointId, kind, attempts } = delivery
    const policy = policyFor(deps, delivery)
    const health = await lockHealth(tx, endpointId)
    await insertAttempt(tx, attempt)
    const delayMs = nextDelayMs(policy, attempts, retryAfterMs)
    const isLast = attempts + 1 >= policy.triesMax || (policy.onlyAfterTimeout && !isTimeout)
    const isExhausted = await markFailed(tx, attempt, { delayMs, lifeMs: policy.lifeMs, isLast })
    const verdict = judge(policy, health, { status: attempt.status, delayMs, isExhausted })
    await markFailing(tx, endpointId, verdict)
    const suspendedBecause = health.suspendedBecause ? undefined : verdict.suspendedBecause
    if ((isExhausted && kind === 'notice') || (suspendedBecause && kind === 'callback')) await mailFailure(tx, delivery)
    return suspendedBecause
  })
