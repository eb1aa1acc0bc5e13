import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admit, type BreakerState, CIRCUIT_OPEN, CLOSED, createBreaker, settle } from '../../src/gateways/breaker.ts'
import type { Outcome } from '../../src/gateways/connector.ts'

const LIMITS = { failures: 3, windowMs: 1000, openMs: 500 }
const OK: Outcome = { kind: 'approved', gatewayReference: '1' }
const DECLINED: Outcome = { kind: 'declined', code: 'refused', message: '' }
const UNKNOWN: Outcome = { kind: 'unknown', cause: 'no answer in time' }
const NOT_SENT: Outcome = { kind: 'not_sent', cause: 'ECONNREFUSED' }

function setUp() {
  let at = 0
  let calls = 0
  const breaker = createBreaker({ ...LIMITS, now: () => at })
  return {
    breaker,
    calls: () => calls,
    pass: (ms: number) => {
      at += ms
    },
    call: (outcome: Outcome, gateway = 'a') =>
      breaker.call(gateway, 'purchase', async () => {
        calls += 1
        return outcome
      }),
  }
}

describe('a circuit', () => {
  test('opens after so many failures in a row, and then nothing is called', async () => {
    const { call, calls } = setUp()
    for (const outcome of [UNKNOWN, NOT_SENT, UNKNOWN]) expect(await call(outcome)).toBe(outcome)
    expect(await call(OK)).toEqual({ kind: 'not_sent', cause: CIRCUIT_OPEN })
    expect(calls()).toBe(3)
  })

  test('stays closed when anything was answered between the failures, a decline included', async () => {
    const { call } = setUp()
    for (const outcome of [UNKNOWN, UNKNOWN, DECLINED, UNKNOWN, UNKNOWN, OK, UNKNOWN, UNKNOWN]) await call(outcome)
    expect(await call(OK)).toBe(OK)
  })

  test('forgets failures that are older than the window', async () => {
    const { call, pass } = setUp()
    for (let i = 0; i < 10; i++) {
      await call(UNKNOWN)
      pass(501)
    }
    expect(await call(OK)).toBe(OK)
  })

  test('lets one probe through when its time is over: it closes the circuit, or opens it again', async () => {
    const { call, pass } = setUp()
    for (let i = 0; i < 3; i++) await call(UNKNOWN)
    pass(499)
    expect(await call(OK)).toMatchObject({ cause: CIRCUIT_OPEN })
    pass(1)
    expect(await Promise.all([call(UNKNOWN), call(OK)])).toEqual([UNKNOWN, { kind: 'not_sent', cause: CIRCUIT_OPEN }])
    pass(500)
    expect(await call(OK)).toBe(OK)
    expect(await call(OK)).toBe(OK)
  })

  test('is that of one gateway and one operation', async () => {
    const { breaker, call } = setUp()
    for (let i = 0; i < 3; i++) await call(UNKNOWN)
    expect(await call(OK, 'b')).toBe(OK)
    expect(await breaker.call('a', 'refund', async () => OK)).toBe(OK)
    expect(await breaker.inquire('a', async () => ({ kind: 'not_found' }))).toEqual({ kind: 'not_found' })
  })

  test('of inquiries answers unknown when it is open, never that something was not found', async () => {
    const { breaker } = setUp()
    for (let i = 0; i < 3; i++) await breaker.inquire('a', async () => ({ kind: 'unknown', cause: 'ECONNRESET' }))
    expect(await breaker.inquire('a', async () => ({ kind: 'not_found' }))).toEqual({
      kind: 'unknown',
      cause: CIRCUIT_OPEN,
    })
  })

  test('counts a call that throws as a failure, and passes the error on', async () => {
    const { breaker, call } = setUp()
    const broken = () => breaker.call('a', 'purchase', () => Promise.reject(new Error('a bug')))
    for (let i = 0; i < 3; i++) await expect(broken()).rejects.toThrow('a bug')
    expect(await call(OK)).toMatchObject({ cause: CIRCUIT_OPEN })
  })
})

const step = fc.record({ passMs: fc.nat(400), hasFailed: fc.boolean(), isSlow: fc.boolean() })

test('whatever happens, it opens only after enough failures in a row, and never lets two probes through at once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let state: BreakerState = CLOSED
      let now = 0
      let inARow = 0
      let probeUntil = -1
      for (const { passMs, hasFailed, isSlow } of steps) {
        now += passMs
        const before = state
        const admitted = admit(state, now, LIMITS)
        state = admitted.state
        if (admitted.ticket === undefined) {
          expect(before.kind === 'closed' ? -1 : before.until).toBeGreaterThan(now)
          continue
        }
        if (admitted.ticket === 'probe') {
          expect(now).toBeGreaterThanOrEqual(probeUntil)
          probeUntil = now + LIMITS.openMs
          if (isSlow) continue // Still under way.
        }
        inARow = hasFailed ? inARow + 1 : 0
        state = settle(state, { ticket: admitted.ticket, hasFailed, now }, LIMITS)
        if (!hasFailed) expect(state).toBe(CLOSED)
        if (before.kind === 'closed' && state.kind === 'open') expect(inARow).toBeGreaterThanOrEqual(LIMITS.failures)
        if (admitted.ticket === 'probe') probeUntil = state.kind === 'open' ? state.until : -1
      }
    }),
  )
})

test('a call that began before the circuit opened does not close it', () => {
  const open: BreakerState = { kind: 'open', until: 500 }
  expect(settle(open, { ticket: 'normal', hasFailed: false, now: 10 }, LIMITS)).toBe(open)
  const probing: BreakerState = { kind: 'probing', until: 900 }
  expect(settle(probing, { ticket: 'normal', hasFailed: true, now: 600 }, LIMITS)).toBe(probing)
})
