// /v1/cards.
import Type from 'typebox'
import type { Deps } from '../../deps.ts'
import { type Call, type Route, route } from '../../http/face.ts'
import type { Card } from '../../issuing/card.ts'
import { CARD_CHANGES, type CardChange, changeCardStatus, changePin, limitSpending } from '../../issuing/change-card.ts'
import { getCardAccount, getProduct } from '../../issuing/find.ts'
import { issueCard } from '../../issuing/issue-card.ts'
import { findBusinessDay, listCards } from '../../issuing/queries.ts'
import { createSecureLink } from '../../issuing/secure-links/create.ts'
import { findStatusByCardInfo } from '../../issuing/validate-card.ts'
import { parsePage, renderPageTokens } from './paging.ts'
import { claimsOf, commandOf, EXAMPLE_ID, EXAMPLE_TIME } from './wire.ts'
import {
  cardListSchema,
  cardQuery,
  cardSchema,
  changeCardBody,
  changePinBody,
  EXAMPLE_CARD,
  EXAMPLE_CARD_BODY,
  issueCardBody,
  parseCardFilter,
  parseCardInfo,
  parseIssueCard,
  parseSpendingLimits,
  renderCard,
  renderListedCard,
  sensitiveInfoQuery,
  sensitiveInfoSchema,
  spendingLimitsBody,
  validateCardBody,
  validateCardSchema,
  type WireCard,
} from './wire-cards.ts'

export interface CardRouteDeps extends Deps {
  /** Where people reach this server, without a slash at the end. */
  readonly baseUrl: () => string
}

export const cardRoutes = (deps: CardRouteDeps): readonly Route[] => [
  issueRoute(deps),
  listRoute(deps),
  sensitiveInfoRoute(deps),
  ...CHANGES.map((change) => changeRoute(deps, change)),
  limitsRoute(deps),
  pinRoute(deps),
  validateRoute(deps),
]

const issueRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards',
    summary: 'Issue a card',
    body: issueCardBody,
    response: cardSchema,
    examples: {
      body: {
        type: 'virtual',
        cardAccountId: EXAMPLE_ID,
        productId: EXAMPLE_CARD.product.id,
        embossedName: 'JANE DOE',
        cardSuffix: '8888',
        cardholderInfo: { firstName: 'Jane', lastName: 'Doe', mobile: '+85255551234', email: 'jane@example.com' },
      },
      response: EXAMPLE_CARD,
    },
    handle: async (call) => answerCard(deps, call, await issueCard(deps, commandOf(call, parseIssueCard(call.body)))),
  })

const listRoute = (deps: Deps): Route =>
  route({
    method: 'GET',
    path: '/cards',
    summary: 'List cards, newest first',
    query: cardQuery,
    response: cardListSchema,
    examples: { response: { cards: [EXAMPLE_CARD] } },
    handle: async (call) => {
      const { principal, query } = call
      const request = parsePage(call)
      if (query.cardAccountId !== undefined) await getCardAccount(deps, principal.id, query.cardAccountId)
      const page = await listCards(deps.pool, parseCardFilter(principal.id, query), request)
      return { ...renderPageTokens(call, page), cards: page.rows.map(renderListedCard) }
    },
  })

const sensitiveInfoRoute = (deps: CardRouteDeps): Route =>
  route({
    method: 'GET',
    path: '/cards/card-sensitive-info',
    summary: 'Get an address that shows number, CVV and expiry of a card once',
    query: sensitiveInfoQuery,
    response: sensitiveInfoSchema,
    examples: {
      response: { expiry: EXAMPLE_TIME, url: `https://florin.example/v1/secure-content/${EXAMPLE_ID}` },
    },
    handle: async ({ principal, query: { cardAccountId, cardId } }) => {
      const link = await createSecureLink(deps, { clientId: principal.id, cardAccountId, cardId })
      return { expiry: link.expiresAt.toISOString(), url: `${deps.baseUrl()}/v1/secure-content/${link.id}` }
    },
  })

const SUMMARIES: Readonly<Record<CardChange, string>> = {
  lock: 'Lock a card on behalf of its holder',
  unlock: 'Unlock a locked card',
  suspend: 'Suspend a card',
  unsuspend: 'End the suspension of a card',
  activate: 'Activate a physical card',
  cancel: 'Cancel a card for good',
}

const CHANGES = Object.keys(SUMMARIES) as readonly CardChange[]

const changeRoute = (deps: Deps, change: CardChange): Route =>
  route({
    method: 'POST',
    path: `/cards/${change}`,
    summary: SUMMARIES[change],
    description: `Possible when the card is ${CARD_CHANGES[change].from.join(', ')}; it becomes ${CARD_CHANGES[change].to}.`,
    body: changeCardBody,
    response: cardSchema,
    examples: { body: EXAMPLE_CARD_BODY, response: { ...EXAMPLE_CARD, status: CARD_CHANGES[change].to } },
    handle: async (call) => {
      const { cardAccountId, cardId } = call.body
      return answerCard(deps, call, await changeCardStatus(deps, change, commandOf(call, { cardAccountId, cardId })))
    },
  })

const limitsRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/spending-limits',
    summary: 'Limit what a card may spend',
    description: 'Sets the limits that are given, removes those that are null, and leaves the others as they are.',
    body: spendingLimitsBody,
    response: cardSchema,
    examples: {
      body: { ...EXAMPLE_CARD_BODY, singleTransactionLimit: 100, dailyLimit: 250.5, cardLimit: null },
      response: { ...EXAMPLE_CARD, singleTransactionLimit: 100, dailyLimit: 250.5, availableLimit: 100 },
    },
    handle: async (call) => {
      const { cardAccountId, cardId } = call.body
      const { currency } = await getCardAccount(deps, call.principal.id, cardAccountId)
      const limits = parseSpendingLimits(call.body, currency)
      return answerCard(deps, call, await limitSpending(deps, commandOf(call, { cardAccountId, cardId, limits })))
    },
  })

const pinRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/change-pin',
    summary: 'Set the PIN of a card',
    body: changePinBody,
    response: Type.Object({}),
    examples: { body: { ...EXAMPLE_CARD_BODY, pin: '848484' }, response: {} },
    handle: async (call) => {
      const { cardAccountId, cardId, pin } = call.body
      // The fingerprint is stored, and six digits follow from an unkeyed hash of them: it is made of the keyed digest.
      const keys = claimsOf(call, { cardAccountId, cardId, pin: deps.codes.digest(cardId, pin).toString('hex') })
      await changePin(deps, { clientId: call.principal.id, cardAccountId, cardId, pin, keys })
      return {}
    },
  })

const validateRoute = (deps: Deps): Route =>
  route({
    method: 'POST',
    path: '/cards/validate-card-info',
    summary: 'Check what was read from a card',
    body: validateCardBody,
    response: validateCardSchema,
    examples: {
      body: { productId: EXAMPLE_CARD.product.id, last6: '348888', expiryMonth: '09', expiryYear: '2030' },
      response: { valid: true, status: 'active' },
    },
    handle: async (call) => {
      const status = await findStatusByCardInfo(deps, { clientId: call.principal.id, ...parseCardInfo(call.body) })
      return status === undefined ? { valid: false } : { valid: true, status }
    },
  })

// The card as the verb left it, so that a repeated request gets the same answer; its product never changes.
async function answerCard(deps: Deps, { principal }: Call<unknown, unknown>, card: Card): Promise<WireCard> {
  const [product, today] = await Promise.all([
    getProduct(deps, principal.id, card.productId),
    findBusinessDay(deps.pool),
  ])
  return renderCard(card, product, today)
}
