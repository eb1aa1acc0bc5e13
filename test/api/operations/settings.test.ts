// What merchants have set, and what checkouts say of how they are shown.
import { expect, test } from 'vitest'
import { updateMerchantSettings } from '../../../src/merchants/settings.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { florin, shop, other } = world

const choose = (changes: Parameters<typeof updateMerchantSettings>[2], merchantId = other.id) =>
  updateMerchantSettings({ ...florin.app.deps, egress: { checkUrl: async () => undefined } }, merchantId, changes)

test('while a merchant is paused nothing of it is asked for or paid, and everything is as before afterwards', async () => {
  const session = await other.checkout({ pg_codes: ['cards-usd', 'cash'] })
  await choose({ isPaused: true })
  const asked = { type: 'e_commerce', amount: '1', currency_code: 'USD', pg_codes: ['cards-usd'] }
  const refused = await other.send('/checkout/v1/pymt-txn/', asked)
  expect(refused).toMatchObject({ status: 423, body: { detail: 'The merchant takes no payments for now.' } })
  await expect(world.pay(session)).rejects.toMatchObject({ code: 'merchant_paused' })
  const cash = await other.send('/pbl/v2/payment/cash/', { session_id: session.session_id })
  expect(cash.status).toBe(423)
  expect((await fetch(session.checkout_url)).status).toBe(503)
  await choose({ isPaused: false })
  await world.pay(session)
  expect((await other.retrieve(session)).state).toBe('paid')
})

test('a checkout whose time is over stays as it was until somebody looks, where its merchant wants that', async () => {
  await choose({ expiresByItself: false })
  const [waiting, told] = [await other.checkout(), await shop.checkout()]
  await florin.advanceUntil(90_000, async () => (await shop.retrieve(told)).state === 'expired')
  expect((await other.retrieve(waiting)).state).toBe('created')
  await expect(world.pay(waiting)).rejects.toMatchObject({ code: 'claim_closed' })
})

test('a way to pay is called as the checkout says, here and on its page', async () => {
  const label = { text: 'Pay <now>', color: '#1f3a5f', font_weight: 400 }
  const fields = { pg_codes: ['cards-usd', 'cash'], branding_options: { payment_methods: { 'cards-usd': label } } }
  const session = await shop.checkout(fields)
  expect(session.payment_methods[0].branding_options).toEqual(label)
  expect(session.payment_methods[1]).not.toHaveProperty('branding_options')
  expect(session).not.toHaveProperty('branding_options')
  expect(await (await fetch(session.checkout_url)).text()).toContain('Pay &lt;now&gt;')
})

test('a checkout that is replaced goes where its type goes, as one that is made does', async () => {
  await choose({ plugins: { payment_request: { redirectUrl: 'https://shop.example/thanks' } } })
  const session = await other.checkout({ redirect_url: 'https://shop.example/once' })
  const asked = { type: 'payment_request', amount: '1', currency_code: 'USD', pg_codes: ['cards-usd'] }
  const { body } = await other.send(`/checkout/v1/pymt-txn/${session.session_id}/`, asked, { method: 'PUT' })
  expect(body.redirect_url).toBe('https://shop.example/thanks')
})
