import { describe, expect, test, vi } from 'vitest'
import type { SandboxMessage } from '../../src/sandbox/routes.ts'
import { serve } from '../api/partner-connect/setup.ts'
import { startFlorin } from '../helpers/florin.ts'
import { initiate, issueBoundCard, issueFundedCard, verifyOrder } from '../helpers/seed.ts'

const served = await serve()
const { sandbox } = served

const readMessages = async (to: string): Promise<SandboxMessage[]> => {
  const response = await sandbox('GET', `/sandbox/messages?to=${encodeURIComponent(to)}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return (await response.json()) as SandboxMessage[]
}

const advance = (body: string) => sandbox('POST', '/sandbox/clock', body)

describe('messages', () => {
  test('are there when the call that caused them has answered, with the code that works', async () => {
    const holder = await issueFundedCard(served)
    const { body } = await served.send('/partner-connect/card-binding/initiate', { fullPan: holder.pan })
    for (const [to, channel] of [
      [holder.mobile, 'sms'],
      [holder.email, 'email'],
    ] as const) {
      expect(await readMessages(to)).toEqual([
        {
          to,
          channel,
          kind: 'binding-code',
          code: body.code,
          text: expect.stringContaining(`Your code is ${body.code}. It is valid for 5 minutes and lets Tea House`),
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      ])
    }
  })

  test('come newest first, each with its own code', async () => {
    const holder = await issueBoundCard(served)
    await verifyOrder(served, holder)
    await verifyOrder(served, holder)
    const messages = await readMessages(holder.mobile)
    expect(messages.map(({ kind }) => kind)).toEqual(['purchase-code', 'purchase-code', 'binding-code'])
    expect(new Set(messages.map(({ code }) => code)).size).toBe(3)
    expect(messages.map(({ at }) => at)).toEqual(
      messages
        .map(({ at }) => at)
        .sort()
        .reverse(),
    )
  })

  test('are at most a hundred', async () => {
    const holder = await issueBoundCard(served)
    for (let i = 0; i < 101; i++) await verifyOrder(served, holder)
    const messages = await readMessages(holder.mobile)
    expect(messages).toHaveLength(100)
    expect(messages.every(({ kind }) => kind === 'purchase-code')).toBe(true)
  })

  test('are found by the exact address only', async () => {
    const holder = await issueFundedCard(served)
    await initiate(served, { pan: holder.pan })
    for (const to of [holder.mobile.slice(1), `${holder.mobile} `, holder.email.toUpperCase(), '%', 'nobody']) {
      expect(await readMessages(to)).toEqual([])
    }
  })

  test.each(['', '?to=', '?to=a&to=b', '?to=%00'])('are not told without an address: %j', async (query) => {
    const response = await sandbox('GET', `/sandbox/messages${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/^to /) })
  })
})

describe('the clock', () => {
  test('moves business time forward, each time from where it is', async () => {
    const startedAt = Date.now()
    const first = (await (await advance('{"advanceSeconds": 60}')).json()) as { now: string; offsetSeconds: number }
    const second = (await (await advance('{"advanceSeconds": 31536000}')).json()) as typeof first
    expect(second.offsetSeconds - first.offsetSeconds).toBe(31_536_000)
    const ahead = Date.parse(second.now) - startedAt
    expect(Math.abs(ahead - second.offsetSeconds * 1000)).toBeLessThan(10_000)
    expect(served.nudges()).toBe(2)
  })

  test.each([
    '{"advanceSeconds": 0}',
    '{"advanceSeconds": -1}',
    '{"advanceSeconds": 31536001}',
    '{"advanceSeconds": 1.5}',
    '{"advanceSeconds": 1e2}',
    '{"advanceSeconds": "60"}',
    '{"advanceSeconds": null}',
    '{}',
  ])('does not accept %s', async (body) => {
    const nudges = served.nudges()
    const response = await advance(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/^advanceSeconds /) })
    expect(served.nudges()).toBe(nudges)
  })

  test('runs at most a hundred years ahead', async () => {
    let response = await advance('{"advanceSeconds": 31536000}')
    for (let years = 0; years < 100 && response.ok; years++) response = await advance('{"advanceSeconds": 31536000}')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      message: 'advanceSeconds would move the clock more than 100 years ahead',
    })
    expect((await advance('{"advanceSeconds": 1}')).status).toBe(200)
  })
})

describe('nobody gets in', () => {
  test.each(['wrong', '', 'sandbox-token2', 'SANDBOX-TOKEN'])('with the token %j', async (token) => {
    for (const [method, path, body] of [
      ['GET', '/sandbox/messages?to=1'],
      ['POST', '/sandbox/clock', '{"advanceSeconds": 1}'],
    ] as const) {
      const response = await sandbox(method, path, body, token)
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    }
  })

  test('outside of sandbox mode: there are no such endpoints', async () => {
    const florin = await startFlorin({ settings: { sandbox: false } })
    for (const path of ['/sandbox/messages?to=1', '/sandbox/clock']) {
      const { status } = await fetch(florin.url + path, {
        headers: { authorization: `Bearer ${florin.sandboxToken}` },
      })
      expect(status).toBe(404)
    }
  })
})

test('held money is free within two seconds after the clock has passed the end of the authorization', async () => {
  const florin = await startFlorin()
  const [merchant, client] = [await florin.addMerchant(), await florin.addClient()]
  const account = await florin.addCardAccount(client.id, await florin.addFunds(client.id, ['USD']), 'USD', '100.00')
  const card = await florin.addCard(client, account)
  const to = card.mobile ?? ''
  const call = (path: string, body: object) => merchant.post(`/merchant/partner-connect${path}`, body)
  const { body: verification } = await call('/card-binding/initiate', { fullPan: card.pan })
  const { body: bound } = await call('/card-binding/confirm', verification)
  const order = { cardId: bound.cardId, amount: 100, currency: 'USD', description: 'Order #123' }
  await call('/transactions/verify', order)
  const { status } = await call('/transactions/purchase', { ...order, otpToken: await florin.readCode(to) })
  expect(status).toBe(200)
  await florin.advance(7 * 24 * 60 * 60)
  await vi.waitFor(
    async () => {
      const { body } = await client.get(`/v1/cardaccounts?cardAccountId=${account}`)
      expect(body.cardaccounts).toMatchObject([{ available: 100 }])
    },
    { timeout: 2000, interval: 50 },
  )
})
