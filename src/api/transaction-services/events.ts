// What a merchant is told of its orders: each step as it was, as a callback with this API's checksum, to the URL that the order
// named. What it says later is what was true then; the version tells an old message from a new one.

import type { Pool } from '../../db/pool.ts'
import type { StoredEvent } from '../../events/queries.ts'
import type { Directory } from '../../members/directory.ts'
import { SIGNATURE_HEADER, signBody } from '../../members/signature.ts'
import { findOrderOfPayment } from '../../orders/queries.ts'
import type { PaymentSnapshot } from '../../payments/events.ts'
import { findTokenOfPayment } from '../../registrations/queries.ts'
import { callbackEndpointId } from '../../webhooks/callbacks.ts'
import type { Outgoing } from '../../webhooks/deliver.ts'
import type { Message } from '../../webhooks/fan-out.ts'
import { viewOfStep } from './view-of.ts'
import { renderCallback } from './wire-notice.ts'

export interface CallbackDeps {
  readonly pool: Pool
  readonly directory: Directory
}

/** The callbacks of an event: one, where an order of Transaction Services named a URL. */
export async function renderTransactionServicesEvent(
  { pool, directory }: CallbackDeps,
  event: StoredEvent,
): Promise<readonly Message[]> {
  if (!event.type.startsWith('payment.') && !event.type.startsWith('payout.')) return []
  const order = await findOrderOfPayment(pool, event.subjectId)
  const url = order?.details.notificationUrl
  const member = url === undefined ? undefined : await directory.memberOfMerchant(event.ownerId)
  if (!order || url === undefined || !member) return []
  const snapshot = event.data as unknown as PaymentSnapshot
  const view = viewOfStep(order, event.type, snapshot)
  const token = SUCCESSES.has(snapshot.state) ? await findTokenOfPayment(pool, event.subjectId) : undefined
  return [
    {
      event: event.type,
      to: callbackEndpointId(order.merchantId, url),
      object: { id: order.number.toString(), version: BigInt(snapshot.version) },
      body: JSON.stringify(
        renderCallback(token === undefined ? view : { ...view, registrationId: token }, {
          member,
          now: event.createdAt,
        }),
      ),
    },
  ]
}

// A card that was to be kept is kept from then on.
const SUCCESSES: ReadonlySet<PaymentSnapshot['state']> = new Set([
  'authorized',
  'capturing',
  'voiding',
  'captured',
  'voided',
  'refunded',
])

/** The face's own header on its callbacks: an HMAC, for members that trust no MD5. */
export async function headersOfCallback(
  { directory }: Pick<CallbackDeps, 'directory'>,
  { kind, ownerId, body, at }: Outgoing,
): Promise<Readonly<Record<string, string>>> {
  const member = kind === 'callback' ? await directory.memberOfMerchant(ownerId) : undefined
  return member ? { [SIGNATURE_HEADER]: signBody(member.secureKeys[0], body, at.getTime()) } : {}
}
