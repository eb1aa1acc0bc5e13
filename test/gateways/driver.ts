// What the contract of connectors is given by a connector's test, and how it drives the connector with it.
import { randomBytes } from 'node:crypto'
import { expect, vi } from 'vitest'
import { brandOf } from '../../src/gateways/brand.ts'
import type {
  CardData,
  ChargeRequest,
  Connector,
  FollowUpRequest,
  Gateway,
  GatewayOperation,
  IncomingNotification,
  Outcome,
} from '../../src/gateways/connector.ts'
import type { GatewayExchange } from '../../src/gateways/http.ts'
import { type Money, parseAmount } from '../../src/money.ts'
import { Secret } from '../../src/secret.ts'

/** What can be wrong with the next operation. */
export type Breakage =
  /** Nobody listens. */
  | 'refused'
  /** Taken, and never answered. */
  | 'silence'
  /** Done, and the connection is reset. */
  | 'reset'
  /** Done, and answered with half of the body, with a page, with an error, with something else than what was asked. */
  | 'cut'
  | 'html'
  | 'server_error'
  | 'other_amount'
  | 'other_currency'
  | 'other_reference'
  /** Turned away unread. */
  | 'too_many'
  /** Done, and its notification comes twice, or before the answer. */
  | 'notified_twice'
  | 'notified_early'

export interface ConnectorUnderTest {
  readonly connector: Connector
  /** An account that works, over a transport that gives up after a few seconds. */
  readonly gateway: Gateway
  /** Another account at the same gateway. */
  readonly otherGateway: Gateway
  readonly cards: { readonly approved: CardData; readonly declined: CardData; readonly challenged?: CardData }
  readonly notificationUrl: string
  /** What has come to `notificationUrl`. */
  readonly notified: () => readonly IncomingNotification[]
  /** What the transport has seen. */
  readonly exchanges: () => readonly GatewayExchange[]
  breakNext(how: Breakage): Promise<void>
  /** What the gateway's own books have under a reference: undefined when it was not executed. */
  book(reference: string): Promise<Money | undefined>
  close(): Promise<void>
}

export const newReference = (): string => randomBytes(16).toString('hex')

/** A card that is valid for long. */
export const cardOf = (pan: string, cvv = '123'): CardData => ({
  pan: new Secret(pan),
  brand: brandOf(pan) ?? 'VISA',
  expiryMonth: 12,
  expiryYear: 2099,
  cvv: new Secret(cvv),
})

export type Current = () => ConnectorUnderTest

/** How the contract asks for things, whatever operations there are. */
export interface Driver {
  /** Whether the facts say that it can. A test of what it cannot do passes without asking. */
  can(...operations: readonly GatewayOperation[]): boolean
  charge(amount: string, currency?: string, more?: Partial<ChargeRequest>): ChargeRequest
  /** Takes the money of a new charge at once, with whichever operation there is. */
  take(request: ChargeRequest): Promise<Outcome>
  readonly taking: () => 'purchase' | 'authorize'
  /** A capture takes all that is wanted of a hold. */
  follow(operation: 'capture' | 'void' | 'refund', of: ChargeRequest, amount: string): Promise<Outcome>
  /** Captures a part and leaves the rest held. */
  capturePart(of: ChargeRequest, amount: string): Promise<Outcome>
  followUp(of: ChargeRequest, amount: string): FollowUpRequest
  /** Waits until something is decided. */
  settle(outcome: Outcome, operation: GatewayOperation, request: { reference: string; amount: Money }): Promise<string>
}

export function createDriver(current: Current): Driver {
  const can = (...operations: readonly GatewayOperation[]): boolean =>
    operations.every((operation) => current().connector.facts.operations.includes(operation))
  const taking = (): 'purchase' | 'authorize' => (can('purchase') ? 'purchase' : 'authorize')
  const run = <R>(operation: GatewayOperation, request: R): Promise<Outcome> => {
    const { connector, gateway } = current()
    const verb = connector[operation] as ((gateway: Gateway, request: R) => Promise<Outcome>) | undefined
    if (!verb) throw new Error(`there is no ${operation}`)
    return verb(gateway, request)
  }
  const followUp = (of: ChargeRequest, amount: string): FollowUpRequest => ({
    reference: newReference(),
    amount: parseAmount(amount, of.amount.currency),
    charge: { reference: of.reference, gatewayReference: null },
    notificationUrl: current().notificationUrl,
  })
  return {
    can,
    taking,
    charge: (amount, currency = 'USD', more = {}) => ({
      reference: newReference(),
      amount: parseAmount(amount, currency),
      merchantReference: `order-${newReference()}`,
      card: current().cards.approved,
      description: 'An order',
      authentication: 'skip',
      returnUrl: 'https://shop.example/back?order=1',
      notificationUrl: current().notificationUrl,
      isRepeated: false,
      ...more,
    }),
    take: (request) => run(taking(), request),
    followUp,
    follow: async (operation, of, amount) => {
      const request = { ...followUp(of, amount), ...(operation === 'capture' && { isFinal: true }) }
      const outcome = await run(operation, request)
      if (outcome.kind !== 'pending' || operation !== 'refund') return outcome
      return { ...outcome, kind: 'approved', gatewayReference: '' } // Queued counts as taken.
    },
    capturePart: (of, amount) => run('capture', { ...followUp(of, amount), isFinal: false }),
    settle: async (outcome, operation, { reference, amount }) => {
      let { kind }: { kind: string } = outcome
      const { connector, gateway } = current()
      await vi.waitFor(
        async () => {
          if (kind === 'pending')
            kind = (await connector.inquire?.(gateway, { operation, reference, amount }))?.kind ?? ''
          expect(kind).not.toBe('pending')
        },
        { timeout: 20_000, interval: 200 },
      )
      return kind
    },
  }
}
