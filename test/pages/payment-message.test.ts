import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCodes } from '../../src/bindings/codes.ts'
import { NOTIFIED_EVENTS, type NotifiedEvent } from '../../src/checkouts/checkout.ts'
import { cancelCheckout } from '../../src/checkouts/close.ts'
import { checkoutUrl } from '../../src/checkouts/link.ts'
import { deleteCheckout } from '../../src/checkouts/remove.ts'
import { newId } from '../../src/ids.ts'
import { renderMessage } from '../../src/pages/message-text.ts'
import { paymentText } from '../../src/pages/payment-message.ts'
import type { MessageDetails, PaymentDetails } from '../../src/pages/queries.ts'
import { readSessionId, sessionIdOf } from '../../src/payments/session-id.ts'
import { Secret } from '../../src/secret.ts'
import { makeTold, messagesTo, tellAll } from '../checkouts/customers.ts'
import { openCheckoutWorld, operate, pay } from '../checkouts/setup.ts'
import { advanceClock } from '../helpers/seed.ts'

const codes = createCodes(new Secret(randomBytes(32)))
const baseUrl = () => 'https://pay.merchant.example'
const checkoutId = newId()
const url = checkoutUrl(baseUrl(), sessionIdOf(codes, checkoutId))

interface Plan extends Partial<Omit<PaymentDetails, 'checkoutId'>> {
  readonly channel?: MessageDetails['channel']
  readonly merchantName?: string
  readonly amount?: bigint
  readonly currency?: string
}

function textOf({ channel = 'sms', merchantName = 'Tea House', amount = 10_000n, currency = 'USD', ...plan }: Plan) {
  const payment: PaymentDetails = {
    ...{ checkoutId, event: 'paid', language: 'en', orderNo: 'A-17', keepsCard: false },
    ...{ expiresAt: '2027-03-12T10:15:30Z', ...plan },
  }
  const message: MessageDetails = {
    ...{ id: newId(), kind: 'payment', recipient: 'x', challengeId: null, linkId: null, last4: null, invoice: null },
    ...{ createdAt: new Date(), isUsable: true, channel, merchantName, amount, currency, payment, failure: null },
  }
  return paymentText({ codes, baseUrl }, payment, message)
}

const plain = (text: string): string => text.replace(/[\u2068\u2069]/g, '')

test('the link in a message is the session’s', () => {
  expect(readSessionId(codes, new URL(url).searchParams.get('session_id') ?? '')).toBe(checkoutId)
})

describe('an SMS says in one sentence what happened', () => {
  const english: Record<NotifiedEvent, string> = {
    created: `Tea House asks you to pay 100.00 USD, order A-17:\n${url}`,
    paid: 'Tea House has received 100.00 USD, order A-17. Thank you.',
    authorized: '100.00 USD is reserved for Tea House, order A-17. It has not been charged.',
    captured: 'Tea House has charged 100.00 USD of what was reserved, order A-17.',
    voided: '100.00 USD is no longer reserved for Tea House, order A-17. Nothing was charged.',
    refunded: 'Tea House has refunded 100.00 USD, order A-17. It may take some days to arrive.',
    failed: 'The payment of 100.00 USD to Tea House has failed, order A-17.',
    canceled: 'Tea House has canceled its request for 100.00 USD, order A-17. There is nothing left to pay.',
    expired: 'The request of Tea House for 100.00 USD has expired, order A-17.',
  }
  test.each(Object.entries(english))('%s, in English', (event, text) => {
    expect(textOf({ event: event as NotifiedEvent }).text).toBe(text)
  })

  const arabic: Record<NotifiedEvent, string> = {
    created: `يطلب منك Tea House دفع 100.00 USD، رقم الطلب A-17:\n${url}`,
    paid: 'استلم Tea House مبلغ 100.00 USD، رقم الطلب A-17. شكرًا لك.',
    authorized: 'تم حجز 100.00 USD لصالح Tea House، رقم الطلب A-17. لم يُخصم المبلغ.',
    captured: 'خصم Tea House مبلغ 100.00 USD من المبلغ المحجوز، رقم الطلب A-17.',
    voided: 'لم يعد مبلغ 100.00 USD محجوزًا لصالح Tea House، رقم الطلب A-17. لم يُخصم أي مبلغ.',
    refunded: 'أعاد Tea House مبلغ 100.00 USD، رقم الطلب A-17. قد يستغرق وصوله بضعة أيام.',
    failed: 'فشلت عملية دفع 100.00 USD إلى Tea House، رقم الطلب A-17.',
    canceled: 'ألغى Tea House طلب دفع 100.00 USD، رقم الطلب A-17. لم يعد هناك ما يُدفع.',
    expired: 'انتهت صلاحية طلب Tea House دفع 100.00 USD، رقم الطلب A-17.',
  }
  test.each(Object.entries(arabic))('%s, in Arabic', (event, text) => {
    const said = textOf({ event: event as NotifiedEvent, language: 'ar' }).text
    expect(plain(said)).toBe(text)
    // In a line that runs from the right a number like this would read 17-A.
    expect(said).toContain('\u2068A-17\u2069')
  })
})

test('an e-mail that asks says until when, and that nothing is paid by itself', () => {
  expect(textOf({ event: 'created', channel: 'email', orderNo: null })).toEqual({
    subject: 'Payment request: Tea House',
    text:
      'Tea House asks you to pay 100.00 USD.\n\n' +
      `You can do so here until 12 March 2027, 10:15 UTC:\n${url}\n\n` +
      'If you do not know what this is about, do nothing: nothing is paid without you.\n',
    url,
  })
  const { subject, text } = textOf({ event: 'created', channel: 'email', language: 'ar' })
  expect(plain(subject)).toBe('طلب دفع: Tea House، رقم الطلب A-17')
  expect(text.split('\n')).toEqual(expect.arrayContaining([url, 'يمكنك ذلك هنا حتى 12 مارس 2027, 10:15 UTC:']))
})

test('a card that is only kept is not spoken of as money', () => {
  const texts = (['created', 'paid', 'canceled', 'expired'] as const).flatMap((event) =>
    (['en', 'ar'] as const).map((language) => textOf({ event, language, keepsCard: true, amount: 0n }).text),
  )
  for (const text of texts) expect(text).not.toContain('USD')
  expect(texts[2]).toBe('Tea House has saved your card, order A-17. Nothing was charged.')
})

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 256 })
const events = fc.constantFrom(...NOTIFIED_EVENTS)
const amounts = fc.bigInt({ min: 1n, max: 999_999_999_999_999n })

test('however long a merchant’s name and numbers are, an SMS in English is one, and says the amount', () => {
  fc.assert(
    fc.property(events, name, fc.option(name), amounts, (event, merchantName, orderNo, amount) => {
      const { text } = textOf({ event, merchantName, orderNo, amount, currency: 'KWD' })
      expect(text.length).toBeLessThanOrEqual(160)
      expect(text).toMatch(/\d+\.\d{3} KWD/)
      expect(Buffer.from(text).toString()).toBe(text) // No half of a character is left.
      if (event === 'created') expect(text.endsWith(`\n${url}`)).toBe(true)
      else expect(text).not.toContain('\n')
    }),
    { numRuns: 500 },
  )
})

test('what merchants write starts no line of its own in a subject', () => {
  fc.assert(
    fc.property(events, name, name, fc.constantFrom('en', 'ar'), (event, merchantName, orderNo, language) => {
      const { subject } = textOf({ event, merchantName, orderNo, language, channel: 'email' })
      expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    }),
  )
})

describe('an e-mail is sent as long as it is true', async () => {
  const world = await openCheckoutWorld()
  const { merchantId, deps, pool } = world
  const told = { ...deps, baseUrl }
  const mailsTo = async (address: string) =>
    Promise.all((await messagesTo(world, address)).map(({ id }) => renderMessage(told, { id })))

  test('a request as long as it can be paid, and what happened always', async () => {
    const [canceled, overdue] = [await makeTold(world), await makeTold(world, { lifeMs: 60_000 })]
    await tellAll(world)
    for (const { customer } of [canceled, overdue]) expect(await mailsTo(customer.email)).toMatchObject([{ url: {} }])
    await cancelCheckout(deps, { merchantId, id: canceled.id })
    await advanceClock(world, 61)
    await tellAll(world)
    expect(await mailsTo(overdue.customer.email)).toEqual([undefined])
    expect(await mailsTo(canceled.customer.email)).toMatchObject([
      undefined,
      { subject: 'Request canceled: Tea House' },
    ])
  })

  test('with what was paid, the fee included, and what was done to it', async () => {
    const checkout = await makeTold(world, { pgCodes: ['fee'], orderNo: 'B-2' })
    await pay(world, checkout)
    await operate(world, checkout, { operation: 'refund', amount: '30.00' })
    const exchanged = await makeTold(world, { pgCodes: ['fx'] })
    await pay(world, exchanged)
    await tellAll(world)
    expect(await mailsTo(checkout.customer.email)).toMatchObject([
      undefined,
      { text: 'Tea House has received 102.00 USD, order B-2. Thank you.\n' },
      { text: 'Tea House has refunded 30.00 USD, order B-2. It may take some days to arrive.\n' },
    ])
    expect((await mailsTo(exchanged.customer.email))[1]?.text).toContain('has received 30.800 KWD.')
  })

  test('and nothing of what was deleted for good, even before that is noticed', async () => {
    const checkout = await makeTold(world)
    await tellAll(world)
    await deleteCheckout(deps, { merchantId, id: checkout.id })
    expect(await mailsTo(checkout.customer.email)).toEqual([undefined])
    expect((await pool.query('select from messages where subject_id = $1', [checkout.id])).rowCount).toBe(3)
  })
})
