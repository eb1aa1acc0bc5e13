import { describe, expect, test } from 'vitest'
import { readCards, readInquiry, readPayNow } from '../../../src/api/operations/wire-inquiry.ts'
import { readMessage } from '../../../src/api/operations/wire-message.ts'
import { type MethodsFilter, readMethods, renderMethods } from '../../../src/api/operations/wire-methods.ts'
import { readOperation } from '../../../src/api/operations/wire-operation.ts'
import type { GatewayAccount } from '../../../src/gateways/account.ts'
import type { GatewayFacts } from '../../../src/gateways/connector.ts'
import { parseJson } from '../../../src/http/json.ts'
import { account } from './samples.ts'

const bodyOf = (fields: object) => parseJson(Buffer.from(JSON.stringify(fields)))

function problemsOf(reading: () => unknown): unknown {
  try {
    reading()
    return undefined
  } catch (error) {
    return (error as { details: { fields: unknown } }).details.fields
  }
}

const required = ['This field is required.']
const NAMES = 'You must provide either `session_id` or `order_no` to identify the PaymentTransaction.'

describe('an operation', () => {
  test('is read with what belongs to it', () => {
    const extra = { orders: [{ passengerDocumentNumber: '4862100022075', amount: 1 }] }
    expect(
      readOperation(bodyOf({ operation: 'refund', session_id: 's', order_no: 'o', amount: '09.50', extra })),
    ).toEqual({
      ...{ operation: 'refund', sessionId: 's', orderNo: 'o', amount: '9.50', extra },
    })
  })

  test.each(['void', 'cancel', 'expire', 'delete'])('that is a %s has no amount, whatever is said', (operation) => {
    for (const amount of ['9', 'nine', {}])
      expect(readOperation(bodyOf({ operation, session_id: 's', amount })).amount).toBeUndefined()
  })

  test('goes to the gateway; a wallet is only looked at for refunds', () => {
    const to = (operation: string, destination: string) =>
      problemsOf(() => readOperation(bodyOf({ operation, session_id: 's', destination })))
    expect(to('refund', 'pg')).toBeUndefined()
    expect(to('refund', 'wallet')).toEqual({ destination: ['There is no wallet to refund to.'] })
    expect(to('refund', 'bank')).toEqual({ destination: ['"bank" is not a valid choice.'] })
    expect(to('capture', 'wallet')).toBeUndefined()
  })

  test.each<[fields: object, problems: object]>([
    [{}, { operation: required, session_id: [NAMES], order_no: [NAMES] }],
    [{ operation: 'REFUND', session_id: 's' }, { operation: ['"REFUND" is not a valid choice.'] }],
    [
      { operation: 'void', session_id: 'x'.repeat(129) },
      { session_id: ['Ensure this field has no more than 128 characters.'] },
    ],
    [
      { operation: 'void', order_no: 'ä'.repeat(129) },
      { order_no: ['Ensure this field has no more than 128 characters.'] },
    ],
    [{ operation: 'refund', session_id: 's', extra: 'x' }, { extra: ['Expected a dictionary of items.'] }],
    [{ operation: 'refund', session_id: 's', amount: true }, { amount: ['Not a valid string.'] }],
  ])('%j is refused by the field', (fields, problems) => {
    expect(problemsOf(() => readOperation(bodyOf(fields)))).toEqual(problems)
  })

  test('has names of 128 characters at most', () => {
    const order_no = 'ä'.repeat(128)
    expect(readOperation(bodyOf({ operation: 'void', order_no })).orderNo).toBe(order_no)
  })
})

describe('an inquiry', () => {
  const url = 'https://shop.example/hook'

  test.each<[fields: object, notifies: boolean, webhookUrl: string | undefined]>([
    [{}, false, undefined],
    [{ notify_webhook_url: true }, true, undefined],
    [{ notify_webhook_url: 'true', webhook_url: url }, true, url],
    [{ disclose_to_merchant: true, disclosure_url: url }, true, url],
    [{ notify_webhook_url: false, disclose_to_merchant: true }, false, undefined],
  ])('%j says whether and where its answer is posted, in old words, too', (fields, notifies, webhookUrl) => {
    expect(readInquiry(bodyOf({ session_id: 's', ...fields }))).toEqual({
      ...{ sessionId: 's', orderNo: undefined, notifies, webhookUrl },
    })
  })

  test('names a payment, and a URL of 200 characters at most', () => {
    expect(problemsOf(() => readInquiry(bodyOf({ webhook_url: `${url}/${'x'.repeat(200)}` })))).toEqual({
      ...{ session_id: [NAMES], order_no: [NAMES] },
      webhook_url: ['Ensure this field has no more than 200 characters.'],
    })
  })
})

test('what else names a payment, a customer or a channel says what it lacks', () => {
  expect(problemsOf(() => readPayNow(bodyOf({}), ['token']))).toEqual({ session_id: required, token: required })
  expect(problemsOf(() => readCards(bodyOf({ type: 'live' })))).toEqual({
    ...{ type: ['"live" is not a valid choice.'], customer_id: required },
  })
  expect(problemsOf(() => readMessage(bodyOf({ session_id: 's', channels: ['pigeon'] })))).toEqual({
    channels: ['"pigeon" is not a valid choice.'],
  })
})

const facts = { operations: ['purchase', 'authorize', 'capture', 'void', 'refund'] } as unknown as GatewayFacts

describe('the ways to pay', () => {
  const other: GatewayAccount = {
    ...{ ...account, code: 'mpgs', name: 'Cards', connector: 'mpgs', currency: 'SAR', mode: 'authorize' },
    ...{ isSandbox: false, operations: ['authorize', 'capture'] },
    rates: [{ currency: 'USD', numerator: '375', denominator: '100' }],
  }
  const cash: GatewayAccount = { ...account, code: 'cash', connector: 'cod' }
  const render = (filter: MethodsFilter, used: readonly string[] = []) =>
    renderMethods({
      ...{ accounts: [account, other, cash, { ...account, code: 'closed', isActive: false }], used, filter },
      factsOf: (connector) => (connector === 'cod' ? undefined : facts),
      baseUrl: 'https://pay.example',
    })
  const codesFor = (fields: object): string[] => {
    const body = render(readMethods(bodyOf({ plugin: 'e_commerce', ...fields })))
    return (body as { payment_methods: { code: string }[] }).payment_methods.map(({ code }) => code)
  }

  test('are told whole, with those that the customer has used', () => {
    const about = { payment_services: [], tags: [], wallets: [] }
    expect(render(readMethods(bodyOf({ plugin: 'e_commerce' })), ['mpgs', 'closed'])).toEqual({
      customer_payment_methods: ['mpgs'],
      payment_methods: [
        {
          ...{ ...about, accepted_currencies: ['KWD'], auto_debit_enabled: true, code: 'Credit-Card' },
          ...{ default_currency: 'KWD', is_sandbox: true, is_tokenizable: true, name: 'Credit Card' },
          ...{ operation: 'purchase', operations: ['refund', 'void', 'capture'], pg: 'Gateway_Example' },
          logo: 'https://pay.example/b/icons/Gateway_Example.svg',
        },
        {
          ...{ ...about, accepted_currencies: ['SAR', 'USD'], auto_debit_enabled: true, code: 'mpgs' },
          ...{ default_currency: 'SAR', is_sandbox: false, is_tokenizable: true, name: 'Cards' },
          ...{ operation: 'authorize', operations: ['capture'], pg: 'mpgs' },
          logo: 'https://pay.example/b/icons/mpgs.svg',
        },
        {
          ...{ ...about, accepted_currencies: ['KWD'], auto_debit_enabled: false, code: 'cash' },
          ...{ default_currency: 'KWD', is_sandbox: true, is_tokenizable: false, name: 'Credit Card' },
          ...{ operation: 'purchase', operations: [], pg: 'cod' },
          logo: 'https://pay.example/b/icons/cod.svg',
        },
      ],
    })
  })

  test.each<[fields: object, codes: readonly string[]]>([
    [{}, ['Credit-Card', 'mpgs', 'cash']],
    [{ currencies: ['USD', 'EUR'] }, ['mpgs']],
    [{ currencies: 'KWD' }, ['Credit-Card', 'cash']],
    [{ operation: 'authorize' }, ['mpgs']],
    [{ tokenizable: true }, ['Credit-Card', 'mpgs']],
    [{ tokenizable: false }, ['cash']],
    [{ auto_debit: 'true', type: 'sandbox' }, ['Credit-Card']],
    [{ type: 'production' }, ['mpgs']],
    [{ pg_names: ['cod', 'mpgs'] }, ['mpgs', 'cash']],
    [{ tags: ['retail'] }, []],
    [{ payment_services: ['apple_pay'] }, []],
    [{ tags: [], payment_services: [] }, ['Credit-Card', 'mpgs', 'cash']],
  ])('for %j are %j', (fields, codes) => {
    expect(codesFor(fields)).toEqual(codes)
  })

  test.each<[fields: object, problems: object]>([
    [{}, { plugin: required }],
    [{ plugin: 'shop' }, { plugin: ['"shop" is not a valid choice.'] }],
    [
      { plugin: 'e_commerce', operation: 'refund', type: 'live' },
      { operation: ['"refund" is not a valid choice.'], type: ['"live" is not a valid choice.'] },
    ],
  ])('for %j are not told', (fields, problems) => {
    expect(problemsOf(() => readMethods(bodyOf(fields)))).toEqual(problems)
  })
})
