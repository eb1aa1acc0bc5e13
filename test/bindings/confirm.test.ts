import { expect, test } from 'vitest'
import { confirmBinding } from '../../src/bindings/confirm.ts'
import { newId } from '../../src/ids.ts'
import {
  advanceClock,
  changeStatus,
  type Issuing,
  initiate,
  issueFundedCard,
  letExpire,
  openIssuing,
  otherThan,
  restart,
} from '../helpers/seed.ts'

const issuing = await openIssuing()

const confirm = (
  { deps, merchantId }: Issuing,
  { verificationId, code, by = merchantId }: { verificationId: string; code: string; by?: string },
) => confirmBinding(deps, { merchantId: by, verificationId, code, keys: [] })

test('the right code binds the card under a name that only this merchant has', async () => {
  const holder = await issueFundedCard(issuing)
  const bound = await confirm(issuing, await initiate(issuing, { pan: holder.pan }))
  expect(bound).toMatchObject({ cardType: 'Platinum', imageUrl: 'https://cards.test/platinum.png' })
  expect(bound.expiryMonth).toBe(holder.card.expiryMonth)
  expect(bound.token).not.toBe(holder.card.id)
})

test('a code works until its last second and not from then on', async () => {
  const [early, late] = [await issueFundedCard(issuing), await issueFundedCard(issuing)]
  const inTime = await initiate(issuing, { pan: early.pan })
  await advanceClock(issuing, 298)
  await expect(confirm(issuing, inTime)).resolves.toMatchObject({ cardId: early.card.id })
  const tooLate = await initiate(issuing, { pan: late.pan })
  await advanceClock(issuing, 300)
  await expect(confirm(issuing, tooLate)).rejects.toMatchObject({ code: 'challenge_expired' })
  await expect(confirm(issuing, tooLate)).rejects.toMatchObject({ code: 'challenge_expired' })
})

test('four wrong codes and then the right one bind the card', async () => {
  const { pan } = await issueFundedCard(issuing)
  const { verificationId, code } = await initiate(issuing, { pan })
  for (let tries = 0; tries < 4; tries++) {
    await expect(confirm(issuing, { verificationId, code: otherThan(code) })).rejects.toMatchObject({
      code: 'code_wrong',
    })
  }
  await expect(confirm(issuing, { verificationId, code })).resolves.toBeDefined()
})

test('after five wrong codes the right one is refused, also after a restart', async () => {
  const { pan } = await issueFundedCard(issuing)
  const { verificationId, code } = await initiate(issuing, { pan })
  const guesses = Array.from({ length: 5 }, () => confirm(issuing, { verificationId, code: otherThan(code) }))
  for (const { status, reason } of (await Promise.allSettled(guesses)) as PromiseRejectedResult[]) {
    expect(status).toBe('rejected')
    expect(reason).toMatchObject({ code: 'code_wrong' })
  }
  await expect(confirm(issuing, { verificationId, code })).rejects.toMatchObject({ code: 'challenge_blocked' })
  const later = await restart(issuing)
  await expect(confirm(later, { verificationId, code })).rejects.toMatchObject({ code: 'challenge_blocked' })
  await advanceClock(issuing, 300)
  await expect(confirm(issuing, { verificationId, code })).rejects.toMatchObject({ code: 'challenge_expired' })
  await expect(confirm(later, await initiate(later, { pan }))).resolves.toBeDefined()
})

test('a code is compared as it was given: without its spaces, with its leading zeros', async () => {
  const { pan } = await issueFundedCard(issuing)
  const { verificationId, code } = await initiate(issuing, { pan })
  for (const nearly of [` ${code}`, `${code} `, `0${code}`, String(Number(code) + 1e6)]) {
    await expect(confirm(issuing, { verificationId, code: nearly })).rejects.toMatchObject({ code: 'code_wrong' })
  }
})

test('of two confirmations at once one binds and the other finds the card bound, as every later one does', async () => {
  const { pan } = await issueFundedCard(issuing)
  const verification = await initiate(issuing, { pan })
  const results = await Promise.allSettled([confirm(issuing, verification), confirm(issuing, verification)])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await expect(confirm(issuing, verification)).rejects.toMatchObject({ code: 'card_already_bound' })
})

test("another merchant's verification does not exist", async () => {
  const { pan } = await issueFundedCard(issuing)
  const verification = await initiate(issuing, { pan })
  const foreign = { ...verification, by: issuing.otherMerchantId }
  await expect(confirm(issuing, foreign)).rejects.toMatchObject({ code: 'challenge_not_found' })
  const unknown = { ...verification, verificationId: newId() }
  await expect(confirm(issuing, unknown)).rejects.toMatchObject({ code: 'challenge_not_found' })
  await expect(confirm(issuing, verification)).resolves.toBeDefined()
})

test('a card that was locked or ran out since is not bound, and its code is not used up', async () => {
  const holder = await issueFundedCard(issuing)
  const verification = await initiate(issuing, { pan: holder.pan })
  await changeStatus(issuing, 'lock', holder)
  await expect(confirm(issuing, verification)).rejects.toMatchObject({ code: 'card_not_bindable' })
  await changeStatus(issuing, 'unlock', holder)
  await expect(confirm(issuing, verification)).resolves.toBeDefined()

  const old = await issueFundedCard(issuing)
  const inVain = await initiate(issuing, { pan: old.pan })
  await letExpire(issuing, old)
  await expect(confirm(issuing, inVain)).rejects.toMatchObject({ code: 'card_not_bindable' })
})
