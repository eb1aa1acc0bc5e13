// Stops calling what does not work: a circuit breaker for each gateway and operation, inquiries apart. In memory, because
// what it forgets with the process is only its caution.
import type { GatewayOperation, InquiryAnswer, Outcome } from './connector.ts'

export interface BreakerOptions {
  /** How many calls in a row, within the window, must fail for it to open. */
  readonly failures?: number
  readonly windowMs?: number
  /** How long nothing is called, before one probe. */
  readonly openMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

// Many in a row: what one merchant's payments do to a gateway that works otherwise must not stop those of the others.
const FAILURES = 30
const WINDOW_MS = 60_000
const OPEN_MS = 10_000

/** What is known of one circuit. */
export type BreakerState =
  | { readonly kind: 'closed'; readonly failedAt: readonly number[] }
  | { readonly kind: 'open'; readonly until: number }
  /** One call is finding out; when it takes too long another one may. */
  | { readonly kind: 'probing'; readonly until: number }

export type Ticket = 'normal' | 'probe'

type Limits = Required<Omit<BreakerOptions, 'now'>>

export const CLOSED: BreakerState = { kind: 'closed', failedAt: [] }

/** Asks for a call at a moment. Without a ticket there is none. */
export function admit(
  state: BreakerState,
  now: number,
  { openMs }: Limits,
): { readonly state: BreakerState; readonly ticket: Ticket | undefined } {
  if (state.kind === 'closed') return { state, ticket: 'normal' }
  if (now < state.until) return { state, ticket: undefined }
  return { state: { kind: 'probing', until: now + openMs }, ticket: 'probe' }
}

/** Notes how a call ended. Those that began before the circuit opened say nothing about it any more. */
export function settle(
  state: BreakerState,
  ended: { readonly ticket: Ticket; readonly hasFailed: boolean; readonly now: number },
  { failures, windowMs, openMs }: Limits,
): BreakerState {
  const { ticket, hasFailed, now } = ended
  if (ticket === 'probe') return hasFailed ? { kind: 'open', until: now + openMs } : CLOSED
  if (state.kind !== 'closed') return state
  if (!hasFailed) return CLOSED
  const failedAt = [...state.failedAt.filter((at) => at > now - windowMs), now]
  return failedAt.length >= failures ? { kind: 'open', until: now + openMs } : { kind: 'closed', failedAt }
}

export interface Breaker {
  /**
   * Calls, or answers `not_sent` with the cause `circuit open` without calling. `gateway` is whatever fails together, such
   * as a connector's name and its base URL.
   */
  call(gateway: string, operation: GatewayOperation, send: () => Promise<Outcome>): Promise<Outcome>
  /** The same for inquiries, which have a circuit of their own; an open one is answered as `unknown`. */
  inquire(gateway: string, send: () => Promise<InquiryAnswer>): Promise<InquiryAnswer>
}

export const CIRCUIT_OPEN = 'circuit open'

/** Makes the breakers of a process. */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { failures = FAILURES, windowMs = WINDOW_MS, openMs = OPEN_MS, now = () => performance.now() } = options
  const limits: Limits = { failures, windowMs, openMs }
  const states = new Map<string, BreakerState>()

  const run = async <T extends { readonly kind: string }>(
    key: string,
    send: () => Promise<T>,
  ): Promise<T | undefined> => {
    const { state, ticket } = admit(states.get(key) ?? CLOSED, now(), limits)
    if (ticket === undefined) return undefined
    states.set(key, state)
    let hasFailed = true
    try {
      const result = await send()
      hasFailed = result.kind === 'unknown' || result.kind === 'not_sent'
      return result
    } finally {
      const next = settle(states.get(key) ?? CLOSED, { ticket, hasFailed, now: now() }, limits)
      if (next === CLOSED) states.delete(key)
      else states.set(key, next)
    }
  }

  return {
    call: async (gateway, operation, send) =>
      (await run(`${operation} ${gateway}`, send)) ?? { kind: 'not_sent', cause: CIRCUIT_OPEN },
    inquire: async (gateway, send) =>
      (await run(`inquiry ${gateway}`, send)) ?? { kind: 'unknown', cause: CIRCUIT_OPEN },
  }
}
