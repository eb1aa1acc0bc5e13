// Customers who want to hear everything, and what they have heard.
import { randomInt } from 'node:crypto'
import { expect, vi } from 'vitest'
import { type CheckoutDetails, type CheckoutView, NOTIFIED_EVENTS } from '../../src/checkouts/checkout.ts'
import { createTeller } from '../../src/checkouts/tell-customers.ts'
import { findCursor } from '../../src/events/queries.ts'
import { listMessages, type MessageDetails } from '../../src/pages/queries.ts'
import type { GatewayWorld } from '../helpers/gateway.ts'
import { type CheckoutPlan, makeCheckout } from './setup.ts'

export interface Customer {
  readonly email: string
  readonly phone: string
  readonly details: CheckoutDetails
}

/** A customer with addresses of his own, told everything by every channel. */
export function newCustomer(): Customer {
  const phone = `+965${randomInt(10 ** 10)}`
  const email = `${phone.slice(1)}@customers.test`
  const notifications = { email: NOTIFIED_EVENTS, sms: NOTIFIED_EVENTS, whatsapp: NOTIFIED_EVENTS }
  return { email, phone, details: { customerEmail: email, customerPhone: phone, notifications } }
}

/** A checkout of a customer who is told everything. */
export async function makeTold(
  world: GatewayWorld,
  plan: CheckoutPlan = {},
): Promise<CheckoutView & { readonly customer: Customer }> {
  const customer = newCustomer()
  return { ...(await makeCheckout(world, { details: customer.details, ...plan })), customer }
}

/** Lets everything be told that has happened. */
export async function tellAll({ deps, pool }: GatewayWorld, tell = createTeller(deps)): Promise<void> {
  await vi.waitFor(
    async () => {
      while (await tell());
      const { rows } = await pool.query<{ id: string }>(
        'select id from events order by transaction_id desc, id desc limit 1',
      )
      expect((await findCursor(pool, 'customer messages')).eventId).toBe(rows[0]?.id)
    },
    { timeout: 10_000, interval: 20 },
  )
}

/** What an address was told, oldest first. */
export async function messagesTo({ pool }: GatewayWorld, address: string): Promise<MessageDetails[]> {
  return (await listMessages(pool, address, 100)).reverse()
}

/** The events that an address was told by a channel, oldest first. */
export async function toldTo(
  world: GatewayWorld,
  address: string,
  channel: MessageDetails['channel'],
): Promise<(string | undefined)[]> {
  const messages = await messagesTo(world, address)
  return messages.filter((one) => one.channel === channel).map(({ payment }) => payment?.event)
}
