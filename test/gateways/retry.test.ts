import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CIRCUIT_OPEN } from '../../src/gateways/breaker.ts'
import type { InquiryAnswer } from '../../src/gateways/connector.ts'
import { askAgain, createRetryBudget } from '../../src/gateways/retry.ts'

const OK: InquiryAnswer = { kind: 'approved', gatewayReference: '1' }
const UNKNOWN: InquiryAnswer = { kind: 'unknown', cause: 'ECONNRESET' }

/** Asks a gateway that answers this, one after another. Says what came of it and how often it was asked. */
async function ask(answers: readonly InquiryAnswer[], more: object = {}) {
  let asked = 0
  const terms = { budget: createRetryBudget(), gateway: 'a', withinMs: 10_000, jitter: () => 0, ...more }
  const answer = await askAgain(async () => answers[asked++] ?? UNKNOWN, terms)
  return { answer, asked }
}

test('an inquiry without an answer is asked again, three times in all', async () => {
  expect(await ask([UNKNOWN, OK])).toEqual({ answer: OK, asked: 2 })
  expect(await ask([UNKNOWN, UNKNOWN, OK])).toEqual({ answer: OK, asked: 3 })
  expect(await ask([UNKNOWN, UNKNOWN, UNKNOWN, OK])).toEqual({ answer: UNKNOWN, asked: 3 })
})

test.each<InquiryAnswer>([
  OK,
  { kind: 'not_found' },
  { kind: 'pending' },
  { kind: 'declined', code: 'refused', message: '' },
  { kind: 'unknown', cause: CIRCUIT_OPEN },
])('after %j nothing is asked again', async (answer) => {
  expect(await ask([answer, OK])).toEqual({ answer, asked: 1 })
})

test('no other try begins when the time would be over', async () => {
  expect(await ask([UNKNOWN, OK], { withinMs: 100, jitter: () => 0.5 })).toEqual({ answer: UNKNOWN, asked: 1 })
})

test('a budget that is used up leaves it at one try, and that of another gateway is its own', async () => {
  const budget = createRetryBudget()
  while (budget.spend('a'));
  expect(await ask([UNKNOWN, OK], { budget })).toEqual({ answer: UNKNOWN, asked: 1 })
  expect(await ask([UNKNOWN, OK], { budget, gateway: 'b' })).toEqual({ answer: OK, asked: 2 })
})

test('however calls and failures come, retries are a tenth of the calls and ten more', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (calls) => {
      const budget = createRetryBudget()
      let retries = 0
      for (const fails of calls) {
        budget.earn('a')
        if (fails && budget.spend('a')) retries++
      }
      expect(retries).toBeLessThanOrEqual(10 + calls.length / 10)
    }),
  )
})
