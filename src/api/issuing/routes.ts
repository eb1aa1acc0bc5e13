// The issuing face: accounts, card accounts, cards, metadata and webhooks of a client.
import type { Face } from '../../http/face.ts'
import { renderIssuingError } from './errors.ts'
import { accountRoutes, depositRoute } from './routes-accounts.ts'
import { cardAccountRoutes } from './routes-card-accounts.ts'
import { type CardRouteDeps, cardRoutes } from './routes-cards.ts'
import { pingRoute, setMetadataRoute } from './routes-metadata.ts'
import { simulatorRoutes } from './routes-simulator.ts'
import { type WebhookRouteDeps, webhookRoutes } from './routes-webhooks.ts'

export type IssuingDeps = CardRouteDeps & WebhookRouteDeps

/** What plays card traffic and deposits by hand is there only in sandbox mode. */
export const createIssuingFace = (deps: IssuingDeps): Face => ({
  name: 'issuing',
  title: 'Issuing',
  description:
    'Prepaid card accounts, their cards and their money. Amounts are JSON numbers in major units. Any POST may carry an ' +
    'Idempotency-Key: repeated within 24 hours, the request is not run again and the first answer is given.',
  prefixes: ['/v1'],
  principal: 'client',
  routes: [
    ...accountRoutes(deps),
    ...cardAccountRoutes(deps),
    ...cardRoutes(deps),
    setMetadataRoute(deps),
    ...webhookRoutes(deps),
    pingRoute(),
    ...(deps.settings.sandbox ? [depositRoute(deps), ...simulatorRoutes(deps)] : []),
  ],
  renderError: renderIssuingError,
})
