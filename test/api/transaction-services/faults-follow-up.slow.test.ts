import { beforeAll, describe, expect, test } from 'vitest'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { arm, decided, FAULT_SETTINGS } from './fault-scenes.ts'

let florin: Florin

beforeAll(async () => {
  florin = await startFlorin({ settings: FAULT_SETTINGS })
})

const FOLLOW_UPS = [
  ['reset-after-doing', true],
  ['error-did-not', false],
  ['callback-never', true],
  ['not-found-first', true],
  ['flips', true],
] as const

describe.each(FOLLOW_UPS)('fault %s of what follows a payment', (mode, did) => {
  test('a capture is pending, excludes another, and ends in the truth', async () => {
    const { member, shop, name, truth } = await arm(florin, mode, 'capture')
    const { paymentId } = await member.pay({
      ...{ merchantTransactionId: name, paymentType: 'PA', currency: 'EUR' },
      notificationUrl: shop.notificationUrl,
    })
    const answer = await member.capture(paymentId, '30.00')
    expect(answer).toMatchObject({ status: 'capturestarted', transactionStatus: 'P', result: { code: '00003' } })
    expect((await member.capture(paymentId, '20.00')).result.code).toBe('00003')
    const status = await decided(florin, member, paymentId)
    expect(status).toBe(did ? 'capturesuccess' : 'authsuccessful')
    expect((await truth()).map(({ state }) => state)).toEqual(did ? ['approved'] : [])
    expect((await member.inquire(paymentId)).captureamount).toBe(did ? '30.00' : '0.00')
    const end = did ? 'capturesuccess' : 'capturefailed'
    await shop.expectTold(paymentId, ['authstarted', 'authsuccessful', 'capturestarted', end])
  })

  test('a refund is pending, is not followed by a second one, and ends in the truth', async () => {
    const { member, shop, name, truth } = await arm(florin, mode, 'refund')
    const { paymentId } = await member.pay({
      ...{ merchantTransactionId: name, currency: 'EUR' },
      notificationUrl: shop.notificationUrl,
    })
    const answer = await member.refund(paymentId, '20.00')
    expect(answer).toMatchObject({ status: 'markedforreversal', transactionStatus: 'P', result: { code: '00003' } })
    expect((await member.refund(paymentId, '20.00')).result.code).toBe('10006')
    const status = await decided(florin, member, paymentId)
    expect(status).toBe(did ? 'reversed' : 'capturesuccess')
    expect((await truth()).map(({ state }) => state)).toEqual(did ? ['approved'] : [])
    await shop.expectTold(paymentId, ['authstarted', 'capturesuccess', 'markedforreversal', status])
  })

  test('a reversal is pending and ends in the truth', async () => {
    const { member, shop, name, truth } = await arm(florin, mode, 'void')
    const { paymentId } = await member.pay({
      ...{ merchantTransactionId: name, paymentType: 'PA', currency: 'EUR' },
      notificationUrl: shop.notificationUrl,
    })
    const answer = await member.reverse(paymentId)
    expect(answer).toMatchObject({ status: 'cancelstarted', transactionStatus: 'P', result: { code: '00003' } })
    const status = await decided(florin, member, paymentId)
    expect(status).toBe(did ? 'cancelled' : 'authsuccessful')
    expect((await truth()).map(({ state }) => state)).toEqual(did ? ['approved'] : [])
    await shop.expectTold(paymentId, ['authstarted', 'authsuccessful', 'cancelstarted', status])
  })

  test('a payout is pending, holds its money, and ends in the truth', async () => {
    const { member, shop, name, truth } = await arm(florin, mode, 'payout')
    const { paymentId: source } = await member.pay({ currency: 'EUR' })
    const answer = await member.payOut({
      ...{ merchantTransactionId: name, paymentId: source, amount: '50.00', currency: 'EUR' },
      notificationUrl: shop.notificationUrl,
    })
    expect(answer).toMatchObject({ status: 'payoutstarted', transactionStatus: 'P', result: { code: '00003' } })
    const more = await member.payOut({ paymentId: source, amount: '1.00', currency: 'EUR' })
    expect(more.result.code).toMatch(/^(10001|20012)$/)
    const status = await decided(florin, member, answer.paymentId)
    expect(status).toBe(did ? 'payoutsuccessful' : 'payoutfailed')
    expect((await truth()).map(({ state }) => state)).toEqual(did ? ['approved'] : [])
    await shop.expectTold(answer.paymentId, ['payoutstarted', status])
  })
})
