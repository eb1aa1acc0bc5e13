// What is true of our own issuer as a gateway. Its payments are decided in the commit of the payment itself, so there is no
// network, nothing is ever unknown, and there is nothing to call here.
import type { GatewayFacts } from './connector.ts'

export const HOUSE_FACTS: GatewayFacts = {
  name: 'house',
  title: 'Cards that Florin issued',
  operations: ['authorize', 'purchase', 'capture', 'void', 'refund', 'payout'],
  currencies: 'all',
  brands: 'all',
  moneyFormat: 'minor',
  mayAnswerLater: false,
  hasInquiry: false,
  tokenizes: false,
  redirects: false,
  refundMayBeQueued: false,
  captures: 'many',
  settlingTimeMs: 0,
}
