// What is true of paying in cash as a gateway: it is only noted that the payer will, and nothing is ever asked of anybody.
import type { GatewayFacts } from './connector.ts'

export const CASH_FACTS: GatewayFacts = {
  name: 'cod',
  title: 'Cash on delivery',
  operations: [],
  currencies: 'all',
  brands: 'all',
  moneyFormat: 'minor',
  mayAnswerLater: false,
  hasInquiry: false,
  tokenizes: false,
  redirects: false,
  refundMayBeQueued: false,
  captures: 'one',
  settlingTimeMs: 0,
}
