import { describe, expect, test } from 'vitest'
import { issueBoundCard, newestCode } from '../../helpers/seed.ts'
import { PC, refused, serve } from './setup.ts'

const served = await serve()
const { send } = served

const { token } = await issueBoundCard(served, { balance: '10000.00' })

describe('amounts, currencies and texts', () => {
  const order = { cardId: token, amount: 100, currency: 'USD', description: 'Order #123' }
  const verifyText = (amount: string, currency = 'USD') =>
    send(
      `${PC}/transactions/verify`,
      JSON.stringify({ ...order, amount: 0, currency }).replace('"amount":0', `"amount":${amount}`),
    )

  test.each(['100', '100.00', '1e2', '0.01', '0.07', '0.29', '1.1', '8.29', '128.29', '1E+2', '0.1e1'])(
    '%s is an amount',
    async (amount) => {
      expect(await verifyText(amount)).toMatchObject({ status: 200, body: { success: true } })
    },
  )

  test.each(['0', '0.00', '-1', '0.001', '0.005', '100.005', '1e21', '1e999', '1e-3', '"100"', 'null', 'true', '[]'])(
    '%s is not',
    async (amount) => {
      expect(await verifyText(amount)).toEqual(
        refused(400, 'INVALID_PARAMETERS', expect.stringMatching(/^amount must|^amount is/)),
      )
    },
  )

  test.each(['NaN', 'Infinity', '.5', '01', '+1'])('%s is not even JSON', async (amount) => {
    expect(await verifyText(amount)).toEqual(refused(400, 'INVALID_PARAMETERS', expect.stringContaining('well-formed')))
  })

  test.each(['usd', 'US', 'USDX', 'XXX', '', 'BTC', 'ÜSD'])('%j is not a currency', async (currency) => {
    expect(await verifyText('1', currency)).toEqual(
      refused(400, 'INVALID_PARAMETERS', expect.stringContaining('currency')),
    )
  })

  test('a currency has as many decimals as it has, and never more than two', async () => {
    expect(await verifyText('100.50', 'JPY')).toEqual(
      refused(400, 'INVALID_PARAMETERS', expect.stringContaining('0 decimals')),
    )
    expect(await verifyText('1.005', 'KWD')).toEqual(
      refused(400, 'INVALID_PARAMETERS', expect.stringContaining('2 decimals')),
    )
    expect(await verifyText('100', 'JPY')).toEqual(refused(406, 'CURRENCY_NOT_SUPPORTED'))
    expect(await verifyText('1.00', 'KWD')).toEqual(refused(406, 'CURRENCY_NOT_SUPPORTED'))
  })

  test('cards in dinars and yen are charged and captured in their own decimals', async () => {
    for (const [currency, balance, amount, tooFine] of [
      ['KWD', '10.000', 1.5, 0.005],
      ['JPY', '1000', 150, 0.5],
    ] as const) {
      const foreign = await issueBoundCard(served, { currency, balance })
      const bill = { ...order, cardId: foreign.token, amount, currency }
      await send(`${PC}/transactions/verify`, bill)
      const bought = await send(`${PC}/transactions/purchase`, { ...bill, otpToken: await newestCode(served, foreign) })
      expect(bought).toMatchObject({ status: 200, body: { amountAuthorized: amount, currency } })
      const { transactionId } = bought.body
      const capture = (taken: number) => send(`${PC}/transactions/capture`, { transactionId, amount: taken })
      expect(await capture(tooFine)).toEqual(refused(400, 'INVALID_PARAMETERS', expect.stringContaining('decimals')))
      expect(await capture(amount)).toMatchObject({ status: 200, body: { amountCaptured: amount, currency } })
    }
  })

  test.each<[object, string]>([
    [{ description: undefined }, 'description is required'],
    [{ description: '' }, 'description must not be empty'],
    [{ description: 'x'.repeat(1025) }, 'description must have at most 1024 characters'],
    [{ description: 'a\0b' }, 'The body contains characters that are not valid text.'],
    [{ description: 5 }, 'description must be a string'],
    [{ cardId: 'x' }, 'cardId must be a UUID'],
    [{ amount: undefined }, 'amount is required'],
    [{ currency: undefined }, 'currency is required'],
  ])('verify with %j is refused', async (change, message) => {
    const answer = await send(`${PC}/transactions/verify`, { ...order, ...change })
    expect(answer).toEqual(refused(400, 'INVALID_PARAMETERS', message))
  })

  test('a description of 1024 characters in any script is fine, and so are members we do not know', async () => {
    const answer = await send(`${PC}/transactions/verify`, {
      ...order,
      description: '茶'.repeat(1024),
      extra: { a: 1 },
    })
    expect(answer.status).toBe(200)
  })
})
