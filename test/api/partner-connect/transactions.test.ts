import { describe, expect, test } from 'vitest'
import { newId } from '../../../src/ids.ts'
import { advanceClock, changeStatus, fundsOf, issueBoundCard, newestCode, otherThan } from '../../helpers/seed.ts'
import { buyOverHttp, holdOverHttp, PC, refused, serve } from './setup.ts'

const served = await serve()
const { send } = served

test('a release gives the hold back and says only what the contract says', async () => {
  const { holder, transactionId } = await holdOverHttp(served)
  const released = await send(`${PC}/transactions/release`, { transactionId: transactionId.toUpperCase() })
  expect(released.status).toBe(200)
  expect(released.body).toEqual({
    transactionId,
    status: 'void',
    cardId: holder.token,
    refId: expect.stringMatching(/^CT/),
  })
  expect(await send(`${PC}/transactions/release`, { transactionId })).toEqual(refused(404, 'INVALID_STATE'))
  expect(await send(`${PC}/transactions/capture`, { transactionId, amount: 1 })).toEqual(refused(404, 'INVALID_STATE'))
})

describe('purchase', () => {
  const purchase = (body: object) => send(`${PC}/transactions/purchase`, body)

  test('what the code or the issuer decides is 406', async () => {
    const holder = await issueBoundCard(served, { balance: '100.00' })
    const order = { cardId: holder.token, amount: 100, currency: 'USD', description: 'Order #123' }
    const verify = () => send(`${PC}/transactions/verify`, order)
    expect(await purchase({ ...order, otpToken: '123456' })).toEqual(refused(406, 'OTP_REQUIRED'))
    await verify()
    const otpToken = await newestCode(served, holder)
    expect(await purchase({ ...order, otpToken: otherThan(otpToken) })).toEqual(refused(406, 'INVALID_OTP'))
    expect(await purchase({ ...order, amount: 100.01, otpToken })).toEqual(refused(406, 'INVALID_OTP'))
    await advanceClock(served, 300)
    expect(await purchase({ ...order, otpToken })).toEqual(refused(406, 'OTP_EXPIRED'))
    await verify()
    const next = await newestCode(served, holder)
    for (let tries = 0; tries < 5; tries++) await purchase({ ...order, otpToken: otherThan(next) })
    expect(await purchase({ ...order, otpToken: next })).toEqual(refused(406, 'OTP_BLOCKED'))
    expect(await buyOverHttp(served, holder, { amount: 100.01 })).toEqual(refused(406, 'INSUFFICIENT_FUNDS'))
    await verify()
    await changeStatus(served, 'lock', holder)
    expect(await purchase({ ...order, otpToken: await newestCode(served, holder) })).toEqual(
      refused(406, 'CARD_NOT_ACTIVE'),
    )
    expect(await verify()).toEqual(refused(406, 'CARD_NOT_ACTIVE'))
    expect(await fundsOf(served, holder)).toEqual({ balance: 10_000n, held: 0n })
  })

  test("a card that is unknown or another merchant's is 404, a code that is no string 400", async () => {
    const holder = await issueBoundCard(served)
    const order = { cardId: holder.token, amount: 1, currency: 'USD', description: 'x', otpToken: '123456' }
    expect(await purchase({ ...order, cardId: newId() })).toEqual(refused(404, 'CARD_NOT_FOUND'))
    expect(await purchase({ ...order, cardId: holder.card.id })).toEqual(refused(404, 'CARD_NOT_FOUND'))
    expect(await served.sendAsOther(`${PC}/transactions/purchase`, order)).toEqual(refused(404, 'CARD_NOT_FOUND'))
    expect(await purchase({ ...order, otpToken: 123456 })).toEqual(refused(400, 'INVALID_PARAMETERS'))
    expect(await purchase({ ...order, otpToken: undefined })).toEqual(refused(400, 'INVALID_PARAMETERS'))
  })
})

describe('capture, refund and looking at it', () => {
  test('more than authorised is 400 and changes nothing; so is what is no amount', async () => {
    const { transactionId } = await holdOverHttp(served)
    const capture = (amount: unknown) => send(`${PC}/transactions/capture`, { transactionId, amount })
    const message = 'amount is larger than the authorised amount'
    expect(await capture(100.01)).toEqual(refused(400, 'INVALID_PARAMETERS', message))
    for (const amount of [0, -1, 0.001, '100', null, undefined]) {
      expect(await capture(amount)).toEqual(refused(400, 'INVALID_PARAMETERS', expect.stringMatching(/^amount /)))
    }
    expect(await capture(100)).toMatchObject({ status: 200 })
    expect(await capture(100)).toEqual(refused(404, 'INVALID_STATE'))
  })

  test('after its expiry a transaction is void', async () => {
    const { holder, transactionId } = await holdOverHttp(served)
    await advanceClock(served, 7 * 24 * 60 * 60)
    expect(await send(`${PC}/transactions/${transactionId}`)).toMatchObject({ status: 200, body: { status: 'void' } })
    const late = await send(`${PC}/transactions/capture`, { transactionId, amount: 100 })
    expect(late).toEqual(refused(404, 'AUTHORIZATION_EXPIRED'))
    expect(await fundsOf(served, holder)).toEqual({ balance: 100_000n, held: 0n })
  })

  test('a refund is refused beyond the captured amount, in another currency, without words and before a capture', async () => {
    const { transactionId } = await holdOverHttp(served)
    const words = { description: 'Item X', reason: 'Broken' }
    const refund = (change: object) =>
      send(`${PC}/transactions/refund`, { transactionId, amount: 10, currency: 'USD', ...words, ...change })
    expect(await refund({})).toEqual(refused(404, 'INVALID_STATE'))
    await send(`${PC}/transactions/capture`, { transactionId, amount: 60 })
    expect(await refund({ amount: 70 })).toEqual(refused(400, 'INVALID_PARAMETERS', expect.stringMatching(/^amount /)))
    expect(await refund({ currency: 'HKD' })).toEqual(
      refused(400, 'CURRENCY_MISMATCH', expect.stringMatching(/^currency /)),
    )
    expect(await refund({ currency: 'hkd' })).toEqual(refused(400, 'INVALID_PARAMETERS'))
    for (const field of ['description', 'reason', 'currency', 'amount', 'transactionId']) {
      expect(await refund({ [field]: undefined })).toEqual(refused(400, 'INVALID_PARAMETERS', `${field} is required`))
    }
    expect(await refund({ amount: 60 })).toMatchObject({ status: 200, body: { status: 'refunded' } })
    expect(await refund({ amount: 0.01 })).toEqual(refused(404, 'INVALID_STATE'))
  })

  test("a transaction that is unknown, another merchant's or only a refund is 404 everywhere", async () => {
    const { transactionId } = await holdOverHttp(served)
    await send(`${PC}/transactions/capture`, { transactionId, amount: 100 })
    const words = { currency: 'USD', description: 'Item X', reason: 'Broken' }
    const refund = { transactionId, amount: 1, ...words }
    const { refundTransactionId } = (await send(`${PC}/transactions/refund`, refund)).body
    const missing = refused(404, 'TRANSACTION_NOT_FOUND')
    for (const [id, by] of [
      [newId(), send],
      [refundTransactionId, send],
      [transactionId, served.sendAsOther],
    ] as const) {
      expect(await by(`${PC}/transactions/capture`, { transactionId: id, amount: 1 })).toEqual(missing)
      expect(await by(`${PC}/transactions/release`, { transactionId: id })).toEqual(missing)
      expect(await by(`${PC}/transactions/refund`, { ...refund, transactionId: id })).toEqual(missing)
      expect(await by(`${PC}/transactions/${id}`)).toEqual(missing)
    }
    const malformed = await send(`${PC}/transactions/capture`, { transactionId: 'x', amount: 1 })
    expect(malformed).toEqual(refused(400, 'INVALID_PARAMETERS', 'transactionId must be a UUID'))
    expect(await send(`${PC}/transactions/abc`)).toEqual(
      refused(400, 'INVALID_PARAMETERS', 'transactionId must be a UUID'),
    )
  })
})
