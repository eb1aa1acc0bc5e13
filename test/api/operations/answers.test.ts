import { describe, expect, test } from 'vitest'
import { signPayload } from '../../../src/api/operations/signature.ts'
import { renderExternal, renderInternal, renderReplay } from '../../../src/api/operations/wire-external.ts'
import { renderNotice } from '../../../src/api/operations/wire-notice.ts'
import { renderRedirect } from '../../../src/api/operations/wire-redirect.ts'
import { renderCheckout } from '../../../src/api/operations/wire-session.ts'
import type { Operation } from '../../../src/payments/operation.ts'
import { priceAt } from '../../../src/payments/price.ts'
import { referenceNumber } from '../../../src/payments/reference-number.ts'
import {
  account,
  attempt,
  CHECKOUT_ID,
  CHILD_ID,
  checkout,
  child,
  OPERATION_ID,
  operation,
  PAID_AT,
  payment,
  session,
  sessionId,
  writing,
} from './samples.ts'

const INITIATOR = {
  ...{ id: 35, username: 'username_example', email: 'initaitor@example.com', firstName: 'example', lastName: '' },
  phone: '',
}
const INITIATOR_BODY = {
  ...{ id: 35, username: 'username_example', email: 'initaitor@example.com', first_name: 'example', last_name: '' },
  phone: '',
}

const notice = (about: Omit<Parameters<typeof renderNotice>[0], 'at'>) =>
  renderNotice({ ...about, at: PAID_AT }, writing)

/** The body without its signature, which is checked, and so is the order of its names. */
function unsigned(body: object): object {
  const { signature, ...rest } = body as Record<string, unknown>
  expect(signature).toBe(signPayload('test-key', rest))
  expect(Object.keys(body)).toEqual(Object.keys(body).sort())
  return rest
}

describe('the notification of a payment', () => {
  test('that was paid, whole', () => {
    const { tried, about } = { tried: attempt(), about: { initiator: INITIATOR } }
    expect(unsigned(notice({ session: session({ attempts: [tried], settled: tried }, about) }))).toEqual({
      amount: '10.000',
      amount_details: { amount: '10.000', currency_code: 'KWD', fee: '20.000', total: '30.000' },
      currency_code: 'KWD',
      customer_email: 'example@example.com',
      customer_first_name: 'first_name_example',
      customer_id: 'Example',
      customer_last_name: 'last_name_example',
      customer_phone: '1234567',
      fee: '20.000 KWD',
      gateway_account: 'Credit-Card',
      gateway_name: 'Gateway_Example',
      gateway_response: {},
      initiator: INITIATOR_BODY,
      is_sandbox: true,
      order_no: 'Y3ODg',
      paid_amount: '30.000',
      payment_type: 'one_off',
      pg_params: { result: 'SUCCESS', track_id: OPERATION_ID.replaceAll('-', '') },
      reference_number: expect.stringMatching(/^staging[0-9A-Z]{10}$/),
      remaining_amount: '0.000',
      result: 'success',
      session_id: sessionId(CHECKOUT_ID),
      settled_amount: '10.000',
      state: 'paid',
      timestamp_utc: '2023-11-02 09:00:07',
    })
  })

  test.each<[what: string, changes: Partial<Operation>, result: string]>([
    ['declined', { state: 'declined', code: 'insufficient_funds', message: 'Not enough.' }, 'failed'],
    ['given up by the payer', { state: 'declined', code: 'canceled_by_payer' }, 'canceled'],
    ['never sent', { state: 'not_sent' }, 'error'],
    ['known to no gateway', { state: 'not_done' }, 'error'],
    ['being made', { state: 'calling' }, 'pending'],
    ['at the gateway’s page', { state: 'redirected' }, 'pending'],
    ['not decided', { state: 'pending' }, 'pending'],
    ['not known', { state: 'unknown' }, 'pending'],
  ])('whose newest try was %s tells how it went and no amount that was paid', (_what, changes, result) => {
    const tried = attempt({ operation: operation(changes) })
    const body = unsigned(notice({ session: session({ state: 'attempted', attempts: [tried], settled: null }) }))
    expect(body).toMatchObject({ state: 'attempted', result, remaining_amount: '10.000', amount: '10.000' })
    for (const absent of ['paid_amount', 'settled_amount', 'refunded_amount', 'voided_amount', 'transactions', 'token'])
      expect(body).not.toHaveProperty(absent)
    expect('message' in body).toBe(typeof changes.message === 'string')
  })

  test('that nobody has tried to pay says nothing of gateways', () => {
    const nobody = session(
      { state: 'canceled', attempts: [], settled: null, orderNo: null },
      { details: {}, customerId: null },
    )
    expect(unsigned(notice({ session: nobody }))).toEqual({
      amount: '10.000',
      currency_code: 'KWD',
      initiator: {},
      payment_type: 'one_off',
      remaining_amount: '10.000',
      session_id: sessionId(CHECKOUT_ID),
      state: 'canceled',
      timestamp_utc: '2023-11-02 09:00:07',
    })
  })

  test('that is made in cash names the account by which the payer chose it', () => {
    const cash = { ...account, code: 'cash', connector: 'cod' }
    const body = unsigned(notice({ session: session({ state: 'cod', attempts: [attempt()], settled: null, cash }) }))
    expect(body).toMatchObject({
      gateway_account: 'cash',
      gateway_name: 'cod',
      is_sandbox: true,
      reference_number: referenceNumber('staging', CHECKOUT_ID),
      result: 'cod',
      settled_amount: '10.000',
    })
    expect(body).not.toHaveProperty('pg_params')
  })

  test.each([
    [0n, '0.000'],
    [12_000n, '12.000'],
  ])('that is held tells what was captured as paid: %s', (captured, paid_amount) => {
    const held = attempt({ payment: payment({ state: 'authorized', captured }) })
    const body = unsigned(notice({ session: session({ state: 'authorized', attempts: [held], settled: held }) }))
    expect(body).toMatchObject({
      state: 'authorized',
      paid_amount,
      settled_amount: '10.000',
      remaining_amount: '0.000',
    })
  })

  test('lists what was done to it, and what came back', () => {
    const settled = attempt({ payment: payment({ refunded: 3000n }) })
    const children = [
      child({ amount: 3000n }),
      child({ id: OPERATION_ID, amount: 1000n, state: 'pending' }),
      child({ kind: 'void', amount: 30_000n }),
    ]
    const body = unsigned(notice({ session: session({ settled, attempts: [settled], children }) }))
    const about = { currency_code: 'KWD', order_no: '' }
    expect(body).toMatchObject({ refunded_amount: '3.000', voided_amount: '10.000' })
    expect(body).toHaveProperty('transactions', [
      { ...about, amount: '3.000', session_id: sessionId(CHILD_ID), state: 'refunded' },
      { ...about, amount: '1.000', session_id: sessionId(OPERATION_ID), state: 'refund_queued' },
      { ...about, amount: '10.000', session_id: sessionId(CHILD_ID), state: 'voided' },
    ])
  })

  test('made in another currency says what its payer paid, and at which rate', () => {
    // 100.00 USD at 0.308 KWD a dollar, and 0.5 KWD on top.
    const settled = attempt({
      payment: payment({
        ...{ currency: 'USD', amount: 10_000n, fee: 162n, authorized: 10_162n, captured: 10_162n },
        ...{ payerCurrency: 'KWD', rateNumerator: 308n, rateDenominator: 100n },
      }),
      operation: operation({ amount: 31_300n, currency: 'KWD' }),
    })
    const body = unsigned(notice({ session: session({ settled, attempts: [settled] }, { currency: 'USD' }) }))
    expect(body).toMatchObject({
      amount: '100.00',
      amount_details: { amount: '30.800', currency_code: 'KWD', exchange_rate: '0.308', fee: '0.500', total: '31.300' },
      ...{ fee: '1.62 USD', paid_amount: '101.62', settled_amount: '100.00', remaining_amount: '0.000' },
    })
  })

  test('tells the customer’s address flat, the agreement in ISO dates, and the card', () => {
    const details = {
      ...{ customerBirthdate: '1990-03-02', cardMinExpiryDays: 30, extra: { table: 7 } },
      billingAddress: { line1: 'Street 1', city: 'Kuwait', country: 'KW', postalCode: '13001' },
      agreement: { id: 'A-1', type: 'recurring', startDate: '01/02/2026', expiryDate: '2027-01-01' },
    } as const
    const card = {
      ...{ registrationId: 'r', token: 'tok', customerId: 'Example', pgCode: 'Credit-Card', connector: 'mpgs' },
      ...{ isSandbox: true, agreementId: 'A-1', brand: 'VISA' as const, bin: '450875', last4: '1019', expiryMonth: 1 },
      ...{ expiryYear: 2039, holder: 'ANNA ALI', createdAt: PAID_AT },
    } as const
    const shown = { brand: 'VISA', bin: '450875', last4: '1019', expiryMonth: 1, expiryYear: 2039, holder: 'ANNA ALI' }
    const tried = attempt({ card: shown, operation: operation({ approvalCode: '482913', gatewayReference: 'g-1' }) })
    const about = session({ attempts: [tried], settled: tried }, { details, paymentType: 'auto_debit' })
    expect(unsigned(notice({ session: about, card }))).toMatchObject({
      ...{ customer_address_line1: 'Street 1', customer_address_city: 'Kuwait', customer_address_country: 'KW' },
      ...{ customer_address_postal_code: '13001', customer_birthdate: '1990-03-02', payment_type: 'auto_debit' },
      agreement: { id: 'A-1', type: 'recurring', start_date: '2026-02-01', expiry_date: '2027-01-01' },
      ...{ card_acceptance_criteria: { min_expiry_time: 30 }, extra: { table: 7 } },
      pg_params: {
        ...{ auth_code: '482913', card_expiry_month: '01', card_expiry_year: '39', card_holder: 'ANNA ALI' },
        ...{ card_number: '450875******1019', card_type: 'VISA', result: 'SUCCESS', transaction_id: 'g-1' },
      },
      token: {
        ...{ agreements: ['A-1'], brand: 'VISA', customer_id: 'Example', cvv_required: false, expiry_month: '01' },
        ...{ expiry_year: '39', is_expired: false, is_preferred: true, name_on_card: 'ANNA ALI', number: '**** 1019' },
        ...{ pg_code: 'Credit-Card', pg_name: 'mpgs', token: 'tok', will_expire_soon: false },
      },
    })
  })
})

describe('an operation', () => {
  const about = { session: session(), child: child({}, { initiator: INITIATOR, response: { status: 'approved' } }) }
  const expected = {
    amount: '9.000',
    initiator: INITIATOR_BODY,
    is_sandbox: true,
    operation: 'refund',
    order_no: 'Y3ODg',
    pg_code: 'Credit-Card',
    pg_params: { result: 'SUCCESS', track_id: CHILD_ID.replaceAll('-', '') },
    pg_response: { status: 'approved' },
    reference_number: referenceNumber('staging', CHILD_ID),
    result: 'success',
    session_id: sessionId(CHECKOUT_ID),
    source: 'input',
    success: true,
    timestamp_utc: '2023-11-02 09:00:07',
    txn: {
      ...{ amount: '9.000', currency_code: 'KWD', order_no: '', session_id: sessionId(CHILD_ID), state: 'refunded' },
    },
  }

  test('is answered whole, with its own number and its parent’s session', () => {
    expect(unsigned(renderExternal(about, writing))).toEqual(expected)
  })

  test('has no name in a webhook, as in the contract’s samples', () => {
    expect(unsigned(renderExternal(about, writing, 'unnamed'))).toEqual({ ...expected, operation: null })
  })

  test('has what was said with it, and no order number where its parent has none', () => {
    const extra = { orders: [{ passengerDocumentNumber: '4862100022075', amount: 1 }] }
    const body = renderExternal({ session: session({ orderNo: null }), child: child({}, { extra }) }, writing)
    expect(unsigned(body)).toMatchObject({ extra, initiator: {}, order_no: '' })
  })

  test.each<[source: 'input' | 'dashboard' | 'pg', told: string]>([
    ['input', 'input'],
    ['dashboard', 'input'],
    ['pg', 'pg'],
  ])('that came from %s is told as from %s', (source, told) => {
    const body = renderExternal({ session: session(), child: child({}, { source }) }, writing)
    expect(unsigned(body)).toMatchObject({ source: told })
  })

  test.each<[changes: Partial<Operation>, state: string, result: string]>([
    [{ kind: 'capture' }, 'paid', 'success'],
    [{ kind: 'void' }, 'voided', 'success'],
    [{ kind: 'refund', state: 'approved' }, 'refunded', 'success'],
    [{ kind: 'refund', state: 'pending' }, 'refund_queued', 'queued'],
    [{ kind: 'refund', state: 'unknown' }, 'refund_queued', 'queued'],
    [{ kind: 'refund', state: 'calling' }, 'refund_queued', 'queued'],
    [{ kind: 'refund', state: 'declined' }, 'refund_rejected', 'rejected'],
    [{ kind: 'refund', state: 'not_done' }, 'refund_rejected', 'rejected'],
  ])('that is %j has a child that is %s, and the result is %s', (changes, state, result) => {
    const one = { session: session(), child: child(changes) }
    expect(unsigned(renderExternal(one, writing))).toMatchObject({
      ...{ operation: changes.kind, result, success: result === 'success', txn: { state } },
    })
    expect(unsigned(renderReplay(one, writing))).toMatchObject({ result, state })
  })

  test('that voids is about the whole without the fee, as its parent says', () => {
    const about = { session: session(), child: child({ kind: 'void', amount: 30_000n }) }
    expect(unsigned(renderExternal(about, writing))).toMatchObject({ amount: '10.000', txn: { amount: '10.000' } })
    expect(unsigned(renderReplay(about, writing))).toMatchObject({ amount: '10.000', remaining_amount: '10.000' })
  })

  test('of ours alone says that it is done', () => {
    expect(renderInternal('cancel')).toEqual({
      ...{ detail: 'Operation done successfully', operation: 'cancel', result: 'success' },
    })
  })
})

test('a Tracking-Key is answered with the notification of the child, fields and forms as in the founding sample', () => {
  const shown = { ...account, code: 'Credit-Card', connector: 'mpgs', currency: 'SAR' }
  const settledAt = new Date('2023-11-23T11:20:50Z')
  const one = child({ amount: 100n, currency: 'SAR', settledAt }, { account: shown, response: { a: 1 } })
  const parent = session({}, { currency: 'SAR', customerId: 'sandbox', details: { customerPhone: '12345678' } })
  expect(unsigned(renderReplay({ session: parent, child: one }, writing))).toEqual({
    amount: '1.00',
    amount_details: { currency_code: 'SAR', amount: '1.0', total: '1.0', fee: '0' },
    currency_code: 'SAR',
    customer_id: 'sandbox',
    customer_phone: '12345678',
    extra: {},
    gateway_account: 'Credit-Card',
    gateway_name: 'mpgs',
    gateway_response: { a: 1 },
    initiator: {},
    is_sandbox: true,
    payment_type: 'one_off',
    reference_number: referenceNumber('staging', CHILD_ID),
    remaining_amount: '1.000',
    result: 'success',
    session_id: sessionId(CHILD_ID),
    state: 'refunded',
    timestamp_utc: '2023-11-23 11:20:50',
  })
})

describe('a checkout', () => {
  const options = [{ account, price: priceAt(account, { amount: 14_000n, currency: 'KWD' }), kind: 'card' as const }]
  const view = { options, baseUrl: 'https://pay.example', hasQrCode: false }
  const id = sessionId(CHECKOUT_ID)

  test('is answered whole', () => {
    const made = checkout({ amount: 14_000n, orderNo: null, customerId: null, details: {} })
    const body = renderCheckout({ ...view, checkout: made }, writing)
    expect(body).toEqual({
      amount: '14.000',
      billing: {
        amount: { currency_code: 'KWD', display: '14.000 KWD', label: 'Total', value: '14.000' },
        fee: { currency_code: 'KWD', display: '0.000 KWD', label: 'Fee', value: '0.000' },
        sub_total: { currency_code: 'KWD', display: '14.000 KWD', label: 'Amount', value: '14.000' },
      },
      checkout_page_url: `https://pay.example/b/checkout/redirect/start/?session_id=${id}`,
      checkout_url: `https://pay.example/b/checkout/redirect/start/?session_id=${id}`,
      currency_code: 'KWD',
      due_datetime: '02/11/2023 08:50:00',
      expiration_time: '1 00:00:00',
      language: 'en',
      operation: 'purchase',
      payment_methods: [
        {
          amount: '14.000',
          code: 'Credit-Card',
          currency_code: 'KWD',
          fee: '0.000',
          fee_description: '',
          flow: 'redirect',
          icon: 'https://pay.example/b/icons/Gateway_Example.svg',
          icons: { svg: 'https://pay.example/b/icons/Gateway_Example.svg' },
          is_sandbox: true,
          name: 'Credit Card',
          pg: 'Gateway_Example',
          redirect_url: `https://pay.example/b/checkout/redirect/start/?session_id=${id}&pg_code=Credit-Card`,
          type: 'sandbox',
        },
      ],
      payment_type: 'one_off',
      pg_codes: ['Credit-Card'],
      session_id: id,
      state: 'created',
      type: 'e_commerce',
    })
    expect(Object.keys(body)).toEqual(Object.keys(body).sort())
  })

  test('says back what was said, as it was said', () => {
    const made = checkout({
      ...{
        paymentType: 'auto_debit',
        redirectUrl: 'https://shop.example/back',
        webhookUrl: 'https://shop.example/hook',
      },
      ...{ shortCode: 'Ab3dE6', initiator: INITIATOR, expiresAt: new Date('2023-11-02T09:40:00Z') },
      details: {
        ...{ customerPhone2: '2', emailRecipients: ['x@y.example'], vendorName: 'V', productType: 'food' },
        ...{ notifications: { email: ['paid'] }, extra: { table: 7 }, unitCode: 'not told' },
        agreement: { id: 'A-1', type: 'recurring', startDate: '01/02/2026', maxAmountPerCycle: '14.5' },
        shippingAddress: {
          ...{ line1: 'Street 1', city: 'Kuwait', country: 'KW', firstName: 'B', lastName: 'C', email: 'd@e.example' },
          phone: '1',
        },
        branding: { 'Credit-Card': { text: 'Best', color: '#0f0', weight: 700 } },
      },
    })
    const body = renderCheckout({ ...view, checkout: made, hasQrCode: true, settledCode: 'Credit-Card' }, writing)
    expect(body).toMatchObject({
      agreement: { id: 'A-1', type: 'recurring', start_date: '01/02/2026', max_amount_per_cycle: '14.5' },
      checkout_short_url: 'https://pay.example/b/Ab3dE6',
      ...{ customer_phone_2: '2', email_recipients: ['x@y.example'], expiration_time: '00:50:00' },
      ...{ extra: { table: 7 }, initiator_id: 35, notifications: { email: ['paid'] }, order_no: 'Y3ODg' },
      payment_methods: [{ branding_options: { color: '#0f0', font_weight: 700, text: 'Best' } }],
      ...{ payment_type: 'auto_debit', product_type: 'food', qr_code_url: `https://pay.example/b/qr/${id}.png` },
      ...{ redirect_url: 'https://shop.example/back', settled_pg_code: 'Credit-Card', vendor_name: 'V' },
      shipping_address: {
        ...{ first_name: 'B', last_name: 'C', email: 'd@e.example', phone: '1' },
        ...{ line1: 'Street 1', city: 'Kuwait', country: 'KW' },
      },
      webhook_url: 'https://shop.example/hook',
    })
    expect(JSON.stringify(body)).not.toContain('not told')
  })

  test('costs what each way to pay costs, in its currency and with its fee', () => {
    const dear = {
      ...{
        ...account,
        currency: 'KWD',
        isSandbox: false,
        rates: [{ currency: 'USD', numerator: '308', denominator: '100' }],
      },
      fee: { kind: 'fix', value: '0.500', chargesOwnCurrency: false, description: 'fix fee' },
    } as const
    const price = priceAt(dear, { amount: 10_000n, currency: 'USD' })
    const made = checkout({ currency: 'USD' })
    const body = renderCheckout({ ...view, checkout: made, options: [{ account: dear, price, kind: 'card' }] }, writing)
    expect(body).toMatchObject({
      amount: '100.00',
      payment_methods: [
        { amount: '31.300', currency_code: 'KWD', fee: '0.500', fee_description: 'fix fee', type: 'production' },
      ],
    })
  })

  test('is authorized only where all of its accounts do', () => {
    const held = { ...account, mode: 'authorize' } as const
    const [option] = options
    const both = [{ ...option, account: held }, option] as typeof options
    const operationFor = (some: typeof options) =>
      (renderCheckout({ ...view, checkout: checkout(), options: some }, writing) as { operation: string }).operation
    expect([operationFor(both.slice(0, 1)), operationFor(both), operationFor([])]).toEqual([
      'authorize',
      'purchase',
      'purchase',
    ])
  })
})

test('a payer who has to prove who he is is sent to a page', () => {
  const tried = attempt({ operation: operation({ state: 'redirected' }) })
  const about = session({ state: 'pending', settled: null, attempts: [tried] })
  const id = sessionId(CHECKOUT_ID)
  expect(renderRedirect({ session: about, baseUrl: 'https://pay.example' }, writing)).toEqual({
    challenge_occurred: true,
    form_of_payment: 'token_pay',
    method: 'redirect',
    order_no: 'Y3ODg',
    redirect_url: `https://pay.example/b/checkout/redirect/continue/?session_id=${id}`,
    reference_number: referenceNumber('staging', tried.referenceId),
    session_id: id,
    status: '3DS',
  })
})
