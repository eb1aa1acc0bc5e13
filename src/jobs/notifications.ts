// Applies what gateways told us without being asked. A notification is a hint: the gateway is asked, and its answer goes the way
// of every answer. One about a reference that is not known yet is tried again for as long as the gateway takes to settle.
import { childOfGateway } from '../checkouts/child.ts'
import { MINUTE_MS } from '../clock.ts'
import { type Poll, startPolling } from '../events/poll.ts'
import {
  listWaitingNotifications,
  markNotification,
  type WaitingNotification,
} from '../gateways/notification-queries.ts'
import { adoptRefund, type ToldRefund } from '../payments/adopt-refund.ts'
import type { GatewayDeps } from '../payments/perform.ts'
import { resolveOperation } from '../payments/resolve.ts'

const PAGE = 32
const KNOWN_AFTER_MS = 60_000 // For a gateway whose settling time nobody knows any more.

/** Starts applying notifications, every second unless told. `nudge` says that one came. */
export const startNotifications = (deps: GatewayDeps, intervalMs?: number): Poll =>
  startPolling({
    name: 'notifications',
    step: () => applyNotifications(deps),
    log: deps.log,
    ...(intervalMs !== undefined && { intervalMs }),
  })

/** Applies what waits, a page at most; true when something was and there may be more. */
export async function applyNotifications(deps: GatewayDeps): Promise<boolean> {
  const waiting = await listWaitingNotifications(deps.pool, PAGE)
  const applied = await Promise.all(waiting.map((notification) => applyOrLog(deps, notification)))
  return waiting.length === PAGE && applied.includes(true)
}

// One that fails is tried again and does not stop the others.
async function applyOrLog(deps: GatewayDeps, notification: WaitingNotification): Promise<boolean> {
  try {
    return await apply(deps, notification)
  } catch (error) {
    deps.log.error({ err: error, notification: notification.id }, 'a notification could not be applied')
    return false
  }
}

// A refund that nobody here asked for: the money is gone, so that a gateway which does not say how it stands is asked for longer.
const REFUND_WAITS_MS = 60 * MINUTE_MS

function refundOf({ operationId, gatewayAccountId, ...told }: WaitingNotification): ToldRefund | undefined {
  const { chargeId, amount, currency } = told
  if (chargeId === null || amount === null || currency === null) return undefined
  return { operationId, gatewayAccountId, chargeId, amount, currency }
}

async function apply(deps: GatewayDeps, notification: WaitingNotification): Promise<boolean> {
  const { id, operationId, gatewayAccountId, isKnown, ageMs } = notification
  const { connector } = await deps.gateways.getAccount(gatewayAccountId)
  const isNew = ageMs < (deps.gateways.factsOf(connector)?.settlingTimeMs ?? KNOWN_AFTER_MS)
  if (isKnown) {
    const { operation } = await resolveOperation(deps, operationId)
    // Its books may be behind what it tells.
    if (isNew && operation.gatewayAccountId !== null && operation.state !== 'approved') return false
    await markNotification(deps.pool, id, 'applied')
    return true
  }
  const refund = refundOf(notification)
  if (refund) {
    const became = await adoptRefund(deps, refund, childOfGateway)
    if (became === 'booked') {
      await markNotification(deps.pool, id, 'applied')
      return true
    }
    if (became === 'later' && ageMs < REFUND_WAITS_MS) return false
  }
  if (isNew) return false
  await markNotification(deps.pool, id, 'orphaned')
  deps.log.warn(
    { notification: id, gatewayAccount: gatewayAccountId },
    'a gateway told of an operation that is not ours',
  )
  return true
}
