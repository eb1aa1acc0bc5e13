import { beforeAll, describe, expect, test } from 'vitest'
import { confirmBinding } from '../../src/bindings/confirm.ts'
import { listMessages } from '../../src/pages/queries.ts'
import { generatePan } from '../../src/vault/pan.ts'
import {
  advanceClock,
  bindCard,
  changeStatus,
  initiate,
  issueFundedCard,
  letExpire,
  openIssuing,
  otherThan,
} from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, pool, merchantId, otherMerchantId } = issuing

test('a code goes to every address of the cardholder, and the answer says where and until when', async () => {
  const holder = await issueFundedCard(issuing)
  const startedAt = Date.now()
  const verification = await initiate(issuing, { pan: holder.pan })
  expect(verification).toMatchObject({
    maskedPan: `545188******${holder.card.last4}`,
    contact: holder.mobile,
    imageUrl: 'https://cards.test/platinum.png',
    code: expect.stringMatching(/^\d{6}$/),
  })
  expect(verification.expiresAt.getTime() - startedAt).toBeGreaterThan(290_000)
  expect(verification.expiresAt.getTime() - startedAt).toBeLessThan(310_000)
  for (const [to, channel] of [
    [holder.mobile, 'sms'],
    [holder.email, 'email'],
  ] as const) {
    const messages = await listMessages(pool, to, 10)
    expect(messages).toMatchObject([{ channel, kind: 'binding-code', challengeId: verification.verificationId }])
  }
})

test('twenty initiations at once are one verification with one code, sent once', async () => {
  const holder = await issueFundedCard(issuing)
  const answers = await Promise.all(Array.from({ length: 20 }, () => initiate(issuing, { pan: holder.pan })))
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(await listMessages(pool, holder.mobile, 10)).toHaveLength(1)
  const { rows } = await pool.query('select id from bindings where card_id = $1', [holder.card.id])
  expect(rows).toHaveLength(1)
})

test('neither the code nor the card number is in the database', async () => {
  const holder = await issueFundedCard(issuing)
  const { code } = await initiate(issuing, { pan: holder.pan })
  const tables = ['challenges', 'messages', 'bindings', 'cards', 'velocity', 'idempotency_keys', 'events']
  for (const table of tables) {
    const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${table} t`)
    for (const { text } of rows) {
      expect(text).not.toContain(holder.pan)
      expect(text.split(/[^0-9A-Za-z]/)).not.toContain(code)
    }
  }
})

test('after its life a code cannot be revived: there is a new verification with another code to come', async () => {
  const holder = await issueFundedCard(issuing)
  const first = await initiate(issuing, { pan: holder.pan })
  await advanceClock(issuing, 299)
  expect(await initiate(issuing, { pan: holder.pan })).toEqual(first)
  await advanceClock(issuing, 1)
  const second = await initiate(issuing, { pan: holder.pan })
  expect(second.verificationId).not.toBe(first.verificationId)
  expect(second.expiresAt.getTime()).toBeGreaterThan(first.expiresAt.getTime())
  const keys = { merchantId, keys: [] }
  await expect(confirmBinding(deps, { ...keys, ...first })).rejects.toMatchObject({ code: 'challenge_not_found' })
  await expect(confirmBinding(deps, { ...keys, ...second })).resolves.toMatchObject({ cardId: holder.card.id })
})

test('initiating again within the life of a code gives back no tries', async () => {
  const holder = await issueFundedCard(issuing)
  const { verificationId, code } = await initiate(issuing, { pan: holder.pan })
  for (let tries = 0; tries < 5; tries++) {
    await initiate(issuing, { pan: holder.pan })
    const wrong = { merchantId, verificationId, code: otherThan(code), keys: [] }
    await expect(confirmBinding(deps, wrong)).rejects.toMatchObject({ code: 'code_wrong' })
  }
  expect(await initiate(issuing, { pan: holder.pan })).toMatchObject({ verificationId })
  const right = { merchantId, verificationId, code, keys: [] }
  await expect(confirmBinding(deps, right)).rejects.toMatchObject({ code: 'challenge_blocked' })
})

test('a card that is bound cannot be bound again, except by another merchant', async () => {
  const holder = await issueFundedCard(issuing)
  const token = await bindCard(issuing, holder)
  await expect(initiate(issuing, { pan: holder.pan })).rejects.toMatchObject({ code: 'card_already_bound' })
  const otherToken = await bindCard(issuing, holder, otherMerchantId)
  expect(new Set([token, otherToken, holder.card.id]).size).toBe(3)
})

test('a number that nobody has is not found, and one that fails the Luhn check is merely unknown', async () => {
  for (const pan of [generatePan('545188', 16), '5123888812341234', '123456789012', generatePan('545188', 19)]) {
    await expect(initiate(issuing, { pan })).rejects.toMatchObject({ code: 'card_not_found' })
  }
})

test.each([
  '5123 8888 1234 1234',
  '5123-8888-1234-1234',
  '512388881234123a',
  '51238888123',
  '51238888123412341234',
  '',
])('%j is not a card number', async (pan) => {
  await expect(initiate(issuing, { pan })).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'fullPan must be 12 to 19 digits',
  })
})

describe('a card cannot be bound', () => {
  test.each(['lock', 'suspend', 'cancel'] as const)('after %s', async (change) => {
    const holder = await issueFundedCard(issuing)
    await changeStatus(issuing, change, holder)
    await expect(initiate(issuing, { pan: holder.pan })).rejects.toMatchObject({ code: 'card_not_bindable' })
    expect(await listMessages(pool, holder.mobile, 1)).toEqual([])
  })

  test('before it is activated', async () => {
    const holder = await issueFundedCard(issuing, { type: 'physical' })
    await expect(initiate(issuing, { pan: holder.pan })).rejects.toMatchObject({ code: 'card_not_bindable' })
    await changeStatus(issuing, 'activate', holder)
    await expect(initiate(issuing, { pan: holder.pan })).resolves.toMatchObject({ contact: holder.mobile })
  })

  test('when its month is over', async () => {
    const holder = await issueFundedCard(issuing)
    await letExpire(issuing, holder)
    await expect(initiate(issuing, { pan: holder.pan })).rejects.toMatchObject({ code: 'card_not_bindable' })
  })
})

describe('velocity', () => {
  let careful: Awaited<ReturnType<typeof openIssuing>>
  const DAY = 24 * 60 * 60

  beforeAll(async () => {
    const velocity = { ...deps.settings.velocity, bindingsPerMerchant: 6, bindingCodesPerCard: 2 }
    careful = await openIssuing({ settings: { velocity } })
  })

  test('a card gets no more codes a day than allowed, whichever verification they are for', async () => {
    const holder = await issueFundedCard(careful)
    await initiate(careful, { pan: holder.pan })
    await advanceClock(careful, 300)
    await initiate(careful, { pan: holder.pan, by: careful.otherMerchantId })
    await expect(initiate(careful, { pan: holder.pan })).rejects.toMatchObject({
      code: 'velocity_exceeded',
      details: { retryAfterSeconds: expect.any(Number) },
    })
    expect(await listMessages(careful.pool, holder.mobile, 10)).toHaveLength(2)
    await advanceClock(careful, DAY)
    await expect(initiate(careful, { pan: holder.pan })).resolves.toMatchObject({ contact: holder.mobile })
  })

  test('a merchant that tries one number after the other is stopped, and only this one, until a day is over', async () => {
    await advanceClock(careful, DAY)
    for (let tries = 0; tries < 6; tries++) {
      await expect(initiate(careful, { pan: generatePan('545188') })).rejects.toMatchObject({ code: 'card_not_found' })
    }
    const holder = await issueFundedCard(careful)
    const refused = await initiate(careful, { pan: holder.pan }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'velocity_exceeded' })
    const { retryAfterSeconds } = (refused as { details: { retryAfterSeconds: number } }).details
    expect(retryAfterSeconds).toBeGreaterThan(DAY - 60)
    expect(retryAfterSeconds).toBeLessThanOrEqual(DAY)
    await expect(initiate(careful, { pan: holder.pan, by: careful.otherMerchantId })).resolves.toBeDefined()
    await advanceClock(careful, retryAfterSeconds)
    await expect(initiate(careful, { pan: holder.pan })).resolves.toBeDefined()
  })
})
