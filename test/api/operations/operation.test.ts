import { expect, test } from 'vitest'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, other, paid } = world
const ok = (operation: string) => ({ detail: 'Operation done successfully', operation, result: 'success' })

test('a refund is answered in its own shape, whole', async () => {
  const session = await paid('cards-kwd', { fields: { amount: '19.000', currency_code: 'KWD', order_no: 'Y3ODg' } })
  const { status, body } = await shop.operate('refund', session, { amount: '9' })
  expect([status, body]).toEqual([
    200,
    {
      amount: '9.000',
      initiator: {},
      is_sandbox: true,
      operation: 'refund',
      order_no: 'Y3ODg',
      pg_code: 'cards-kwd',
      pg_params: {
        auth_code: expect.any(String),
        result: 'SUCCESS',
        track_id: expect.any(String),
        transaction_id: expect.any(String),
      },
      pg_response: expect.objectContaining({ status: 'approved', amount: '9.000' }),
      reference_number: expect.stringMatching(/^FL[0-9A-Z]{10}$/),
      result: 'success',
      session_id: session.session_id,
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
      source: 'input',
      success: true,
      timestamp_utc: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      txn: {
        amount: '9.000',
        currency_code: 'KWD',
        order_no: '',
        session_id: expect.stringMatching(/^[0-9a-f]{40}$/),
        state: 'refunded',
      },
    },
  ])
  expect(body.txn.session_id).not.toBe(session.session_id)
})

test('cancel, expire and delete are answered alike', async () => {
  for (const operation of ['cancel', 'expire', 'delete']) {
    const { status, body } = await shop.operate(operation, await shop.checkout())
    expect([status, body]).toEqual([200, ok(operation)])
  }
})

test('a payment is found by its order number, of several by the newest, and by both when they agree', async () => {
  const older = await shop.checkout({ order_no: 'twice' })
  const newer = await shop.checkout({ order_no: 'twice' })
  expect((await shop.send('/pbl/v2/operation/', { operation: 'cancel', order_no: 'twice' })).status).toBe(200)
  expect((await shop.retrieve(newer)).state).toBe('canceled')
  expect((await shop.retrieve(older)).state).toBe('created')
  expect((await shop.operate('cancel', older, { order_no: 'twice' })).status).toBe(200)
  const [one, two] = [await shop.checkout({ order_no: 'one' }), await shop.checkout({ order_no: 'two' })]
  expect(await shop.operate('cancel', one, { order_no: 'two' })).toMatchObject({
    status: 400,
    body: { order_no: ['No PaymentTransaction found with `order_no` of two.'] },
  })
  expect((await shop.retrieve(two)).state).toBe('created')
})

test('what is nobody’s, another merchant’s, or a child is not found', async () => {
  const session = await paid()
  const { body: refund } = await shop.operate('refund', session, { amount: '1.00' })
  for (const [caller, session_id] of [
    [shop, 'f'.repeat(40)],
    [shop, 'x'],
    [other, session.session_id],
    [shop, refund.txn.session_id],
  ] as const) {
    expect(await caller.operate('refund', { session_id })).toMatchObject({
      status: 400,
      body: { session_id: [`No PaymentTransaction found with \`session_id\` of ${session_id}.`] },
    })
  }
})

test.each([
  [{}, { operation: ['This field is required.'] }],
  [{ operation: 'REFUND' }, { operation: ['"REFUND" is not a valid choice.'] }],
  [{ operation: 'foo' }, { operation: ['"foo" is not a valid choice.'] }],
])('%j is refused by the field', async (fields, problem) => {
  const session = await shop.checkout()
  expect(await shop.send('/pbl/v2/operation/', { session_id: session.session_id, ...fields })).toMatchObject({
    status: 400,
    body: problem,
  })
})

test('without an identifier both are named', async () => {
  const { status, body } = await shop.send('/pbl/v2/operation/', { operation: 'cancel' })
  expect(status).toBe(400)
  expect(Object.keys(body).sort()).toEqual(['order_no', 'session_id'])
})

test.each([
  ['0', 'Ensure this value is greater than 0.'],
  ['0.00', 'Ensure this value is greater than 0.'],
  ['-1', 'Ensure this value is greater than 0.'],
  ['1,00', 'A valid number is required.'],
  ['1e2', 'A valid number is required.'],
  ['', 'A valid number is required.'],
  ['ten', 'A valid number is required.'],
  ['1.001', 'Ensure that there are no more than 2 decimal places.'],
  ['12345678901234', 'Ensure that there are no more than 13 digits before the decimal point.'],
])('an amount of "%s" is refused', async (amount, problem) => {
  const session = await paid()
  expect(await shop.operate('refund', session, { amount })).toMatchObject({ status: 400, body: { amount: [problem] } })
})

test.each(['1', '1.0', '1.00', '01.00', ' 1 ', '1.', 1])('an amount of %j is one dollar', async (amount) => {
  const { status, body } = await shop.operate('refund', await paid(), { amount })
  expect([status, body.amount]).toEqual([200, '1.00'])
})

test('an amount of null is what is left, and yen have no decimals', async () => {
  const session = await paid('cards-jpy', { fields: { amount: '500', currency_code: 'JPY' } })
  expect((await shop.operate('refund', session, { amount: '0.5' })).body).toEqual({
    amount: ['Ensure that there are no more than 0 decimal places.'],
  })
  await shop.operate('refund', session, { amount: '200' })
  expect((await shop.operate('refund', session, { amount: null })).body.amount).toBe('300')
})

test('what is too much, in the wrong state or not supported is refused with the operation, and leaves nothing', async () => {
  const session = await paid()
  const refused = async (pgCode: string, operation: string, more = {}) =>
    (await shop.operate(operation, pgCode === '' ? session : await paid(pgCode), more)).body
  expect(await refused('', 'refund', { amount: '100.01' })).toEqual({
    detail: expect.stringContaining('larger than what is left'),
    operation: 'refund',
    result: 'failed',
  })
  expect(await refused('', 'void')).toEqual({ detail: 'Operation is not allowed', operation: 'void', result: 'failed' })
  expect(await refused('final-usd', 'refund')).toEqual({
    detail: 'The payment gateway final-usd does not support refund.',
    operation: 'refund',
    result: 'failed',
  })
  expect(await refused('fx-kwd', 'refund')).toMatchObject({ operation: 'refund', result: 'failed' })
  expect((await shop.inquire(session)).body.transactions).toBeUndefined()
})

test('thirty and seventy of a hundred are all of it', async () => {
  const session = await paid()
  for (const amount of ['30', '70']) expect((await shop.operate('refund', session, { amount })).status).toBe(200)
  expect(await shop.operate('refund', session, { amount: '0.01' })).toMatchObject({ status: 400 })
  expect((await shop.inquire(session)).body).toMatchObject({
    state: 'paid',
    amount: '100.00',
    refunded_amount: '100.00',
  })
})

test.each([
  ['33.33', 'cards-usd', 'USD', '99.99', 3],
  ['0.100', 'cards-kwd', 'KWD', '0.300', 3],
])('parts of %s add up exactly', async (part, pgCode, currency_code, amount, times) => {
  const session = await paid(pgCode, { fields: { amount, currency_code } })
  for (let i = 0; i < times; i++) expect((await shop.operate('refund', session, { amount: part })).status).toBe(200)
  expect((await shop.operate('refund', session)).status).toBe(400)
})

test('a fee is captured and never refunded', async () => {
  const bought = await paid('fee-usd')
  expect((await shop.operate('refund', bought, { amount: '102.00' })).status).toBe(400)
  expect((await shop.operate('refund', bought)).body.amount).toBe('100.00')
  const held = await paid('fee-auth-usd')
  expect((await shop.operate('capture', held, { amount: '102.01' })).status).toBe(400)
  expect((await shop.operate('capture', held)).body).toMatchObject({ amount: '102.00', txn: { state: 'paid' } })
  expect((await shop.inquire(held)).body).toMatchObject({ state: 'authorized', paid_amount: '102.00', fee: '2.00 USD' })
})

test('the amount of a void is ignored: it is always the whole', async () => {
  const { status, body } = await shop.operate('void', await paid('auth-usd'), { amount: '0.01' })
  expect([status, body.amount, body.txn.state]).toEqual([200, '100.00', 'voided'])
})

test('what was said with an operation is kept with the child and answered again', async () => {
  const extra = { orders: [{ passengerDocumentNumber: '4862100022075', amount: 1 }] }
  expect((await shop.operate('refund', await paid(), { amount: '1', extra })).body.extra).toEqual(extra)
})

test('a queued refund is answered as queued, and is refunded later', async () => {
  const session = await paid('queue-usd')
  const { status, body } = await shop.operate('refund', session, { amount: '40' })
  expect([status, body.result, body.success, body.txn.state]).toEqual([200, 'queued', false, 'refund_queued'])
  await world.florin.advanceUntil(6, async () => {
    const { transactions } = (await shop.inquire(session)).body
    return transactions[0].state === 'refunded'
  })
})

test.each(['error-did-not', 'reset-after-doing', 'cut-json'])(
  'after %s nobody knows, and a capture is no child',
  async (mode) => {
    const session = await paid('auth-usd')
    await world.arm(mode)
    expect(await shop.operate('capture', session)).toMatchObject({
      status: 400,
      body: { operation: 'capture', result: 'pending' },
    })
    expect((await shop.inquire(session)).body.transactions).toBeUndefined()
  },
)

test('a decline is told with the operation and leaves no child', async () => {
  const session = await paid()
  await world.arm('refuse-connect')
  expect(await shop.operate('refund', session)).toMatchObject({
    status: 400,
    body: { operation: 'refund', result: 'failed' },
  })
  expect((await shop.inquire(session)).body.transactions).toBeUndefined()
  expect((await shop.operate('refund', session)).status).toBe(200)
})

test.each(['json', 'form', 'multipart'] as const)('as %s, with and without the last slash', async (as) => {
  for (const path of ['/pbl/v2/operation/', '/pbl/v2/operation']) {
    const { session_id } = await shop.checkout()
    expect((await shop.send(path, { operation: 'cancel', session_id }, { as })).body).toEqual(ok('cancel'))
  }
})

test('what cannot be read is refused in the face’s own form', async () => {
  const path = '/pbl/v2/operation/'
  expect(await shop.send(path, '{"operation":')).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^JSON parse error - /) },
  })
  expect((await shop.send(path, '[]')).status).toBe(400)
  expect(await shop.send(path, 'a', { headers: { 'content-type': 'text/plain' } })).toMatchObject({
    status: 415,
    body: { detail: expect.any(String) },
  })
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, body } = await shop.send(path, undefined, { method })
    expect([status, body]).toEqual([405, { detail: `Method "${method}" not allowed.` }])
  }
})
