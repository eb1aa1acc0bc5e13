import { beforeAll, expect, test, vi } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { card, KEY, md5, type ServicesMember } from '../../helpers/services-member.ts'
import { openShop, type Shop } from '../../helpers/shop.ts'

let florin: Florin
let member: ServicesMember
let shop: Shop

beforeAll(async () => {
  florin = await startFlorin()
  member = await florin.addMember('Tea House')
  shop = await openShop(member)
})

const pay = (fields: Record<string, string> = {}) =>
  member.pay({ notificationUrl: shop.notificationUrl, 'customer.email': 'ada@florin.example', ...fields })

const told = (paymentId: string) => shop.callbacks.filter(({ body }) => body.paymentId === paymentId)

test('a payment is told of when it begins and when it is decided, in that order, each signed in three ways', async () => {
  const { paymentId, merchantTransactionId } = await pay({ 'customer.customerId': 'C-1' })
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess'])
  const [begun, done] = told(paymentId)
  expect(begun?.body).toMatchObject({ transactionStatus: 'P', result: { code: '00003' }, captureamount: '0.00' })
  expect(done?.body).toEqual({
    paymentId,
    paymentType: 'DB',
    paymentBrand: 'VISA',
    paymentMode: 'CC',
    firstName: '',
    lastName: '',
    amount: '50.00',
    currency: 'USD',
    tmpl_amount: '50.00',
    tmpl_currency: 'USD',
    merchantTransactionId,
    descriptor: '',
    orderDescription: '',
    remark: 'Transaction succeeded',
    status: 'capturesuccess',
    transactionStatus: 'Y',
    captureamount: '50.00',
    refundamount: '0.00',
    eci: '07',
    bankReferenceId: expect.stringMatching(/^\d{6}$/),
    terminalId: '',
    checksum: md5([paymentId, merchantTransactionId, '50.00', 'Y', member.secureKey].join('|')),
    card: {
      ...{ bin: '411111', last4Digits: '1111', lastFourDigits: '1111' },
      ...{ holder: '', expiryMonth: '12', expiryYear: '2032' },
    },
    customer: { email: 'ada@florin.example', id: 'C-1' },
    result: { code: '00001', description: 'Transaction succeeded' },
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  })
})

test('what follows is told step by step, with sums and codes of its own', async () => {
  const { paymentId } = await pay({ paymentType: 'PA' })
  await member.capture(paymentId, '30.00')
  await member.refund(paymentId, '10.00')
  await shop.expectTold(paymentId, [
    ...['authstarted', 'authsuccessful', 'capturestarted', 'capturesuccess'],
    ...['markedforreversal', 'reversed'],
  ])
  const facts = told(paymentId).map(({ body }) => [
    body.transactionStatus,
    body.result.code,
    body.captureamount,
    body.refundamount,
  ])
  expect(facts).toEqual([
    ['P', '00003', '0.00', '0.00'],
    ['Y', '00001', '0.00', '0.00'],
    ['P', '00003', '0.00', '0.00'],
    ['Y', '00001', '30.00', '0.00'],
    ['P', '00003', '30.00', '0.00'],
    ['Y', '00005', '30.00', '10.00'],
  ])
})

test('a decline, a reversal and an expiry are told as what they are', async () => {
  const declined = await pay(card('4000000001000043'))
  await shop.expectTold(declined.paymentId, ['authstarted', 'authfailed'])
  expect(told(declined.paymentId)[1]?.body).toMatchObject({
    transactionStatus: 'N',
    result: { code: '10001', reason: '11005' },
  })
  const reversed = await pay({ paymentType: 'PA' })
  await member.reverse(reversed.paymentId)
  await shop.expectTold(reversed.paymentId, ['authstarted', 'authsuccessful', 'cancelstarted', 'cancelled'])
  expect(told(reversed.paymentId)[3]?.body).toMatchObject({ transactionStatus: 'C', result: { code: '00006' } })
  const expired = await pay({ paymentType: 'PA' })
  await florin.advance(7 * 86_400 + 1)
  await shop.expectTold(expired.paymentId, ['authstarted', 'authsuccessful', 'cancelstarted', 'authcancelled'])
})

test('a capture that was refused is told as failed, and the payment is still authorized', async () => {
  const { paymentId } = await pay({ paymentType: 'PA', ...card('4000000001000159') })
  await member.capture(paymentId, '50.00')
  await shop.expectTold(paymentId, ['authstarted', 'authsuccessful', 'capturestarted', 'capturefailed'])
  expect(told(paymentId)[3]?.body).toMatchObject({ transactionStatus: 'N', result: { code: '10005' } })
  expect((await member.inquire(paymentId)).status).toBe('authsuccessful')
})

test('a refund that was refused is told: the payment is captured as before', async () => {
  const { paymentId } = await pay(card('4000000001000191'))
  await member.refund(paymentId, '50.00')
  // A gateway that says no after it had said that it would see is asked again before it is believed.
  await florin.advanceUntil(15, async () => (await member.inquire(paymentId)).status === 'capturesuccess')
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess', 'markedforreversal', 'capturesuccess'])
})

test('what a gateway decides later is told when it is decided', async () => {
  const answer = await pay(card('4000000001000134'))
  expect(answer).toMatchObject({ status: 'authstarted', transactionStatus: 'P', result: { code: '00003' } })
  await florin.advance(10)
  await shop.expectTold(answer.paymentId, ['authstarted', 'capturesuccess'])
})

test('callbacks can be pulled, looked up with every try, and sent again', async () => {
  const { paymentId } = await pay()
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess'])
  const proof = member.proof(member.memberId, KEY)
  const log = await vi.waitFor(async () => {
    const { body } = await member.send('callbacks', { paymentId, ...proof })
    expect(body.callbacks.map(({ state }: { state: string }) => state)).toEqual(['delivered', 'delivered'])
    return body
  })
  expect(log.callbacks[0]).toMatchObject({ paymentId, attempts: '1', url: shop.notificationUrl })
  expect(log.callbacks[0].tries).toMatchObject([{ status: '200', response: 'ok' }])
  expect(JSON.parse(log.callbacks[0].body)).toEqual(told(paymentId)[1]?.body)

  const pulled = await member.ask('callbacks', { after: String(Number(log.callbacks[1].sequence) - 1), limit: '2' })
  expect(pulled.body.callbacks.map(({ id }: { id: string }) => id)).toEqual([log.callbacks[1].id, log.callbacks[0].id])

  const again = await member.send(`callbacks/${log.callbacks[0].id}/replay`, proof)
  expect(again.body).toMatchObject({ queued: '1', result: { code: '00001' } })
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess', 'capturesuccess'])
  const [first, , third] = [...told(paymentId)]
  expect(third?.headers['webhook-id']).toBe(told(paymentId)[1]?.headers['webhook-id'])
  expect(third?.headers['webhook-id']).not.toBe(first?.headers['webhook-id'])
})

test('the log of callbacks is in pages, each of which names the next', async () => {
  const proof = member.proof(member.memberId, KEY)
  const all = (await member.send('callbacks', { records: '1000', ...proof })).body.callbacks
  const read: unknown[] = []
  for (let pageToken = ''; ; ) {
    const { body } = await member.send('callbacks', { records: '5', ...(pageToken && { pageToken }), ...proof })
    read.push(...body.callbacks.map(({ id }: { id: string }) => id))
    if (body.pageToken === undefined) break
    expect(body.callbacks).toHaveLength(5)
    pageToken = body.pageToken
  }
  expect(read).toEqual(all.map(({ id }: { id: string }) => id))
  for (const pageToken of ['x', 'MTc', 'null']) {
    expect((await member.send('callbacks', { pageToken, ...proof })).body.result.code).toBe('20002')
  }
})

test('callbacks of a time are sent again, only those that failed when that is asked for', async () => {
  const { body: before } = await member.send('callbacks', { records: '1', ...member.proof(member.memberId, KEY) })
  const from = new Date(Date.parse(before.callbacks[0].createdAt) + 1)
  const { paymentId } = await pay()
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess'])
  const range = { from: from.toISOString(), to: new Date(from.getTime() + 3_600_000).toISOString() }
  const proof = member.proof(member.memberId, KEY)
  const none = await member.send('callbacks/replay', { ...range, onlyFailed: 'true', ...proof })
  expect(none.body).toMatchObject({ queued: '0', result: { code: '00001' } })
  const both = await vi.waitFor(async () => {
    const { body } = await member.send('callbacks/replay', { ...range, ...proof })
    expect(body.queued).toBe('2')
    return body
  })
  expect(both.result.code).toBe('00001')
  await shop.expectTold(paymentId, ['authstarted', 'capturesuccess', 'authstarted', 'capturesuccess'])
  expect((await member.send('callbacks/replay', { ...range, from: '2026-01-05', ...proof })).body.result.code).toBe(
    '20002',
  )
})

test('another member finds none of them', async () => {
  const other = await florin.addMember('Noodle Bar')
  const mine = await member.send('callbacks', member.proof(member.memberId, KEY))
  const theirs = await other.send('callbacks', other.proof(other.memberId, KEY))
  expect(theirs.body.callbacks).toEqual([])
  expect((await other.ask('callbacks')).body.callbacks).toEqual([])
  const { id } = mine.body.callbacks[0]
  const replayed = await other.send(`callbacks/${id}/replay`, other.proof(other.memberId, KEY))
  expect(replayed.body.result.code).toBe('10026')
})

test.each([
  'http://10.0.0.1/x',
  'http://169.254.169.254/latest',
  'javascript:alert(1)',
  'ftp://shop.example/',
  'http://a b/',
])('no payment is made that would be told to %s', async (notificationUrl) => {
  const answer = await member.pay({ notificationUrl })
  expect(answer.result.code).toBe('20002')
  expect(answer.paymentId).toBe('-')
})

test('a notificationUrl without a scheme is https', async () => {
  const answer = await member.pay({ notificationUrl: 'shop.example/callbacks' })
  expect(answer.result.code).toBe('00001')
  const { body } = await member.send('callbacks', {
    paymentId: answer.paymentId,
    ...member.proof(member.memberId, KEY),
  })
  expect(body.callbacks.every(({ url }: { url: string }) => url === 'https://shop.example/callbacks')).toBe(true)
})
