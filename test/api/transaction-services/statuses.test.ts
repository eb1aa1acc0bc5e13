import { describe, expect, test } from 'vitest'
import { findCardBrand, isCardMode } from '../../../src/api/transaction-services/brands.ts'
import { RESULTS } from '../../../src/api/transaction-services/codes.ts'
import { createErrorRenderer, WIRE_ERRORS } from '../../../src/api/transaction-services/errors.ts'
import {
  type ChargeProgress,
  type LongStatus,
  type PayoutState,
  shortStatusOf,
  statusOf,
} from '../../../src/api/transaction-services/statuses.ts'
import { ERRORS, type ErrorCode } from '../../../src/errors.ts'

const charge = (changes: Partial<ChargeProgress>): ChargeProgress => ({
  kind: 'charge',
  state: 'captured',
  isRedirected: false,
  refundReserved: 0n,
  refunded: 0n,
  chargedBack: 0n,
  isSettled: false,
  hasExpired: false,
  captureFailed: false,
  ...changes,
})

describe('the status', () => {
  test.each<[Partial<ChargeProgress>, LongStatus, string]>([
    [{ state: 'authorizing' }, 'authstarted', 'P'],
    [{ state: 'authorizing', isRedirected: true }, '3D Authstarted', '3D'],
    [{ state: 'authorized' }, 'authsuccessful', 'Y'],
    [{ state: 'capturing' }, 'capturestarted', 'P'],
    [{ state: 'voiding' }, 'cancelstarted', 'P'],
    [{ state: 'voided' }, 'cancelled', 'C'],
    [{ state: 'voided', hasExpired: true }, 'authcancelled', 'C'],
    [{}, 'capturesuccess', 'Y'],
    [{ isSettled: true }, 'settled', 'Y'],
    [{ refundReserved: 5n }, 'markedforreversal', 'P'],
    [{ refundReserved: 5n, isSettled: true }, 'markedforreversal', 'P'],
    [{ refunded: 5n }, 'reversed', 'Y'],
    [{ state: 'refunded', refunded: 10n }, 'reversed', 'Y'],
    [{ chargedBack: 5n }, 'chargeback', 'N'],
    [{ state: 'declined' }, 'authfailed', 'N'],
    [{ state: 'canceled' }, 'authcancelled', 'C'],
  ])('of %o is %s, %s for short', (changes, long, short) => {
    expect(statusOf(charge(changes))).toBe(long)
    expect(shortStatusOf(charge(changes))).toBe(short)
  })

  test.each<[PayoutState, LongStatus, string]>([
    ['paying', 'payoutstarted', 'P'],
    ['paid', 'payoutsuccessful', 'Y'],
    ['declined', 'payoutfailed', 'N'],
  ])('of a payout that is %s is %s, %s for short', (state, long, short) => {
    expect(statusOf({ kind: 'payout', state })).toBe(long)
    expect(shortStatusOf({ kind: 'payout', state })).toBe(short)
  })
})

describe('a code', () => {
  test('means one thing', () => {
    const codes = Object.values(RESULTS).map(([code]) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe('a refusal', () => {
  const render = createErrorRenderer({ latest: () => new Date('2026-01-05T10:15:00Z') })

  test('has a status and a result code, whatever it is', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { status, body } = render(code, {})
      expect(status).toBe(WIRE_ERRORS[code].status)
      expect(body).toMatchObject({
        paymentId: '-',
        result: { code: expect.any(String), description: expect.any(String) },
      })
      expect(body).toMatchObject({ timestamp: '2026-01-05 10:15:00' })
    }
  })

  test('about the payment has status 200, and about the call an error’s', () => {
    expect(render('invalid_request', {}).status).toBe(200)
    expect(render('checksum_invalid', {}).status).toBe(200)
    expect(render('token_invalid', {}).status).toBe(401)
    expect(render('unsupported_media_type', {})).toMatchObject({ status: 415, body: { result: { code: '20014' } } })
  })

  test('of a token has status 200 for who cannot bear another', () => {
    expect(render('token_invalid', { wants200: true }).status).toBe(200)
    expect(createErrorRenderer({ latest: () => new Date(), legacyHttp200: true })('token_invalid', {}).status).toBe(200)
    expect(createErrorRenderer({ latest: () => new Date(), legacyHttp200: true })('internal', {}).status).toBe(500)
  })

  test.each([
    ['CP', '10005'],
    ['RF', '10006'],
    ['RV', '10007'],
  ])(
    'of %s for the state of the payment has the code of the operation, and the exact one beside it',
    (paymentType, code) => {
      const refused = {
        principal: undefined,
        method: 'POST',
        contentType: '',
        body: { paymentType },
        params: { paymentId: '900001' },
      }
      expect(render('payment_state_invalid', {}, refused).body).toMatchObject({
        paymentId: '900001',
        result: { code, reason: '20011' },
      })
      expect(render('already_refunded', {}, refused).body).toMatchObject({ result: { code, reason: '20013' } })
      expect(render('payment_not_found', {}, refused).body).toMatchObject({ paymentId: '-', result: { code: '10026' } })
    },
  )

  test('of an outcome that is not known is never a failure', () => {
    expect(render('outcome_unknown', {})).toMatchObject({ status: 200, body: { result: { code: '00003' } } })
  })
})

test('brands are known in any case and by their other names, and only cards are cards', () => {
  expect(['visa', 'MC', 'UnionPay', 'SOFORT'].map(findCardBrand)).toEqual(['VISA', 'MC', 'CUP', undefined])
  expect(['CC', 'dc', 'EW', 'CP'].map(isCardMode)).toEqual([true, true, false, false])
})
