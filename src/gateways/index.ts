// Which gateways there are: one line a connector.
import { CASH_FACTS } from './cash.ts'
import type { Connector, GatewayFacts } from './connector.ts'
import { HOUSE_FACTS } from './house.ts'
import { sandboxConnector } from './sandbox.ts'

const CONNECTORS: readonly Connector[] = [
  sandboxConnector,
  // new connectors above this line
]

/** The connector that gateway accounts name; undefined for `house`, which is not called, and for names that there are not. */
export const findConnector = (name: string): Connector | undefined =>
  CONNECTORS.find(({ facts }) => facts.name === name)

/** What is true of each gateway, our own issuer first. */
export const listGatewayFacts = (): readonly GatewayFacts[] => [
  HOUSE_FACTS,
  CASH_FACTS,
  ...CONNECTORS.map(({ facts }) => facts),
]

/** What is true of the gateway that an account names. */
export const findFacts = (name: string): GatewayFacts | undefined =>
  listGatewayFacts().find((facts) => facts.name === name)
