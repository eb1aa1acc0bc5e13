import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brandOf } from '../../src/gateways/brand.ts'
import { isLuhnValid } from '../../src/log.ts'
import { type CardBehavior, type CardUse, decideCard, TEST_CARDS } from '../../src/sandbox-gateway/cards.ts'
import { FAULT_MODES, magicAmount } from '../../src/sandbox-gateway/modes.ts'
import { fillIn, renderTable } from '../verify/generate.ts'

const WHAT: Readonly<Record<Exclude<CardBehavior, object>, string>> = {
  approve: 'approved',
  challenge: '3-D Secure with a challenge',
  frictionless: '3-D Secure without a challenge: approved at once',
  'not-enrolled': 'no 3-D Secure: approved, declined when it is required',
  'authentication-fails': '3-D Secure fails: declined',
  'later-approved': 'pending, then approved',
  'later-declined': 'pending, then declined',
  'capture-declined': 'approved; a capture is declined',
  'void-declined': 'approved; a void is declined',
  'refund-declined': 'approved; a refund is declined',
  'refund-queued': 'approved; a refund is pending, then done',
  'refund-queued-declined': 'approved; a refund is pending, then declined',
}

const cardTable = (): string =>
  renderTable(
    ['number', 'brand', 'CVV', 'what happens'],
    TEST_CARDS.map(({ number, cvv, behavior }) => [
      number,
      brandOf(number) ?? '',
      cvv ?? 'any',
      typeof behavior === 'object' ? `declined: \`${behavior.decline}\`` : WHAT[behavior],
    ]),
  )

const faultTable = (): string =>
  renderTable(
    ['mode', 'name', 'amount', 'done', 'what happens'],
    FAULT_MODES.map(({ number, name, did, what }) => [
      String(number),
      `\`${name}\``,
      magicAmount(number),
      did ? 'yes' : 'no',
      what,
    ]),
  )

test('docs/sandbox-gateway.md has the tables of cards and of faults', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs/sandbox-gateway.md')
  const filled = fillIn(await readFile(file, 'utf8'), { cards: cardTable(), faults: faultTable() })
  const how = 'is made from the code. Make it again with: npm test -- test/sandbox-gateway/cards.test.ts -u'
  await expect(filled, `docs/sandbox-gateway.md ${how}`).toMatchFileSnapshot(file)
})

const NOW = new Date('2026-06-15T12:00:00Z')
const use = (number: string, more: Partial<CardUse> = {}): CardUse => ({
  ...{ number, expiryMonth: 12, expiryYear: 2030, cvv: undefined, authentication: 'auto', now: NOW },
  ...more,
})
const stateOf = (number: string, more: Partial<CardUse> = {}): string => {
  const decision = decideCard(use(number, more))
  return decision.state === 'declined' ? decision.code : decision.state
}

describe('a card', () => {
  test('of the table is of a known brand, has a right check digit, and is in it once', () => {
    for (const { number, behavior } of TEST_CARDS) {
      expect(brandOf(number), number).toBeDefined()
      expect(isLuhnValid(number), number).toBe(true)
      if (typeof behavior === 'object') expect(stateOf(number)).toBe(behavior.decline)
    }
    expect(new Set(TEST_CARDS.map(({ number }) => number)).size).toBe(TEST_CARDS.length)
  })

  test.each([
    ['4000000000000051', '745'],
    ['5101082187256503', '123'],
    ['5101080000000009', '123'],
    ['375510513169537', '123'],
    ['378282246310005', '123'],
    ['4111111111111111', '000'],
    ['4176661000001056', '111'],
    ['5549110920049586', '222'],
    ['5423110020223322', '333'],
    ['370000000000002', '4444'],
    ['376000000000006', '5555'],
    ['4111110000000021', '666'],
    ['4242424242424242', '777'],
  ])('%s with CVV %s is approved', (number, cvv) => {
    expect(stateOf(number, { cvv })).toBe('approved')
  })

  test('needs the CVV that the table gives, where one is given at all', () => {
    expect(stateOf('4000000000000051', { cvv: '746' })).toBe('cvv_wrong')
    expect(stateOf('4000000000000051')).toBe('approved')
    expect(stateOf('4000000000000002', { cvv: '237' })).toBe('challenged')
    expect(stateOf('4000000000000002', { cvv: '238' })).toBe('cvv_wrong')
  })

  test.each([
    ['4000000000000052', 'card_invalid'],
    ['9999999999999995', 'card_invalid'],
    ['4000000001000050', 'insufficient_funds'],
    ['4000000001000118', 'suspected_fraud'],
  ])('%s is declined: %s', (number, code) => {
    expect(stateOf(number)).toBe(code)
  })

  test('is good until the end of its month', () => {
    expect(stateOf('4111111111111111', { expiryYear: 2026, expiryMonth: 6 })).toBe('approved')
    expect(stateOf('4111111111111111', { expiryYear: 2026, expiryMonth: 5 })).toBe('card_expired')
    expect(
      stateOf('4111111111111111', { expiryYear: 2026, expiryMonth: 6, now: new Date('2026-07-01T00:00:00Z') }),
    ).toBe('card_expired')
  })

  test.each([
    ['4111111111111111', 'approved', 'challenged', 'approved'],
    ['4000000000000002', 'challenged', 'challenged', 'approved'],
    ['4000000001000019', 'approved', 'approved', 'approved'],
    ['4000000001000027', 'approved', 'authentication_failed', 'approved'],
    ['4000000001000035', 'authentication_failed', 'authentication_failed', 'approved'],
  ])('%s is authenticated as it is wished: auto %s, required %s, skip %s', (number, auto, required, skip) => {
    expect(stateOf(number, { authentication: 'auto' })).toBe(auto)
    expect(stateOf(number, { authentication: 'required' })).toBe(required)
    expect(stateOf(number, { authentication: 'skip' })).toBe(skip)
  })

  test('that was authenticated says so', () => {
    expect(decideCard(use('4000000001000019'))).toEqual({ state: 'approved', eci: '05' })
    expect(decideCard(use('4111111111111111'))).toEqual({ state: 'approved', eci: '07' })
  })
})
