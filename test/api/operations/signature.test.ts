import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import { signPayload } from '../../../src/api/operations/signature.ts'

const paid = {
  ...{ amount: '50.000', currency_code: 'KWD', gateway_account: 'default', gateway_name: 'knet', order_no: 'ord-1' },
  ...{ reference_number: 'ref-1', result: 'success', state: 'paid' },
}

test.each<[what: string, key: string, payload: object, signature: string]>([
  [
    'published by the receivers’ manual',
    'pu9MpX3yPR',
    { amount: '86.000', currency_code: 'KWD', customer_first_name: 'example-customer' },
    '6143b8ad4bd283540721ab000f6de746e722231aaaa90bc38f639081d3ff9f67',
  ],
  ['of a payment', 'test-key', paid, '5768ccbefbfc7a3872827d727567b75e6b3ce2cc24c64509dab2d09596def8c9'],
  [
    'of an operation, whose child is not signed',
    'test-key',
    {
      ...{ amount: '9.000', order_no: 'Y3ODg', reference_number: 'staging4AQ64A', result: 'success' },
      ...{ operation: null, session_id: 'bb7f', txn: { amount: '9.000', state: 'refunded' }, pg_response: {} },
    },
    'afbf558d547a6b4a9b90a3b075f74ba3a40ef068fcb8d735b0852625ea9f4bf0',
  ],
  [
    'of a repeated operation',
    'test-key',
    {
      ...{ amount: '1.00', currency_code: 'SAR', customer_phone: '12345678', gateway_account: 'Credit-Card' },
      ...{ gateway_name: 'mpgs', reference_number: 'SMAUGGGLERDK', result: 'success', state: 'refunded' },
    },
    '92cc35aba1163071282ab0dda04afd9cd4aefc1bd4d93f54896226e23cb43580',
  ],
  ['of nothing', 'test-key', {}, '2711cc23e9ab1b8a9bc0fe991238da92671624a9ebdaf1c1abec06e7e9a14f9b'],
  ['of a zero', 'test-key', { amount: '0' }, 'a07bdf5119e4b15aebe1a014196ff943b008042693da2cc117e3f982fdf94f8c'],
])('the signature %s', (_what, key, payload, signature) => {
  expect(signPayload(key, payload)).toBe(signature)
})

const hmac = (text: string): string => createHmac('sha256', 'test-key').update(text, 'utf8').digest('hex')
const sign = (payload: object): string => signPayload('test-key', payload)

test('null and an empty text are left out, "0" is not', () => {
  expect(sign({ ...paid, customer_email: null, customer_phone: '', customer_last_name: undefined })).toBe(sign(paid))
  expect(sign({ amount: '0', order_no: '0' })).toBe(hmac('amount0order_no0'))
})

test('a number counts as it is written', () => {
  expect(sign({ amount: 0, order_no: 10.5 })).toBe(hmac('amount0order_no10.5'))
  expect(sign({ amount: new LosslessNumber('86.000') })).toBe(hmac('amount86.000'))
})

test('texts of every script are signed as UTF-8, and the key as it is typed', () => {
  expect(sign({ customer_first_name: 'محمد', customer_last_name: 'Ærø 🐟', order_no: ' a\nb' })).toBe(
    hmac('customer_first_nameمحمدcustomer_last_nameÆrø 🐟order_no a\nb'),
  )
  expect(signPayload('00ff', paid)).toBe(
    createHmac('sha256', Buffer.from('00ff', 'utf8'))
      .update(
        'amount50.000currency_codeKWDgateway_accountdefaultgateway_nameknetorder_noord-1reference_numberref-1resultsuccessstatepaid',
      )
      .digest('hex'),
  )
})

test('what a payload inherits is not signed', () => {
  expect(sign(Object.create({ amount: '1.00' }) as object)).toBe(hmac(''))
})

const SIGNED = [
  ...['amount', 'currency_code', 'customer_address_city', 'customer_address_country', 'customer_address_line1'],
  ...['customer_address_line2', 'customer_address_postal_code', 'customer_address_state', 'customer_email'],
  ...['customer_first_name', 'customer_last_name', 'customer_phone', 'gateway_account', 'gateway_name', 'order_no'],
  ...['reference_number', 'result', 'state'],
]
const name = fc.oneof(fc.constantFrom(...SIGNED), fc.constantFrom('session_id', 'fee', 'signature', 'Amount', 'extra'))
const entries = fc.uniqueArray(fc.tuple(name, fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', null))), {
  selector: ([key]) => key,
})

test('the order of a payload’s fields does not matter, and absent, null and empty are the same', () => {
  fc.assert(
    fc.property(entries, fc.func(fc.integer()), (pairs, rank) => {
      const shuffled = [...pairs].sort((a, b) => rank(a[0]) - rank(b[0]))
      const present = pairs.filter(([, value]) => value !== null && value !== '')
      const empty = Object.fromEntries(SIGNED.map((key) => [key, null]))
      const signature = sign(Object.fromEntries(pairs))
      expect(sign(Object.fromEntries(shuffled))).toBe(signature)
      expect(sign(Object.fromEntries(present))).toBe(signature)
      expect(sign({ ...empty, ...Object.fromEntries(pairs) })).toBe(signature)
      const message = present
        .filter(([key]) => SIGNED.includes(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}${value}`)
        .join('')
      expect(signature).toBe(hmac(message))
    }),
  )
})
