import { expect, test } from 'vitest'
import type { Books } from '../../src/books/books.ts'
import { newId } from '../../src/ids.ts'
import {
  advanceClaim,
  claimShelf,
  freeClaim,
  holdClaim,
  needClaim,
  newClaim,
  payClaim,
} from '../../src/payments/claim.ts'
import { CLAIM_STEPS, type ClaimState, isClaimStep } from '../../src/payments/claim-states.ts'
import { openIssuing } from '../helpers/seed.ts'

const { deps } = await openIssuing()

const STATES: readonly ClaimState[] = [
  ...['created', 'pending', 'attempted', 'authorized', 'paid', 'cod'],
  ...['failed', 'canceled', 'expired', 'invalided', 'deleted'],
] as ClaimState[]

/** Runs the work on a claim that begins in this state; answers how it ends. */
async function run(state: ClaimState, work: (books: Books, id: string) => unknown) {
  const id = newId()
  const paidBy = state === 'paid' || state === 'authorized' ? newId() : null
  const claims = { needs: [needClaim(id)] }
  await deps.lane.run({
    ...{ ...claims, name: 'put' },
    decide: (books) => books.put(claimShelf, { ...newClaim(id), state, paidBy, heldBy: paidBy }),
  })
  return deps.lane.run({
    ...{ ...claims, name: 'work' },
    decide: (books) => {
      const result = work(books, id)
      return { ...books.get(claimShelf, id), result }
    },
  })
}

const fail = (how: 'failed' | 'canceled' | 'error', isLastTry: boolean) => (books: Books, id: string) => {
  const paymentId = newId()
  holdClaim(books, id, { paymentId, isLastTry })
  freeClaim(books, id, paymentId, how)
}

test.each([
  ['failed', false, 'attempted'],
  ['canceled', false, 'attempted'],
  ['error', false, 'pending'],
  ['failed', true, 'failed'],
  ['canceled', true, 'expired'],
  ['error', true, 'failed'],
] as const)('a payment that is %s (the last one: %s) leaves it %s, and free', async (how, isLastTry, state) => {
  expect(await run('created', fail(how, isLastTry))).toMatchObject({ state, heldBy: null })
})

test.each([
  ['created', undefined],
  ['pending', undefined],
  ['attempted', undefined],
  ['authorized', 'claim_paid'],
  ['paid', 'claim_paid'],
  ['cod', 'claim_paid'],
  ['failed', 'claim_closed'],
  ['canceled', 'claim_closed'],
  ['expired', 'claim_closed'],
  ['invalided', 'claim_closed'],
  ['deleted', 'claim_closed'],
] as const)('what is %s can be tried, or says %s', async (state, code) => {
  const held = run(state, (books, id) => holdClaim(books, id, { paymentId: newId() }))
  if (code === undefined) expect(await held).toMatchObject({ state: state === 'created' ? 'pending' : state })
  else await expect(held).rejects.toMatchObject({ code })
})

test.each(['failed', 'expired'] as const)('a success that comes late pays what is %s', async (state) => {
  const paymentId = newId()
  const paid = await run(state, (books, id) => payClaim(books, id, { paymentId, as: 'paid' }))
  expect(paid).toMatchObject({ state: 'paid', paidBy: paymentId, result: true })
})

test.each(['canceled', 'invalided', 'cod', 'deleted'] as const)(
  'a success that comes late is surplus when the merchant had made it %s',
  async (state) => {
    const paid = await run(state, (books, id) => payClaim(books, id, { paymentId: newId(), as: 'paid' }))
    expect(paid).toMatchObject({ state, paidBy: null, result: false })
  },
)

test('every step is in the table or refused', async () => {
  for (const from of STATES) {
    for (const to of STATES) {
      if (to === 'authorized' && isClaimStep(from, to)) continue // That needs a payment: see above.
      const advanced = run(from, (books, id) => advanceClaim(books, books.get(claimShelf, id), to))
      if (isClaimStep(from, to)) expect(await advanced).toMatchObject({ state: to })
      else await expect(advanced).rejects.toMatchObject({ code: 'checkout_state_invalid' })
    }
  }
  expect(Object.keys(CLAIM_STEPS).length).toBeGreaterThan(30)
})
