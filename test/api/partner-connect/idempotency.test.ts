import { describe, expect, test } from 'vitest'
import { advanceClock, fundsOf, issueBoundCard, issueFundedCard, newestCode, otherThan } from '../../helpers/seed.ts'
import { holdOverHttp, PC, refused, serve } from './setup.ts'

const served = await serve()
const { send } = served

describe('the Idempotency-Key header', () => {
  const under = (key: string) => ({ 'idempotency-key': key })

  test('makes copies of a purchase one purchase, also at the same time and under another prefix', async () => {
    const holder = await issueBoundCard(served, { balance: '1000.00' })
    const order = { cardId: holder.token, amount: 100, currency: 'USD', description: 'Order #123' }
    await send(`${PC}/transactions/verify`, order)
    const body = { ...order, otpToken: await newestCode(served, holder) }
    const copies = await Promise.all(
      Array.from({ length: 5 }, () => send(`${PC}/transactions/purchase`, body, under('purchase-1'))),
    )
    const again = await send(
      '/v1/partner-connect/transactions/purchase',
      { ...body, amount: 100.0 },
      under('purchase-1'),
    )
    for (const copy of [...copies, again]) expect(copy).toMatchObject({ status: 200, body: copies[0]?.body })
    expect(await fundsOf(served, holder)).toMatchObject({ held: 10_000n })
    for (const change of [{ amount: 101 }, { otpToken: otherThan(body.otpToken) }, { description: 'Order #124' }]) {
      const other = await send(`${PC}/transactions/purchase`, { ...body, ...change }, under('purchase-1'))
      expect(other).toEqual(refused(409, 'IDEMPOTENCY_KEY_REUSED'))
    }
  })

  test('is one for each merchant and endpoint', async () => {
    const { transactionId } = await holdOverHttp(served)
    const captured = await send(`${PC}/transactions/capture`, { transactionId, amount: 50 }, under('same'))
    expect(captured.status).toBe(200)
    const words = { currency: 'USD', description: 'Item X', reason: 'Broken' }
    const refund = { transactionId, amount: 20, ...words }
    const [one, other] = await Promise.all([
      send(`${PC}/transactions/refund`, refund, under('same')),
      send(`${PC}/transactions/refund`, refund, under('same')),
    ])
    expect(one?.body).toEqual(other?.body)
    expect((await send(`${PC}/transactions/${transactionId}`)).body).toMatchObject({ amountRefunded: 20 })
    const foreign = await served.sendAsOther(`${PC}/transactions/refund`, refund, under('same'))
    expect(foreign).toEqual(refused(404, 'TRANSACTION_NOT_FOUND'))
  })

  test('brings back the same binding, and neither a card number nor a code is kept with it', async () => {
    const { pan } = await issueFundedCard(served)
    const initiated = await send(`${PC}/card-binding/initiate`, { fullPan: pan }, under('bind'))
    const { verificationId, code } = initiated.body
    const confirmed = await send(`${PC}/card-binding/confirm`, { verificationId, code }, under('bind'))
    expect(await send(`${PC}/card-binding/confirm`, { verificationId, code }, under('bind'))).toMatchObject({
      status: 200,
      body: confirmed.body,
    })
    const { rows } = await served.pool.query<{ text: string }>('select k::text as text from idempotency_keys k')
    for (const { text } of rows) {
      expect(text).not.toContain(pan)
      expect(text.split(/[^0-9A-Za-z]/)).not.toContain(code)
    }
  })

  test('a refusal of the issuer is the answer of the key, whatever changes since', async () => {
    const { transactionId } = await holdOverHttp(served)
    const capture = (amount: number) => send(`${PC}/transactions/capture`, { transactionId, amount }, under('too much'))
    expect(await capture(101)).toEqual(refused(400, 'INVALID_PARAMETERS'))
    expect(await capture(101)).toEqual(refused(400, 'INVALID_PARAMETERS'))
    expect(await capture(100)).toEqual(refused(409, 'IDEMPOTENCY_KEY_REUSED'))
  })
})

test('a merchant that tries too often is told when to come back, and the same key may then be used again', async () => {
  const velocity = { ...served.deps.settings.velocity, purchaseCodesPerCard: 1 }
  const careful = await serve({ settings: { velocity } })
  const holder = await issueBoundCard(careful)
  const order = { cardId: holder.token, amount: 1, currency: 'USD', description: 'x' }
  const verify = () => careful.send(`${PC}/transactions/verify`, order, { 'idempotency-key': 'again' })
  expect((await careful.send(`${PC}/transactions/verify`, order)).status).toBe(200)
  await advanceClock(careful, 60 * 60)
  const stopped = await verify()
  expect(stopped).toEqual(refused(429, 'TOO_MANY_REQUESTS'))
  const retryAfter = Number(stopped.headers.get('retry-after'))
  expect(retryAfter).toBeGreaterThan(22 * 60 * 60)
  await advanceClock(careful, retryAfter)
  expect((await verify()).status).toBe(200)
})
