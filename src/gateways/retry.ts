// Asks a gateway again when an inquiry got no answer, which is the one call that may be repeated. What is asked again is paid
// from a budget that other calls fill, so that a gateway in trouble is not asked more and more. In memory, like the breaker.
import { setTimeout as sleep } from 'node:timers/promises'
import { CIRCUIT_OPEN } from './breaker.ts'
import type { InquiryAnswer } from './connector.ts'

export interface RetryBudget {
  /** Notes a call to a gateway, which is whatever fails together: ten calls pay for one retry. */
  earn(gateway: string): void
  /** Takes one retry from the gateway's budget. Answers whether there was one. */
  spend(gateway: string): boolean
}

const CALLS_PER_RETRY = 10
const CALLS_KEPT_MAX = 10 * CALLS_PER_RETRY // What a long quiet time saves up.

/** Makes the budgets of a process, which begin full. */
export function createRetryBudget(): RetryBudget {
  const calls = new Map<string, number>()
  const callsOf = (gateway: string): number => calls.get(gateway) ?? CALLS_KEPT_MAX
  return {
    earn(gateway) {
      calls.set(gateway, Math.min(CALLS_KEPT_MAX, callsOf(gateway) + 1))
    },
    spend(gateway) {
      const left = callsOf(gateway) - CALLS_PER_RETRY
      if (left < 0) return false
      calls.set(gateway, left)
      return true
    },
  }
}

export interface RetryTerms {
  readonly budget: RetryBudget
  readonly gateway: string
  /** How long all tries together may take before no other one begins, in milliseconds. */
  readonly withinMs: number
  /** At least 0 and less than 1; random unless a test says otherwise. */
  readonly jitter?: () => number
}

const TRIES_MAX = 3
const PAUSE_MS = 200
const PAUSE_MS_MAX = 30_000

/** Sends an inquiry, and again while it is not answered, with pauses of full jitter that grow. */
export async function askAgain(
  send: () => Promise<InquiryAnswer>,
  { budget, gateway, withinMs, jitter = Math.random }: RetryTerms,
): Promise<InquiryAnswer> {
  const endsAt = performance.now() + withinMs
  for (let tries = 1; ; tries++) {
    const answer = await send()
    if (answer.kind !== 'unknown' || answer.cause === CIRCUIT_OPEN || tries === TRIES_MAX) return answer
    const pauseMs = jitter() * Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** tries)
    if (performance.now() + pauseMs >= endsAt || !budget.spend(gateway)) return answer
    await sleep(pauseMs)
  }
}
