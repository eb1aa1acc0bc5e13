import { beforeAll, expect, test } from 'vitest'
import { changeMemberSettings } from '../../../src/members/change.ts'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { card, KEY, newName } from '../../helpers/services-member.ts'

let florin: Florin

beforeAll(async () => {
  florin = await startFlorin()
})

// biome-ignore lint/suspicious/noExplicitAny: a listed transaction is looked at member by member
const ids = (answer: any): string[] => answer.transaction.map((one: any) => one.systemPaymentId)

/** MM/DD/YYYY of the business clock, so many days from now. */
async function day(days: number): Promise<string> {
  const now = await florin.advance(1)
  const at = new Date(now.getTime() + days * 86_400_000).toISOString()
  return `${at.slice(5, 7)}/${at.slice(8, 10)}/${at.slice(0, 4)}`
}

test('without a payment there is no list, with one there is a list of one', async () => {
  const nobody = await florin.addMember()
  const empty = await nobody.list()
  expect(empty.result).toEqual({ code: '00029', description: 'Transaction details retrived successfully.' })
  expect(empty).not.toHaveProperty('transaction')
  const merchantTransactionId = newName()
  const { paymentId } = await nobody.pay({
    merchantTransactionId,
    'customer.email': 'ada@florin.example',
    'customer.telnocc': '044',
    'customer.phone': '20 7946 0000',
    'shipping.country': 'gb',
    'shipping.city': 'London',
    'shipping.street1': '1 Mill Lane',
    'authentication.terminalId': '1001',
  })
  await nobody.refund(paymentId, '20.00')
  const one = await nobody.list()
  expect(one.transaction).toEqual([
    {
      amount: '50.00',
      currency: 'USD',
      systemPaymentId: paymentId,
      paymentId,
      merchantTransactionId,
      transactionStatus: 'reversed',
      captureamount: '50.00',
      refundamount: '20.00',
      chargebackamount: '0.00',
      payoutamount: '0.00',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0$/),
      transactionDate: one.transaction[0].date,
      paymentBrand: 'VISA',
      paymentMode: 'CC',
      remark: 'Transaction refunded successfully',
      customer: {
        ...{ givenName: '', surname: '', phone: '20 7946 0000', email: 'ada@florin.example', telnocc: '+44' },
        ...{ country: 'GB', city: 'London', street: '1 Mill Lane' },
      },
      card: {
        ...{ bin: '411111', last4Digits: '1111', lastFourDigits: '1111', holder: '' },
        ...{ expiryMonth: '12', expiryYear: '2032' },
      },
      transactionReceiptImg: '',
      bankReferenceId: expect.stringMatching(/^\d{6}$/),
      terminalid: '1001',
    },
  ])
  const xml = await nobody.send('getTransactionList', nobody.proof(nobody.memberId, KEY), {
    headers: { accept: 'application/xml' },
  })
  expect(xml.body.match(/<transaction>/g)).toHaveLength(1)
})

test('is in pages, newest first, and a page beyond the end is empty', async () => {
  const shop = await florin.addMember()
  const made: string[] = []
  for (let i = 0; i < 5; i++) made.unshift((await shop.pay()).paymentId)
  const page = (pageno: string, records: string) =>
    shop.list({ 'pagination.pageno': pageno, 'pagination.records': records })
  expect(ids(await page('1', '2'))).toEqual(made.slice(0, 2))
  expect(ids(await page('2', '2'))).toEqual(made.slice(2, 4))
  expect(ids(await page('3', '2'))).toEqual(made.slice(4))
  expect(await page('4', '2')).not.toHaveProperty('transaction')
  expect(ids(await shop.list())).toEqual(made)
  for (const [pageno, records] of [
    ['0', '2'],
    ['1', '1001'],
    ['1', '0'],
    ['-1', '2'],
  ] as const) {
    expect((await page(pageno, records)).result.code).toBe('20002')
  }
})

test('is of the days that it names, both included', async () => {
  const shop = await florin.addMember()
  const { paymentId } = await shop.pay()
  const [today, tomorrow, yesterday] = [await day(0), await day(1), await day(-1)]
  const between = (from: string, to: string) => shop.list({ 'pagination.fromdate': from, 'pagination.todate': to })
  expect(ids(await between(today, today))).toEqual([paymentId])
  expect(ids(await shop.list({ 'pagination.fromdate': yesterday }))).toEqual([paymentId])
  expect(await shop.list({ 'pagination.todate': yesterday })).not.toHaveProperty('transaction')
  expect(await between(tomorrow, tomorrow)).not.toHaveProperty('transaction')
  expect((await between(tomorrow, today)).result.code).toBe('20002')
  for (const wrong of ['02/30/2026', '13/01/2026', '2026-01-01', '02/29/2026', '1/1/2026']) {
    expect((await shop.list({ 'pagination.fromdate': wrong })).result.code).toBe('20002')
  }
  expect((await shop.list({ 'pagination.fromdate': '02/29/2024' })).result.code).toBe('00029')
  expect((await between('01/01/2024', '12/31/2026')).result.code).toBe('20002')
})

test('reads dates in the order and writes times in the zone of its member', async () => {
  const shop = await florin.addMember()
  const { paymentId } = await shop.pay()
  const found = await florin.app.directory.member(shop.memberId)
  if (!found) throw new Error('the member is gone')
  const { pool: db, deps } = florin.app
  const clock = { now: async () => new Date(), latest: () => new Date() }
  await changeMemberSettings({ db, vault: deps.vault, directory: florin.app.directory, clock }, found, {
    dateOrder: 'DD/MM/YYYY',
    timeZone: 'Asia/Kolkata',
  })
  expect((await shop.list({ 'pagination.fromdate': '31/12/2024' })).transaction[0].systemPaymentId).toBe(paymentId)
  expect((await shop.list({ 'pagination.fromdate': '12/31/2024' })).result.code).toBe('20002')
  const { timestamp } = await shop.list()
  const ahead = Date.parse(`${timestamp.replace(' ', 'T')}Z`) - (await florin.advance(1)).getTime()
  expect(Math.round(ahead / 60_000)).toBe(330)
})

test('is of a status, which is what an inquiry says of each payment in it', async () => {
  const shop = await florin.addMember()
  const redirectUrl = 'https://shop.example/return'
  const made: Record<string, string> = {}
  const keep = async (status: string, paymentId: string) => {
    made[status] = paymentId
  }
  const pa = async (fields = {}) => (await shop.pay({ paymentType: 'PA', ...fields })).paymentId
  await keep('authsuccessful', await pa())
  await keep('capturesuccess', (await shop.pay()).paymentId)
  await keep('authfailed', (await shop.pay(card('4000000001000043'))).paymentId)
  await keep('cancelled', await pa())
  await shop.reverse(made.cancelled ?? '')
  await keep('reversed', (await shop.pay()).paymentId)
  await shop.refund(made.reversed ?? '', '1.00')
  await keep('markedforreversal', (await shop.pay(card('4000000001000183'))).paymentId)
  await shop.refund(made.markedforreversal ?? '', '1.00')
  const challenged = card('4000000000000002', { cvv: '237' })
  await keep('3D Authstarted', (await shop.pay({ ...challenged, merchantRedirectUrl: redirectUrl })).paymentId)
  await keep('payoutsuccessful', (await shop.payOut({ ...card('4111111111111111', { cvv: '' }) })).paymentId)
  for (const [status, paymentId] of Object.entries(made)) {
    const listed = await shop.list({ status })
    expect([status, ids(listed)]).toEqual([status, [paymentId]])
    expect(listed.transaction[0].transactionStatus).toBe(status)
    expect((await shop.inquire(paymentId)).status).toBe(status)
  }
  expect(await shop.list({ status: 'chargeback' })).not.toHaveProperty('transaction')
  expect((await shop.list({ status: 'nonsense' })).result.code).toBe('20002')
  expect(ids(await shop.list({ status: 'ALL' }))).toHaveLength(Object.keys(made).length)
})

test('is of its member alone', async () => {
  const [mine, theirs] = [await florin.addMember(), await florin.addMember()]
  const { paymentId } = await mine.pay()
  expect(await theirs.list()).not.toHaveProperty('transaction')
  expect(ids(await mine.list())).toEqual([paymentId])
})
