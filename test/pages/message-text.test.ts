import { expect, test } from 'vitest'
import { MINUTE_MS } from '../../src/clock.ts'
import { messageText, renderMessage } from '../../src/pages/message-text.ts'
import { listMessages } from '../../src/sandbox/queries.ts'
import {
  advanceClock,
  bindCard,
  buy,
  initiate,
  issueBoundCard,
  issueFundedCard,
  openIssuing,
  verifyOrder,
} from '../helpers/seed.ts'

const issuing = await openIssuing()
const { deps, pool } = issuing

/** The newest message to an address, as the e-mail worker takes it. */
async function newestTo(to: string): Promise<{ challengeId: string; kind: string }> {
  const [message] = await listMessages(pool, to, 1)
  if (!message?.challengeId) throw new Error('no code was sent')
  return { challengeId: message.challengeId, kind: message.kind }
}

test('a message says the code first, how long it is valid, and for whom', () => {
  const subject = { merchantName: 'Tea House', last4: '0110' }
  expect(messageText({ kind: 'binding-code', code: '012345', lifeMs: 5 * MINUTE_MS, subject })).toBe(
    'Your code is 012345. It is valid for 5 minutes and lets Tea House keep your card ending in 0110 for payments. ' +
      'If you did not ask for it, ignore this message.',
  )
  expect(messageText({ kind: 'purchase-code', code: '012345', lifeMs: MINUTE_MS })).toBe(
    'Your code is 012345. It is valid for 1 minute and approves a payment to the merchant with your card. ' +
      'If you are not buying anything, give it to nobody.',
  )
})

test('the e-mail of a code has the code that works', async () => {
  const holder = await issueFundedCard(issuing)
  const { code } = await initiate(issuing, { pan: holder.pan })
  const mail = await renderMessage(deps, await newestTo(holder.email))
  expect(mail).toMatchObject({ subject: 'Your code to add a card', code })
  expect(mail?.text).toContain(`Your code is ${code}.`)
  expect(mail?.text).toContain(`Tea House keep your card ending in ${holder.card.last4}`)
})

test('a code that is used, replaced or over is no longer written to anybody', async () => {
  const holder = await issueFundedCard(issuing, { balance: '100.00' })
  const token = await bindCard(issuing, holder)
  const used = await newestTo(holder.email)
  expect(await renderMessage(deps, used)).toBeUndefined()

  await verifyOrder(issuing, { token })
  const replaced = await newestTo(holder.email)
  await verifyOrder(issuing, { token })
  expect(await renderMessage(deps, replaced)).toBeUndefined()

  const newest = await newestTo(holder.email)
  expect(await renderMessage(deps, newest)).toMatchObject({ subject: 'Your code to approve a payment' })
  await advanceClock(issuing, 300)
  expect(await renderMessage(deps, newest)).toBeUndefined()
})

test('a code that was guessed at too often is no longer written to anybody', async () => {
  const holder = await issueBoundCard(issuing)
  await verifyOrder(issuing, holder)
  for (let tries = 0; tries < 5; tries++) {
    await expect(buy(issuing, { token: holder.token, code: 'none' })).rejects.toMatchObject({ code: 'otp_wrong' })
  }
  expect(await renderMessage(deps, await newestTo(holder.email))).toBeUndefined()
})

test('messages of other kinds are not ours to write', async () => {
  expect(await renderMessage(deps, { challengeId: null, kind: 'invoice' })).toBeUndefined()
})
