import { beforeAll, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { createPayer, type Payer } from '../../helpers/payer.ts'
import { md5, newName, type ServicesMember } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let shop: Shop

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  shop = await openShop(member)
})

const PAY = 'Pay 50.00 USD'
const entered = (cardNumber = '4111111111111111') => ({ cardNumber, expiry: '12/32', cvv: '123', holder: 'Ada Bauer' })

function order(fields: Record<string, string> = {}): Record<string, string> {
  const made = {
    memberId: member.memberId,
    totype: 'Acme',
    merchantTransactionId: newName(),
    amount: '50.00',
    currency: 'USD',
    merchantRedirectUrl: shop.redirectUrl,
    notificationUrl: shop.notificationUrl,
    orderDescription: 'Two teas',
    email: 'ada@florin.example',
    ...fields,
  }
  const { memberId, totype, amount, merchantTransactionId, merchantRedirectUrl } = made
  const hashed = [memberId, totype, amount, merchantTransactionId, merchantRedirectUrl, member.secureKey].join('|')
  return { checksum: md5(hashed), ...made }
}

async function enter(fields: Record<string, string>): Promise<Payer> {
  const payer = createPayer()
  const parameters = Object.entries(fields).map(([name, value]) => ({ name, value }))
  await payer.follow({ url: `${florin.url}/transaction/Checkout`, method: 'POST', parameters })
  return payer
}

test('a shop’s form opens the page, the payer pays there and comes back by a form', async () => {
  const sent = order({ tmpl_amount: '46.00', tmpl_currency: 'EUR', terminalid: '1001' })
  const payer = await enter(sent)
  expect(payer.page()).toMatchObject({ status: 200, html: expect.stringContaining('Two teas') })
  await payer.submit(PAY, entered())
  await payer.submit('Continue to Tea House')
  const { url, fields } = shop.newestVisit()
  expect(url).toBe('/return?reference=7&lang=d%C3%A9')
  expect(fields).toMatchObject({
    merchantTransactionId: sent.merchantTransactionId,
    ...{ status: 'Y', amount: '50.00', tmpl_amount: '46.00', tmpl_currency: 'EUR', custEmail: 'ada@florin.example' },
  })
  expect(await member.inquire(fields.paymentId ?? '')).toMatchObject({ status: 'capturesuccess', terminalId: '1001' })
  await shop.expectTold(fields.paymentId ?? '', ['authstarted', 'capturesuccess'])
  const again = await enter(sent)
  expect(again.page().status).toBe(409)
})

test('a PA is held, a declined card goes back to the shop, and 3-D Secure comes back the same way', async () => {
  const held = await enter(order({ paymentType: 'PA' }))
  await held.submit(PAY, entered())
  await held.submit('Continue to Tea House')
  const { paymentId = '' } = shop.newestVisit().fields
  expect((await member.inquire(paymentId)).status).toBe('authsuccessful')

  const declined = await enter(order())
  await declined.submit(PAY, entered('4000000001000043'))
  await declined.submit('Continue to Tea House')
  expect(shop.newestVisit().fields).toMatchObject({ status: 'N', resultCode: '10001' })

  const asked = await enter(order())
  await asked.submit(PAY, { ...entered('4000000000000002'), cvv: '237' })
  await asked.submit('Continue to your bank')
  await asked.submit('approve', { code: /<code>(\d{6})</.exec(asked.page().html)?.[1] ?? '' })
  await asked.submit('Back to the shop')
  await asked.submit('Continue to Tea House')
  expect(shop.newestVisit().fields).toMatchObject({ status: 'Y', eci: '05' })
})

test.each<[what: string, change: Record<string, string>]>([
  ['whose checksum is another’s', { checksum: md5('x') }],
  ['whose checksum is missing', { checksum: '' }],
  ['of nobody', { memberId: '4711' }],
  ['whose amount was changed after it was signed', { amount: '5.00', checksum: '' }],
  ['of more than eight digits', { amount: '123456789.00' }],
  ['of nothing', { amount: '0.00' }],
  ['without two decimals', { amount: '50' }],
  ['in no currency', { currency: 'usd' }],
  ['that leads to a script', { merchantRedirectUrl: 'javascript:alert(1)' }],
  ['with a field that would be two', { merchantTransactionId: 'A|1' }],
  ['that would be told to a private address', { notificationUrl: 'http://10.0.0.1/' }],
])('an order %s is not paid', async (_what, change) => {
  const sent = order(change)
  if (change.amount === '5.00')
    sent.checksum = order({ merchantTransactionId: sent.merchantTransactionId ?? '' }).checksum ?? ''
  const payer = await enter(sent)
  expect(payer.page().status).toBe(400)
  expect(payer.page().html).toContain('This order cannot be paid here')
  expect(() => payer.form(PAY)).toThrow('has no')
})
