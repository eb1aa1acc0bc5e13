// /v1/cards/simulate-*: card traffic by hand. Only in the sandbox.
import Type, { type Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { type Route, route } from '../../http/face.ts'
import { amountSchema } from '../../http/json.ts'
import {
  type SimulatedChargeRequest,
  type SimulationResult,
  simulateAuthorization,
  simulateCapture,
  simulateFullReversal,
  simulatePartialReversal,
  simulateRefund,
} from '../../payments/simulate.ts'
import { commandOf, EXAMPLE_ID, idSchema, keyMember, oneOf, parseMoney } from './wire.ts'
import { EXAMPLE_CARD_BODY } from './wire-cards.ts'

export const simulatorRoutes = (deps: Deps): readonly Route[] => [
  chargeRoute({
    path: 'simulate-authorization',
    summary: 'Authorize a charge on a card (sandbox)',
    simulate: (request) => simulateAuthorization(deps, request),
  }),
  captureRoute(deps),
  fullReversalRoute(deps),
  partialReversalRoute(deps),
  chargeRoute({
    path: 'simulate-refund',
    summary: 'Refund to a card what no authorization charged (sandbox)',
    simulate: (request) => simulateRefund(deps, request),
  }),
]

const chargeBody = Type.Object({
  cardAccountId: idSchema('The card account of the card.'),
  cardId: idSchema('The card.'),
  amount: amountSchema({ description: 'In major units.', examples: [128.29] }),
  currency: oneOf(['HKD', 'USD', 'EUR'], 'The currency in which the merchant charges.'),
  opts: Type.Optional(Type.Object({}, { description: 'Details of the message; accepted and not used.' })),
  ...keyMember,
})

const parseCharge = (body: Static<typeof chargeBody>) => ({
  cardAccountId: body.cardAccountId,
  cardId: body.cardId,
  amount: parseMoney(body.amount, body.currency),
})

const stepMembers = {
  cardAccountId: idSchema('The card account of the card.'),
  cardTransactionId: idSchema('The transaction of the authorization.'),
}

const resultSchema = Type.Object({ cardTransactionId: idSchema('The card account transaction.') })

const EXAMPLE_STEP = { cardAccountId: EXAMPLE_ID, cardTransactionId: '0195ad8a-4d31-7000-9f6a-3e1d2c4b5a60' }
const EXAMPLE_RESULT = { cardTransactionId: EXAMPLE_STEP.cardTransactionId }

interface ChargeRoute {
  readonly path: string
  readonly summary: string
  readonly simulate: (request: SimulatedChargeRequest) => Promise<SimulationResult>
}

const chargeRoute = ({ path, summary, simulate }: ChargeRoute): Route =>
  route({
    method: 'POST',
    path: `/cards/${path}`,
    summary,
    body: chargeBody,
    response: resultSchema,
    examples: { body: { ...EXAMPLE_CARD_BODY, amount: 128.29, currency: 'USD' }, response: EXAMPLE_RESULT },
    handle: (call) => simulate(commandOf(call, parseCharge(call.body))),
  })

const captureRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/simulate-capture',
    summary: 'Clear an authorized charge (sandbox)',
    description: "amount is in the authorization's currency; the rest of the authorization is released.",
    body: Type.Object({ ...stepMembers, amount: amountSchema(), ...keyMember }),
    response: resultSchema,
    examples: { body: { ...EXAMPLE_STEP, amount: 100 }, response: EXAMPLE_RESULT },
    handle: (call) => {
      const { cardAccountId, cardTransactionId, amount } = call.body
      return simulateCapture(deps, commandOf(call, { cardAccountId, cardTransactionId, amount: amount.text }))
    },
  })

const fullReversalRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/simulate-full-reversal',
    summary: 'Reverse an authorization (sandbox)',
    body: Type.Object({ ...stepMembers, ...keyMember }),
    response: resultSchema,
    examples: { body: EXAMPLE_STEP, response: EXAMPLE_RESULT },
    handle: (call) => {
      const { cardAccountId, cardTransactionId } = call.body
      return simulateFullReversal(deps, commandOf(call, { cardAccountId, cardTransactionId }))
    },
  })

const partialReversalRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/simulate-partial-reversal',
    summary: 'Reverse a part of an authorization (sandbox)',
    description: "amount is what is left of the authorization afterwards, in the authorization's currency.",
    body: Type.Object({ ...stepMembers, amount: amountSchema(), ...keyMember }),
    response: resultSchema,
    examples: { body: { ...EXAMPLE_STEP, amount: 28.29 }, response: EXAMPLE_RESULT },
    handle: (call) => {
      const { cardAccountId, cardTransactionId, amount } = call.body
      return simulatePartialReversal(deps, commandOf(call, { cardAccountId, cardTransactionId, amount: amount.text }))
    },
  })
