// Walks through the operations that need several steps or every gateway fault: what adds up, what fails, and what nobody knows.
import { describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../helpers/florin.ts'
import { enterCard } from '../../helpers/gateway.ts'
import { type Receiver, receive } from '../../webhooks/setup.ts'
import { openOperations } from './setup.ts'

const world = await openOperations()
const { shop, paid, florin } = world

type Session = { readonly session_id: string }
type External = 'capture' | 'refund' | 'void'

const childrenOf = async (session: Session): Promise<Answer['body'][]> =>
  (await shop.inquire(session)).body.transactions ?? []

/** The outcome in short: the amount and state of the child, or the status. */
async function run(session: Session, operation: External, amount?: string): Promise<string | number> {
  const { status, body } = await shop.operate(operation, session, amount === undefined ? {} : { amount })
  return status === 200 ? `${body.txn.amount} ${body.txn.state}` : status
}

const PLACES: Readonly<Record<string, number>> = { KWD: 3, USD: 2, JPY: 0 }
const NO_NUMBER = 'A valid number is required.'
const TOO_LOW = 'Ensure this value is greater than 0.'

describe('an amount', () => {
  test.each([
    ['1', undefined],
    ['1.0', undefined],
    ['1.00', undefined],
    [1, undefined],
    ['01.00', undefined],
    [' 1 ', undefined],
    ['1.000', undefined],
    ['1e2', NO_NUMBER],
    ['1,00', NO_NUMBER],
    ['-1', TOO_LOW],
    ['0', TOO_LOW],
    ['12345678901234', 'Ensure that there are no more than 13 digits before the decimal point.'],
    ['', { asked: 'This field may not be blank.', refunded: NO_NUMBER }],
    [null, { asked: 'This field may not be null.', refunded: undefined }],
  ] as const)('of %j is the same in a checkout, a capture and a refund, in every currency', async (amount, problem) => {
    const problems = typeof problem === 'object' ? problem : { asked: problem, refunded: problem }
    for (const [currency, places] of Object.entries(PLACES)) {
      const one = places === 0 ? '1' : `1.${'0'.repeat(places)}`
      const pg_codes = [`cards-${currency.toLowerCase()}`]
      const fields = { type: 'e_commerce', currency_code: currency, pg_codes }
      const asked = await shop.send('/checkout/v1/pymt-txn/', { ...fields, amount })
      if (problems.asked === undefined) expect([asked.status, asked.body.amount]).toEqual([201, one])
      else expect([asked.status, asked.body]).toEqual([400, { amount: [problems.asked] }])
      const bought = await paid(pg_codes[0], { fields: { currency_code: currency, amount: '1' } })
      const sessions: [External, Session][] = [['refund', bought]]
      if (currency !== 'JPY') {
        const pgCode = `auth-${currency.toLowerCase()}`
        sessions.push(['capture', await paid(pgCode, { fields: { currency_code: currency, amount: '1' } })])
      }
      for (const [operation, session] of sessions) {
        const { status, body } = await shop.operate(operation, session, { amount })
        if (problems.refunded === undefined) expect([status, body.txn?.amount]).toEqual([200, one])
        else expect([status, body]).toEqual([400, { amount: [problems.refunded] }])
      }
    }
  })

  test.each(Object.entries(PLACES))('in %s has %i decimals, and not one more', async (currency, places) => {
    const problem = `Ensure that there are no more than ${places} decimal places.`
    const pgCode = `cards-${currency.toLowerCase()}`
    const fields = { type: 'e_commerce', currency_code: currency, pg_codes: [pgCode] }
    const amount = `1.${'0'.repeat(places)}1`
    expect(await shop.send('/checkout/v1/pymt-txn/', { ...fields, amount })).toMatchObject({
      status: 400,
      body: { amount: [problem] },
    })
    const session = await paid(pgCode, { fields: { currency_code: currency, amount: '5' } })
    expect(await shop.operate('refund', session, { amount })).toMatchObject({
      status: 400,
      body: { amount: [problem] },
    })
    expect(await childrenOf(session)).toEqual([])
  })
})

test('0.1 and 0.2 dinars are 0.3, and not a fils is left', async () => {
  const session = await paid('cards-kwd', { fields: { amount: '0.3', currency_code: 'KWD' } })
  expect(await run(session, 'refund', '0.1')).toBe('0.100 refunded')
  expect(await run(session, 'refund', '0.2')).toBe('0.200 refunded')
  expect(await run(session, 'refund', '0.001')).toBe(400)
})

test('a hold is captured in parts, refunded as far as it was, and then not voided', async () => {
  const session = await paid('auth-usd')
  const steps: readonly [External, string | undefined, string | number][] = [
    ['refund', '1', 400],
    ['capture', '40', '40.00 paid'],
    ['refund', '50', 400],
    ['refund', '40', '40.00 refunded'],
    ['refund', '0.01', 400],
    ['capture', '60.01', 400],
    ['capture', '60', '60.00 paid'],
    ['capture', '0.01', 400],
    ['void', undefined, 400],
    ['refund', undefined, '60.00 refunded'],
  ]
  for (const [operation, amount, outcome] of steps) expect(await run(session, operation, amount)).toBe(outcome)
})

test.each(['0.01', undefined])('after one capture (of %s) nothing is voided', async (amount) => {
  const session = await paid('auth-usd')
  await run(session, 'capture', amount)
  expect(await run(session, 'void')).toBe(400)
})

test('after a void, whose amount is ignored, nothing can be done any more', async () => {
  const session = await paid('auth-usd')
  const before = (await world.book()).length
  expect(await run(session, 'void', '1.00')).toBe('100.00 voided')
  for (const operation of ['capture', 'refund', 'void'] as const) {
    for (const amount of [undefined, '1']) expect(await run(session, operation, amount)).toBe(400)
  }
  expect((await world.book()).length).toBe(before + 1)
  expect(await childrenOf(session)).toHaveLength(1)
})

test('a queued refund keeps its amount until the bank rejects it, and then all of it can be refunded', async () => {
  const session = await paid('cards-usd', { card: enterCard('4000000001000191') })
  expect(await run(session, 'refund', '60')).toBe('60.00 refund_queued')
  expect(await run(session, 'refund', '40.01')).toBe(400)
  await florin.advanceUntil(20, async () => (await childrenOf(session))[0]?.state === 'refund_rejected')
  expect((await shop.inquire(session)).body).not.toHaveProperty('refunded_amount')
  expect(await run(session, 'refund', '100')).toBe('100.00 refund_queued')
})

test('what a gateway cannot do, or was exchanged, is refused without a call and without a child', async () => {
  const before = await world.book()
  const made = [await paid('final-usd'), await paid('bare-usd'), await paid('fx-kwd')]
  const charged = await world.book()
  expect(charged.length).toBe(before.length + made.length)
  for (const session of made) {
    for (const operation of ['refund', 'capture', 'void'] as const) expect(await run(session, operation)).toBe(400)
    expect(await childrenOf(session)).toEqual([])
  }
  expect(await world.book()).toEqual(charged)
  for (const session of made) expect((await shop.operate('delete', session)).status).toBe(200)
  for (const operation of ['cancel', 'expire', 'delete'])
    expect((await shop.operate(operation, await shop.checkout({ pg_codes: ['fx-kwd'] }))).status).toBe(200)
})

const OPERATED: Readonly<Record<External, { readonly pgCode: string; readonly card: string; readonly done: string }>> =
  {
    capture: { pgCode: 'auth-usd', card: '4000000001000159', done: '100.00 paid' },
    void: { pgCode: 'auth-usd', card: '4000000001000167', done: '100.00 voided' },
    refund: { pgCode: 'cards-usd', card: '4000000001000175', done: '100.00 refunded' },
  }
const EXTERNAL = ['capture', 'void', 'refund'] as const

test.each(EXTERNAL)(
  'a %s that the bank declines is 400, no child, told nobody, and its key is free',
  async (operation) => {
    const receiver = await receive()
    const { pgCode, card } = OPERATED[operation]
    const session = await paid(pgCode, { card: enterCard(card), fields: { webhook_url: receiver.url } })
    const options = { headers: { 'tracking-key': `declined-${operation}` } }
    for (let i = 0; i < 2; i++) {
      const before = (await world.book()).length
      const { status, body } = await shop.operate(operation, session, {}, options)
      expect([status, body]).toEqual([400, { detail: expect.any(String), operation, result: 'failed' }])
      expect((await world.book()).slice(before)).toMatchObject([{ operation, state: 'declined' }])
    }
    expect(await childrenOf(session)).toEqual([])
    await shop.send('/pbl/v2/inquiry/', { session_id: session.session_id, notify_webhook_url: true })
    await heard(receiver, 2)
    for (const { body } of receiver.received) expect(JSON.parse(body)).not.toHaveProperty('txn')
  },
)

const heard = (receiver: Receiver, count: number) =>
  vi.waitFor(() => expect(receiver.received).toHaveLength(count), { timeout: 10_000 })

// The contract answers 400 to all of these and lets the key go. Money may have moved, so that nothing is said to have failed.
const FAULTS = [
  ['error-did', true],
  ['error-did-not', false],
  ['cut-json', true],
  ['html', true],
  ['never-answer', false],
] as const

describe.each(EXTERNAL)('a %s of which nobody knows after', (operation) => {
  test.each(FAULTS)('%s is not called failed, and is found out (done: %s)', async (mode, isDone) => {
    const { pgCode, done } = OPERATED[operation]
    const session = await paid(pgCode)
    const options = { headers: { 'tracking-key': `${operation}-${mode}` } }
    const ask = () => shop.operate(operation, session, {}, options)
    await world.arm(mode, { operation })
    const first = await ask()
    if (operation === 'refund')
      expect(first).toMatchObject({ status: 200, body: { result: 'queued', txn: { state: 'refund_queued' } } })
    else {
      expect(first).toMatchObject({ status: 400, body: { operation, result: 'pending' } })
      expect(await childrenOf(session)).toEqual([])
    }
    // Nothing else can be done to the same money meanwhile.
    expect(await run(session, operation)).toBe(400)
    const known = async (): Promise<boolean> => {
      const { body } = await ask()
      return body.result !== 'pending' && body.result !== 'queued'
    }
    await florin.advanceUntil(30, known)
    const [child, ...more] = await childrenOf(session)
    expect(more).toEqual([])
    if (isDone || operation !== 'refund') expect(`${child.amount} ${child.state}`).toBe(done)
    else {
      expect(child.state).toBe('refund_rejected')
      expect(await run(session, operation)).toBe(done)
    }
    const rows = (await world.book()).filter((row) => row.operation === operation && row.state === 'approved')
    expect(rows.length).toBeGreaterThan(0)
  })
})

test.each([
  ['answers 500', 500],
  ['never answers', 'never'],
  ['is not there', undefined],
] as const)('a receiver that %s changes nothing of what an operation is answered', async (_what, answer) => {
  const receiver = await receive()
  receiver.answer = () => answer ?? 200
  const webhook_url = answer === undefined ? 'http://127.0.0.1:1/' : receiver.url
  for (const [operation, { pgCode, done }] of Object.entries(OPERATED))
    expect(await run(await paid(pgCode, { fields: { webhook_url } }), operation as External)).toBe(done)
})

test('names have 128 characters of any script, counted as characters', async () => {
  const tooLong = ['Ensure this field has no more than 128 characters.']
  const make = (order_no: string) =>
    shop.send('/checkout/v1/pymt-txn/', {
      ...{ type: 'e_commerce', amount: '1', currency_code: 'USD', pg_codes: ['cards-usd'], order_no },
    })
  const byName = (order_no: string) => shop.send('/pbl/v2/operation/', { operation: 'cancel', order_no })
  for (const letter of ['x', 'ü', 'ش', '金', '🐟']) {
    const name = letter.repeat(128)
    expect((await make(name)).body.order_no).toBe(name)
    expect((await byName(name)).status).toBe(200)
    for (const answer of [await make(`${name}x`), await byName(`${name}x`)])
      expect(answer).toMatchObject({ status: 400, body: { order_no: tooLong } })
  }
  for (const path of ['/pbl/v2/operation/', '/pbl/v2/inquiry/', '/pbl/v2/payment/cash/']) {
    const named = (session_id: string) => shop.send(path, { operation: 'refund', session_id })
    expect((await named('a'.repeat(128))).body.session_id).toEqual([expect.stringContaining('No PaymentTransaction')])
    expect((await named('a'.repeat(129))).body.session_id).toEqual(tooLong)
  }
  for (const length of [128, 129]) {
    const { status, body } = await shop.send(`/checkout/v1/pymt-txn/${'a'.repeat(length)}/`)
    expect([length, status, body]).toEqual([length, 404, { detail: 'Not found.' }])
  }
})

test('fields that nobody knows are ignored, in every kind of body', async () => {
  for (const as of ['json', 'form', 'multipart'] as const) {
    const { session_id } = await paid()
    const fields = {
      operation: 'refund',
      session_id,
      amount: '1',
      nonsense: { a: [1] },
      operations: 'void',
      state: 'x',
    }
    expect((await shop.send('/pbl/v2/operation/', fields, { as })).body).toMatchObject({ txn: { state: 'refunded' } })
  }
})
