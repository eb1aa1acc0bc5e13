import { describe, expect, test } from 'vitest'
import { readChanges, readCreate } from '../../../src/api/operations/wire-checkout.ts'
import { parseJson } from '../../../src/http/json.ts'

const LEAST = { type: 'e_commerce', amount: '20', currency_code: 'KWD', pg_codes: ['knet'] }
const NO_WISHES = {
  ...{ shortUrl: false, qrCode: false, shortAttachmentUrl: false, preload: false, initiatorId: undefined },
  oneStep: undefined,
}
const DAY_MS = 86_400_000

/** A body as it comes over the wire. */
const bodyOf = (fields: object) => parseJson(Buffer.from(JSON.stringify(fields)))

/** What is wrong with a checkout that has these fields beside what it has to have; a field that is undefined is left out. */
function problemsOf(fields: object, reading: (body: Record<string, unknown>) => unknown = readCreate): unknown {
  try {
    reading(bodyOf({ ...LEAST, ...fields }))
    return undefined
  } catch (error) {
    return (error as { details: { fields: unknown } }).details.fields
  }
}

test('a checkout needs four fields, and gets the rest by default', () => {
  expect(readCreate(bodyOf(LEAST))).toEqual({
    terms: {
      ...{ type: 'e_commerce', paymentType: 'one_off', currency: 'KWD', amount: 20_000n, pgCodes: ['knet'] },
      ...{ orderNo: null, customerId: null, language: 'en', redirectUrl: null, webhookUrl: null },
      ...{ details: {}, lifeMs: DAY_MS, dueAt: null },
    },
    wishes: NO_WISHES,
  })
})

test('all of its fields are read', () => {
  const address = {
    line1: 'Street 1',
    line2: 'Floor 2',
    city: 'Kuwait',
    state: 'K',
    country: 'KW',
    postal_code: '13001',
  }
  const kept = { line1: 'Street 1', line2: 'Floor 2', city: 'Kuwait', state: 'K', country: 'KW', postalCode: '13001' }
  const body = {
    ...{ type: 'payment_request', amount: 14.5, currency_code: 'KWD', pg_codes: ['knet', 'mpgs'] },
    ...{ order_no: 'ä ب 1', customer_id: 'c-7', customer_email: 'a@b.example', customer_phone: '96512345678' },
    ...{ customer_phone_2: '96587654321', customer_first_name: 'Anna', customer_last_name: 'Ali' },
    ...{ customer_birthdate: '02/03/1990', billing_address: address, payment_type: 'auto_debit' },
    shipping_address: { ...address, first_name: 'B', last_name: 'C', email: 'd@e.example', phone: '1' },
    agreement: {
      ...{ id: 'A-1', type: 'installment', amount_variability: 'fixed', frequency: 'monthly' },
      ...{ start_date: '01/01/2026', expiry_date: '2027-01-01', cycle_interval_days: 30, total_cycles: '12' },
      ...{ max_amount_per_cycle: '14.50', seller: { name: 'S', short_name: 's', category_code: '1' } },
      extra_params: { payment_processing_day: 3 },
    },
    card_acceptance_criteria: { min_expiry_time: '60' },
    ...{ due_datetime: '29/12/2025 08:30', expiration_time: '00:50:00', language: 'ar' },
    ...{ redirect_url: 'https://shop.example/back?a=1', webhook_url: 'https://shop.example/hook' },
    notifications: { email: ['created', 'refunded'], SMS: ['paid'], whatsapp: ['expired'] },
    ...{ email_recipients: ['x@y.example'], extra: { table: 7 }, product_type: 'food' },
    ...{ vendor_name: 'V', unit_code: 'unit-1', attachment_upload_url: 'https://files.example/bill.pdf' },
    branding_options: { payment_methods: { knet: { text: 'Best', color: '#0f0' } } },
    loyalty: { enabled: true, reference: 'r' },
    ...{ shortify_checkout_url: true, generate_qr_code: 'true', shortify_attachment_url: 'True', initiator_id: '35' },
    ...{ include_sdk_setup_preload: true, preload_checkout_page: true, mode: 'payment', unheard_of: { a: 1 } },
  }
  expect(readCreate(bodyOf(body))).toEqual({
    terms: {
      ...{ type: 'payment_request', paymentType: 'auto_debit', currency: 'KWD', amount: 14_500n },
      ...{ pgCodes: ['knet', 'mpgs'], orderNo: 'ä ب 1', customerId: 'c-7', language: 'ar', lifeMs: 3_000_000 },
      ...{ redirectUrl: 'https://shop.example/back?a=1', webhookUrl: 'https://shop.example/hook' },
      dueAt: new Date('2025-12-29T08:30:00Z'),
      details: {
        ...{ customerEmail: 'a@b.example', customerPhone: '96512345678', customerPhone2: '96587654321' },
        ...{
          customerFirstName: 'Anna',
          customerLastName: 'Ali',
          customerBirthdate: '1990-03-02',
          billingAddress: kept,
        },
        shippingAddress: { ...kept, firstName: 'B', lastName: 'C', email: 'd@e.example', phone: '1' },
        agreement: {
          ...{ id: 'A-1', type: 'installment', amountVariability: 'fixed', frequency: 'monthly' },
          ...{ startDate: '01/01/2026', expiryDate: '2027-01-01', cycleIntervalDays: 30, totalCycles: 12 },
          ...{ maxAmountPerCycle: '14.50', seller: { name: 'S', shortName: 's', categoryCode: '1' } },
          extraParams: { payment_processing_day: 3 },
        },
        cardMinExpiryDays: 60,
        notifications: { email: ['created', 'refunded'], sms: ['paid'], whatsapp: ['expired'] },
        ...{ emailRecipients: ['x@y.example'], extra: { table: 7 }, productType: 'food', vendorName: 'V' },
        ...{ unitCode: 'unit-1', attachmentUrl: 'https://files.example/bill.pdf' },
        branding: { knet: { text: 'Best', color: '#0f0', weight: 700 } },
        loyalty: { enabled: true, reference: 'r' },
      },
    },
    wishes: {
      ...{ shortUrl: true, qrCode: true, shortAttachmentUrl: true, preload: true, initiatorId: 35 },
      oneStep: undefined,
    },
  })
})

const required = ['This field is required.']
const tooLong = (max: number) => [`Ensure this field has no more than ${max} characters.`]
const noChoice = (text: string) => [`"${text}" is not a valid choice.`]

test('every field that has to be there is named at once', () => {
  expect(problemsOf({ type: undefined, amount: undefined, currency_code: undefined, pg_codes: undefined })).toEqual({
    ...{ type: required, amount: required, currency_code: required, pg_codes: required },
  })
})

test.each<[fields: object, problems: object]>([
  [{ type: 'shop' }, { type: noChoice('shop') }],
  [{ amount: '0' }, { amount: ['Ensure this value is greater than 0.'] }],
  [{ amount: '' }, { amount: ['This field may not be blank.'] }],
  [{ currency_code: 'KWR' }, { currency_code: noChoice('KWR') }],
  [{ currency_code: 'kwd' }, { currency_code: noChoice('kwd') }],
  [{ pg_codes: [] }, { pg_codes: ['This list may not be empty.'] }],
  [{ order_no: 'x'.repeat(129) }, { order_no: tooLong(128) }],
  [{ customer_id: 'x'.repeat(65) }, { customer_id: tooLong(64) }],
  [{ customer_phone: '1'.repeat(17) }, { customer_phone: tooLong(16) }],
  [{ amount: `5.${'0'.repeat(23)}` }, { amount: tooLong(24) }],
  [{ language: 'fr' }, { language: noChoice('fr') }],
  [{ unit_code: 'unit 1' }, { unit_code: [expect.stringContaining('slug')] }],
  [{ payment_type: 'later' }, { payment_type: noChoice('later') }],
  [{ expiration_time: 'tomorrow' }, { expiration_time: ['Duration has wrong format. Use [DD ]HH:MM:SS.'] }],
  [{ redirect_url: `https://shop.example/${'x'.repeat(1980)}` }, { redirect_url: tooLong(2000) }],
  [{ email_recipients: ['a@b.example', 'x'] }, { email_recipients: ['Enter a valid email address.'] }],
  [{ attachment_upload_url: 'https://files.example/virus.exe' }, { attachment_upload_url: [expect.any(String)] }],
  [{ card_acceptance_criteria: { min_expiry_time: 366 } }, { card_acceptance_criteria: expect.anything() }],
  [
    { billing_address: { line1: 'x', country: 'Kuwait' } },
    { billing_address: { city: required, country: ['Enter an ISO 3166 alpha-2 code.'] } },
  ],
  [
    { shipping_address: { line1: 'x', city: 'y', country: 'KW', email: 'nobody' } },
    {
      shipping_address: {
        ...{ first_name: required, last_name: required, phone: required, email: ['Enter a valid email address.'] },
      },
    },
  ],
  [
    { branding_options: { payment_methods: { knet: { color: 'red' }, cash: { text: 'x', color: '#fff' } } } },
    {
      branding_options: {
        payment_methods: {
          knet: { text: required, color: ['Enter a color such as #1a2b3c.'] },
          cash: ['"cash" is not one of `pg_codes`.'],
        },
      },
    },
  ],
])('%j is refused by the field', (fields, problems) => {
  expect(problemsOf(fields)).toEqual(problems)
})

test.each<[loyalty: unknown, problems: object]>([
  [{ reference: 'L-1' }, { enabled: ['This field is required.'] }],
  [{ enabled: 'perhaps' }, { enabled: ['Must be a valid boolean.'] }],
  [{ enabled: true, reference: 'x'.repeat(129) }, { reference: [expect.stringContaining('128')] }],
])('loyalty of %j is refused', (loyalty, problems) => {
  expect(problemsOf({ loyalty })).toEqual({ loyalty: problems })
})

test.each([
  ['KWD', '0.009', '0.010'],
  ['USD', '0.00', '0.01'],
])('in %s %s is too little and %s is enough', (currency_code, little, enough) => {
  expect(problemsOf({ currency_code, amount: little })).toEqual({ amount: [expect.stringContaining('greater than')] })
  expect(problemsOf({ currency_code, amount: enough })).toBeUndefined()
})

describe('notifications', () => {
  test.each<[fields: object, problems: unknown]>([
    [
      { notifications: { sms: ['paid'] } },
      { notifications: { sms: ['To use sms notifications provide the `customer_phone` field.'] } },
    ],
    [
      { notifications: { email: ['paid'], sms: ['paid'] } },
      {
        notifications: {
          email: ['To use email notifications provide the `customer_email` field.'],
          sms: ['To use sms notifications provide the `customer_phone` field.'],
        },
      },
    ],
    [
      { notifications: { email: ['paid'] }, customer_email: 'nobody' },
      { customer_email: ['Enter a valid email address.'] },
    ],
    [{ notifications: { whatsapp: ['refunded'] } }, { notifications: { whatsapp: noChoice('refunded') } }],
    [{ notifications: { email: ['paid'], sms: [] }, customer_email: 'a@b.example' }, undefined],
  ])('%j', (fields, problems) => {
    expect(problemsOf(fields)).toEqual(problems)
  })
})

const PLANNED = {
  ...{
    id: 'A-1',
    amount_variability: 'fixed',
    frequency: 'monthly',
    expiry_date: '2027-01-01',
    cycle_interval_days: 30,
  },
}

describe('agreements', () => {
  const withAgreement = (agreement: object) => ({ payment_type: 'auto_debit', customer_id: 'c', agreement })

  test.each<[agreement: object, problems: object | undefined]>([
    [PLANNED, undefined],
    [{ ...PLANNED, type: 'recurring' }, undefined],
    [{ ...PLANNED, type: 'installment', seller: { name: 'S' } }, undefined],
    [{ id: 'A-1', type: 'unscheduled', frequency: 'irregular' }, undefined],
    [{ type: 'other' }, undefined],
    [{ type: 'event_based' }, undefined],
    [
      {},
      {
        ...{ id: required, amount_variability: required, frequency: required, expiry_date: required },
        cycle_interval_days: required,
      },
    ],
    [{ ...PLANNED, type: 'installment' }, { seller: required }],
    [{ type: 'unscheduled' }, { id: required, frequency: required }],
    [
      { id: 'A-1', type: 'unscheduled', frequency: 'monthly' },
      { frequency: ['An unscheduled agreement is irregular.'] },
    ],
    [{ ...PLANNED, frequency: 'often' }, { frequency: noChoice('often') }],
    [{ ...PLANNED, cycle_interval_days: 367 }, { cycle_interval_days: [expect.stringContaining('366')] }],
    [{ ...PLANNED, total_cycles: 1000 }, { total_cycles: [expect.stringContaining('999')] }],
  ])('%j', (agreement, problems) => {
    expect(problemsOf(withAgreement(agreement))).toEqual(problems && { agreement: problems })
  })

  test('and auto debit need each other, and a customer', () => {
    expect(problemsOf({ payment_type: 'auto_debit' })).toEqual({ customer_id: required, agreement: required })
    expect(problemsOf({ agreement: PLANNED })).toEqual({
      agreement: ['An agreement needs the payment type auto_debit.'],
    })
    expect(
      problemsOf({ payment_type: 'auto_debit', agreement: { type: 'other' }, customer_id: 'x'.repeat(65) }),
    ).toEqual({
      customer_id: tooLong(64),
    })
  })

  test('make a card good for thirty days at least, unless told', () => {
    const { terms } = readCreate(bodyOf({ ...LEAST, ...withAgreement({ type: 'other' }) }))
    expect(terms.details.cardMinExpiryDays).toBe(30)
  })
})

describe('saving a card', () => {
  test.each<[amount: unknown, isFine: boolean]>([
    ['0', true],
    ['0.00', true],
    [' 0.000 ', true],
    ['0.01', false],
    ['-0', false],
    ['zero', false],
    [undefined, false],
  ])('costs nothing: %j', (amount, isFine) => {
    const problems = problemsOf({ payment_type: 'save_card', customer_id: 'c', amount })
    if (isFine) expect(problems).toBeUndefined()
    else expect(problems).toEqual({ amount: [expect.any(String)] })
  })

  test('is for a customer', () => {
    expect(problemsOf({ payment_type: 'save_card', amount: '0' })).toEqual({ customer_id: required })
  })
})

describe('payment in one step', () => {
  test.each<[instrument: object, oneStep: object]>([
    [{ instrument_type: 'token', payload: { token: 't' } }, { token: 't' }],
    [{ instrument_type: 'token', payload: 't' }, { token: 't' }],
  ])('%j', (payment_instrument, oneStep) => {
    expect(readCreate(bodyOf({ ...LEAST, payment_instrument, customer_id: 'c' })).wishes.oneStep).toEqual(oneStep)
  })

  test.each<[instrument: object, problems: object]>([
    [{}, { instrument_type: required }],
    [{ instrument_type: 'cash' }, { instrument_type: noChoice('cash') }],
    ...['apple_pay', 'google_pay', 'samsung_pay', 'wallet'].map((type): [object, object] => [
      { instrument_type: type, payload: {} },
      { instrument_type: [`Payments by ${type} are not available here.`] },
    ]),
  ])('%j is refused', (payment_instrument, problems) => {
    expect(problemsOf({ payment_instrument })).toEqual({ payment_instrument: problems })
  })

  test.each([undefined, '', {}, null])('needs a token: %j', (payload) => {
    expect(problemsOf({ payment_instrument: { instrument_type: 'token', payload } })).toHaveProperty(
      'payment_instrument.payload',
    )
  })

  test('is by one gateway account', () => {
    const payment_instrument = { instrument_type: 'token', payload: { token: 't' } }
    expect(problemsOf({ payment_instrument, customer_id: 'c', pg_codes: ['a', 'b'] })).toEqual({
      pg_codes: ['Exactly one code is needed with `payment_instrument`.'],
    })
  })
})

describe('a change', () => {
  const { terms } = readCreate(
    bodyOf({
      ...{ ...LEAST, payment_type: 'auto_debit', customer_id: 'c', agreement: { type: 'other' } },
      ...{ card_acceptance_criteria: { min_expiry_time: 60 }, customer_email: 'a@b.example', order_no: 'one' },
    }),
  )
  const change = (body: object) => readChanges(bodyOf(body), terms).changes

  test('says what is different, and keeps the details that it does not name', () => {
    expect(change({ amount: '21', customer_phone: '1' })).toEqual({
      ...{ amount: 21_000n, currency: 'KWD' },
      details: { ...terms.details, customerPhone: '1' },
    })
    expect(change({ order_no: 'two', pg_codes: ['mpgs'], expiration_time: '2 00:00:00' })).toEqual({
      ...{ orderNo: 'two', pgCodes: ['mpgs'], lifeMs: 2 * DAY_MS, details: terms.details },
    })
  })

  test('of the currency says the amount again', () => {
    expect(problemsOf({}, () => change({ currency_code: 'USD' }))).toEqual({ amount: required })
    expect(change({ currency_code: 'USD', amount: '5' })).toMatchObject({ currency: 'USD', amount: 500n })
    expect(change({ currency_code: terms.currency })).toEqual({ details: terms.details })
  })

  test('to or from saving a card says the amount again', () => {
    expect(problemsOf({}, () => change({ payment_type: 'save_card' }))).toEqual({ amount: required })
    expect(problemsOf({}, () => change({ payment_type: 'save_card', amount: '1' }))).toHaveProperty('amount')
    expect(change({ payment_type: 'save_card', amount: '0' })).toMatchObject({ paymentType: 'save_card', amount: 0n })
    const saving = { ...terms, paymentType: 'save_card', amount: 0n } as const
    expect(problemsOf({}, () => readChanges(bodyOf({ payment_type: 'one_off' }), saving))).toEqual({ amount: required })
  })

  test('may rely on what is known already', () => {
    expect(problemsOf({}, () => change({ notifications: { email: ['paid'] } }))).toBeUndefined()
    expect(problemsOf({}, () => change({ notifications: { sms: ['paid'] } }))).toHaveProperty('notifications.sms')
  })
})
