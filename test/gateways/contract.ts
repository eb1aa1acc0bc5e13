// What every connector has to pass, whatever its gateway is like: its test calls `testConnector` with a way to reach the
// gateway, or a stand-in of it. What the facts deny is not asked for.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ChargeRequest, IncomingNotification } from '../../src/gateways/connector.ts'
import { parseAmount } from '../../src/money.ts'
import { Secret } from '../../src/secret.ts'
import { testKeptCards } from './contract-cards.ts'
import {
  type Breakage,
  type ConnectorUnderTest,
  type Current,
  createDriver,
  type Driver,
  newReference,
} from './driver.ts'

/** Runs the suite. `open` is called once. */
export function testConnector(name: string, open: () => Promise<ConnectorUnderTest>): void {
  describe(`the connector ${name}`, () => {
    let opened: ConnectorUnderTest | undefined
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.close())
    const current = (): ConnectorUnderTest => {
      if (!opened) throw new Error('the gateway was not opened')
      return opened
    }
    const driver = createDriver(current)
    testFacts(current, driver)
    testCharges(current, driver)
    testBreakages(current, driver)
    testFollowUps(current, driver)
    testInquiries(current, driver)
    testNotifications(current, driver)
    testSecrets(current, driver)
    testKeptCards(current, driver)
  })
}

function testFacts(current: Current, { can }: Driver): void {
  test('has the verbs that its facts name, and no others', () => {
    const { connector } = current()
    for (const operation of ['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'] as const) {
      expect(connector[operation] !== undefined, operation).toBe(can(operation))
    }
    expect(connector.inquire !== undefined).toBe(connector.facts.hasInquiry)
    if (connector.facts.mayAnswerLater) expect(connector.inquire ?? connector.parseNotification).toBeDefined()
  })
}

function testCharges(current: Current, { can, charge, take, taking }: Driver): void {
  test.each([
    ['JPY', '1'],
    ['JPY', '12345'],
    ['USD', '0.29'],
    ['USD', '8.20'],
    ['USD', '1234567.89'],
    ['KWD', '0.001'],
    ['KWD', '128.290'],
  ])('charges exactly %s %s', async (currency, amount) => {
    const { connector, book } = current()
    const { currencies } = connector.facts
    if (currencies !== 'all' && !currencies.includes(currency)) return
    const request = charge(amount, currency)
    expect(await take(request)).toMatchObject({ kind: 'approved' })
    expect(await book(request.reference)).toEqual(request.amount)
  })

  test('answers a decline as an outcome, with a reason of ours', async () => {
    const { cards } = current()
    expect(await take(charge('10.00', 'USD', { card: cards.declined }))).toMatchObject({
      kind: 'declined',
      code: expect.any(String),
      message: expect.stringMatching(/./),
    })
  })

  test('executes one reference once, however often and however simultaneously it arrives', async () => {
    const { connector, gateway, book } = current()
    const request = charge('10.00')
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => take(request)))
    outcomes.push(await take(request))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['approved']))
    expect(await book(request.reference)).toEqual(request.amount)
    expect(new Set(outcomes.map((outcome) => 'gatewayReference' in outcome && outcome.gatewayReference)).size).toBe(1)
    if (taking() === 'purchase' && can('refund')) {
      const refund = { ...charge('10.01'), charge: { reference: request.reference, gatewayReference: null } }
      expect(await connector.refund?.(gateway, refund)).toMatchObject({ kind: 'declined' }) // 10.00 is all there is.
    }
  })

  test('does not believe a reference that was used for another amount', async () => {
    const request = charge('10.00')
    await take(request)
    expect(await take({ ...request, amount: { amount: 1001n, currency: 'USD' } })).toMatchObject({ kind: 'unknown' })
    expect(await current().book(request.reference)).toEqual(request.amount)
  })

  test('sends the payer on when the gateway wants it', async () => {
    const { connector, cards } = current()
    if (!connector.facts.redirects || !cards.challenged) return
    const outcome = await take(charge('10.00', 'USD', { card: cards.challenged, authentication: 'required' }))
    if (outcome.kind !== 'redirect') throw new Error(`not a redirect: ${outcome.kind}`)
    expect(URL.canParse(outcome.redirect.url)).toBe(true)
  })

  test('pays out, to a card and to the payer of a charge', async () => {
    const { connector, gateway, cards, notificationUrl, book } = current()
    if (!can('payout')) return
    const paid = charge('10.00')
    await take(paid)
    for (const to of [{ card: cards.approved }, { charge: { reference: paid.reference, gatewayReference: null } }]) {
      const request = { reference: newReference(), amount: parseAmount('3.21', 'USD'), to, notificationUrl }
      expect((await connector.payout?.(gateway, request))?.kind).toMatch(/^(approved|pending)$/)
      expect(await book(request.reference)).toEqual(request.amount)
    }
  })
}

function testBreakages(current: Current, { charge, take, taking, settle }: Driver): void {
  test.each<[how: Breakage, kind: 'not_sent' | 'unknown']>([
    ['refused', 'not_sent'],
    ['too_many', 'not_sent'],
    ['silence', 'unknown'],
  ])('says %s is %s, and nothing was done', async (how, kind) => {
    const { breakNext, book } = current()
    const request = charge('10.00')
    await breakNext(how)
    expect(await take(request)).toMatchObject({ kind, cause: expect.stringMatching(/./) })
    expect(await book(request.reference)).toBeUndefined()
    expect(await take(request)).toMatchObject({ kind: 'approved' })
  })

  test.each<[how: Breakage]>([
    ['reset'],
    ['cut'],
    ['html'],
    ['server_error'],
    ['other_amount'],
    ['other_currency'],
    ['other_reference'],
  ])('says %s is unknown, and finds out what was done', async (how) => {
    const { connector, gateway, breakNext, book } = current()
    const request = charge('10.00')
    await breakNext(how)
    expect(await take(request)).toMatchObject({ kind: 'unknown', cause: expect.stringMatching(/./) })
    expect(await book(request.reference)).toEqual(request.amount)
    if (!connector.facts.hasInquiry) return
    const found = await connector.inquire?.(gateway, { ...request, operation: taking() })
    if (!found || found.kind === 'not_found') throw new Error('what was done was not found')
    expect(await settle(found, taking(), request)).toBe('approved')
  })
}

function testFollowUps(current: Current, driver: Driver): void {
  const { can, charge, take, follow, followUp, capturePart } = driver
  const hold = async (amount: string): Promise<ChargeRequest> => {
    const request = charge(amount)
    const { connector, gateway } = current()
    expect(await connector.authorize?.(gateway, request)).toMatchObject({ kind: 'approved' })
    return request
  }

  const takesParts = (): boolean => can('authorize', 'capture') && current().connector.facts.captures === 'many'

  test('captures a hold for good in part, once, and never more than was held', async () => {
    if (!can('authorize', 'capture')) return
    const held = await hold('10.00')
    expect(await follow('capture', held, '10.01')).toMatchObject({ kind: 'declined' })
    expect(await follow('capture', held, '6.00')).toMatchObject({ kind: 'approved' })
    expect(await follow('capture', held, '4.00')).toMatchObject({ kind: 'declined' })
    if (can('refund')) {
      expect(await follow('refund', held, '6.01')).toMatchObject({ kind: 'declined' })
      expect(await follow('refund', held, '6.00')).toMatchObject({ kind: 'approved' })
    }
  })

  test('of captures at the same time only one succeeds', async () => {
    if (!can('authorize', 'capture')) return
    const held = await hold('10.00')
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => follow('capture', held, '5.00')))
    expect(outcomes.filter(({ kind }) => kind === 'approved')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'declined')).toHaveLength(4)
  })

  test('captures in parts up to what was held, at the same time either, and refunds between', async () => {
    if (!takesParts()) return
    const held = await hold('10.00')
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => capturePart(held, '3.00')))
    expect(outcomes.filter(({ kind }) => kind === 'approved')).toHaveLength(3)
    if (can('refund')) expect(await follow('refund', held, '9.00')).toMatchObject({ kind: 'approved' })
    expect(await capturePart(held, '1.01')).toMatchObject({ kind: 'declined' })
    expect(await capturePart(held, '1.00')).toMatchObject({ kind: 'approved' })
    expect(await capturePart(held, '0.01')).toMatchObject({ kind: 'declined' })
  })

  test('voids what captures in parts have left, and nothing else', async () => {
    if (!takesParts() || !can('void')) return
    const held = await hold('10.00')
    await capturePart(held, '4.00')
    expect(await follow('void', held, '10.00')).toMatchObject({ kind: 'declined' })
    expect(await follow('void', held, '6.00')).toMatchObject({ kind: 'approved' })
    expect(await capturePart(held, '1.00')).toMatchObject({ kind: 'declined' })
  })

  test('refunds never more than was captured, at the same time either', async () => {
    if (!can('refund') || !can('purchase')) return
    const paid = charge('10.00')
    await take(paid)
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => follow('refund', paid, '2.50')))
    expect(outcomes.filter(({ kind }) => kind === 'approved')).toHaveLength(4)
    expect(outcomes.filter(({ kind }) => kind === 'declined')).toHaveLength(2)
  })

  test('executes one follow-up once, however simultaneously it arrives', async () => {
    if (!can('refund') || !can('purchase')) return
    const { connector, gateway } = current()
    const paid = charge('10.00')
    await take(paid)
    const request = followUp(paid, '6.00')
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => connector.refund?.(gateway, request)))
    for (const outcome of outcomes) expect(outcome?.kind).toMatch(/^(approved|pending)$/)
    expect(await follow('refund', paid, '4.00')).toMatchObject({ kind: 'approved' })
    expect(await follow('refund', paid, '0.01')).toMatchObject({ kind: 'declined' })
  })

  test('voids a hold, once, and captures nothing of it any more', async () => {
    if (!can('authorize', 'void')) return
    const held = await hold('10.00')
    expect(await follow('void', held, '10.00')).toMatchObject({ kind: 'approved' })
    expect(await follow('void', held, '10.00')).toMatchObject({ kind: 'declined' })
    if (can('capture')) expect(await follow('capture', held, '10.00')).toMatchObject({ kind: 'declined' })
  })

  test('neither voids what was captured nor refunds what was only held', async () => {
    if (!can('authorize', 'capture', 'void', 'refund')) return
    const [captured, held] = [await hold('10.00'), await hold('10.00')]
    await follow('capture', captured, '10.00')
    expect(await follow('void', captured, '10.00')).toMatchObject({ kind: 'declined' })
    expect(await follow('refund', held, '10.00')).toMatchObject({ kind: 'declined' })
  })
}

function testInquiries(current: Current, { charge, take, taking }: Driver): void {
  test('finds an operation by our reference, and says so when there is none', async () => {
    const { connector, gateway, otherGateway } = current()
    if (!connector.inquire) return
    const request = charge('12.34')
    const inquiry = { ...request, operation: taking() }
    expect(await connector.inquire(gateway, inquiry)).toEqual({ kind: 'not_found' })
    const outcome = await take(request)
    expect(await connector.inquire(gateway, inquiry)).toEqual(outcome)
    expect(await connector.inquire(otherGateway, inquiry)).toEqual({ kind: 'not_found' })
  })

  test('does not take an operation of another amount, currency or kind for the one that was asked for', async () => {
    const { connector, gateway } = current()
    if (!connector.inquire) return
    const request = charge('12.34')
    const inquiry = { ...request, operation: taking() }
    await take(request)
    for (const other of [
      { amount: { amount: 1235n, currency: 'USD' } },
      { amount: { amount: 1234n, currency: 'EUR' } },
      { operation: 'refund' as const },
    ]) {
      expect(await connector.inquire(gateway, { ...inquiry, ...other })).toMatchObject({ kind: 'unknown' })
    }
  })

  test('says unknown, and never not found, when the gateway cannot be asked', async () => {
    const { connector, gateway } = current()
    if (!connector.inquire) return
    const inquiry = { ...charge('12.34'), operation: taking() }
    const gone = { ...gateway, baseUrl: 'http://127.0.0.1:1' }
    expect(await connector.inquire(gone, inquiry)).toMatchObject({ kind: 'unknown' })
  })
}

function testNotifications(current: Current, { charge, take }: Driver): void {
  const read = (incoming: IncomingNotification, gateway = current().gateway) =>
    current().connector.parseNotification?.(gateway, incoming)
  const about = (reference: string): IncomingNotification[] =>
    current()
      .notified()
      .filter((incoming) => read(incoming)?.reference === reference)
  const arrived = (reference: string, count: number): Promise<IncomingNotification[]> =>
    vi.waitFor(() => {
      const incoming = about(reference)
      expect(incoming.length).toBeGreaterThanOrEqual(count)
      return incoming
    }, 10_000)

  test('knows an authentic notification, and which one it is when it comes twice', async () => {
    const { connector, breakNext } = current()
    if (!connector.parseNotification) return
    const request = charge('10.00')
    await breakNext('notified_twice')
    await take(request)
    const eventIds = (await arrived(request.reference, 2)).map((incoming) => read(incoming)?.eventId)
    expect(new Set(eventIds).size).toBe(1)
  })

  test('knows a notification that comes before the answer', async () => {
    const { connector, breakNext } = current()
    if (!connector.parseNotification) return
    const request = charge('10.00')
    await breakNext('notified_early')
    await take(request)
    expect(about(request.reference)).toHaveLength(1)
  })

  test('refuses a forged one', async () => {
    const { connector, otherGateway } = current()
    if (!connector.parseNotification) return
    const request = charge('10.00')
    await take(request)
    const [incoming] = await arrived(request.reference, 1)
    if (!incoming) throw new Error('there was no notification')
    const { headers, body } = incoming
    const swap = (text: string): string =>
      text.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '0' ? '1' : '0'))
    const forged: IncomingNotification[] = [
      { headers, body: body.replace(request.reference, newReference()) },
      { headers, body: `${body} ` },
      { headers: {}, body },
      ...Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' && /signature/.test(name)
          ? ['', 'x', swap(value), value.toUpperCase(), `${value},${value}`].map((text) => ({
              headers: { ...headers, [name]: text },
              body,
            }))
          : [],
      ),
    ]
    expect(read(incoming)).toBeDefined()
    for (const attempt of forged) expect(read(attempt), JSON.stringify(attempt)).toBeUndefined()
    expect(read(incoming, otherGateway)).toBeUndefined()
    expect(read(incoming, { ...otherGateway, credentials: {} })).toBeUndefined()
  })
}

function testSecrets(current: Current, { charge, take }: Driver): void {
  test('leaves no card number, code or credential in a scrubbed transcript', async () => {
    const { connector, gateway, cards, exchanges } = current()
    const card = { ...cards.approved, cvv: new Secret('987') }
    const request = charge('10.00', 'USD', { card })
    const before = exchanges().length
    await take(request)
    const seen = exchanges().slice(before)
    expect(seen.length).toBeGreaterThan(0)
    const texts = [JSON.stringify(seen), ...seen.flatMap(({ request, answer }) => [request.body, answer?.body])]
    expect(texts.join('\n')).toContain(card.pan.reveal())
    for (const text of texts.filter((given) => given !== undefined)) {
      const scrubbed = connector.scrub(text)
      expect(scrubbed).not.toContain(card.pan.reveal())
      expect(scrubbed).not.toMatch(/(?<![0-9a-f])987(?![0-9a-f])/)
      for (const secret of Object.values(gateway.credentials)) expect(scrubbed).not.toContain(secret.reveal())
    }
    expect(connector.scrub(JSON.stringify(seen))).toContain(request.reference)
  })
}
