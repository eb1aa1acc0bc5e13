import { beforeAll, describe, expect, test } from 'vitest'
import { checksumOf } from '../../../src/api/transaction-services/checksum.ts'
import type { PaymentView } from '../../../src/api/transaction-services/view.ts'
import { renderInvoice } from '../../../src/api/transaction-services/wire-invoice.ts'
import { renderList } from '../../../src/api/transaction-services/wire-list.ts'
import { renderCallback, renderReturnForm } from '../../../src/api/transaction-services/wire-notice.ts'
import {
  renderDuplicate,
  renderFollowUp,
  renderInquiry,
  renderPayment,
} from '../../../src/api/transaction-services/wire-payment.ts'
import { renderRegistration } from '../../../src/api/transaction-services/wire-registration.ts'
import type { MemberCaller } from '../../../src/members/member.ts'
import { Secret } from '../../../src/secret.ts'
import { CAPTURED, callerOf, KEY, MEMBER, openEdge } from './setup.ts'

let caller: MemberCaller

beforeAll(async () => {
  caller = await callerOf(await openEdge())
})

/** Every leaf is a text. */
function expectTexts(value: unknown, path = ''): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) expectTexts(member, `${path}.${name}`)
  } else expect(value, path).toBeTypeOf('string')
}

describe('an answer', () => {
  const rendering = () => ({ member: caller, now: new Date('2026-01-05T10:15:00Z') })
  const decline = { code: 'insufficient_funds', message: 'Insufficient funds' } as const
  const charged = (state: 'declined' | 'authorizing', isRedirected = false): PaymentView => ({
    ...CAPTURED,
    progress: { ...CAPTURED.progress, state, isRedirected } as PaymentView['progress'],
  })

  test('to a payment has the members of the API, all of them texts', () => {
    const answer = renderPayment(CAPTURED, rendering())
    expectTexts(answer)
    expect(answer).toMatchObject({
      paymentId: '900001',
      paymentType: 'DB',
      amount: '50.00',
      currency: 'EUR',
      tmpl_amount: '50.00',
      tmpl_currency: 'EUR',
      status: 'capturesuccess',
      transactionStatus: 'Y',
      checksum: '8aa06071fce6415e44c3dc6bae697845',
      card: { bin: '400000', last4Digits: '0051', lastFourDigits: '0051', expiryMonth: '12', expiryYear: '2030' },
      customer: { email: 'ada@shop.example', id: '' },
      result: { code: '00001', description: 'Transaction succeeded' },
      timestamp: '2026-01-05 10:15:00',
    })
    expect(answer).not.toHaveProperty('registrationId')
    expect(answer).not.toHaveProperty('redirect')
  })

  test('has empty members for a payment without a card', () => {
    const { card: _, ...details } = CAPTURED.details
    const { card } = renderPayment({ ...CAPTURED, details }, rendering())
    expect(new Set(Object.values(card))).toEqual(new Set(['']))
  })

  test('says why a payment was declined, under the general code', () => {
    const answer = renderPayment({ ...charged('declined'), decline }, rendering())
    expect(answer).toMatchObject({
      status: 'authfailed',
      transactionStatus: 'N',
      checksum: '9868ce2bfe7c195b809aff868bd86fae',
      remark: 'Insufficient funds',
      result: { code: '10001', description: 'Insufficient funds', reason: '11051' },
    })
  })

  test('sends the customer on, with method and parameters said', () => {
    const redirect = { url: 'https://acs.example', method: 'POST', parameters: [{ name: 'MD', value: '1' }] } as const
    const answer = renderPayment({ ...charged('authorizing', true), redirect }, rendering())
    expectTexts(answer)
    expect(answer).toMatchObject({
      transactionStatus: '3D',
      status: '3D Authstarted',
      redirect: { ...redirect, target: '' },
      result: { code: '00003' },
    })
  })

  test('to an inquiry has a code of its own, or the payment’s', () => {
    expect(renderInquiry(CAPTURED, rendering()).result.code).toBe('00026')
    const legacy = { ...rendering(), member: { ...caller, inquiryCode: '00001' as const } }
    expect(renderInquiry(CAPTURED, legacy).result.code).toBe('00001')
    expect(renderInquiry(charged('declined'), legacy).result.code).toBe('10001')
  })

  test('to a duplicate is a refusal that carries the first payment', () => {
    expect(renderDuplicate(CAPTURED, rendering())).toMatchObject({
      paymentId: '900001',
      transactionStatus: 'Y',
      result: { code: '20008' },
    })
  })

  test.each([
    ['capture', 'done', '00004', 'CP'],
    ['refund', 'done', '00005', 'RF'],
    ['void', 'done', '00006', 'RV'],
    ['capture', 'pending', '00003', 'CP'],
    ['capture', { declined: 'No', code: 'refused' }, '10005', 'CP'],
    ['refund', { declined: 'No', code: 'refused' }, '10006', 'RF'],
    ['void', { declined: 'No', code: 'refused' }, '10007', 'RV'],
  ] as const)('to a %s that is %o has the code %s', (operation, outcome, code, paymentType) => {
    const answer = renderFollowUp({ operation, outcome, amount: 2000n, payment: CAPTURED }, rendering())
    expectTexts(answer)
    expect(answer).toMatchObject({
      paymentId: '900001',
      referencedPaymentId: '900001',
      paymentType,
      amount: '20.00',
      result: { code },
    })
  })

  test('with a list has the long status where others have the short one, and no list when nothing was found', () => {
    const answer = renderList([CAPTURED], rendering())
    expectTexts(answer)
    expect(answer.transaction).toHaveLength(1)
    expect(answer.transaction?.[0]).toMatchObject({
      systemPaymentId: '900001',
      transactionStatus: 'capturesuccess',
      captureamount: '50.00',
      refundamount: '0.00',
      date: '2026-01-05 10:15:00.0',
    })
    expect(answer.result).toEqual({ code: '00029', description: 'Transaction details retrived successfully.' })
    expect(renderList([], rendering())).not.toHaveProperty('transaction')
  })

  test('with a registration calls it id, too', () => {
    const view = {
      registrationId: 'reg_1',
      paymentMode: 'CC',
      paymentBrand: 'VISA',
      card: { bin: '400000', last4: '0051', expiryMonth: '12', expiryYear: '2030' },
    }
    expect(renderRegistration(view, rendering())).toMatchObject({
      id: 'reg_1',
      registrationId: 'reg_1',
      memberId: MEMBER,
    })
  })

  test('about an invoice names the result twice', () => {
    const answer = renderInvoice(
      {
        number: 5501n,
        merchantInvoiceId: 'INV-77',
        amount: { amount: 12500n, currency: 'EUR' },
        state: 'mailsent',
        description: 'Tea',
        customerEmail: 'ada@shop.example',
        transactionUrl: 'https://pay.example/transaction/PayInvoice?inv=5501&ct=abc',
        createdAt: new Date('2026-01-05T10:15:00Z'),
        expiresAt: new Date('2026-01-07T10:15:00Z'),
      },
      'invoiceGenerated',
      rendering(),
    )
    expectTexts(answer)
    expect(answer.statusInvoiceResult).toEqual(answer.result)
    expect(answer.invoiceDetails).toMatchObject({
      createdDate: '2026-01-05',
      createdTime: '10:15:00',
      systemInvoiceId: '5501',
    })
  })

  test('to nobody: the callback and the form of the customer’s way back are signed over their own texts', () => {
    const callback = renderCallback(CAPTURED, rendering())
    expectTexts(callback)
    const { paymentId, merchantTransactionId, amount, transactionStatus, checksum } = callback
    const values = { paymentId, merchantTransactionId, amount, status: transactionStatus }
    expect(checksumOf('C12', new Secret(KEY), values)).toBe(checksum)
    const form = Object.fromEntries(renderReturnForm(CAPTURED, rendering()))
    expect(form).toMatchObject({
      trackingid: '900001',
      status: 'Y',
      checksum,
      resourcePath: '/transactionServices/REST/v1/payments/900001',
    })
    expectTexts(form)
  })
})
