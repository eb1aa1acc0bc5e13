// The part of the contract that is asked of gateways that keep cards: their facts say that they tokenize. Others have no verbs
// for it, and nothing here is asked of them.
import { expect, test } from 'vitest'
import type { CardData, Gateway, Tokenized, TokenizeOutcome, TokenizeRequest } from '../../src/gateways/connector.ts'
import { Secret } from '../../src/secret.ts'
import { type Breakage, type Current, type Driver, newReference } from './driver.ts'

/** Runs the clause. */
export function testKeptCards(current: Current, driver: Driver): void {
  const keep = (request: TokenizeRequest, at?: Gateway): Promise<TokenizeOutcome> => {
    const { connector, gateway } = current()
    if (!connector.tokenize) throw new Error('there is no tokenize')
    return connector.tokenize(at ?? gateway, request)
  }
  const kept = async (card: CardData = current().cards.approved): Promise<Tokenized> => {
    const outcome = await keep({ reference: newReference(), card })
    if (outcome.kind !== 'tokenized') throw new Error(`not kept: ${outcome.kind}`)
    return outcome
  }
  const keeps = (): boolean => current().connector.facts.tokenizes

  test('keeps a card, if its facts say so, and says no more of it than people may see', async () => {
    const { connector, cards } = current()
    expect(connector.tokenize !== undefined).toBe(keeps())
    expect(connector.forget !== undefined).toBe(keeps())
    if (!keeps()) return
    const { pan, brand, expiryMonth, expiryYear } = cards.approved
    const outcome = await kept()
    const last4 = pan.reveal().slice(-4)
    expect(outcome).toEqual({ kind: 'tokenized', token: expect.any(Secret), brand, last4, expiryMonth, expiryYear })
    expect(outcome.token.reveal()).not.toContain(pan.reveal())
    expect((await kept()).token.reveal()).not.toBe(outcome.token.reveal())
  })

  test('charges a card by its token as it would the card', async () => {
    if (!keeps()) return
    const { charge, take, follow, can, taking } = driver
    const { cards, book } = current()
    const { token } = await kept()
    const request = charge('12.34', 'USD', { card: { token, cvv: new Secret('123') } })
    expect(await take(request)).toMatchObject({ kind: 'approved' })
    expect(await book(request.reference)).toEqual(request.amount)
    if (taking() === 'purchase' && can('refund')) {
      expect(await follow('refund', request, '12.34')).toMatchObject({ kind: 'approved' })
    }
    const declined = await kept(cards.declined)
    expect(await take(charge('10.00', 'USD', { card: { token: declined.token } }))).toMatchObject({ kind: 'declined' })
  })

  test('charges a kept card again without its holder and without a code', async () => {
    if (!keeps()) return
    const { charge, take } = driver
    const { token } = await kept()
    for (const amount of ['10.00', '11.00']) {
      const request = charge(amount, 'USD', { card: { token }, isRepeated: true })
      expect(await take(request)).toMatchObject({ kind: 'approved' })
      expect(await take(request)).toMatchObject({ kind: 'approved' })
      expect(await current().book(request.reference)).toEqual(request.amount)
    }
  })

  test('keeps one card under one reference, however often and however simultaneously it arrives', async () => {
    if (!keeps()) return
    const { cards } = current()
    const request = { reference: newReference(), card: cards.approved }
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => keep(request)))
    outcomes.push(await keep(request))
    const tokens = outcomes.map((outcome) => (outcome.kind === 'tokenized' ? outcome.token.reveal() : outcome.kind))
    expect(new Set(tokens).size).toBe(1)
    expect(outcomes[0]).toMatchObject({ kind: 'tokenized' })
    expect((await keep({ ...request, card: cards.declined })).kind).not.toBe('tokenized')
  })

  test.each<[how: Breakage, kind: 'not_sent' | 'unknown']>([
    ['refused', 'not_sent'],
    ['too_many', 'not_sent'],
    ['silence', 'unknown'],
    ['reset', 'unknown'],
    ['cut', 'unknown'],
    ['html', 'unknown'],
    ['server_error', 'unknown'],
    ['other_reference', 'unknown'],
  ])('keeping a card, says %s is %s, and keeps it when it is asked again', async (how, kind) => {
    if (!keeps()) return
    const request = { reference: newReference(), card: current().cards.approved }
    await current().breakNext(how)
    expect(await keep(request)).toMatchObject({ kind, cause: expect.stringMatching(/./) })
    expect(await keep(request)).toMatchObject({ kind: 'tokenized' })
  })

  test('charges no token of another account, and none that there is not', async () => {
    if (!keeps()) return
    const { connector, gateway, otherGateway } = current()
    const { charge, take, taking } = driver
    const { token } = await kept()
    const there = await connector[taking()]?.(otherGateway, charge('10.00', 'USD', { card: { token } }))
    expect(there).toMatchObject({ kind: 'declined' })
    const none = new Secret(token.reveal().replace(/.$/, (last) => (last === '0' ? '1' : '0')))
    expect(await take(charge('10.00', 'USD', { card: { token: none } }))).toMatchObject({ kind: 'declined' })
    expect(await connector.forget?.(otherGateway, token)).toEqual({ kind: 'forgotten' }) // It has no such card.
    expect(await connector[taking()]?.(gateway, charge('10.00', 'USD', { card: { token } }))).toMatchObject({
      kind: 'approved',
    })
  })

  test('forgets a card, once and again, and what it was charged is still known', async () => {
    if (!keeps()) return
    const { connector, gateway } = current()
    const { charge, take, follow, can, taking } = driver
    const { token } = await kept()
    const paid = charge('10.00', 'USD', { card: { token } })
    const outcome = await take(paid)
    for (let i = 0; i < 2; i++) expect(await connector.forget?.(gateway, token)).toEqual({ kind: 'forgotten' })
    expect(await take(charge('10.00', 'USD', { card: { token } }))).toMatchObject({ kind: 'declined' })
    expect(await take(paid)).toEqual(outcome)
    if (taking() === 'purchase' && can('refund')) {
      expect(await follow('refund', paid, '10.00')).toMatchObject({ kind: 'approved' })
    }
  })

  test('says that nothing was sent when the gateway of a card is not there', async () => {
    if (!keeps()) return
    const { connector, gateway, cards } = current()
    const gone = { ...gateway, baseUrl: 'http://127.0.0.1:1' }
    expect(await keep({ reference: newReference(), card: cards.approved }, gone)).toMatchObject({ kind: 'not_sent' })
    expect(await connector.forget?.(gone, new Secret('token'))).toMatchObject({ kind: 'not_sent' })
  })

  test('leaves neither a card nor its token in a scrubbed transcript', async () => {
    if (!keeps()) return
    const { connector, gateway, cards, exchanges } = current()
    const { charge, take } = driver
    const before = exchanges().length
    const { token } = await kept()
    await take(charge('10.00', 'USD', { card: { token, cvv: new Secret('987') } }))
    await connector.forget?.(gateway, token)
    const seen = exchanges().slice(before)
    const texts = [JSON.stringify(seen), ...seen.flatMap(({ request, answer }) => [request.body, answer?.body])]
    expect(texts.join('\n')).toContain(token.reveal())
    for (const text of texts.filter((given) => given !== undefined)) {
      const scrubbed = connector.scrub(text)
      for (const secret of [token.reveal(), cards.approved.pan.reveal()]) expect(scrubbed).not.toContain(secret)
      expect(scrubbed).not.toMatch(/(?<![0-9a-f])987(?![0-9a-f])/)
    }
  })
}
