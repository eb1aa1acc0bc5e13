import { beforeAll, describe, expect, test, vi } from 'vitest'
import { FAULT_MODES } from '../../../src/sandbox-gateway/modes.ts'
import { type Florin, startFlorin } from '../../helpers/florin.ts'
import { arm, decided, FAULT_SETTINGS } from './fault-scenes.ts'

let florin: Florin

beforeAll(async () => {
  florin = await startFlorin({ settings: FAULT_SETTINGS })
})

const fired = async (mode: number): Promise<number> => {
  const { body } = await florin.sandbox('GET', '/sandbox/gateway/faults')
  return body.modes.find(({ number }: { number: number }) => number === mode).fired
}

// Certainly not done, and said at once: the operation never left, or the gateway says that it did not take it.
const NOT_SENT: readonly string[] = ['refuse-connect', 'dns-fail', 'tls-fail', 'too-many']
// Done, and said so at once.
const ANSWERED: readonly string[] = ['callback-early', 'callback-twice']
// Not answered, but a notification or an inquiry may say so while the caller still waits.
const FOUND_OUT: readonly string[] = ['late-did']

describe.each(FAULT_MODES)('fault $number, $name', ({ number, name: mode, did }) => {
  test('is never told as a failure while nobody knows, and ends in the gateway’s truth', async () => {
    const { member, shop, name, truth } = await arm(florin, number, 'purchase')
    if (mode === 'duplicate-id') await member.pay({ currency: 'EUR' }) // whose id is repeated
    const before = await fired(number)
    const answer = await member.pay({
      merchantTransactionId: name,
      currency: 'EUR', // for which there is one gateway account
      notificationUrl: shop.notificationUrl,
    })
    expect(await fired(number)).toBe(before + 1)
    const codes = NOT_SENT.includes(mode)
      ? ['10001']
      : ANSWERED.includes(mode)
        ? ['00001']
        : FOUND_OUT.includes(mode)
          ? ['00001', '00003']
          : ['00003']
    expect(codes).toContain(answer.result.code)
    expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|ECONN|ENOTFOUND|socket|SSL/)

    const status = await decided(florin, member, answer.paymentId)
    const rows = await truth()
    expect(status).toBe(did ? 'capturesuccess' : 'authfailed')
    expect(rows.map(({ state, amount, currency }) => [state, amount, currency])).toEqual(
      did ? [['approved', '50.00', 'EUR']] : [],
    )
    await shop.expectTold(answer.paymentId, ['authstarted', status])
    const again = await member.pay({ merchantTransactionId: name, currency: 'EUR' })
    expect(again).toMatchObject({ paymentId: answer.paymentId, status, result: { code: '20008' } })
    expect(await truth()).toEqual(rows)
  })
})

test('what certainly never left is taken to the next account of the currency, and the payer notices nothing', async () => {
  const { member, shop, name, truth } = await arm(florin, 'refuse-connect', 'purchase')
  const answer = await member.pay({ merchantTransactionId: name, notificationUrl: shop.notificationUrl })
  expect(answer).toMatchObject({ status: 'capturesuccess', result: { code: '00001' } })
  expect(await truth()).toMatchObject([{ state: 'approved', gatewayAccount: 'sandbox-usd-backup' }])
  await shop.expectTold(answer.paymentId, ['authstarted', 'capturesuccess'])
})

describe('the unknown inbox', () => {
  const inbox = async () => (await florin.sandbox('GET', '/operator/inbox')).body

  test('shows what is not known, and a person settles it with evidence', async () => {
    const { member, shop, name } = await arm(florin, 'never-answer', 'purchase')
    const { paymentId } = await member.pay({
      ...{ merchantTransactionId: name, currency: 'EUR', amount: '51.00' },
      notificationUrl: shop.notificationUrl,
    })
    const item = await vi.waitFor(async () => {
      const found = (await inbox()).find(({ amount }: { amount: string }) => amount === '51.00')
      expect(found).toMatchObject({
        kind: 'purchase',
        state: 'unknown',
        currency: 'EUR',
        gatewayAccount: 'sandbox-eur',
        ...{ orderNumber: paymentId, merchantTransactionId: name },
      })
      return found
    })
    const path = `/operator/inbox/${item.operationId}`
    const exchanges = (await florin.sandbox('GET', `${path}/exchanges`)).body
    expect(exchanges.length).toBeGreaterThan(0)
    expect(JSON.stringify(exchanges)).not.toMatch(/4111111111111111|"123"/)
    expect((await florin.sandbox('POST', `${path}/settle`, { verdict: 'approved' })).status).toBe(400)
    const settled = await florin.sandbox('POST', `${path}/settle`, {
      verdict: 'approved',
      evidence: 'Settlement file of 25 November, line 7',
      gatewayReference: 'SG-BY-HAND-1',
    })
    expect(settled.body).toMatchObject({ state: 'approved', payment: 'captured' })
    expect((await member.inquire(paymentId)).status).toBe('capturesuccess')
    await shop.expectTold(paymentId, ['authstarted', 'capturesuccess'])
    expect((await inbox()).some(({ operationId }: { operationId: string }) => operationId === item.operationId)).toBe(
      false,
    )
    expect((await florin.sandbox('POST', `${path}/settle`, { verdict: 'declined', evidence: 'x' })).status).toBe(409)
  })

  test('keeps what the gateway could not say to the end of the schedule, still pending, until a person says no', async () => {
    const { member, shop, name } = await arm(florin, 'never-answer', 'purchase')
    const { paymentId } = await member.pay({
      ...{ merchantTransactionId: name, currency: 'EUR', amount: '52.00' },
      notificationUrl: shop.notificationUrl,
    })
    await florin.app.pool.query(`update gateway_accounts set base_url = 'http://127.0.0.1:1' where merchant_id = $1`, [
      member.id,
    ])
    const find = async () => (await inbox()).find(({ amount }: { amount: string }) => amount === '52.00')
    // Accounts are remembered for some seconds: until then the gateway is asked where it was.
    const exchanges = async () =>
      JSON.stringify((await florin.sandbox('GET', `/operator/inbox/${(await find())?.operationId}/exchanges`)).body)
    await florin.advanceUntil(1, async () => (await exchanges()).includes('127.0.0.1:1/'))
    await florin.advanceUntil(86_400, async () => (await find())?.caseKind === 'unknown')
    expect(await find()).toMatchObject({ state: 'unknown', nextLookAt: null })
    expect(await (await fetch(`${florin.url}/metrics`)).text()).toMatch(/^florin_inbox_items\{kind="unknown"\} 1$/m)
    expect(await member.inquire(paymentId)).toMatchObject({ status: 'authstarted', transactionStatus: 'P' })
    const { operationId } = await find()
    const settled = await florin.sandbox('POST', `/operator/inbox/${operationId}/settle`, {
      verdict: 'declined',
      evidence: 'The gateway wrote that it did nothing',
    })
    expect(settled.body).toMatchObject({ state: 'declined', payment: 'declined' })
    await shop.expectTold(paymentId, ['authstarted', 'authfailed'])
    expect(await find()).toBeUndefined()
    // The evidence is the operator's: neither the merchant nor the payer reads it.
    expect(shop.callbacks.map(({ text }) => text).join()).not.toContain('wrote')
    expect(JSON.stringify(await member.inquire(paymentId))).not.toContain('wrote')
  })

  test('is shown to nobody without the operator’s token', async () => {
    const { member } = await arm(florin, 'html', 'purchase')
    for (const headers of [{}, { authorization: 'Bearer x' }, { authtoken: await member.token() }]) {
      const response = await fetch(`${florin.url}/operator/inbox`, { headers })
      expect(response.status).toBe(401)
    }
  })
})

test('every mode has happened', async () => {
  const { body } = await florin.sandbox('GET', '/sandbox/gateway/faults')
  expect(body.modes.filter(({ fired: count }: { fired: number }) => count === 0)).toEqual([])
})
