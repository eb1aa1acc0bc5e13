import { expect, test } from 'vitest'
import { createCodes } from '../../src/bindings/codes.ts'
import type { PageOrder } from '../../src/pages/actions.ts'
import { openOrder, sealOrder } from '../../src/pages/sealed-order.ts'
import { Secret } from '../../src/secret.ts'
import { defaultSettings } from '../../src/settings.ts'

const deps = { codes: createCodes(new Secret(Buffer.alloc(32, 1))), settings: defaultSettings(true) }
const NOW = new Date('2026-03-01T10:00:00Z')

const ORDER: PageOrder = {
  merchantId: '0190a3c4-0000-7000-8000-000000000001',
  merchantName: 'Tea House',
  merchantTransactionId: 'Bestellung-Ü1',
  amount: { amount: 9_007_199_254_740_993n, currency: 'EUR' },
  authentication: 'auto',
  details: {
    redirectUrl: 'https://shop.example/return?a=1',
    customer: { email: 'payer@example.com' },
    shipping: {},
    device: {},
  },
}

test('an order comes back as it was sealed, until an hour is over', () => {
  const sealed = sealOrder(deps, ORDER, NOW)
  expect(openOrder(deps, sealed, NOW)).toEqual(ORDER)
  expect(openOrder(deps, sealed, new Date('2026-03-01T10:59:59.999Z'))).toEqual(ORDER)
  expect(openOrder(deps, sealed, new Date('2026-03-01T11:00:00Z'))).toBe('expired')
})

test('nothing else is an order', () => {
  const sealed = sealOrder(deps, ORDER, NOW)
  const [content = '', mac = ''] = sealed.split('.')
  const cheaper = Buffer.from(Buffer.from(content, 'base64url').toString().replace('9007199254740993', '1'))
  const others = createCodes(new Secret(Buffer.alloc(32, 2)))
  const wrong = [
    '',
    '.',
    content,
    `${content}.`,
    `.${mac}`,
    `${sealed}.`,
    `${content}.${mac.slice(1)}`,
    `${cheaper.toString('base64url')}.${mac}`,
    sealOrder({ ...deps, codes: others }, ORDER, NOW),
    `${content}.${deps.codes.mac('return-page', content).toString('base64url')}`,
  ]
  for (const text of wrong) expect(openOrder(deps, text, NOW)).toBeUndefined()
})
