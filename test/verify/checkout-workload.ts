// Checkouts in every state, and what is done to them afterwards.
import { randomUUID } from 'node:crypto'
import type { AttachmentRef } from '../../src/attachments/attachment.ts'
import { storeAttachment } from '../../src/attachments/store.ts'
import { cancelCheckout, expireCheckout, giveUpCheckout } from '../../src/checkouts/close.ts'
import { payInCash } from '../../src/checkouts/pay.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { saveCard } from '../../src/checkouts/save-card.ts'
import type { Step } from '../../src/payments/finish.ts'
import { resolveOperation } from '../../src/payments/resolve.ts'
import { addAccounts, makeCheckout, makeInvoice, operate, ourCard, pay } from '../checkouts/setup.ts'
import { enterCard, type GatewayWorld } from '../helpers/gateway.ts'

/** What faults are planted on. */
export interface CheckoutPart {
  readonly paid: Step
  readonly deleted: string
  readonly refund: Step
  readonly cash: string
  /** Named by three checkouts, one of which is deleted. */
  readonly attachment: AttachmentRef
  readonly invoice: string
}

/** Plays everything at the accounts of `ACCOUNTS`, which it adds. */
export async function playCheckouts(world: GatewayWorld): Promise<CheckoutPart> {
  const { deps, merchantId } = world
  await addAccounts(world)
  const make = (pgCode: string, more = {}) => makeCheckout(world, { pgCodes: [pgCode], ...more })
  const file = { filename: 'terms.txt', bytes: Buffer.from('Pay within a week.') }
  const attachment = await storeAttachment(deps, { merchantId, file, isShort: true })
  const withFile = { details: { attachment }, isShort: true }
  const [bought, held] = [await make('fee', withFile), await make('house-authorize', withFile)]
  const paid = await pay(world, bought)
  await pay(world, await make('fx'))
  await pay(world, held, { instrument: { card: (await ourCard(world)).card } })
  await operate(world, held, { operation: 'capture', amount: '40.00' })
  const refund = await operate(world, held, { operation: 'refund', amount: '10.00', trackingKey: randomUUID() })
  await operate(world, held, { operation: 'capture' })
  await pay(world, await make('once'), { instrument: { card: enterCard('4000000001000050') } })
  const customer = { paymentType: 'save_card', customerId: 'customer' } as const
  await saveCard(deps, { checkoutId: (await make('purchase', customer)).id, pgCode: 'purchase', card: enterCard() })
  const [cash, canceled, expired, left] = [
    await make('cash'),
    await make('purchase'),
    await make('purchase'),
    await make('purchase'),
  ]
  await payInCash(deps, { checkoutId: cash.id })
  await cancelCheckout(deps, { merchantId, id: canceled.id })
  await expireCheckout(deps, { merchantId, id: expired.id })
  await giveUpCheckout(deps, { id: left.id, isOnlyTry: false })
  await deleteCheckout(deps, { merchantId, id: bought.id })
  const { id: invoice } = await makeInvoice(world)
  return { paid, refund, cash: cash.id, deleted: await playDeleted(world, attachment), attachment, invoice }
}

async function playDeleted(world: GatewayWorld, attachment: AttachmentRef): Promise<string> {
  const { deps, merchantId } = world
  const checkout = await makeCheckout(world, { details: { attachment } })
  await world.arm('error-did')
  const { operation } = await pay(world, checkout)
  await deleteCheckout(deps, { merchantId, id: checkout.id })
  await resolveOperation(deps, operation.id)
  return checkout.id
}
