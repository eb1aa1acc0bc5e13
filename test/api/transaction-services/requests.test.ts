import { beforeAll, describe, expect, test } from 'vitest'
import { type ChecksumRule, checksumOf, type HashedValues } from '../../../src/api/transaction-services/checksum.ts'
import type { Fields } from '../../../src/api/transaction-services/fields.ts'
import { readPayment, readPayWithToken } from '../../../src/api/transaction-services/wire-charge.ts'
import { amountIn, readFollowUp, readInquiry } from '../../../src/api/transaction-services/wire-follow-up.ts'
import {
  readInvoice,
  readInvoiceConfig,
  readInvoiceFollowUp,
  readInvoiceInquiry,
  readInvoiceRegeneration,
} from '../../../src/api/transaction-services/wire-invoice.ts'
import { readList } from '../../../src/api/transaction-services/wire-list.ts'
import { renderPayment } from '../../../src/api/transaction-services/wire-payment.ts'
import { readPayout } from '../../../src/api/transaction-services/wire-payout.ts'
import { readRegistration, readRegistrationDeletion } from '../../../src/api/transaction-services/wire-registration.ts'
import type { MemberCaller } from '../../../src/members/member.ts'
import { Secret } from '../../../src/secret.ts'
import { CAPTURED, callerOf, KEY, MEMBER, OTHER, OTHER_KEY, openEdge } from './setup.ts'

let caller: MemberCaller

beforeAll(async () => {
  caller = await callerOf(await openEdge())
})

type Sent = Readonly<Record<string, string>>

const sum = (rule: ChecksumRule, values: HashedValues, key = KEY): string =>
  checksumOf(rule, new Secret(key), { memberId: MEMBER, ...values })

const proved = (rule: ChecksumRule, values: HashedValues, fields: Sent = {}): Fields => ({
  'authentication.memberId': MEMBER,
  'authentication.checksum': sum(rule, values),
  ...values,
  ...fields,
})

const ORDER = { merchantTransactionId: 'ORD-2001', amount: '50.00' }
const CARD = {
  'card.number': '4000000000000051',
  'card.expiryMonth': '12',
  'card.expiryYear': '2030',
  'card.cvv': '745',
}
const payment = (changes: Sent = {}): Fields => ({
  ...proved('C1', ORDER),
  currency: 'EUR',
  paymentMode: 'CC',
  paymentBrand: 'VISA',
  paymentType: 'DB',
  ...CARD,
  ...changes,
})

/** The code and field of a refusal. */
function refusalOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    const { code, details } = error as { code: string; details: { field?: string } }
    return [code, details.field].filter(Boolean).join(' ')
  }
  return 'accepted'
}

describe('a payment', () => {
  test('is read into what is charged, what is shown of it, and to whom it goes', () => {
    const contact = {
      'card.holder': 'Ada Bauer',
      'customer.telnocc': ' 44',
      'customer.email': 'ada@shop.example',
      'customer.ip': '203.0.113.7',
      'shipping.country': 'de',
      'deviceDetails.user_Agent': 'Browser/1',
      merchantRedirectUrl: 'https://shop.example/return?reference=7',
      notificationUrl: 'www.shop.example/hook',
      tmpl_amount: '55.00',
      tmpl_currency: 'USD',
      'authentication.terminalId': '1001',
      attemptThreeD: 'only3D',
      createRegistration: 'TRUE',
      recurringType: 'INITIAL',
      somethingElse: 'x'.repeat(5000),
    }
    const order = readPayment(caller, payment(contact))
    expect(order).toMatchObject({
      merchantId: caller.id,
      merchantTransactionId: 'ORD-2001',
      paymentType: 'DB',
      amount: { amount: 5000n, currency: 'EUR' },
      authentication: 'required',
      createsRegistration: true,
      recurring: 'initial',
      source: { kind: 'card', card: { brand: 'VISA', expiryMonth: 12, expiryYear: 2030, holder: 'Ada Bauer' } },
    })
    expect(order.details).toEqual({
      paymentMode: 'CC',
      paymentBrand: 'VISA',
      terminalId: '1001',
      tmplAmount: '55.00',
      tmplCurrency: 'USD',
      redirectUrl: 'https://shop.example/return?reference=7',
      notificationUrl: 'https://www.shop.example/hook',
      customer: { email: 'ada@shop.example', telnocc: '+44', ip: '203.0.113.7' },
      shipping: { country: 'DE' },
      device: { user_Agent: 'Browser/1' },
      card: { bin: '400000', last4: '0051', holder: 'Ada Bauer', expiryMonth: '12', expiryYear: '2030' },
    })
    expect(JSON.stringify(order.details)).not.toContain('4000000000000051')
    expect(order.source.kind === 'card' && order.source.card.pan.reveal()).toBe('4000000000000051')
  })

  test.each(['4', '+44', '091', ' 44'])('takes the calling code %j', (telnocc) => {
    const { details } = readPayment(caller, payment({ 'customer.telnocc': telnocc }))
    expect(details.customer.telnocc).toMatch(/^\+[1-9][0-9]*$/)
  })

  test('of a mode without a card needs none', () => {
    const { source } = readPayment(
      caller,
      payment({ paymentMode: 'NB', paymentBrand: 'Bank Transfer', 'card.number': '' }),
    )
    expect(source).toEqual({ kind: 'other' })
  })

  test.each<[Sent, string]>([
    [{ 'authentication.memberId': OTHER }, 'token_of_another'],
    [{ 'authentication.memberId': '010042' }, 'invalid_request authentication.memberId'],
    [{ 'authentication.memberId': '' }, 'field_missing authentication.memberId'],
    [{ 'authentication.checksum': '' }, 'field_missing authentication.checksum'],
    [{ 'authentication.checksum': 'x' }, 'checksum_invalid'],
    [{ 'authentication.checksum': sum('C1', ORDER, OTHER_KEY) }, 'checksum_invalid'],
    [{ 'authentication.checksum': sum('C4', {}) }, 'checksum_invalid'],
    [{ 'authentication.checksum': sum('C1', ORDER).toUpperCase() }, 'accepted'],
    [{ merchantTransactionId: '' }, 'field_missing merchantTransactionId'],
    [{ merchantTransactionId: 'A|1.00' }, 'invalid_request merchantTransactionId'],
    [{ merchantTransactionId: 'a\nb' }, 'invalid_request merchantTransactionId'],
    [{ merchantTransactionId: 'x'.repeat(101) }, 'invalid_request merchantTransactionId'],
    [{ amount: '50.0' }, 'amount_invalid amount'],
    [{ amount: '0.00' }, 'amount_invalid amount'],
    [{ currency: 'JPY', amount: '50.10' }, 'amount_invalid amount'],
    [{ currency: 'eur' }, 'invalid_request currency'],
    [{ currency: 'XXX' }, 'invalid_request currency'],
    [{ paymentType: 'CP' }, 'invalid_request paymentType'],
    [{ paymentBrand: 'SOFORT' }, 'currency_not_supported'],
    [{ 'card.number': '4000000000000052' }, 'invalid_request card.number'],
    [{ 'card.number': '' }, 'field_missing card.number'],
    [{ 'card.expiryMonth': '13' }, 'invalid_request card.expiryMonth'],
    [{ 'card.expiryYear': '30' }, 'invalid_request card.expiryYear'],
    [{ 'card.cvv': '12' }, 'invalid_request card.cvv'],
    [{ 'card.cvv': '' }, 'accepted'],
    [{ recurringType: 'INITIAL', 'card.cvv': '' }, 'field_missing card.cvv'],
    [{ attemptThreeD: 'only3D' }, 'field_missing merchantRedirectUrl'],
    [{ merchantRedirectUrl: 'javascript:alert(1)' }, 'invalid_request merchantRedirectUrl'],
    [{ merchantRedirectUrl: '//shop.example' }, 'invalid_request merchantRedirectUrl'],
    [{ merchantRedirectUrl: 'https://shop.example/a|b' }, 'invalid_request merchantRedirectUrl'],
    [{ merchantRedirectUrl: 'https://user:pass@shop.example/' }, 'invalid_request merchantRedirectUrl'],
    [{ merchantRedirectUrl: 'https://shop.example/a%7Cb' }, 'accepted'],
    [{ notificationUrl: 'javascript://x%0aalert(1)' }, 'invalid_request notificationUrl'],
    [{ notificationUrl: 'file:///etc/passwd' }, 'invalid_request notificationUrl'],
    [{ createRegistration: 'yes' }, 'invalid_request createRegistration'],
    [{ 'customer.ip': '999.1.1.1' }, 'invalid_request customer.ip'],
    [{ orderDescriptor: 'a\u0000b' }, 'invalid_request orderDescriptor'],
  ])('with %j is %s', (changes, refusal) => {
    expect(refusalOf(() => readPayment(caller, payment(changes)))).toBe(refusal)
  })

  test('with a checksum of the wrong amount that would be right for it is refused for its form first', () => {
    expect(refusalOf(() => readPayment(caller, payment({ amount: '50' })))).toBe('amount_invalid amount')
  })
})

describe('who signs', () => {
  const unsigned = (fields: Fields): Fields => ({ ...fields, 'authentication.checksum': '' })

  test('needs no checksum, but one that is there must be right', () => {
    const signed = { ...caller, isSigned: true }
    expect(refusalOf(() => readPayment(signed, unsigned(payment())))).toBe('accepted')
    expect(refusalOf(() => readPayment(signed, payment({ 'authentication.checksum': 'f'.repeat(32) })))).toBe(
      'checksum_invalid',
    )
  })

  test('and must not use MD5 has it ignored', () => {
    const without = { ...caller, isSigned: true, requiresHmac: true, allowsMd5: false }
    expect(refusalOf(() => readPayment(without, payment({ 'authentication.checksum': 'x' })))).toBe('accepted')
    expect(renderPayment(CAPTURED, { member: without, now: new Date() }).checksum).toBe('')
  })

  test('repeats in the body what the path names, because the signature does not cover that', () => {
    const signed = { ...caller, isSigned: true }
    const capture = { 'authentication.memberId': MEMBER, paymentType: 'CP', amount: '50.00' }
    expect(refusalOf(() => readFollowUp(signed, '900001', capture))).toBe('field_missing paymentId')
    const whole = { ...capture, paymentId: '900001' }
    expect(refusalOf(() => readFollowUp(signed, '900001', whole))).toBe('accepted')
    expect(refusalOf(() => readFollowUp(signed, '900002', whole))).toBe('invalid_request paymentId')
  })
})

describe('what follows a payment', () => {
  const id = { paymentId: '900001' }
  const amended = { ...id, amount: '20.00' }

  test.each([
    ['CP', 'capture'],
    ['RF', 'refund'],
  ])('%s is a %s of an amount whose currency the payment knows', (paymentType, operation) => {
    const order = readFollowUp(caller, '900001', proved('C2', amended, { paymentType }))
    expect(order).toEqual({ operation, merchantId: caller.id, paymentId: 900001n, amount: { text: '20.00' } })
    expect(amountIn({ text: '20.00' }, 'JPY')).toEqual({ amount: 20n, currency: 'JPY' })
    expect(refusalOf(() => amountIn({ text: '20.00', currency: 'USD' }, 'EUR'))).toBe('currency_mismatch')
  })

  test('RV is a reversal, with an amount only to be compared', () => {
    const plain = proved('C3', id, { paymentType: 'RV' })
    expect(readFollowUp(caller, '900001', plain)).toEqual({
      operation: 'void',
      merchantId: caller.id,
      paymentId: 900001n,
    })
    expect(readFollowUp(caller, '900001', { ...plain, amount: '5.00' })).toMatchObject({ amount: { text: '5.00' } })
  })

  test('DB with REPEATED is another charge', () => {
    const order = readFollowUp(caller, '900001', {
      ...proved('C1', ORDER),
      currency: 'EUR',
      paymentType: 'DB',
      recurringType: 'REPEATED',
    })
    expect(order).toMatchObject({
      operation: 'repeat',
      charge: {
        source: { kind: 'agreement', initialPaymentId: 900001n },
        recurring: 'repeated',
        authentication: 'skip',
      },
    })
  })

  test.each<[string, Fields, string]>([
    ['900001', { paymentType: 'XX' }, 'invalid_request paymentType'],
    ['900001', {}, 'field_missing paymentType'],
    ['900001', proved('C2', amended, { paymentType: 'CP', amount: '' }), 'field_missing amount'],
    ['900002', proved('C2', amended, { paymentType: 'CP' }), 'invalid_request paymentId'],
    ['900002', proved('C2', amended, { paymentType: 'CP', paymentId: '' }), 'checksum_invalid'],
    ['900001x', proved('C3', id, { paymentType: 'RV', paymentId: '' }), 'invalid_request paymentId'],
    ['0900001', proved('C3', id, { paymentType: 'RV', paymentId: '' }), 'invalid_request paymentId'],
    ['900001', proved('C2', amended, { paymentType: 'CP', amount: '20' }), 'amount_invalid amount'],
    ['900001', proved('C1', ORDER, { currency: 'EUR', paymentType: 'DB' }), 'field_missing recurringType'],
  ])('at %s with %j is %s', (path, fields, refusal) => {
    expect(refusalOf(() => readFollowUp(caller, path, { 'authentication.memberId': MEMBER, ...fields }))).toBe(refusal)
  })

  // The scheme's own weakness: these checksums are equal, so the token and the payment's state decide.
  test('an inquiry’s checksum does for a reversal', () => {
    const inquiry = proved('C3', id, { paymentType: 'IN' })
    expect(refusalOf(() => readFollowUp(caller, '900001', { ...inquiry, paymentType: 'RV' }))).toBe('accepted')
  })
})

describe('an inquiry', () => {
  test('is by the id in the path, in the body, or the same in both', () => {
    const byId = proved('C3', { paymentId: '900001' })
    const found = { operation: 'inquiry', merchantId: caller.id, order: { paymentId: 900001n } }
    expect(readInquiry(caller, undefined, byId)).toEqual(found)
    expect(readInquiry(caller, '900001', byId)).toEqual(found)
    expect(readInquiry(caller, '900001', { ...byId, paymentId: '', idType: 'PID' })).toEqual(found)
    expect(refusalOf(() => readInquiry(caller, '900002', byId))).toBe('invalid_request paymentId')
  })

  test('may be by the merchant’s id, which may look like a number, in the path too', () => {
    const mid = { merchantTransactionId: '900001' }
    const byMid = proved('C3b', mid, { idType: 'MID' })
    const found = { operation: 'inquiry', merchantId: caller.id, order: mid }
    expect(readInquiry(caller, undefined, byMid)).toEqual(found)
    expect(readInquiry(caller, '900001', { ...byMid, merchantTransactionId: '' })).toEqual(found)
    expect(refusalOf(() => readInquiry(caller, 'ORD-1', byMid))).toBe('invalid_request merchantTransactionId')
  })

  test('may have the checksum with the amount in it', () => {
    const fields = proved('C3c', ORDER, { paymentId: '900001' })
    expect(refusalOf(() => readInquiry(caller, undefined, fields))).toBe('accepted')
  })

  test('needs an id', () => {
    expect(refusalOf(() => readInquiry(caller, undefined, proved('C3', { paymentId: '1' }, { paymentId: '' })))).toBe(
      'field_missing paymentId',
    )
  })
})

describe('the list', () => {
  const list = (fields: Sent = {}, member = caller) => readList(member, proved('C4', {}, fields))

  test('is of the first 30 unless it says otherwise', () => {
    expect(list()).toEqual({ merchantId: caller.id, page: 1, pageSize: 30 })
    expect(list({ 'pagination.pageno': '3', 'pagination.records': '1000', status: 'ALL' })).toMatchObject({
      page: 3,
      pageSize: 1000,
    })
    expect(list({ status: '3D Authstarted' })).toMatchObject({ status: '3D Authstarted' })
  })

  test('is from the start of one day to the end of another, in the order and zone of the member', () => {
    const days = { 'pagination.fromdate': '03/04/2026', 'pagination.todate': '03/04/2026' }
    expect(list(days)).toMatchObject({
      from: new Date('2026-03-04T00:00:00Z'),
      until: new Date('2026-03-05T00:00:00Z'),
    })
    const member = { ...caller, dateOrder: 'DD/MM/YYYY', timeZone: 'Asia/Kolkata' } as const
    expect(list(days, member)).toMatchObject({
      from: new Date('2026-04-02T18:30:00Z'),
      until: new Date('2026-04-03T18:30:00Z'),
    })
  })

  test.each<[Sent, string]>([
    [{ 'pagination.fromdate': '02/29/2026' }, 'invalid_request pagination.fromdate'],
    [{ 'pagination.fromdate': '01/02/2026', 'pagination.todate': '01/01/2026' }, 'invalid_request pagination.todate'],
    [{ 'pagination.fromdate': '01/01/2020', 'pagination.todate': '01/01/2026' }, 'invalid_request pagination.todate'],
    [{ 'pagination.records': '1001' }, 'invalid_request pagination.records'],
    [{ 'pagination.records': '0' }, 'invalid_request pagination.records'],
    [{ 'pagination.pageno': '-1' }, 'invalid_request pagination.pageno'],
    [{ status: 'unheard-of' }, 'invalid_request status'],
    [{ status: 'Y' }, 'invalid_request status'],
  ])('with %j is %s', (fields, refusal) => {
    expect(refusalOf(() => list(fields))).toBe(refusal)
  })
})

describe('other requests', () => {
  test('a payment with a stored card', () => {
    const fields = { ...proved('C1', ORDER), currency: 'EUR', paymentType: 'PA', 'card.cvv': '745' }
    expect(readPayWithToken(caller, 'reg_8f2ac1', fields)).toMatchObject({
      paymentType: 'PA',
      source: { kind: 'registration', registrationId: 'reg_8f2ac1' },
      recurring: null,
    })
    expect(readPayWithToken(caller, 'reg_8f2ac1', { ...fields, recurringType: 'REPEATED' }).recurring).toBe('repeated')
    expect(refusalOf(() => readPayWithToken(caller, 'a b', fields))).toBe('invalid_request registrationId')
  })

  test('a registration, proved by C4 or C1, and its deletion', () => {
    const stored = { paymentMode: 'CC', paymentBrand: 'VISA', ...CARD }
    expect(readRegistration(caller, proved('C4', {}, stored)).shownCard).toMatchObject({ last4: '0051' })
    expect(refusalOf(() => readRegistration(caller, proved('C1', ORDER, stored)))).toBe('accepted')
    expect(refusalOf(() => readRegistration(caller, { ...proved('C1', ORDER, stored), amount: '' }))).toBe(
      'checksum_invalid',
    )
    const gone = proved('C14', { registrationId: 'reg_8f2ac1' })
    expect(readRegistrationDeletion(caller, 'reg_8f2ac1', gone)).toEqual({
      merchantId: caller.id,
      registrationId: 'reg_8f2ac1',
    })
    expect(refusalOf(() => readRegistrationDeletion(caller, 'reg_2', gone))).toBe('invalid_request registrationId')
  })

  test('a payout to a card or for a payment, never both or neither', () => {
    const order = { merchantTransactionId: 'ORD-PO-1', amount: '25.00' }
    const payout = (fields: Sent) => proved('C5', order, { currency: 'EUR', paymentType: 'PO', ...fields })
    const card = { ...CARD, paymentBrand: 'VISA' }
    expect(readPayout(caller, payout({ paymentId: '900001' })).to).toEqual({ kind: 'payment', paymentId: 900001n })
    expect(readPayout(caller, payout(card)).to).toMatchObject({ kind: 'card' })
    expect(refusalOf(() => readPayout(caller, payout({ ...card, paymentId: '1' })))).toBe('invalid_request paymentId')
    expect(refusalOf(() => readPayout(caller, payout({})))).toBe('field_missing paymentId')
    expect(refusalOf(() => readPayout(caller, { ...payout(card), 'authentication.checksum': sum('C1', order) }))).toBe(
      'checksum_invalid',
    )
  })

  test('an invoice and what follows it', () => {
    const merchantRedirectUrl = 'https://shop.example/return'
    const values = { merchantInvoiceId: 'INV-77', amount: '125.00', merchantRedirectUrl }
    const made = proved('C6', values, { currency: 'EUR', 'customer.email': 'ada@shop.example', expirationPeriod: '48' })
    expect(readInvoice(caller, made)).toMatchObject({ merchantInvoiceId: 'INV-77', lifeHours: 48 })
    expect(refusalOf(() => readInvoice(caller, { ...made, 'customer.email': '' }))).toBe('field_missing customer.email')
    const encoded = { ...made, 'authentication.checksum': '3931662b28d5871d0a98de76ca52545f' }
    expect(refusalOf(() => readInvoice(caller, encoded))).toBe('checksum_invalid')
    const again = proved('C7', { invoiceId: '5501', merchantRedirectUrl })
    expect(readInvoiceRegeneration(caller, again)).toMatchObject({ invoice: { number: 5501n } })
    const own = { 'authentication.memberId': MEMBER }
    expect(readInvoiceFollowUp(caller, { ...own, invoiceId: '5501' }).invoice).toEqual({ number: 5501n })
    expect(readInvoiceFollowUp(caller, { ...own, merchantInvoiceId: 'INV-77' }).invoice).toEqual({
      merchantInvoiceId: 'INV-77',
    })
    expect(refusalOf(() => readInvoiceFollowUp(caller, own))).toBe('field_missing invoiceId')
    expect(refusalOf(() => readInvoiceInquiry(caller, proved('C8', { merchantInvoiceId: 'INV-77' })))).toBe('accepted')
    for (const config of [proved('C9', { merchantRedirectUrl }), proved('C4', {}, { merchantRedirectUrl })]) {
      expect(readInvoiceConfig(caller, config)).toEqual({ merchantId: caller.id })
    }
  })
})
