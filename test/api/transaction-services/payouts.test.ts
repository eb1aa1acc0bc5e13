import { beforeAll, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { card, newName, type ServicesMember } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let shop: Shop

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  shop = await openShop(member)
})

const PAYEE = card('4111111111111111', { cvv: '' })

const earn = async (by: ServicesMember, amount: string): Promise<string> => (await by.pay({ amount })).paymentId

test('a payout to a card takes what the merchant has, and no more', async () => {
  const seller = await florin.addMember()
  const telling = await openShop(seller)
  expect((await seller.payOut(PAYEE)).result).toMatchObject({ code: '10001', reason: '11051' })
  await earn(seller, '20.00')
  const merchantTransactionId = newName()
  const paid = await seller.payOut({
    ...PAYEE,
    merchantTransactionId,
    amount: '15.00',
    notificationUrl: telling.notificationUrl,
  })
  expect(paid).toMatchObject({
    merchantTransactionId,
    paymentType: 'PO',
    status: 'payoutsuccessful',
    transactionStatus: 'Y',
    amount: '15.00',
    currency: 'USD',
    result: { code: '00001' },
    card: { last4Digits: '1111' },
  })
  const tooMuch = await seller.payOut({ ...PAYEE, amount: '5.01' })
  expect(tooMuch.result).toMatchObject({ code: '10001', reason: '11051' })
  expect((await seller.payOut({ ...PAYEE, amount: '5.00' })).result.code).toBe('00001')
  const { body } = await florin.sandbox('GET', `/sandbox/gateway/book?merchantTransactionId=${merchantTransactionId}`)
  expect(body).toMatchObject([{ operation: 'payout', amount: '15.00', state: 'approved' }])
  await telling.expectTold(paid.paymentId, ['payoutstarted', 'payoutsuccessful'])
  const again = await seller.payOut({ ...PAYEE, merchantTransactionId, amount: '15.00' })
  expect(again).toMatchObject({ paymentId: paid.paymentId, status: 'payoutsuccessful', result: { code: '20008' } })
  expect((await seller.inquire(paid.paymentId)).status).toBe('payoutsuccessful')
})

test('a payout to the payer of an earlier payment is at most what came in by it and did not go back', async () => {
  const paymentId = await earn(member, '50.00')
  await earn(member, '200.00')
  await member.refund(paymentId, '20.00')
  expect((await member.payOut({ paymentId, amount: '30.01' })).result.code).toBe('20012')
  const paid = await member.payOut({ paymentId, amount: '10.00', notificationUrl: shop.notificationUrl })
  expect(paid).toMatchObject({ status: 'payoutsuccessful', result: { code: '00001' } })
  expect(paid.paymentId).not.toBe(paymentId)
  expect((await member.payOut({ paymentId, amount: '20.01' })).result.code).toBe('20012')
  expect((await member.payOut({ paymentId, amount: '20.00' })).result.code).toBe('00001')
  const listed = (await member.list()).transaction.find(
    ({ systemPaymentId }: { systemPaymentId: string }) => systemPaymentId === paymentId,
  )
  expect(listed.payoutamount).toBe('30.00')
  await shop.expectTold(paid.paymentId, ['payoutstarted', 'payoutsuccessful'])
})

test('nobody is paid out by a payment that is another’s, not captured, declined, or itself a payout', async () => {
  const other = await florin.addMember()
  await earn(member, '100.00')
  const theirs = await earn(other, '50.00')
  expect((await member.payOut({ paymentId: theirs })).result.code).toBe('10026')
  const { paymentId: held } = await member.pay({ paymentType: 'PA' })
  expect((await member.payOut({ paymentId: held })).result.code).toBe('20011')
  const { paymentId: declined } = await member.pay(card('4000000001000043'))
  expect((await member.payOut({ paymentId: declined })).result.code).toBe('20011')
  const payout = await member.payOut(PAYEE)
  expect((await member.payOut({ paymentId: payout.paymentId })).result.code).toBe('10026')
  expect((await member.refund(payout.paymentId, '5.00')).result.code).toBe('10006')
  expect((await member.capture(payout.paymentId, '5.00')).result.code).toBe('10005')
  expect((await member.reverse(payout.paymentId)).result.code).toBe('10007')
  const paymentId = await earn(member, '50.00')
  expect((await member.payOut({ paymentId, currency: 'EUR' })).result.code).toBe('20006')
  expect((await member.payOut({ paymentId, ...PAYEE })).result.code).toBe('20002')
  expect((await member.payOut({})).result.code).toBe('20001')
})

test('a payout that the gateway refuses gives the merchant its money back', async () => {
  const seller = await florin.addMember()
  const telling = await openShop(seller)
  await earn(seller, '20.00')
  const refused = await seller.payOut({
    ...card('4000000001000043', { cvv: '' }),
    amount: '20.00',
    notificationUrl: telling.notificationUrl,
  })
  expect(refused).toMatchObject({ status: 'payoutfailed', transactionStatus: 'N', result: { code: '10001' } })
  expect((await seller.payOut({ ...PAYEE, amount: '20.00' })).result.code).toBe('00001')
  await telling.expectTold(refused.paymentId, ['payoutstarted', 'payoutfailed'])
})

test('a payout to a card that Florin issued is there with the commit', async () => {
  const issued = await florin.addFundedCard('10.00')
  const printed = card(issued.pan, {
    cvv: '',
    expiryMonth: String(issued.expiryMonth).padStart(2, '0'),
    expiryYear: String(issued.expiryYear),
  })
  await earn(member, '100.00')
  const merchantTransactionId = newName()
  const paid = await member.payOut({ ...printed, merchantTransactionId, amount: '40.00' })
  expect(paid).toMatchObject({ status: 'payoutsuccessful', result: { code: '00001' } })
  const { body } = await florin.sandbox('GET', `/sandbox/gateway/book?merchantTransactionId=${merchantTransactionId}`)
  expect(body).toEqual([])
  const spent = await member.pay({ amount: '50.00', ...printed, 'card.cvv': issued.cvv })
  expect(spent.result.code).toBe('00001')
  const wrong = await member.payOut({ ...printed, 'card.expiryYear': String(issued.expiryYear + 1) })
  expect(wrong.result).toMatchObject({ code: '10001', reason: '11014' })
})

test('two payouts at once take no more than there is', async () => {
  const seller = await florin.addMember()
  await earn(seller, '20.00')
  const answers = await Promise.all([1, 2, 3, 4].map(() => seller.payOut({ ...PAYEE, amount: '8.00' })))
  expect(answers.map(({ result }) => result.code).sort()).toEqual(['00001', '00001', '10001', '10001'])
})
