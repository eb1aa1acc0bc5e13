import { expect, test } from 'vitest'
import type { CheckoutView } from '../../src/checkouts/checkout.ts'
import { cancelCheckout, expireCheckout } from '../../src/checkouts/close.ts'
import { findSession, getSession } from '../../src/checkouts/find.ts'
import { notifyCustomer } from '../../src/checkouts/notify-customer.ts'
import { openCheckout } from '../../src/checkouts/open.ts'
import { payInCash } from '../../src/checkouts/pay.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import type { Channel } from '../../src/notify/message.ts'
import { charge, enterCard } from '../helpers/gateway.ts'
import { makeTold, messagesTo, newCustomer, toldTo } from './customers.ts'
import { makeCheckout, openCheckoutWorld, operate, pay, sessionOf } from './setup.ts'

const world = await openCheckoutWorld()
const { deps, merchantId } = world
const own = ({ id }: CheckoutView) => ({ merchantId, id })

const notify = async (checkout: CheckoutView, ...channels: Channel[]): Promise<void> =>
  notifyCustomer(deps, { merchantId, session: await sessionOf(world, checkout), channels })

const refusal = (message: RegExp) => ({
  code: 'invalid_request',
  details: { field: 'channels' },
  message: expect.stringMatching(message),
})

test.each<[state: string, event: string, pgCode: string, happens: (checkout: CheckoutView) => Promise<unknown>]>([
  ['created', 'created', 'purchase', async () => undefined],
  ['pending', 'created', 'purchase', ({ id }) => openCheckout(deps, id)],
  [
    'attempted',
    'created',
    'purchase',
    (one) => pay(world, one, { instrument: { card: enterCard('4000000001000050') } }),
  ],
  ['failed', 'failed', 'once', (one) => pay(world, one, { instrument: { card: enterCard('4000000001000050') } })],
  ['canceled', 'canceled', 'purchase', (one) => cancelCheckout(deps, own(one))],
  ['expired', 'expired', 'purchase', (one) => expireCheckout(deps, own(one))],
  ['paid', 'paid', 'purchase', (one) => pay(world, one)],
  ['authorized', 'authorized', 'authorize', (one) => pay(world, one)],
])(
  'the customer of a checkout that is %s is told %s, as often as its merchant wants',
  async (state, event, pgCode, happens) => {
    const checkout = await makeTold(world, { pgCodes: [pgCode] })
    await happens(checkout)
    expect((await sessionOf(world, checkout)).state).toBe(state)
    await notify(checkout, 'sms', 'email', 'sms')
    await notify(checkout, 'email')
    expect(await toldTo(world, checkout.customer.phone, 'sms')).toEqual([event])
    expect(await toldTo(world, checkout.customer.email, 'email')).toEqual([event, event])
    const byWhatsapp = expect(notify(checkout, 'email', 'whatsapp'))
    if (event === 'created') await byWhatsapp.resolves.toBeUndefined()
    else await byWhatsapp.rejects.toMatchObject(refusal(/not told by whatsapp/))
    expect(await toldTo(world, checkout.customer.email, 'email')).toHaveLength(event === 'created' ? 3 : 2)
  },
)

test('what was done to the payment last is told, with its amount', async () => {
  const checkout = await makeTold(world, { pgCodes: ['authorize'] })
  await pay(world, checkout)
  await operate(world, checkout, { operation: 'capture', amount: '40.00' })
  await notify(checkout, 'email')
  await operate(world, checkout, { operation: 'refund', amount: '10.00' })
  await notify(checkout, 'email')
  expect(await messagesTo(world, checkout.customer.email)).toMatchObject([
    { payment: { event: 'captured' }, amount: 4_000n, currency: 'USD' },
    { payment: { event: 'refunded' }, amount: 1_000n, currency: 'USD' },
  ])
  const voided = await makeTold(world, { pgCodes: ['authorize'] })
  await pay(world, voided)
  await operate(world, voided, { operation: 'void' })
  await notify(voided, 'sms')
  expect(await messagesTo(world, voided.customer.phone)).toMatchObject([
    { payment: { event: 'voided' }, amount: 10_000n },
  ])
})

test('e-mails go to those who get copies, too', async () => {
  const [{ details, email }, { email: copy }] = [newCustomer(), newCustomer()]
  await notify(await makeCheckout(world, { details: { ...details, emailRecipients: [copy] } }), 'email')
  expect([await toldTo(world, email, 'email'), await toldTo(world, copy, 'email')]).toEqual([['created'], ['created']])
})

test('a channel needs notifications and an address, and nothing is sent by the others', async () => {
  const { email, phone } = newCustomer()
  const notifications = { email: ['paid'], sms: ['paid'], whatsapp: [] } as const
  const checkout = await makeCheckout(world, { details: { customerEmail: email, notifications } })
  await expect(notify(checkout, 'email', 'sms')).rejects.toMatchObject(refusal(/provide the `customer_phone` field/))
  await expect(notify(checkout, 'email', 'whatsapp')).rejects.toMatchObject(refusal(/no whatsapp notifications/))
  const other = await makeCheckout(world, { details: { customerPhone: phone, notifications } })
  await expect(notify(other, 'sms', 'email')).rejects.toMatchObject(refusal(/provide the `customer_email` field/))
  await expect(notify(other)).rejects.toMatchObject(refusal(/no channels/))
  expect([await messagesTo(world, email), await messagesTo(world, phone)]).toEqual([[], []])
})

test('there is nothing to tell of what is to be paid in cash, was deleted, or was made by another face', async () => {
  const cash = await makeTold(world, { pgCodes: ['cash'] })
  await payInCash(deps, { checkoutId: cash.id })
  await expect(notify(cash, 'email')).rejects.toMatchObject(refusal(/is cod/))
  const deleted = await makeTold(world)
  const session = await getSession(deps, deleted.id)
  await deleteCheckout(deps, own(deleted))
  await expect(notifyCustomer(deps, { merchantId, session, channels: ['email'] })).rejects.toMatchObject({
    code: 'checkout_not_found',
  })
  const { payment } = await charge(world)
  const others = await findSession(deps, { merchantId, id: payment.id })
  if (!others) throw new Error('there is no session')
  await expect(notifyCustomer(deps, { merchantId, session: others, channels: ['sms'] })).rejects.toMatchObject(
    refusal(/no sms notifications/),
  )
  for (const { customer } of [cash, deleted]) expect(await messagesTo(world, customer.email)).toEqual([])
})
